/**
 * Rewrites FROM: tables, subqueries, joins, VALUES lists, FLATTEN, GENERATOR and the views of INFORMATION_SCHEMA.
 */
import { compilationError, unknownConstruct } from '../errors.ts';
import { rewriteExpressions } from './expression.ts';
import { flatten } from './flatten.ts';
import { quoteName, quotePath } from './names.ts';
import { columnNames, rewriteQuery, startsQuery } from './query.ts';
import type { Scope } from './scope.ts';
import { isGroup, isName, isOperator, isWord, type Node, sourceOf, splitAt } from './tree.ts';

const JOIN_WORDS = ['JOIN', 'INNER', 'LEFT', 'RIGHT', 'FULL', 'OUTER', 'CROSS', 'NATURAL'] as const;
const UNKNOWN_AFTER_TABLE = new Set(
  'PIVOT UNPIVOT MATCH_RECOGNIZE SAMPLE TABLESAMPLE AT BEFORE CHANGES ASOF CONNECT START'.split(' '),
);

export function rewriteFrom(nodes: readonly Node[], scope: Scope): string {
  const parts: string[] = [];
  let index = 0;
  while (index < nodes.length) {
    const node = nodes[index];
    if (isOperator(node, ',')) {
      parts.push(',');
      index++;
    } else if (isWord(node, ...JOIN_WORDS)) {
      parts.push(node.value);
      index++;
    } else if (isWord(node, 'ON')) {
      const end = endOfCondition(nodes, index + 1);
      parts.push(`ON ${rewriteExpressions(nodes.slice(index + 1, end), scope)}`);
      index = end;
    } else if (isWord(node, 'USING')) {
      const columns = nodes[index + 1];
      if (!isGroup(columns)) throw compilationError('syntax', 'syntax error: USING needs a list of columns.');
      parts.push(`USING (${columnNames(columns.children)})`);
      index += 2;
    } else {
      const table = readTable(nodes, index, scope);
      parts.push(table.sql);
      index = table.next;
    }
  }
  if (parts.length === 0) throw compilationError('syntax', 'syntax error: FROM without a table.');
  return parts.join(' ');
}

function endOfCondition(nodes: readonly Node[], start: number): number {
  const end = nodes.findIndex(
    (node, index) =>
      index >= start && (isOperator(node, ',') || (isWord(node, ...JOIN_WORDS) && !isGroup(nodes[index + 1]))),
  );
  return end < 0 ? nodes.length : end;
}

interface TableRead {
  readonly sql: string;
  readonly next: number;
}

function readTable(nodes: readonly Node[], start: number, scope: Scope): TableRead {
  const node = nodes[start];
  const following = nodes[start + 1];
  if (isGroup(node)) {
    const inner = startsQuery(node.children) ? rewriteQuery(node.children, scope) : rewriteFrom(node.children, scope);
    return withAlias(`(${inner})`, nodes, start + 1, scope);
  }
  if (isWord(node, 'VALUES')) return readValues(nodes, start + 1, scope);
  if (isWord(node, 'TABLE') && isGroup(following)) return tableFunction(following.children, nodes, start + 2, scope);
  if (isWord(node, 'LATERAL')) {
    if (isGroup(following))
      return withAlias(`LATERAL (${rewriteQuery(following.children, scope)})`, nodes, start + 2, scope);
    if (!isWord(following, 'FLATTEN')) throw unknownConstruct('LATERAL with anything but FLATTEN or a subquery');
    const arguments_ = nodes[start + 2];
    if (!isGroup(arguments_)) throw compilationError('syntax', 'syntax error: FLATTEN needs arguments.');
    return withAlias(`LATERAL ${flatten(arguments_.children, scope)}`, nodes, start + 3, scope, 'FLATTEN');
  }
  if (isName(node)) return readNamed(nodes, start, scope);
  throw unknownConstruct(`'${sourceOf(scope.source, node ? [node] : [])}' in FROM`);
}

