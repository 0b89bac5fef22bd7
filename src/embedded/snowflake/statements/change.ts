/** UPDATE and DELETE, with the counts that Snowflake reports. They lock their table; `merge.ts` has MERGE. */
import { type Column, duckName, type Table } from '../catalog.ts';
import { compilationError } from '../errors.ts';
import { countsOf, STATEMENT_TYPES } from '../results.ts';
import { rewriteCondition, rewriteOperand } from '../sql/expression.ts';
import { rewriteFrom } from '../sql/from.ts';
import { displayName, quoteName } from '../sql/names.ts';
import type { Scope, VisibleColumn } from '../sql/scope.ts';
import { isName, isOperator, isWord, type Node, sourceOf, splitAt } from '../sql/tree.ts';
import {
  displayTable,
  qualify,
  readName,
  requireTable,
  type StatementContext,
  type StatementHandler,
} from './context.ts';
import { scopeOf } from './scope.ts';
import { missingValue, storedValue } from './store.ts';

export interface Target {
  readonly table: Table;
  readonly alias: string;
  readonly next: number;
  readonly columns: readonly VisibleColumn[];
}

export async function readTarget(
  context: StatementContext,
  start: number,
  action: string,
  ends: readonly string[],
): Promise<Target> {
  const { nodes } = context.statement;
  const { names, next } = readName(nodes, start);
  const table = requireTable(await context.session.contents(), qualify(names, context.session.facts, action));
  const as = isWord(nodes[next], 'AS');
  const written = nodes[as ? next + 1 : next];
  const hasAlias = isName(written) && !(written.kind === 'word' && ends.includes(written.value));
  const alias = hasAlias ? written.value : table.table;
  const qualifier = hasAlias ? [alias] : [table.database, table.schema, table.table];
  const columns = table.columns.map(
    (column): VisibleColumn => ({
      name: column.name,
      as: column.name,
      type: column.type,
      nullable: column.nullable,
      qualifier,
      sql: `${quoteName(alias)}.${quoteName(column.name)}`,
    }),
  );
  return { table, alias, columns, next: next + (hasAlias ? (as ? 2 : 1) : 0) };
}

export function runChange(context: StatementContext, table: Table, sql: string, scope: Scope) {
  const lock = { table: displayTable(table), mode: 'change' } as const;
  return context.session.transaction.run({ sql, parameters: scope.binds.parameters, lock }, context.signal);
}

/** The place of a clause word at this level, or the end. */
export function clauseAt(nodes: readonly Node[], word: string, from: number): number {
  const index = nodes.findIndex(
    (node, at) => at >= from && isWord(node, word) && !(word === 'FROM' && isWord(nodes[at - 1], 'DISTINCT')),
  );
  return index < 0 ? nodes.length : index;
}

interface Assignment {
  readonly column: Column;
  readonly sql: string;
}

/** `c = expr, t.d = expr`, in the types of the columns. */
export async function readAssignments(
  context: StatementContext,
  nodes: readonly Node[],
  table: Table,
  scope: Scope,
): Promise<Assignment[]> {
  const contents = await context.session.contents();
  return splitAt(nodes).map((part) => {
    const equals = part.findIndex((node) => isOperator(node, '='));
    const name = part[equals - 1];
    if (equals < 1 || !isName(name)) throw compilationError('syntax', 'syntax error: SET column = expression.');
    const column = table.columns.find((each) => each.name === name.value);
    if (!column)
      throw compilationError(
        'invalidIdentifier',
        `invalid identifier '${sourceOf(scope.source, part.slice(0, equals)).toUpperCase()}'`,
      );
    const value = part.slice(equals + 1);
    if (value.length === 1 && isWord(value[0], 'DEFAULT'))
      return { column, sql: missingValue(column, context.session.facts, contents) };
    return { column, sql: storedValue(rewriteOperand(value, scope), column) };
  });
}

