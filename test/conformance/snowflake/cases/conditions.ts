import type { Case } from '../case.ts';

export const conditions: readonly Case[] = [
  {
    name: 'CASE with and without a subject',
    page: 'functions/case',
    sql: "SELECT CASE 2 WHEN 1 THEN 'a' WHEN 2 THEN 'b' END AS A, CASE WHEN FALSE THEN 1 END AS B",
    rows: [['b', null]],
  },
  {
    name: 'IFF takes NULL for false',
    page: 'functions/iff',
    sql: "SELECT IFF(NULL, 'a', 'b') AS A, IFF(1 < 2, 'a', 'b') AS B",
    rows: [['b', 'a']],
  },
  {
    name: 'COALESCE, NVL, IFNULL and NVL2',
    page: 'functions/coalesce',
    sql: 'SELECT COALESCE(NULL, NULL, 3) AS A, NVL(NULL, 1) AS B, IFNULL(2, 1) AS C, NVL2(NULL, 1, 2) AS D',
    rows: [[3, 1, 2, 2]],
  },
  {
    name: 'DECODE finds NULL',
    page: 'functions/decode',
    sql: "SELECT DECODE(NULL, 1, 'one', NULL, 'none', 'else') AS A, DECODE(5, 1, 'one') AS B",
    rows: [['none', null]],
  },
  {
    name: 'NULLIF and EQUAL_NULL',
    page: 'functions/equal_null',
    sql: 'SELECT NULLIF(1, 1) AS A, NULLIF(1, 2) AS B, EQUAL_NULL(NULL, NULL) AS C, EQUAL_NULL(1, NULL) AS D',
    rows: [[null, 1, true, false]],
  },
  {
    name: 'three-valued logic',
    page: 'ternary-logic',
    sql: 'SELECT NULL AND FALSE AS A, NULL OR TRUE AS B, NOT NULL::BOOLEAN AS C, NULL = NULL AS D',
    rows: [[false, true, null, null]],
  },
  {
    name: 'IS DISTINCT FROM',
    page: 'functions/is-distinct-from',
    sql: 'SELECT NULL IS DISTINCT FROM NULL AS A, 1 IS NOT DISTINCT FROM NULL AS B',
    rows: [[false, false]],
  },
  {
    name: 'IN and NOT IN with NULL',
    page: 'functions/in',
    sql: 'SELECT 1 IN (1, NULL) AS A, 2 IN (1, NULL) AS B, 2 NOT IN (1, NULL) AS C',
    rows: [[true, null, null]],
  },
  {
    name: 'BETWEEN holds both ends',
    page: 'functions/between',
    sql: 'SELECT 1 BETWEEN 1 AND 2 AS A, 2 BETWEEN 3 AND 1 AS B',
    rows: [[true, false]],
  },
  {
    name: 'texts that are booleans',
    page: 'functions/to_boolean',
    sql: "SELECT 'yes'::BOOLEAN AS A, TO_BOOLEAN('off') AS B, TRY_TO_BOOLEAN('maybe') AS C, 2::BOOLEAN AS D, 't'::BOOLEAN AS E",
    rows: [[true, false, null, true, true]],
  },
  {
    name: 'a text that is no boolean is an error',
    page: 'functions/to_boolean',
    sql: "SELECT 'maybe'::BOOLEAN",
    error: ['100037', '22018'],
    fakesnow: 'has no code for it',
  },
  {
    name: 'BOOLAND and BOOLOR take numbers',
    page: 'functions/booland',
    sql: 'SELECT BOOLAND(1, 0) AS A, BOOLOR(1, 0) AS B, BOOLXOR(2, 0) AS C',
    rows: [[false, true, true]],
  },
];
