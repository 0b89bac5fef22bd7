import type { Case } from '../case.ts';

const page = 'functions-window-syntax';
const values = "(SELECT COLUMN1 AS G, COLUMN2 AS N FROM VALUES ('a', 1), ('a', 2), ('a', 2), ('b', 5))";

export const windows: readonly Case[] = [
  {
    name: 'ROW_NUMBER, RANK and DENSE_RANK',
    page: 'functions/dense_rank',
    sql: `SELECT N, ROW_NUMBER() OVER (ORDER BY N) AS R, RANK() OVER (ORDER BY N) AS K, DENSE_RANK() OVER (ORDER BY N) AS D FROM ${values} ORDER BY R`,
    rows: [
      [1, 1, 1, 1],
      [2, 2, 2, 2],
      [2, 3, 2, 2],
      [5, 4, 4, 3],
    ],
  },
  {
    name: 'a running sum within a partition',
    page,
    sql: `SELECT G, SUM(N) OVER (PARTITION BY G ORDER BY N ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS S FROM ${values} ORDER BY G, S`,
    rows: [
      ['a', 1],
      ['a', 3],
      ['a', 5],
      ['b', 5],
    ],
  },
  {
    name: 'LAG and LEAD with an offset and a default',
    page: 'functions/lag',
    sql: `SELECT N, LAG(N, 1, 0) OVER (ORDER BY N) AS A, LEAD(N, 2) OVER (ORDER BY N) AS B FROM ${values} ORDER BY N, A`,
    rows: [
      [1, 0, 2],
      [2, 1, 5],
      [2, 2, null],
      [5, 2, null],
    ],
  },
  {
    name: 'FIRST_VALUE, LAST_VALUE and NTH_VALUE',
    page: 'functions/last_value',
    sql: `SELECT DISTINCT G, FIRST_VALUE(N) OVER (PARTITION BY G ORDER BY N) AS A, LAST_VALUE(N) OVER (PARTITION BY G ORDER BY N ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS B FROM ${values} ORDER BY G`,
    rows: [
      ['a', 1, 2],
      ['b', 5, 5],
    ],
  },
  {
    name: 'QUALIFY keeps rows by a window',
    page: 'constructs/qualify',
    sql: `SELECT G, N FROM ${values} QUALIFY ROW_NUMBER() OVER (PARTITION BY G ORDER BY N DESC) = 1 ORDER BY G`,
    rows: [
      ['a', 2],
      ['b', 5],
    ],
  },
  {
    name: 'QUALIFY by the alias of a window',
    page: 'constructs/qualify',
    sql: `SELECT N, RANK() OVER (ORDER BY N DESC) AS R FROM ${values} QUALIFY R = 1`,
    rows: [[5, 1]],
  },
  {
    name: 'NTILE',
    page: 'functions/ntile',
    sql: `SELECT NTILE(2) OVER (ORDER BY N) AS A FROM ${values} ORDER BY A`,
    rows: [[1], [1], [2], [2]],
  },
  {
    name: 'COUNT over all and a moving average',
    page,
    sql: `SELECT COUNT(*) OVER () AS C, AVG(N) OVER (ORDER BY N ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS A FROM ${values} ORDER BY A`,
    rows: [
      [4, 1],
      [4, 1.5],
      [4, 2],
      [4, 3.5],
    ],
  },
  {
    name: 'RATIO_TO_REPORT',
    fakesnow: 'does not know all of it',
    page: 'functions/ratio_to_report',
    sql: `SELECT N, ROUND(RATIO_TO_REPORT(N) OVER (), 6) AS R FROM ${values} WHERE N <> 2 ORDER BY N`,
    rows: [
      [1, 0.166667],
      [5, 0.833333],
    ],
  },
  {
    name: 'PERCENT_RANK and CUME_DIST',
    page: 'functions/cume_dist',
    sql: 'SELECT COLUMN1 AS N, PERCENT_RANK() OVER (ORDER BY N) AS P, CUME_DIST() OVER (ORDER BY N) AS C FROM VALUES (1), (2) ORDER BY N',
    rows: [
      [1, 0, 0.5],
      [2, 1, 1],
    ],
  },
  {
    name: 'IGNORE NULLS',
    page: 'functions/lag',
    sql: 'SELECT COLUMN1 AS K, LAG(COLUMN2) IGNORE NULLS OVER (ORDER BY K) AS L FROM VALUES (1, 10), (2, NULL), (3, 30) ORDER BY K',
    rows: [
      [1, null],
      [2, 10],
      [3, 10],
    ],
  },
  {
    name: 'a window of an aggregate',
    page,
    sql: `SELECT G, SUM(SUM(N)) OVER (ORDER BY G) AS S FROM ${values} GROUP BY G ORDER BY G`,
    rows: [
      ['a', 5],
      ['b', 10],
    ],
  },
  {
    name: 'CONDITIONAL_TRUE_EVENT counts what was true',
    page: 'functions/conditional_true_event',
    sql: 'SELECT COLUMN1 AS K, CONDITIONAL_TRUE_EVENT(COLUMN2) OVER (ORDER BY K) AS C FROM VALUES (1, FALSE), (2, TRUE), (3, TRUE) ORDER BY K',
    rows: [
      [1, 0],
      [2, 1],
      [3, 2],
    ],
    fakesnow: 'does not know it',
  },
];
