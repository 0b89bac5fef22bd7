/**
 * MERGE. A target row that several source rows would update, or update and delete, is an error (100090), unless the
 * session has ERROR_ON_NONDETERMINISTIC_MERGE = FALSE: the statement itself looks for such rows before it changes any.
 */
import { duckName } from '../catalog.ts';
import { compilationError, unknownConstruct } from '../errors.ts';
import { countsOf, STATEMENT_TYPES } from '../results.ts';
import { rewriteCondition, rewriteOperand } from '../sql/expression.ts';
import { rewriteFrom } from '../sql/from.ts';
import { quoteName } from '../sql/names.ts';
import type { Scope, VisibleColumn } from '../sql/scope.ts';
import { isGroup, isWord, type Node, sourceOf, splitAt } from '../sql/tree.ts';
import { clauseAt, readAssignments, readTarget, runChange, type Target } from './change.ts';
import type { StatementContext, StatementHandler } from './context.ts';
import { scopeOf } from './scope.ts';
import { missingValue, namedColumns, storedValue, wrongCount } from './store.ts';

type Action = 'INSERT' | 'UPDATE' | 'DELETE';

interface Branch {
  readonly matched: boolean;
  readonly condition: string | undefined;
  readonly action: Action;
  readonly sql: string;
}

/** The next WHEN [NOT] MATCHED; a CASE has a WHEN of its own. */
function branchAt(nodes: readonly Node[], from: number): number {
  const index = nodes.findIndex(
    (node, at) => at >= from && isWord(node, 'WHEN') && isWord(nodes[at + 1], 'MATCHED', 'NOT'),
  );
  return index < 0 ? nodes.length : index;
}

export const merge: StatementHandler = async (context) => {
  const { nodes } = context.statement;
  if (!isWord(nodes[1], 'INTO')) throw compilationError('syntax', 'syntax error: MERGE needs INTO.');
  const target = await readTarget(context, 2, 'MERGE', ['USING']);
  const { table, alias, next } = target;
  const on = clauseAt(nodes, 'ON', next);
  const when = branchAt(nodes, on);
  if (!isWord(nodes[next], 'USING') || on === nodes.length || when === nodes.length) {
    throw compilationError('syntax', 'syntax error: MERGE INTO t USING s ON … WHEN … THEN ….');
  }
  const scope = await scopeOf(context);
  const source = rewriteFrom(nodes.slice(next + 1, on), scope);
  const inner: Scope = { ...scope, columns: [...target.columns, ...source.columns] };
  const condition = rewriteCondition(nodes.slice(on + 1, when), inner);
  const branches: Branch[] = [];
  for (let start = when; start < nodes.length; ) {
    const end = branchAt(nodes, start + 1);
    branches.push(
      await readBranch(context, nodes.slice(start, end), target, inner, { ...scope, columns: source.columns }),
    );
    start = end;
  }
  const counts = (actions: Readonly<Record<string, number>>) => {
    const has = (action: Action): boolean => branches.some((branch) => branch.action === action);
    return countsOf(STATEMENT_TYPES.merge, {
      ...(has('INSERT') && { 'number of rows inserted': actions['INSERT'] ?? 0 }),
      ...(has('UPDATE') && { 'number of rows updated': actions['UPDATE'] ?? 0 }),
      ...(has('DELETE') && { 'number of rows deleted': actions['DELETE'] ?? 0 }),
    });
  };
  if (context.describeOnly) return counts({});
  const strict = context.session.parameters.get('ERROR_ON_NONDETERMINISTIC_MERGE') !== 'false';
  const check = strict ? duplicateCheck(target, source.sql, condition, branches) : '';
  const using = check === '' ? source.sql : checked(source, check);
  const clauses = branches.map(
    (branch) =>
      `WHEN ${branch.matched ? '' : 'NOT '}MATCHED${branch.condition ? ` AND ${branch.condition}` : ''} THEN ${branch.sql}`,
  );
  const sql = `MERGE INTO ${duckName(table)} AS ${quoteName(alias)} USING ${using} ON (${condition}) ${clauses.join(' ')} RETURNING merge_action`;
  const rows = await runChange(context, table, sql, scope);
  const actions: Record<string, number> = {};
  for (const action of rows.columns[0] ?? []) actions[String(action)] = (actions[String(action)] ?? 0) + 1;
  return counts(actions);
};

