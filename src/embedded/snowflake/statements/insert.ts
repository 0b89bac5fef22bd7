/**
 * INSERT [OVERWRITE] … VALUES, with scalar or columnar array binds, and INSERT … SELECT.
 *
 * Refuses what Snowflake refuses: array binds anywhere but in VALUES, and expressions in VALUES that are not constant,
 * PARSE_JSON above all (002014). Text does not become a VARIANT by itself (002023). `insert-all.ts` has INSERT ALL.
 */
import { type Column, duckName, type Table } from '../catalog.ts';
import type { Rows } from '../engine/duckdb.ts';
import { compilationError } from '../errors.ts';
import { countsOf, type ResultSet, STATEMENT_TYPES } from '../results.ts';
import { rewriteOperand } from '../sql/expression.ts';
import { quoteName } from '../sql/names.ts';
import { type Operand, typed } from '../sql/operand.ts';
import { rewriteQuery, startsQuery } from '../sql/query.ts';
import type { Query, Scope } from '../sql/scope.ts';
import { isGroup, isWord, type Node, splitAt } from '../sql/tree.ts';
import { BOOLEAN, FLOAT, TEXT } from '../types.ts';
import {
  displayTable,
  qualify,
  readName,
  requireTable,
  type StatementContext,
  type StatementHandler,
} from './context.ts';
import { insertAll } from './insert-all.ts';
import { scopeOf } from './scope.ts';
import { missingValue, namedColumns, outputOperand, storedValue, wrongCount } from './store.ts';

const ROWS = '"rows of insert overwrite"';
const NEVER_IN_VALUES = new Set(
  (
    'PARSE_JSON TRY_PARSE_JSON TO_VARIANT TO_OBJECT TO_ARRAY OBJECT_CONSTRUCT OBJECT_CONSTRUCT_KEEP_NULL ARRAY_CONSTRUCT ' +
    'SELECT'
  ).split(' '),
);

interface Target {
  readonly context: StatementContext;
  readonly table: Table;
  /** The columns that get values, in the order of the values. */
  readonly columns: readonly Column[];
  readonly overwrite: boolean;
  readonly scope: Scope;
}

export const insert: StatementHandler = async (context) => {
  const { nodes } = context.statement;
  const overwrite = isWord(nodes[1], 'OVERWRITE');
  const start = overwrite ? 2 : 1;
  if (isWord(nodes[start], 'ALL', 'FIRST')) return insertAll(context, start, overwrite);
  if (!isWord(nodes[start], 'INTO')) throw compilationError('syntax', 'syntax error: INSERT needs INTO.');
  const { names, next } = readName(nodes, start + 1);
  const table = requireTable(await context.session.contents(), qualify(names, context.session.facts, 'INSERT'));
  const list = nodes[next];
  const hasList = isGroup(list) && !startsQuery(list.children);
  const columns = hasList ? namedColumns(list.children, table) : table.columns;
  const body = nodes.slice(hasList ? next + 1 : next);
  const target = { context, table, columns, overwrite, scope: await scopeOf(context) };
  if (isWord(body[0], 'VALUES')) return insertValues(target, body.slice(1));
  if (startsQuery(body)) return run(target, await querySql(target, rewriteQuery(body, target.scope)));
  throw compilationError('syntax', 'syntax error: INSERT needs VALUES or a query.');
};

/** The rows of a query, in the types of the columns. */
async function querySql(target: Target, query: Query): Promise<string> {
  const { columns } = target;
  if (query.columns.length !== columns.length) throw wrongCount(columns.length, query.columns.length);
  const values = query.columns.map((column, index) =>
    storedValue(outputOperand(column, quoteName(column.as)), columns[index] as Column),
  );
  return `SELECT ${[...values, ...(await missingValues(target))].join(', ')} FROM (${query.sql})`;
}

/** Columns that get no values, and what each row has in them. */
function missingColumns({ table, columns }: Target): Column[] {
  return table.columns.filter(
    (column) => !columns.includes(column) && (column.identity || column.default !== undefined),
  );
}

async function missingValues(target: Target): Promise<string[]> {
  const { session } = target.context;
  const contents = await session.contents();
  return missingColumns(target).map((column) => missingValue(column, session.facts, contents));
}

