/** UPDATE, DELETE and MERGE, with the counts that Snowflake reports. They lock their table. */
import { duckName, type Table } from '../catalog.ts';
import { compilationError, unknownConstruct } from '../errors.ts';
import { countsOf, STATEMENT_TYPES } from '../results.ts';
import { rewriteExpressions } from '../sql/expression.ts';
import { rewriteFrom } from '../sql/from.ts';
import { quoteName } from '../sql/names.ts';
import { columnNames } from '../sql/query.ts';
import type { Scope } from '../sql/scope.ts';
import { isGroup, isName, isOperator, isWord, type Node, sourceOf, splitAt } from '../sql/tree.ts';
import {
  displayTable,
  qualify,
  readName,
  requireTable,
  type StatementContext,
  type StatementHandler,
  scopeOf,
} from './context.ts';

interface Target {
  readonly table: Table;
  readonly alias: string;
  readonly next: number;
}

async function readTarget(
  context: StatementContext,
  start: number,
  action: string,
  ends: readonly string[],
): Promise<Target> {
  const { nodes } = context.statement;
  const { names, next } = readName(nodes, start);
  const table = requireTable(await context.session.contents(), qualify(names, context.session.facts, action));
  const as = isWord(nodes[next], 'AS');
  const alias = nodes[as ? next + 1 : next];
  if (isName(alias) && !(alias.kind === 'word' && ends.includes(alias.value))) {
    return { table, alias: alias.value, next: next + (as ? 2 : 1) };
  }
  return { table, alias: table.table, next };
}

function run(context: StatementContext, table: Table, sql: string, scope: Awaited<ReturnType<typeof scopeOf>>) {
  const lock = { table: displayTable(table), mode: 'change' } as const;
  return context.session.transaction.run({ sql, parameters: scope.binds.parameters, lock }, context.signal);
}

/** Places of the clause words at this level. */
function clauseAt(nodes: readonly Node[], word: string, from: number): number {
  const index = nodes.findIndex((node, at) => at >= from && isWord(node, word));
  return index < 0 ? nodes.length : index;
}

/** The next WHEN [NOT] MATCHED; a CASE has a WHEN of its own. */
function branchAt(nodes: readonly Node[], from: number): number {
  const index = nodes.findIndex(
    (node, at) => at >= from && isWord(node, 'WHEN') && isWord(nodes[at + 1], 'MATCHED', 'NOT'),
  );
  return index < 0 ? nodes.length : index;
}

export const update: StatementHandler = async (context) => {
  const { nodes } = context.statement;
  const { table, alias, next } = await readTarget(context, 1, 'UPDATE', ['SET']);
  if (!isWord(nodes[next], 'SET')) throw compilationError('syntax', 'syntax error: UPDATE needs SET.');
  const where = clauseAt(nodes, 'WHERE', next);
  const from = Math.min(clauseAt(nodes, 'FROM', next), where);
  const scope = await scopeOf(context);
  const assignments = rewriteAssignments(nodes.slice(next + 1, from), table, scope);
  const parts = [`UPDATE ${duckName(table)} AS ${quoteName(alias)} SET ${assignments}`];
  if (from < where) parts.push(`FROM ${rewriteFrom(nodes.slice(from + 1, where), scope)}`);
  if (where < nodes.length) parts.push(`WHERE ${rewriteExpressions(nodes.slice(where + 1), scope)}`);
  const counts = (rows: number) =>
    countsOf(STATEMENT_TYPES.update, { 'number of rows updated': rows, 'number of multi-joined rows updated': 0 });
  if (context.describeOnly) return counts(0);
  return counts((await run(context, table, parts.join(' '), scope)).rowsChanged);
};

/** `c = expr, t.d = expr`: DuckDB wants the column without its table. */
function rewriteAssignments(nodes: readonly Node[], table: Table, scope: Scope): string {
  return splitAt(nodes)
    .map((part) => {
      const equals = part.findIndex((node) => isOperator(node, '='));
      const column = part[equals - 1];
      if (equals < 1 || !isName(column)) throw compilationError('syntax', 'syntax error: SET column = expression.');
      if (!table.columns.some((each) => each.name === column.value)) {
        throw compilationError(
          'invalidIdentifier',
          `invalid identifier '${sourceOf(scope.source, part.slice(0, equals)).toUpperCase()}'`,
        );
      }
      return `${quoteName(column.value)} = ${rewriteExpressions(part.slice(equals + 1), scope)}`;
    })
    .join(', ');
}

