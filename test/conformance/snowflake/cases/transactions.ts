import type { Case } from '../case.ts';

const page = 'transactions';
const table = 'CREATE TABLE T (A INT)';

export const transactions: readonly Case[] = [
  {
    name: 'ROLLBACK undoes what was done since BEGIN',
    page,
    setup: [
      table,
      'INSERT INTO T VALUES (1)',
      'BEGIN',
      'INSERT INTO T VALUES (2)',
      'DELETE FROM T WHERE A = 1',
      'ROLLBACK',
    ],
    sql: 'SELECT A FROM T',
    rows: [[1]],
  },
  {
    name: 'COMMIT keeps it',
    page,
    setup: [table, 'BEGIN TRANSACTION', 'INSERT INTO T VALUES (1)', 'COMMIT', 'ROLLBACK'],
    sql: 'SELECT A FROM T',
    rows: [[1]],
  },
  {
    name: 'a second BEGIN is ignored',
    page,
    setup: [table, 'BEGIN', 'INSERT INTO T VALUES (1)', 'BEGIN', 'ROLLBACK'],
    sql: 'SELECT COUNT(*) AS N FROM T',
    rows: [[0]],
    fakesnow: 'refuses it',
  },
  {
    name: 'COMMIT and ROLLBACK without a transaction are fine',
    page,
    setup: ['COMMIT', 'ROLLBACK'],
    sql: 'SELECT 1 AS A',
    rows: [[1]],
  },
  {
    name: 'DDL commits an open transaction',
    page,
    setup: [table, 'BEGIN', 'INSERT INTO T VALUES (1)', 'CREATE TABLE U (A INT)', 'ROLLBACK'],
    sql: 'SELECT A FROM T',
    rows: [[1]],
    fakesnow: 'rolls DDL back',
  },
  {
    name: 'CURRENT_TRANSACTION is NULL without one',
    page: 'functions/current_transaction',
    sql: 'SELECT CURRENT_TRANSACTION() AS T',
    rows: [[null]],
    columns: ['T text'],
    fakesnow: 'does not know it',
  },
  {
    name: 'CURRENT_TRANSACTION inside of one',
    page: 'functions/current_transaction',
    setup: ['START TRANSACTION'],
    sql: "SELECT CURRENT_TRANSACTION() RLIKE '[0-9]+' AS T",
    rows: [[true]],
    fakesnow: 'does not know it',
  },
  {
    name: 'without AUTOCOMMIT a ROLLBACK undoes a statement',
    page: 'parameters',
    setup: [
      table,
      'ALTER SESSION SET AUTOCOMMIT = FALSE',
      'INSERT INTO T VALUES (1)',
      'ROLLBACK',
      'INSERT INTO T VALUES (2)',
      'COMMIT',
      'ALTER SESSION UNSET AUTOCOMMIT',
    ],
    sql: 'SELECT A FROM T',
    rows: [[2]],
    fakesnow: 'takes no notice of it',
  },
  {
    name: 'BEGIN says so',
    page: 'sql/begin',
    sql: 'BEGIN NAME T1',
    rows: [['Statement executed successfully.']],
    columns: ['status text'],
    fakesnow: 'does not know NAME',
  },
];
