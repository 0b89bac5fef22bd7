import type { Case } from '../case.ts';

const arithmetic = 'operators-arithmetic';
const table = ['CREATE TABLE T (A NUMBER(10,2) NOT NULL, B NUMBER(5,0), C VARCHAR(10), D FLOAT)'];

/** What the columns of a result are, down to their sizes and whether they hold NULL. */
export const metadata: readonly Case[] = [
  {
    name: 'a sum has one digit more before its point',
    page: arithmetic,
    setup: table,
    sql: 'SELECT A + B AS X, A - B AS Y FROM T',
    columns: ['X fixed(11,2)', 'Y fixed(11,2)'],
  },
  {
    name: 'a product has the digits of both',
    page: arithmetic,
    setup: table,
    sql: 'SELECT A * B AS X, A * A AS Y FROM T',
    columns: ['X fixed(15,2)', 'Y fixed(20,4) not null'],
  },
  {
    name: 'a quotient has six places more than what is divided',
    page: arithmetic,
    setup: table,
    sql: 'SELECT A / B AS X, B / A AS Y FROM T',
    columns: ['X fixed(16,8)', 'Y fixed(13,6)'],
  },
  {
    name: 'a sum over rows has 38 digits and the places of its column',
    page: 'functions/sum',
    setup: table,
    sql: 'SELECT SUM(A) AS X, SUM(D) AS Y FROM T',
    columns: ['X fixed(38,2)', 'Y real'],
  },
  {
    name: 'a count is never NULL',
    page: 'functions/count',
    setup: table,
    sql: 'SELECT COUNT(*) AS X, COUNT(B) AS Y FROM T',
    columns: ['X fixed(18,0) not null', 'Y fixed(18,0) not null'],
  },
  {
    name: 'MIN and MAX have the type of their column',
    page: 'functions/min',
    setup: table,
    sql: 'SELECT MIN(A) AS X, MAX(C) AS Y FROM T',
    columns: ['X fixed(10,2)', 'Y text'],
  },
  {
    name: 'what is cast has the type of the cast',
    page: 'functions/cast',
    sql: "SELECT '1'::NUMBER(5,1) AS A, 1::FLOAT AS B, 1::VARCHAR AS C, '10:00:00'::TIME(0) AS D, 'x'::VARIANT AS E",
    columns: ['A fixed(5,1)', 'B real', 'C text', 'D time(0)', 'E variant'],
  },
  {
    name: 'a conversion with sizes has them',
    page: 'functions/to_decimal',
    sql: "SELECT TO_NUMBER('1', 12, 3) AS A, TO_NUMBER('1') AS B, TO_DOUBLE('1') AS C",
    columns: ['A fixed(12,3)', 'B fixed(38,0)', 'C real'],
  },
  {
    name: 'conditions are BOOLEAN',
    page: 'operators-comparison',
    setup: table,
    sql: "SELECT A > B AS X, C LIKE 'a%' AS Y, A IS NULL AS Z FROM T",
    columns: ['X boolean', 'Y boolean', 'Z boolean not null'],
  },
  {
    name: 'set operations keep the names of the first query',
    page: 'operators-query',
    sql: "SELECT 1 AS A, 'x' AS B UNION ALL SELECT 2, 'y'",
    columns: ['A fixed', 'B text'],
  },
  {
    name: 'SHOW TABLES names its columns in lower case',
    page: 'sql/show-tables',
    setup: [...table, "SHOW TABLES LIKE 'T'"],
    sql: 'SELECT "name", "database_name", "schema_name", "kind" FROM TABLE(RESULT_SCAN(LAST_QUERY_ID()))',
    rows: [['T', 'CONFORMANCE', 'TEST', 'TABLE']],
    columns: ['name text', 'database_name text', 'schema_name text', 'kind text'],
    fakesnow: 'does not know RESULT_SCAN',
  },
];
