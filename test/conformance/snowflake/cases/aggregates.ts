import type { Case } from '../case.ts';

const sales = [
  'CREATE TABLE SALES (REGION VARCHAR, PRODUCT VARCHAR, Q INT)',
  "INSERT INTO SALES VALUES ('n', 'a', 1), ('n', 'b', 2), ('s', 'a', 4), ('s', 'b', NULL)",
];

export const aggregates: readonly Case[] = [
  {
    name: 'COUNT of a column leaves NULL out',
    page: 'functions/count',
    setup: sales,
    sql: 'SELECT COUNT(*) AS A, COUNT(Q) AS B, COUNT(DISTINCT REGION) AS C FROM SALES',
    rows: [[4, 3, 2]],
  },
  {
    name: 'COUNT_IF',
    page: 'functions/count_if',
    setup: sales,
    sql: 'SELECT COUNT_IF(Q > 1) AS A FROM SALES',
    rows: [[2]],
  },
  {
    name: 'SUM of no rows is NULL, COUNT is 0',
    page: 'functions/sum',
    setup: sales,
    sql: 'SELECT SUM(Q) AS A, COUNT(Q) AS B FROM SALES WHERE FALSE',
    rows: [[null, 0]],
  },
  {
    name: 'MIN, MAX, MEDIAN and MODE',
    page: 'functions/median',
    sql: 'SELECT MIN(COLUMN1) AS A, MAX(COLUMN1) AS B, MEDIAN(COLUMN1) AS C, MODE(COLUMN1) AS D FROM VALUES (1), (2), (2), (9)',
    rows: [[1, 9, 2, 2]],
  },
  {
    name: 'STDDEV and VARIANCE are those of a sample',
    page: 'functions/stddev',
    sql: 'SELECT ROUND(STDDEV(COLUMN1), 4) AS A, VARIANCE(COLUMN1) AS B FROM VALUES (1), (2), (3)',
    rows: [[1, 1]],
  },
  {
    name: 'LISTAGG in an order, and of nothing an empty text',
    page: 'functions/listagg',
    setup: sales,
    sql: "SELECT LISTAGG(PRODUCT, ',') WITHIN GROUP (ORDER BY Q DESC) AS A, (SELECT LISTAGG(PRODUCT) FROM SALES WHERE FALSE) AS B FROM SALES WHERE REGION = 'n'",
    rows: [['b,a', '']],
    fakesnow: 'gives NULL of nothing',
  },
  {
    name: 'LISTAGG DISTINCT',
    page: 'functions/listagg',
    setup: sales,
    sql: "SELECT LISTAGG(DISTINCT PRODUCT, '-') WITHIN GROUP (ORDER BY PRODUCT) AS A FROM SALES",
    rows: [['a-b']],
  },
  {
    name: 'ARRAY_AGG leaves NULL out, and of nothing is an empty array',
    page: 'functions/array_agg',
    setup: sales,
    sql: 'SELECT ARRAY_AGG(Q) WITHIN GROUP (ORDER BY Q) AS A, (SELECT ARRAY_AGG(Q) FROM SALES WHERE FALSE) AS B FROM SALES',
    rows: [[[1, 2, 4], []]],
    fakesnow: 'gives NULL of nothing',
  },
  {
    name: 'OBJECT_AGG',
    page: 'functions/object_agg',
    sql: "SELECT OBJECT_AGG(COLUMN1, COLUMN2) AS A FROM VALUES ('a', 1), ('b', 2)",
    rows: [[{ a: 1, b: 2 }]],
  },
  {
    name: 'BOOLAND_AGG and BOOLOR_AGG',
    page: 'functions/booland_agg',
    sql: 'SELECT BOOLAND_AGG(COLUMN1) AS A, BOOLOR_AGG(COLUMN1) AS B FROM VALUES (TRUE), (FALSE), (NULL)',
    rows: [[false, true]],
  },
  {
    name: 'MAX_BY and MIN_BY',
    page: 'functions/max_by',
    setup: sales,
    sql: 'SELECT MAX_BY(PRODUCT, Q) AS A, MIN_BY(REGION, Q) AS B FROM SALES WHERE Q IS NOT NULL',
    rows: [['a', 'n']],
  },
  {
    name: 'PERCENTILE_CONT goes between two values',
    page: 'functions/percentile_cont',
    sql: 'SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY COLUMN1) AS A FROM VALUES (1), (2), (3), (4)',
    rows: [[2.5]],
  },
  {
    name: 'GROUP BY position, alias and ALL',
    page: 'constructs/group-by',
    setup: sales,
    sql: 'SELECT UPPER(REGION) AS R, SUM(Q) AS S FROM SALES GROUP BY ALL ORDER BY R',
    rows: [
      ['N', 3],
      ['S', 4],
    ],
  },
  {
    name: 'HAVING',
    page: 'constructs/having',
    setup: sales,
    sql: 'SELECT REGION FROM SALES GROUP BY REGION HAVING SUM(Q) > 3',
    rows: [['s']],
  },
  {
    name: 'GROUP BY ROLLUP',
    page: 'constructs/group-by-rollup',
    setup: sales,
    sql: 'SELECT REGION, SUM(Q) AS S, GROUPING(REGION) AS G FROM SALES GROUP BY ROLLUP (REGION) ORDER BY G, REGION',
    rows: [
      ['n', 3, 0],
      ['s', 4, 0],
      [null, 7, 1],
    ],
  },
  {
    name: 'GROUPING SETS',
    page: 'constructs/group-by-grouping-sets',
    setup: sales,
    sql: 'SELECT REGION, PRODUCT, SUM(Q) AS S FROM SALES GROUP BY GROUPING SETS (REGION, PRODUCT) ORDER BY REGION, PRODUCT',
    rows: [
      ['n', null, 3],
      ['s', null, 4],
      [null, 'a', 5],
      [null, 'b', 2],
    ],
  },
  {
    name: 'a column that is not grouped is an error',
    page: 'constructs/group-by',
    setup: sales,
    sql: 'SELECT REGION, SUM(Q) FROM SALES',
    error: ['000979', '42601'],
    fakesnow: 'has no code for it',
  },
];