export const remove: StatementHandler = async (context) => {
  const { nodes } = context.statement;
  if (!isWord(nodes[1], 'FROM')) throw compilationError('syntax', 'syntax error: DELETE needs FROM.');
  const { table, alias, next } = await readTarget(context, 2, 'DELETE', ['USING', 'WHERE']);
  const where = clauseAt(nodes, 'WHERE', next);
  const using = Math.min(clauseAt(nodes, 'USING', next), where);
  const scope = await scopeOf(context);
  const parts = [`DELETE FROM ${duckName(table)} AS ${quoteName(alias)}`];
  if (using > next) throw compilationError('syntax', 'syntax error in DELETE.');
  if (using < where) parts.push(`USING ${rewriteFrom(nodes.slice(using + 1, where), scope)}`);
  if (where < nodes.length) parts.push(`WHERE ${rewriteExpressions(nodes.slice(where + 1), scope)}`);
  const counts = (rows: number) => countsOf(STATEMENT_TYPES.delete, { 'number of rows deleted': rows });
  if (context.describeOnly) return counts(0);
  return counts((await run(context, table, parts.join(' '), scope)).rowsChanged);
};

export const merge: StatementHandler = async (context) => {
  const { nodes } = context.statement;
  if (!isWord(nodes[1], 'INTO')) throw compilationError('syntax', 'syntax error: MERGE needs INTO.');
  const { table, alias, next } = await readTarget(context, 2, 'MERGE', ['USING']);
  const on = clauseAt(nodes, 'ON', next);
  const when = branchAt(nodes, on);
  if (!isWord(nodes[next], 'USING') || on === nodes.length || when === nodes.length) {
    throw compilationError('syntax', 'syntax error: MERGE INTO t USING s ON … WHEN … THEN ….');
  }
  const scope = await scopeOf(context);
  const parts = [
    `MERGE INTO ${duckName(table)} AS ${quoteName(alias)}`,
    `USING ${rewriteFrom(nodes.slice(next + 1, on), scope)}`,
    `ON ${rewriteExpressions(nodes.slice(on + 1, when), scope)}`,
  ];
  const kinds = new Set<string>();
  for (let start = when; start < nodes.length; ) {
    const end = branchAt(nodes, start + 1);
    parts.push(rewriteBranch(nodes.slice(start, end), table, scope, kinds));
    start = end;
  }
  const counts = (actions: Readonly<Record<string, number>>) =>
    countsOf(STATEMENT_TYPES.merge, {
      ...(kinds.has('INSERT') && { 'number of rows inserted': actions['INSERT'] ?? 0 }),
      ...(kinds.has('UPDATE') && { 'number of rows updated': actions['UPDATE'] ?? 0 }),
      ...(kinds.has('DELETE') && { 'number of rows deleted': actions['DELETE'] ?? 0 }),
    });
  if (context.describeOnly) return counts({});
  const rows = await run(context, table, `${parts.join(' ')} RETURNING merge_action`, scope);
  const actions: Record<string, number> = {};
  for (const action of rows.columns[0] ?? []) actions[String(action)] = (actions[String(action)] ?? 0) + 1;
  return counts(actions);
};

/** `WHEN [NOT] MATCHED [AND …] THEN UPDATE SET … | DELETE | INSERT (…) VALUES (…)`. */
function rewriteBranch(nodes: readonly Node[], table: Table, scope: Scope, kinds: Set<string>): string {
  const not = isWord(nodes[1], 'NOT');
  const matched = not ? 2 : 1;
  const then = clauseAt(nodes, 'THEN', matched);
  const action = nodes[then + 1];
  if (!isWord(nodes[matched], 'MATCHED') || !isWord(action))
    throw compilationError('syntax', 'syntax error: WHEN [NOT] MATCHED THEN.');
  const condition = then > matched + 1 ? ` AND ${rewriteExpressions(nodes.slice(matched + 2, then), scope)}` : '';
  const head = `WHEN ${not ? 'NOT ' : ''}MATCHED${condition} THEN`;
  const rest = nodes.slice(then + 2);
  kinds.add(action.value);
  if (action.value === 'DELETE' && rest.length === 0) return `${head} DELETE`;
  if (action.value === 'UPDATE' && isWord(rest[0], 'SET'))
    return `${head} UPDATE SET ${rewriteAssignments(rest.slice(1), table, scope)}`;
  if (action.value === 'INSERT') {
    const list = isGroup(rest[0]) ? ` (${columnNames(rest[0].children)})` : '';
    const [values, row] = isGroup(rest[0]) ? rest.slice(1) : rest;
    if (isWord(values, 'VALUES') && isGroup(row))
      return `${head} INSERT${list} VALUES (${rewriteExpressions(row.children, scope)})`;
  }
  throw unknownConstruct(`MERGE … THEN ${sourceOf(scope.source, nodes.slice(then + 1))}`);
}
