import type { Case } from '../case.ts';

const page = 'functions/flatten';

export const flatten: readonly Case[] = [
  {
    name: 'an array gives a row for each element',
    page,
    sql: 'SELECT INDEX, VALUE FROM TABLE(FLATTEN(INPUT => [10, 20])) ORDER BY INDEX',
    rows: [
      [0, 10],
      [1, 20],
    ],
  },
  {
    name: 'an object gives a row for each key',
    page,
    sql: `SELECT KEY, VALUE, INDEX FROM TABLE(FLATTEN(INPUT => PARSE_JSON('{"a":1,"b":"x"}'))) ORDER BY KEY`,
    rows: [
      ['a', 1, null],
      ['b', 'x', null],
    ],
  },
  {
    name: 'the six columns',
    fakesnow: 'numbers SEQ otherwise',
    page,
    sql: `SELECT SEQ, KEY, PATH, INDEX, VALUE, THIS FROM TABLE(FLATTEN(INPUT => PARSE_JSON('{"k":[7]}'))) `,
    rows: [[1, 'k', 'k', null, [7], { k: [7] }]],
    columns: ['SEQ fixed', 'KEY text', 'PATH text', 'INDEX fixed', 'VALUE variant', 'THIS variant'],
  },
  {
    name: 'the path of an element of an array',
    page,
    sql: 'SELECT PATH FROM TABLE(FLATTEN(INPUT => [1, 2])) ORDER BY INDEX',
    rows: [['[0]'], ['[1]']],
  },
  {
    name: 'PATH goes to a part first',
    fakesnow: 'ignores PATH',
    page,
    sql: `SELECT VALUE, PATH FROM TABLE(FLATTEN(INPUT => PARSE_JSON('{"a":{"b":[5]}}'), PATH => 'a.b'))`,
    rows: [[5, 'a.b[0]']],
  },
  {
    name: 'nothing to expand gives no row, and with OUTER one',
    fakesnow: 'ignores OUTER',
    page,
    sql: `SELECT (SELECT COUNT(*) FROM TABLE(FLATTEN(INPUT => PARSE_JSON('[]')))) AS A, (SELECT COUNT(*) FROM TABLE(FLATTEN(INPUT => PARSE_JSON('[]'), OUTER => TRUE))) AS B`,
    rows: [[0, 1]],
  },
  {
    name: 'the elements of each row come in their order',
    fakesnow: 'knows no SPLIT_TO_TABLE',
    page,
    setup: [
      'CREATE TABLE T (ID INT, V VARIANT)',
      `INSERT INTO T SELECT COLUMN1, PARSE_JSON('{"b":[10,20,30],"a":"x,y,z"}') FROM VALUES (1), (2)`,
    ],
    sql: `SELECT ID,
      (SELECT LISTAGG(F.VALUE, ',') FROM T B, LATERAL FLATTEN(B.V:b) F WHERE B.ID = T.ID) AS ELEMENTS,
      (SELECT LISTAGG(F.KEY, ',') FROM T B, LATERAL FLATTEN(B.V) F WHERE B.ID = T.ID) AS KEYS,
      (SELECT LISTAGG(F.INDEX || F.VALUE, ',') FROM T B, LATERAL SPLIT_TO_TABLE(B.V:a::STRING, ',') F WHERE B.ID = T.ID) AS PARTS
      FROM T ORDER BY ID`,
    rows: [
      [1, '10,20,30', 'a,b', '1x,2y,3z'],
      [2, '10,20,30', 'a,b', '1x,2y,3z'],
    ],
  },
  {
    name: 'OUTER keeps the row that it is joined to',
    fakesnow: 'ignores OUTER',
    page,
    setup: [
      'CREATE TABLE T (ID INT, V VARIANT)',
      "INSERT INTO T SELECT 1, PARSE_JSON('[1,2]')",
      "INSERT INTO T SELECT 2, PARSE_JSON('[]')",
    ],
    sql: 'SELECT ID, F.VALUE FROM T, LATERAL FLATTEN(INPUT => V, OUTER => TRUE) F ORDER BY ID, F.INDEX',
    rows: [
      [1, 1],
      [1, 2],
      [2, null],
    ],
  },
  {
    name: 'LATERAL FLATTEN joins each row with its own',
    page,
    setup: [
      'CREATE TABLE T (ID INT, V VARIANT)',
      `INSERT INTO T SELECT 1, PARSE_JSON('{"items":[{"q":2},{"q":3}]}')`,
      `INSERT INTO T SELECT 2, PARSE_JSON('{"items":[{"q":5}]}')`,
    ],
    sql: 'SELECT ID, SUM(F.VALUE:q::INT) AS Q FROM T, LATERAL FLATTEN(INPUT => V:items) F GROUP BY ID ORDER BY ID',
    rows: [
      [1, 5],
      [2, 5],
    ],
  },
  {
    name: 'one FLATTEN of another',
    page,
    sql: `SELECT G.VALUE AS V FROM TABLE(FLATTEN(INPUT => PARSE_JSON('[[1,2],[3]]'))) F, LATERAL FLATTEN(INPUT => F.VALUE) G ORDER BY 1`,
    rows: [[1], [2], [3]],
  },
  {
    name: 'RECURSIVE goes to the leaves',
    page,
    sql: `SELECT PATH FROM TABLE(FLATTEN(INPUT => PARSE_JSON('{"a":{"b":1},"c":[2]}'), RECURSIVE => TRUE)) ORDER BY PATH`,
    rows: [['a'], ['a.b'], ['c'], ['c[0]']],
    fakesnow: 'does not go down',
  },
  {
    name: 'MODE restricts it to arrays',
    page,
    sql: `SELECT COUNT(*) AS N FROM TABLE(FLATTEN(INPUT => PARSE_JSON('{"a":1}'), MODE => 'ARRAY'))`,
    rows: [[0]],
    fakesnow: 'does not heed MODE',
  },
  { name: 'the input can stand without its name', page, sql: 'SELECT VALUE FROM TABLE(FLATTEN([4]))', rows: [[4]] },
  {
    name: 'of NULL gives no row',
    page,
    sql: 'SELECT COUNT(*) AS N FROM TABLE(FLATTEN(INPUT => NULL::VARIANT))',
    rows: [[0]],
  },
  {
    name: 'SPLIT_TO_TABLE gives the parts of a text',
    fakesnow: 'does not know all of it',
    page: 'functions/split_to_table',
    sql: "SELECT INDEX, VALUE FROM TABLE(SPLIT_TO_TABLE('a.b', '.')) ORDER BY INDEX",
    rows: [
      [1, 'a'],
      [2, 'b'],
    ],
  },
];