export const update: StatementHandler = async (context) => {
  const { nodes } = context.statement;
  const target = await readTarget(context, 1, 'UPDATE', ['SET']);
  const { table, alias, next } = target;
  if (!isWord(nodes[next], 'SET')) throw compilationError('syntax', 'syntax error: UPDATE needs SET.');
  const where = clauseAt(nodes, 'WHERE', next);
  const from = Math.min(clauseAt(nodes, 'FROM', next), where);
  const scope = await scopeOf(context);
  const source = from < where ? rewriteFrom(nodes.slice(from + 1, where), scope) : undefined;
  const inner: Scope = { ...scope, columns: [...target.columns, ...(source?.columns ?? [])] };
  const assignments = await readAssignments(context, nodes.slice(next + 1, from), table, inner);
  const twice = assignments.find(
    ({ column }, index) => assignments.findIndex((each) => each.column === column) < index,
  );
  if (twice) throw compilationError('duplicateColumn', `duplicate column name '${displayName(twice.column.name)}'`);
  const condition = where < nodes.length ? ` WHERE ${rewriteCondition(nodes.slice(where + 1), inner)}` : '';
  const counts = (rows: number, multiJoined = 0) =>
    countsOf(STATEMENT_TYPES.update, {
      'number of rows updated': rows,
      'number of multi-joined rows updated': multiJoined,
    });
  if (context.describeOnly) return counts(0);
  const head = `UPDATE ${duckName(table)} AS ${quoteName(alias)} SET`;
  if (!source) {
    const set = assignments.map(({ column, sql }) => `${quoteName(column.name)} = ${sql}`).join(', ');
    return counts((await runChange(context, table, `${head} ${set}${condition}`, scope)).rowsChanged);
  }
  // A row that joins several rows is updated once, by one of them: DuckDB would count it for each.
  const values = assignments.map(({ sql }, index) => `"c${index}" := ${sql}`).join(', ');
  const joined = `SELECT ${quoteName(alias)}.rowid AS "?row", any_value(struct_pack(${values})) AS "?new", count(*) AS "?n"
    FROM ${duckName(table)} AS ${quoteName(alias)}, ${source.sql}${condition} GROUP BY 1`;
  const set = assignments.map(({ column }, index) => `${quoteName(column.name)} = "?j"."?new"."c${index}"`).join(', ');
  const several = await context.session.transaction.run(
    { sql: `SELECT count(*) FROM (${joined}) WHERE "?n" > 1`, parameters: scope.binds.parameters },
    context.signal,
  );
  const changed = await runChange(
    context,
    table,
    `${head} ${set} FROM (${joined}) AS "?j" WHERE ${quoteName(alias)}.rowid = "?j"."?row"`,
    scope,
  );
  return counts(changed.rowsChanged, Number(several.columns[0]?.[0] ?? 0));
};

export const remove: StatementHandler = async (context) => {
  const { nodes } = context.statement;
  if (!isWord(nodes[1], 'FROM')) throw compilationError('syntax', 'syntax error: DELETE needs FROM.');
  const target = await readTarget(context, 2, 'DELETE', ['USING', 'WHERE']);
  const { table, alias, next } = target;
  const where = clauseAt(nodes, 'WHERE', next);
  const using = Math.min(clauseAt(nodes, 'USING', next), where);
  if (using > next)
    throw compilationError(
      'syntax',
      `syntax error: unexpected '${sourceOf(context.statement.source, nodes.slice(next, next + 1))}'.`,
    );
  const scope = await scopeOf(context);
  const source = using < where ? rewriteFrom(nodes.slice(using + 1, where), scope) : undefined;
  const inner: Scope = { ...scope, columns: [...target.columns, ...(source?.columns ?? [])] };
  const parts = [`DELETE FROM ${duckName(table)} AS ${quoteName(alias)}`];
  if (source) parts.push(`USING ${source.sql}`);
  if (where < nodes.length) parts.push(`WHERE ${rewriteCondition(nodes.slice(where + 1), inner)}`);
  const counts = (rows: number) => countsOf(STATEMENT_TYPES.delete, { 'number of rows deleted': rows });
  if (context.describeOnly) return counts(0);
  return counts((await runChange(context, table, parts.join(' '), scope)).rowsChanged);
};
