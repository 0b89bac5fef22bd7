/**
 * INSERT … VALUES, with scalar or columnar array binds, and INSERT … SELECT.
 *
 * Refuses what Snowflake refuses: array binds anywhere but in VALUES, and expressions in VALUES that are not constant,
 * PARSE_JSON above all (002014). Text does not become a VARIANT by itself (002023).
 */
import type { Table } from '../catalog.ts';
import { duckName } from '../catalog.ts';
import { compilationError, unknownConstruct } from '../errors.ts';
import { columnTypeOf, countsOf, type ResultSet, STATEMENT_TYPES } from '../results.ts';
import { rewriteExpressions } from '../sql/expression.ts';
import { quoteName } from '../sql/names.ts';
import { rewriteQuery, startsQuery } from '../sql/query.ts';
import type { Scope } from '../sql/scope.ts';
import { isGroup, isName, isWord, type Node, splitAt } from '../sql/tree.ts';
import { isSemiStructured } from '../types.ts';
import {
  displayTable,
  qualify,
  readName,
  requireTable,
  type StatementContext,
  type StatementHandler,
  scopeOf,
} from './context.ts';

const NEVER_IN_VALUES = new Set(
  (
    'PARSE_JSON TRY_PARSE_JSON TO_VARIANT TO_OBJECT TO_ARRAY OBJECT_CONSTRUCT OBJECT_CONSTRUCT_KEEP_NULL ARRAY_CONSTRUCT ' +
    'SELECT'
  ).split(' '),
);

export const insert: StatementHandler = async (context) => {
  const { nodes } = context.statement;
  if (isWord(nodes[1], 'ALL', 'FIRST')) throw unknownConstruct('INSERT ALL');
  const overwrite = isWord(nodes[1], 'OVERWRITE');
  if (overwrite) throw unknownConstruct('INSERT OVERWRITE');
  if (!isWord(nodes[1], 'INTO')) throw compilationError('syntax', 'syntax error: INSERT needs INTO.');
  const target = readName(nodes, 2);
  const table = requireTable(await context.session.contents(), qualify(target.names, context.session.facts, 'INSERT'));
  let next = target.next;
  const list = nodes[next];
  const hasList = isGroup(list) && !startsQuery(list.children);
  if (hasList) next++;
  const columns = hasList ? namedColumns(list.children, table) : table.columns;
  const body = nodes.slice(next);
  if (isWord(body[0], 'VALUES')) return insertValues(context, table, columns, body.slice(1));
  if (startsQuery(body)) return insertQuery(context, table, columns, body);
  throw compilationError('syntax', 'syntax error: INSERT needs VALUES or a query.');
};

function namedColumns(nodes: readonly Node[], table: Table): Table['columns'] {
  return splitAt(nodes).map((part) => {
    const name = part.at(-1);
    if (!isName(name)) throw compilationError('syntax', 'syntax error: a list of columns is expected.');
    const column = table.columns.find((candidate) => candidate.name === name.value);
    if (!column) throw compilationError('invalidIdentifier', `invalid identifier '${name.value}'`);
    return column;
  });
}

async function insertQuery(
  context: StatementContext,
  table: Table,
  columns: Table['columns'],
  body: readonly Node[],
): Promise<ResultSet> {
  const scope = await scopeOf(context);
  const query = rewriteQuery(body, scope);
  await checkTypes(context, table, columns, query);
  return runInsert(context, table, columns, query, scope);
}

/** Compares the query's columns with the table's, as Snowflake does before it runs the statement. */
async function checkTypes(
  context: StatementContext,
  table: Table,
  columns: Table['columns'],
  query: string,
): Promise<void> {
  if (!columns.some((column) => isSemiStructured(column.type))) return;
  const binds = Object.values(context.bindings).map((bind) => (bind.value === null ? 'NULL' : bind.type));
  // What a text literal holds changes no type, and every batch may hold another one.
  const key = `${binds.join()} ${context.statement.text.replaceAll(/'[^']*'/g, "''")}`;
  const { checked } = context.session;
  if (checked.has(key)) return;
  const { types } = await context.session.connection.describe(query).catch(() => ({ types: [] }));
  if (types.length === 0) return;
  if (types.length !== columns.length) throw wrongCount(columns.length, types.length);
  columns.forEach((column, index) => {
    const type = types[index];
    if (!type || !isSemiStructured(column.type) || columnTypeOf(type).name !== 'VARCHAR') return;
    throw compilationError(
      'columnTypeMismatch',
      `Expression type does not match column data type, expecting ${column.type.name} but got VARCHAR(16777216) ` +
        `for column ${column.name} of ${displayTable(table)}; PARSE_JSON makes a VARIANT of text.`,
    );
  });
  if (checked.size < 1000) checked.add(key);
}