async function insertValues(target: Target, nodes: readonly Node[]): Promise<ResultSet> {
  const { context, columns } = target;
  const rows = splitAt(nodes).map(([row, ...more]) => {
    if (!isGroup(row) || more.length > 0)
      throw compilationError('syntax', 'syntax error: VALUES needs rows in brackets.');
    const values = splitAt(row.children);
    if (values.length !== columns.length) throw wrongCount(columns.length, values.length);
    values.forEach(checkConstant);
    return values;
  });
  if (rows.length === 0) throw compilationError('syntax', 'syntax error: VALUES needs rows in brackets.');
  const missing = await missingValues(target);
  if (Object.values(context.bindings).some((bind) => Array.isArray(bind.value)))
    return insertArrays(target, rows, missing);
  const contents = await context.session.contents();
  const valueSql = (value: readonly Node[], column: Column): string => {
    if (value.length === 1 && isWord(value[0], 'DEFAULT')) return missingValue(column, context.session.facts, contents);
    return storedValue(rewriteOperand(value, target.scope), column);
  };
  const sql = rows.map(
    (row) => `(${[...row.map((value, index) => valueSql(value, columns[index] as Column)), ...missing].join(', ')})`,
  );
  return run(target, `VALUES ${sql.join(', ')}`);
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
  target: Target,
  rows: readonly (readonly (readonly Node[])[])[],
  missing: readonly string[],
): Promise<ResultSet> {
  const [row] = rows;
  const { columns, scope } = target;
  if (!row || rows.length !== 1) throw compilationError('unsupported', 'Array binds need exactly one row of VALUES.');
  let length: number | undefined;
  const lists: string[] = [];
  const selected = row.map((value, index) => {
    const column = columns[index] as Column;
    const [token, ...more] = value;
    if (token?.kind !== 'bind' || more.length > 0) return storedValue(rewriteOperand(value, scope), column);
    const bind = scope.binds.take(token);
    if (!Array.isArray(bind.value))
      throw compilationError('unsupported', 'Array binds and scalar binds cannot be mixed.');
    if (length !== undefined && bind.value.length !== length)
      throw compilationError('unsupported', 'Array binds differ in length.');
    length = bind.value.length;
    const list = scope.binds.parameter(JSON.stringify(bind.value));
    lists.push(`unnest(from_json(${list}, '["VARCHAR"]')) AS ${quoteName(`?${index}`)}`);
    return storedValue(boundColumn(quoteName(`?${index}`), bind.type), column);
  });
  return run(target, `SELECT ${[...selected, ...missing].join(', ')} FROM (SELECT ${lists.join(', ')})`);
}

/** A bound column is text on its way; what it may become is a matter of its type. */
function boundColumn(sql: string, type: string): Operand {
  if (type === 'BOOLEAN') return typed(`CAST(${sql} AS BOOLEAN)`, BOOLEAN);
  return type === 'REAL' ? typed(`CAST(${sql} AS DOUBLE)`, FLOAT) : typed(sql, TEXT);
}

async function run(target: Target, rows: string): Promise<ResultSet> {
  const { context, table, columns, overwrite, scope } = target;
  if (context.describeOnly) return countsOf(STATEMENT_TYPES.insert, { 'number of rows inserted': 0 });
  const names = [...columns, ...missingColumns(target)].map((column) => quoteName(column.name)).join(', ');
  const { transaction } = context.session;
  const { parameters } = scope.binds;
  const lock = { table: displayTable(table), mode: overwrite ? 'change' : 'insert' } as const;
  const step = (sql: string, binds: readonly string[] = []): Promise<Rows> =>
    transaction.run({ sql, parameters: binds, lock }, context.signal);
  const into = `INSERT INTO ${duckName(table)} (${names})`;
  const { rowsChanged } = overwrite
    ? await transaction.together(async () => {
        // The rows may come from the table itself: they are read before it is emptied.
        await step(`CREATE OR REPLACE TEMP TABLE ${ROWS} AS SELECT * FROM (${rows}) AS r(${names})`, parameters);
        await step(`DELETE FROM ${duckName(table)}`);
        const inserted = await step(`${into} SELECT * FROM temp.main.${ROWS}`);
        await step(`DROP TABLE temp.main.${ROWS}`);
        return inserted;
      })
    : await step(`${into} ${rows}`, parameters);
  return countsOf(STATEMENT_TYPES.insert, { 'number of rows inserted': rowsChanged });
}
