import type { Case } from '../case.ts';

const table = ['CREATE TABLE T (A INT)', 'CREATE TABLE U (A INT)'];

export const errors: readonly Case[] = [
  { name: 'a word too much', page: 'sql/select', sql: 'SELEC 1', error: ['001003', '42000'] },
  { name: 'a bracket too few', page: 'sql/select', sql: 'SELECT (1', error: ['001003', '42000'] },
  { name: 'a table that does not exist', page: 'sql/select', sql: 'SELECT * FROM NOSUCH', error: ['002003', '42S02'] },
  {
    name: 'a schema that does not exist',
    page: 'sql/select',
    sql: 'SELECT * FROM NOSUCH.T',
    error: ['002003', '02000'],
    fakesnow: 'has another SQL state',
  },
  {
    name: 'a column that does not exist',
    page: 'sql/select',
    setup: table,
    sql: 'SELECT NOSUCH FROM T',
    error: ['000904', '42000'],
    fakesnow: 'has no code for it',
  },
  {
    name: 'a column of two tables',
    page: 'constructs/join',
    setup: table,
    sql: 'SELECT A FROM T, U',
    error: ['002028', '42601'],
    fakesnow: 'has no code for it',
  },
  {
    name: 'a function that does not exist',
    page: 'functions',
    sql: 'SELECT NO_SUCH_FUNCTION(1)',
    error: ['002140', '42601'],
    fakesnow: 'has no code for it',
  },
  {
    name: 'INSERT into a table that does not exist',
    page: 'sql/insert',
    sql: 'INSERT INTO NOSUCH VALUES (1)',
    error: ['002003', '42S02'],
  },
  {
    name: 'UPDATE of a column that does not exist',
    page: 'sql/update',
    setup: table,
    sql: 'UPDATE T SET NOSUCH = 1',
    error: ['000904', '42000'],
    fakesnow: 'has no code for it',
  },
  {
    name: 'ALTER of a table that does not exist',
    page: 'sql/alter-table',
    sql: 'ALTER TABLE NOSUCH ADD COLUMN A INT',
    error: ['002003', '42S02'],
  },
  {
    name: 'a result that is not there',
    page: 'functions/result_scan',
    sql: "SELECT * FROM TABLE(RESULT_SCAN('01234567-89ab-4def-8123-456789abcdef'))",
    error: ['000709', '02000'],
  },
];