function wrongCount(expected: number, got: number): Error {
  return compilationError(
    'columnCount',
    `Insert value list does not match column list expecting ${expected} but got ${got}`,
  );
}

async function insertValues(
  context: StatementContext,
  table: Table,
  columns: Table['columns'],
  body: readonly Node[],
): Promise<ResultSet> {
  const rows = splitAt(body).map((part) => {
    const [row, ...more] = part;
    if (!isGroup(row) || more.length > 0)
      throw compilationError('syntax', 'syntax error: VALUES needs rows in brackets.');
    const values = splitAt(row.children);
    if (values.length !== columns.length) throw wrongCount(columns.length, values.length);
    values.forEach((value, index) => {
      checkConstant(value);
      const column = columns[index];
      if (column && isSemiStructured(column.type) && !isWord(value[0], 'NULL', 'DEFAULT'))
        throw textIntoVariant(column.name, column.type.name);
    });
    return values;
  });
  const arrays = Object.values(context.bindings).some((bind) => Array.isArray(bind.value));
  const scope = await scopeOf(context);
  if (arrays) return insertArrays(context, table, columns, rows, scope);
  const values = rows.map((row) => `(${row.map((value) => valueSql(value, scope)).join(', ')})`);
  return runInsert(context, table, columns, `VALUES ${values.join(', ')}`, scope);
}

function valueSql(value: readonly Node[], scope: Scope): string {
  return value.length === 1 && isWord(value[0], 'DEFAULT') ? 'DEFAULT' : rewriteExpressions(value, scope);
}

function textIntoVariant(column: string, type: string): Error {
  return compilationError(
    'columnTypeMismatch',
    `Expression type does not match column data type, expecting ${type} but got VARCHAR for column ${column}`,
  );
}

function checkConstant(nodes: readonly Node[]): void {
  nodes.forEach((node, index) => {
    if (node.kind === 'group') checkConstant(node.children);
    if (isWord(node) && NEVER_IN_VALUES.has(node.value) && (isGroup(nodes[index + 1]) || node.value === 'SELECT')) {
      throw compilationError('valuesExpression', `Invalid expression [${node.value}(…)] in VALUES clause`);
    }
  });
}

/** One row of `?`, each bound to a whole column. The columns travel as JSON text: one parameter each. */
async function insertArrays(
  context: StatementContext,
  table: Table,
  columns: Table['columns'],
  rows: readonly (readonly (readonly Node[])[])[],
  scope: Awaited<ReturnType<typeof scopeOf>>,
): Promise<ResultSet> {
  const [row] = rows;
  if (!row || rows.length !== 1) throw compilationError('unsupported', 'Array binds need exactly one row of VALUES.');
  let length: number | undefined;
  const lists: string[] = [];
  const selected = row.map((value, index) => {
    const [token, ...more] = value;
    if (token?.kind !== 'bind' || more.length > 0) return rewriteExpressions(value, scope);
    const bind = scope.binds.take(token);
    if (!Array.isArray(bind.value))
      throw compilationError('unsupported', 'Array binds and scalar binds cannot be mixed.');
    if (length !== undefined && bind.value.length !== length)
      throw compilationError('unsupported', 'Array binds differ in length.');
    length = bind.value.length;
    lists.push(
      `unnest(from_json(${scope.binds.parameter(JSON.stringify(bind.value))}, '["VARCHAR"]')) AS ${quoteName(`?${index}`)}`,
    );
    return quoteName(`?${index}`);
  });
  return runInsert(context, table, columns, `SELECT ${selected.join(', ')} FROM (SELECT ${lists.join(', ')})`, scope);
}

async function runInsert(
  context: StatementContext,
  table: Table,
  columns: Table['columns'],
  rows: string,
  scope: Awaited<ReturnType<typeof scopeOf>>,
): Promise<ResultSet> {
  const names = columns.map((column) => quoteName(column.name)).join(', ');
  const sql = `INSERT INTO ${duckName(table)} (${names}) ${rows}`;
  const { parameters } = scope.binds;
  if (context.describeOnly) return countsOf(STATEMENT_TYPES.insert, { 'number of rows inserted': 0 });
  const lock = { table: displayTable(table), mode: 'insert' } as const;
  const result = await context.session.transaction.run({ sql, parameters, lock }, context.signal);
  return countsOf(STATEMENT_TYPES.insert, { 'number of rows inserted': result.rowsChanged });
}
