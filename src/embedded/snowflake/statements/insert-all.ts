/**
 * INSERT ALL and INSERT FIRST: one query, several tables. Its rows are read once into a temporary table, so that every
 * table sees the same.
 */
import { type Column, duckName, type Table } from '../catalog.ts';
import { compilationError } from '../errors.ts';
import { countsOf, type ResultSet, STATEMENT_TYPES } from '../results.ts';
import { columnOperand } from '../sql/column.ts';
import { rewriteCondition, rewriteOperand } from '../sql/expression.ts';
import { displayName, quoteName } from '../sql/names.ts';
import { rewriteQuery, startsQuery } from '../sql/query.ts';
import type { Scope } from '../sql/scope.ts';
import { isGroup, isWord, type Node, splitAt } from '../sql/tree.ts';
import { displayTable, qualify, readName, requireTable, type StatementContext } from './context.ts';
import { scopeOf } from './scope.ts';
import { missingValue, namedColumns, storedValue, wrongCount } from './store.ts';

interface Branch {
  readonly table: Table;
  readonly columns: readonly Column[];
  readonly values: readonly (readonly Node[])[] | undefined;
  /** The places of its WHEN; none: always. */
  readonly condition: readonly Node[] | undefined;
  /** ELSE: where no condition before was true. */
  readonly otherwise: boolean;
}

const ROWS = '"rows of insert all"';

export async function insertAll(context: StatementContext, start: number, overwrite: boolean): Promise<ResultSet> {
  const { nodes } = context.statement;
  const first = isWord(nodes[start], 'FIRST');
  const contents = await context.session.contents();
  const branches: Branch[] = [];
  let condition: readonly Node[] | undefined;
  let otherwise = false;
  let next = start + 1;
  while (next < nodes.length && !startsQuery(nodes.slice(next, next + 1))) {
    const node = nodes[next];
    if (isWord(node, 'WHEN')) {
      const then = nodes.findIndex((each, index) => index > next && isWord(each, 'THEN'));
      if (then < 0) throw compilationError('syntax', 'syntax error: WHEN without THEN.');
      condition = nodes.slice(next + 1, then);
      next = then + 1;
    } else if (isWord(node, 'ELSE')) {
      otherwise = true;
      next++;
    } else if (isWord(node, 'INTO')) {
      const name = readName(nodes, next + 1);
      const table = requireTable(contents, qualify(name.names, context.session.facts, 'INSERT'));
      next = name.next;
      const list = nodes[next];
      const columns = isGroup(list) ? namedColumns(list.children, table) : table.columns;
      if (isGroup(list)) next++;
      const row = isWord(nodes[next], 'VALUES') ? nodes[next + 1] : undefined;
      if (isGroup(row)) next += 2;
      branches.push({ table, columns, values: isGroup(row) ? splitAt(row.children) : undefined, condition, otherwise });
    } else {
      throw compilationError('syntax', 'syntax error: INSERT ALL needs INTO or WHEN.');
    }
  }
  const scope = await scopeOf(context);
  const query = rewriteQuery(nodes.slice(next), scope);
  const columns = query.columns.map((column) => ({ ...column, qualifier: [], sql: `q.${quoteName(column.as)}` }));
  const inner: Scope = { ...scope, columns };
  if (branches.length === 0) throw compilationError('syntax', 'syntax error: INSERT ALL needs INTO.');
  const statements = branches.map((branch) =>
    branchSql(branch, branches, inner, first, (column) => missingValue(column, context.session.facts, contents)),
  );
  const names = columnNames(branches);
  if (context.describeOnly) return countsOf(STATEMENT_TYPES.insert, Object.fromEntries(names.map((name) => [name, 0])));
  return runAll(context, branches, statements, names, {
    sql: query.sql,
    parameters: scope.binds.parameters,
    overwrite,
  });
}

function columnNames(branches: readonly Branch[]): string[] {
  const tables = [...new Set(branches.map(({ table }) => table))];
  return tables.map((table) => `number of rows inserted into ${displayName(table.table)}`);
}

function branchSql(
  branch: Branch,
  all: readonly Branch[],
  scope: Scope,
  first: boolean,
  missing: (column: Column) => string,
): string {
  const { table, columns, values } = branch;
  const given = values
    ? values.map((value) =>
        value.length === 1 && isWord(value[0], 'DEFAULT') ? undefined : rewriteOperand(value, scope),
      )
    : scope.columns.map(columnOperand);
  if (given.length !== columns.length) throw wrongCount(columns.length, given.length);
  const stored = given.map((operand, index) => {
    const column = columns[index] as Column;
    return operand ? storedValue(operand, column) : missing(column);
  });
  const others = table.columns.filter((column) => !columns.includes(column));
  const names = [...columns, ...others].map((column) => quoteName(column.name)).join(', ');
  const list = [...stored, ...others.map(missing)].join(', ');
  return `INSERT INTO ${duckName(table)} (${names}) SELECT ${list} FROM temp.main.${ROWS} AS q${whereSql(branch, all, scope, first)}`;
}

function whereSql(branch: Branch, all: readonly Branch[], scope: Scope, first: boolean): string {
  const own = branch.otherwise
    ? []
    : branch.condition
      ? [`coalesce(${rewriteCondition(branch.condition, scope)}, false)`]
      : [];
  const before = all
    .slice(0, all.indexOf(branch))
    .filter((each) => each.condition && each.condition !== branch.condition);
  const excluded = branch.otherwise || first ? [...new Set(before.map(({ condition }) => condition))] : [];
  const conditions = [
    ...own,
    ...excluded.map((condition) => `NOT coalesce(${rewriteCondition(condition ?? [], scope)}, false)`),
  ];
  return conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
}

interface Source {
  readonly sql: string;
  readonly parameters: readonly string[];
  readonly overwrite: boolean;
}

async function runAll(
  context: StatementContext,
  branches: readonly Branch[],
  statements: readonly string[],
  names: readonly string[],
  source: Source,
): Promise<ResultSet> {
  const { transaction } = context.session;
  const { signal } = context;
  const lockOf = (table: Table) =>
    ({ table: displayTable(table), mode: source.overwrite ? 'change' : 'insert' }) as const;
  const tables = [...new Set(branches.map(({ table }) => table))];
  const counts = new Map<string, number>(names.map((name) => [name, 0]));
  const lock = lockOf((branches[0] as Branch).table);
  await transaction.together(async () => {
    await transaction.run(
      { sql: `CREATE OR REPLACE TEMP TABLE ${ROWS} AS ${source.sql}`, parameters: source.parameters, lock },
      signal,
    );
    if (source.overwrite)
      for (const table of tables)
        await transaction.run({ sql: `DELETE FROM ${duckName(table)}`, lock: lockOf(table) }, signal);
    for (const [index, sql] of statements.entries()) {
      const { table } = branches[index] as Branch;
      const { rowsChanged } = await transaction.run({ sql, lock: lockOf(table) }, signal);
      const name = names[tables.indexOf(table)] as string;
      counts.set(name, (counts.get(name) ?? 0) + rowsChanged);
    }
    await transaction.run({ sql: `DROP TABLE temp.main.${ROWS}`, lock }, signal);
  });
  return countsOf(STATEMENT_TYPES.insert, Object.fromEntries(counts));
}