function tableFunction(nodes: readonly Node[], outer: readonly Node[], next: number, scope: Scope): TableRead {
  const [name, arguments_] = nodes;
  if (!isWord(name) || !isGroup(arguments_)) throw unknownConstruct(`TABLE(${sourceOf(scope.source, nodes)})`);
  if (name.value === 'FLATTEN')
    return withAlias(`LATERAL ${flatten(arguments_.children, scope)}`, outer, next, scope, 'FLATTEN');
  if (name.value === 'GENERATOR') return withAlias(generator(arguments_.children), outer, next, scope, 'GENERATOR');
  throw unknownConstruct(`the table function ${name.value}`);
}

function generator(nodes: readonly Node[]): string {
  const [name, arrow, count, ...more] = nodes;
  if (!isWord(name, 'ROWCOUNT') || !isOperator(arrow, '=>') || count?.kind !== 'number' || more.length > 0) {
    throw unknownConstruct('GENERATOR with anything but ROWCOUNT => <number>');
  }
  return `(SELECT 1 AS "_" FROM range(${count.value}))`;
}

function readNamed(nodes: readonly Node[], start: number, scope: Scope): TableRead {
  const names: string[] = [];
  let next = start;
  for (;;) {
    const name = nodes[next];
    if (!isName(name)) throw compilationError('syntax', 'syntax error: a table name is expected.');
    names.push(name.value);
    next++;
    if (!isOperator(nodes[next], '.')) break;
    next++;
  }
  if (isGroup(nodes[next])) throw unknownConstruct(`the table function ${names.join('.')}`);
  if (names.at(-2) === 'INFORMATION_SCHEMA') {
    const view = scope.informationSchema(names.at(-3), names.at(-1) as string);
    return withAlias(`(${view})`, nodes, next, scope, names.at(-1));
  }
  if (names.length === 1 && scope.commonTables.has(names[0] as string)) {
    return withAlias(quotePath(...names), nodes, next, scope);
  }
  return withAlias(scope.tableSql(names), nodes, next, scope);
}

function readValues(nodes: readonly Node[], start: number, scope: Scope): TableRead {
  const rows: string[] = [];
  let width = 0;
  let next = start;
  for (;;) {
    const row = nodes[next];
    if (!isGroup(row)) throw compilationError('syntax', 'syntax error: VALUES needs rows in brackets.');
    width = splitAt(row.children).length;
    rows.push(`(${rewriteExpressions(row.children, scope)})`);
    next++;
    if (!isOperator(nodes[next], ',') || !isGroup(nodes[next + 1])) break;
    next++;
  }
  const columns = Array.from({ length: width }, (_, index) => `"COLUMN${index + 1}"`).join(', ');
  const values = `(SELECT * FROM (VALUES ${rows.join(', ')}) AS "VALUES" (${columns}))`;
  return withAlias(values, nodes, next, scope, 'VALUES');
}

/** `[AS] alias [(columns)]`. A derived table that has none gets one where DuckDB needs it. */
function withAlias(sql: string, nodes: readonly Node[], start: number, scope: Scope, fallback?: string): TableRead {
  let next = start;
  const as = isWord(nodes[next], 'AS');
  if (as) next++;
  const alias = nodes[next];
  const isAlias =
    isName(alias) && (as || alias.kind === 'quoted' || ![...JOIN_WORDS, 'ON', 'USING'].includes(alias.value as 'ON'));
  if (isWord(alias) && UNKNOWN_AFTER_TABLE.has(alias.value) && !as) {
    if (isGroup(nodes[next + 1]) || isWord(nodes[next + 1])) throw unknownConstruct(`${alias.value} after a table`);
  }
  if (!isAlias) return { sql: fallback === undefined ? sql : `${sql} AS ${quoteName(fallback)}`, next };
  next++;
  const columns = nodes[next];
  if (!isGroup(columns)) return { sql: `${sql} AS ${quoteName(alias.value)}`, next };
  if (sourceOf(scope.source, columns.children) === '')
    throw compilationError('syntax', 'syntax error: an empty column list.');
  return { sql: `${sql} AS ${quoteName(alias.value)} (${columnNames(columns.children)})`, next: next + 1 };
}
