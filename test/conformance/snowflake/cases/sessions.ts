import type { Case } from '../case.ts';

const variables = 'session-variables';

export const sessions: readonly Case[] = [
  {
    name: 'a variable keeps a value and its type',
    page: variables,
    setup: ["SET (N, S) = (5, 'text')"],
    sql: "SELECT $N + 1 AS N, $S || '!' AS S",
    rows: [[6, 'text!']],
    fakesnow: 'does not know a list of them',
  },
  {
    name: 'a variable is set by a query',
    page: variables,
    setup: ['CREATE TABLE T (A INT)', 'INSERT INTO T VALUES (3), (8)', 'SET M = (SELECT MAX(A) FROM T)'],
    sql: 'SELECT A FROM T WHERE A = $M',
    rows: [[8]],
  },
  {
    name: 'a variable names a table through IDENTIFIER',
    page: 'identifier-literal',
    setup: ['CREATE TABLE T (A INT)', 'INSERT INTO T VALUES (3)', "SET NAME = 'T'"],
    sql: 'SELECT A FROM IDENTIFIER($NAME)',
    rows: [[3]],
  },
  {
    name: 'IDENTIFIER takes a name with its database and schema',
    page: 'identifier-literal',
    setup: ['CREATE TABLE T (A INT)', 'INSERT INTO T VALUES (3)'],
    sql: "SELECT A FROM IDENTIFIER('conformance.test.t')",
    rows: [[3]],
  },
  {
    name: 'a variable that was unset is an error',
    page: variables,
    setup: ['SET V = 1', 'UNSET V'],
    sql: 'SELECT $V',
    error: ['002211', '02000'],
    fakesnow: 'has no code for it',
  },
  {
    name: 'RESULT_SCAN reads the last result',
    fakesnow: 'does not know all of it',
    page: 'functions/result_scan',
    setup: ['SELECT COLUMN1 AS A FROM VALUES (1), (2), (3)'],
    sql: 'SELECT SUM(A) AS S FROM TABLE(RESULT_SCAN(LAST_QUERY_ID()))',
    rows: [[6]],
  },
  {
    name: 'a parameter is set for a session, and shown',
    page: 'sql/alter-session',
    setup: ["ALTER SESSION SET QUERY_TAG = 'tag'", "SHOW PARAMETERS LIKE 'QUERY_TAG'"],
    sql: 'SELECT "key", "value", "default", "level", "type" FROM TABLE(RESULT_SCAN(LAST_QUERY_ID()))',
    rows: [['QUERY_TAG', 'tag', '', 'SESSION', 'STRING']],
    columns: ['key text', 'value text', 'default text', 'level text', 'type text'],
    fakesnow: 'has no parameters',
  },
  {
    name: 'what the session uses',
    page: 'functions/current_database',
    sql: 'SELECT CURRENT_DATABASE() AS D, CURRENT_SCHEMA() AS S',
    rows: [['CONFORMANCE', 'TEST']],
    columns: ['D text', 'S text'],
  },
];