/** The source, whose rows come only if the condition holds. */
function checked(
  { sql, columns }: { readonly sql: string; readonly columns: readonly VisibleColumn[] },
  condition: string,
): string {
  const [column] = columns;
  const alias = column?.sql.slice(0, -quoteName(column.as).length - 1);
  return `(SELECT * FROM ${sql} WHERE ${condition}) AS ${alias}`;
}

/** A condition that is true, or fails where a row would be changed by more than one row of the source. */
function duplicateCheck(
  { table, alias }: Target,
  source: string,
  condition: string,
  branches: readonly Branch[],
): string {
  const matched = branches.filter((branch) => branch.matched);
  if (!matched.some(({ action }) => action === 'UPDATE')) return '';
  const action = `CASE ${matched.map((branch) => `WHEN ${branch.condition ?? 'true'} THEN '${branch.action}'`).join(' ')} END`;
  const row = `string_agg(DISTINCT CAST(${quoteName(alias)} AS VARCHAR), ', ')`;
  const rows = `SELECT ${row} AS r, count(*) FILTER (WHERE ${action} = 'UPDATE') AS u, count(*) FILTER (WHERE ${action} = 'DELETE') AS d
    FROM ${duckName(table)} AS ${quoteName(alias)} JOIN ${source} ON (${condition}) GROUP BY ${quoteName(alias)}.rowid`;
  const message = `'@duplicateRow@Duplicate row detected during DML action Row Values: [' || min(r) || ']'`;
  return `(SELECT CASE WHEN count(*) > 0 THEN CAST(error(${message}) AS BOOLEAN) ELSE true END FROM (${rows}) WHERE u > 1 OR (u > 0 AND d > 0))`;
}

/** `WHEN [NOT] MATCHED [AND …] THEN UPDATE SET … | DELETE | INSERT (…) VALUES (…)`. */
async function readBranch(
  context: StatementContext,
  nodes: readonly Node[],
  { table }: Target,
  scope: Scope,
  sourceScope: Scope,
): Promise<Branch> {
  const matched = !isWord(nodes[1], 'NOT');
  const word = matched ? 1 : 2;
  const then = clauseAt(nodes, 'THEN', word);
  const action = nodes[then + 1];
  if (!isWord(nodes[word], 'MATCHED') || !isWord(action))
    throw compilationError('syntax', 'syntax error: WHEN [NOT] MATCHED THEN.');
  const own = matched ? scope : sourceScope;
  const condition = then > word + 1 ? rewriteCondition(nodes.slice(word + 2, then), own) : undefined;
  const rest = nodes.slice(then + 2);
  if (matched && action.value === 'DELETE' && rest.length === 0)
    return { matched, condition, action: 'DELETE', sql: 'DELETE' };
  if (matched && action.value === 'UPDATE' && isWord(rest[0], 'SET')) {
    const assignments = await readAssignments(context, rest.slice(1), table, scope);
    const set = assignments.map(({ column, sql }) => `${quoteName(column.name)} = ${sql}`).join(', ');
    return { matched, condition, action: 'UPDATE', sql: `UPDATE SET ${set}` };
  }
  if (!matched && action.value === 'INSERT')
    return { matched, condition, action: 'INSERT', sql: await insertSql(context, rest, table, sourceScope) };
  throw unknownConstruct(`MERGE … THEN ${sourceOf(scope.source, nodes.slice(then + 1))}`);
}

async function insertSql(
  context: StatementContext,
  nodes: readonly Node[],
  table: Target['table'],
  scope: Scope,
): Promise<string> {
  const list = isGroup(nodes[0]) ? nodes[0] : undefined;
  const [word, row] = list ? nodes.slice(1) : nodes;
  if (!isWord(word, 'VALUES') || !isGroup(row))
    throw compilationError('syntax', 'syntax error: INSERT needs VALUES (…).');
  const columns = list ? namedColumns(list.children, table) : table.columns;
  const values = splitAt(row.children);
  if (values.length !== columns.length) throw wrongCount(columns.length, values.length);
  const contents = await context.session.contents();
  const missing = (column: (typeof columns)[number]): string => missingValue(column, context.session.facts, contents);
  const stored = values.map((value, index) => {
    const column = columns[index] as (typeof columns)[number];
    return value.length === 1 && isWord(value[0], 'DEFAULT')
      ? missing(column)
      : storedValue(rewriteOperand(value, scope), column);
  });
  const others = table.columns.filter(
    (column) => !columns.includes(column) && (column.identity || column.default !== undefined),
  );
  const names = [...columns, ...others].map((column) => quoteName(column.name)).join(', ');
  return `INSERT (${names}) VALUES (${[...stored, ...others.map(missing)].join(', ')})`;
}
