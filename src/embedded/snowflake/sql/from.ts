/** Rewrites FROM: tables, views, subqueries, joins, VALUES lists and table functions. */
import { compilationError, unknownConstruct } from '../errors.ts';
import { textAt } from './column.ts';
import { commonType, withType } from './convert.ts';
import { rewriteList } from './expression.ts';
import { JOIN_WORDS, joinColumns, readJoin } from './join.ts';
import { syntaxError } from './lexer.ts';
import { quoteName } from './names.ts';
import { anyNullable, type Operand } from './operand.ts';
import { readSuffixes } from './pivot.ts';
import { readNames, renamed, rewriteQuery, startsQuery } from './query.ts';
import type { OutputColumn, Scope, VisibleColumn } from './scope.ts';
import { tableFunction } from './table-functions.ts';
import { isGroup, isName, isOperator, isWord, type Node } from './tree.ts';

const NO_ALIAS = [
  ...JOIN_WORDS,
  'ON',
  'USING',
  'PIVOT',
  'UNPIVOT',
  'SAMPLE',
  'TABLESAMPLE',
  'MATCH_RECOGNIZE',
  'AT',
  'BEFORE',
  'CHANGES',
  'MATCH_CONDITION',
  'LATERAL',
];

export interface TableRead {
  readonly sql: string;
  readonly columns: readonly VisibleColumn[];
  readonly next: number;
}

export function rewriteFrom(
  nodes: readonly Node[],
  scope: Scope,
): { readonly sql: string; readonly columns: readonly VisibleColumn[] } {
  if (nodes.length === 0) throw compilationError('syntax', 'syntax error: FROM without a table.');
  const parts: string[] = [];
  let columns: readonly VisibleColumn[] = [];
  let index = 0;
  while (index < nodes.length) {
    const seen: Scope = { ...scope, columns };
    if (parts.length === 0) {
      const table = readTable(nodes, index, seen);
      parts.push(table.sql);
      columns = table.columns;
      index = table.next;
    } else if (isOperator(nodes[index], ',')) {
      const table = readTable(nodes, index + 1, seen);
      parts.push(', ', table.sql);
      columns = joinColumns(columns, table.columns);
      index = table.next;
    } else {
      const joined = readJoin(nodes, index, seen);
      parts.push(' ', joined.sql);
      columns = joined.columns;
      index = joined.next;
    }
  }
  return { sql: parts.join(''), columns };
}

export function readTable(nodes: readonly Node[], start: number, scope: Scope): TableRead {
  const node = nodes[start];
  const following = nodes[start + 1];
  const apart: Scope = { ...scope, columns: [], aliases: new Map() };
  if (isGroup(node)) {
    if (startsQuery(node.children) && !isJoinOfQueries(node.children)) {
      const { sql, columns } = rewriteQuery(node.children, apart);
      return withAlias({ sql: `(${sql})`, columns }, nodes, start + 1, scope);
    }
    const inner = rewriteFrom(node.children, apart);
    return { sql: `(${inner.sql})`, columns: inner.columns, next: start + 1 };
  }
  if (isWord(node, 'VALUES')) return readValues(nodes, start + 1, scope);
  if (isWord(node, 'TABLE') && isGroup(following)) return readTableCall(following.children, nodes, start + 2, scope);
  if (isWord(node, 'LATERAL')) {
    if (isGroup(following)) {
      const { sql, columns } = rewriteQuery(following.children, scope);
      return withAlias({ sql: `LATERAL (${sql})`, columns }, nodes, start + 2, scope);
    }
    return readTableCall(nodes.slice(start + 1, start + 3), nodes, start + 3, scope);
  }
  if (isName(node)) return readNamed(nodes, start, scope);
  throw syntaxError(scope.source, node?.start ?? scope.source.length, textAt(scope, node));
}

/** `((SELECT …) a JOIN …)` is a join in brackets and no query. */
function isJoinOfQueries(nodes: readonly Node[]): boolean {
  return isGroup(nodes[0]) && nodes.some((node) => isWord(node, 'JOIN') || isOperator(node, ','));
}

/** `TABLE(f(…))`, `LATERAL f(…)`, `TABLE('name')`. */
function readTableCall(call: readonly Node[], nodes: readonly Node[], next: number, scope: Scope): TableRead {
  const [name, arguments_, ...more] = call;
  if (isWord(name) && isGroup(arguments_) && more.length === 0) {
    const table = tableFunction(name.value, arguments_.children, scope);
    return withAlias({ ...table, sql: `LATERAL ${table.sql}` }, nodes, next, scope, [name.value], table.columns);
  }
  throw unknownConstruct(`TABLE(${scope.source.slice(name?.start ?? 0, call.at(-1)?.end)})`);
}

function readNamed(nodes: readonly Node[], start: number, scope: Scope): TableRead {
  const names: string[] = [];
  let next = start;
  for (;;) {
    const name = nodes[next];
    if (!isName(name)) throw syntaxError(scope.source, name?.start ?? scope.source.length, textAt(scope, name));
    names.push(name.value);
    next++;
    if (!isOperator(nodes[next], '.')) break;
    next++;
  }
  if (isGroup(nodes[next]))
    throw unknownConstruct(`the table function ${names.join('.')}; use TABLE(${names.join('.')}(…))`);
  const common = names.length === 1 ? scope.commonTables.get(names[0] as string) : undefined;
  if (common) return withAlias({ sql: quoteName(names[0] as string), columns: common }, nodes, next, scope, names);
  const source = scope.table(names);
  return withAlias(source, nodes, next, scope, source.names);
}

/** `VALUES (…), …`: columns COLUMN1, COLUMN2, … of the type that their values have together. */
export function readValues(nodes: readonly Node[], start: number, scope: Scope): TableRead {
  const rows: Operand[][] = [];
  let next = start;
  for (;;) {
    const row = nodes[next];
    if (!isGroup(row)) throw compilationError('syntax', 'syntax error: VALUES needs rows in brackets.');
    rows.push(rewriteList(row.children, scope));
    next++;
    if (!isOperator(nodes[next], ',') || !isGroup(nodes[next + 1])) break;
    next++;
  }
  const width = rows[0]?.length ?? 0;
  const odd = rows.find((row) => row.length !== width || width === 0);
  if (odd) throw compilationError('columnCount', `VALUES has rows of ${width} and of ${odd.length} values.`);
  const columns = Array.from({ length: width }, (_, index): OutputColumn => {
    const values = rows.map((row) => row[index] as Operand);
    const name = `COLUMN${index + 1}`;
    return { name, as: name, type: commonType(values), nullable: anyNullable(values) };
  });
  const sql = rows.map(
    (row) => `(${row.map((value, index) => columnValue(value, columns[index] as OutputColumn)).join(', ')})`,
  );
  const names = columns.map(({ as }) => quoteName(as)).join(', ');
  return withAlias(
    { sql: `(SELECT * FROM (VALUES ${sql.join(', ')}) AS "VALUES" (${names}))`, columns },
    nodes,
    next,
    scope,
    ['VALUES'],
  );
}

function columnValue(value: Operand, { type }: OutputColumn): string {
  return !type || !value.type || value.type.name === type.name ? value.sql : withType(value, type).sql;
}

/** `[AS] alias [(columns)]`, and PIVOT or SAMPLE around it. A table without an alias gets one that nobody can write. */
function withAlias(
  table: { readonly sql: string; readonly columns: readonly OutputColumn[] },
  nodes: readonly Node[],
  start: number,
  scope: Scope,
  names: readonly string[] = [],
  visible?: readonly VisibleColumn[],
): TableRead {
  const suffixed = readSuffixes(table, nodes, start, scope, names);
  let next = suffixed.next;
  const as = isWord(nodes[next], 'AS');
  if (as) next++;
  const alias = nodes[next];
  const isAlias = isName(alias) && (as || alias.kind === 'quoted' || !NO_ALIAS.includes(alias.value));
  if (as && !isAlias) throw syntaxError(scope.source, alias?.start ?? scope.source.length, textAt(scope, alias));
  if (isAlias) next++;
  const list = isAlias ? nodes[next] : undefined;
  const columnList = isGroup(list) ? readNames(list.children) : undefined;
  if (columnList) next++;
  const qualifier = isAlias ? [alias.value] : suffixed.table === table ? names : [];
  const duckAlias = qualifier.at(-1) ?? `?${nodes[start - 1]?.start ?? 0}`;
  const output = renamed(suffixed.table.columns, columnList);
  const columns = output.map((column, index): VisibleColumn => {
    const before = suffixed.table === table ? visible?.[index] : undefined;
    return { ...before, ...column, qualifier, sql: `${quoteName(duckAlias)}.${quoteName(column.as)}` };
  });
  const list_ = columnList ? ` (${output.map((column) => quoteName(column.as)).join(', ')})` : '';
  const read = { sql: `${suffixed.table.sql} AS ${quoteName(duckAlias)}${list_}${suffixed.sample}`, columns, next };
  const after = nodes[next];
  const pivots =
    isWord(after, 'PIVOT', 'UNPIVOT') && (isGroup(nodes[next + 1]) || isWord(nodes[next + 1], 'INCLUDE', 'EXCLUDE'));
  if (pivots || isWord(after, 'SAMPLE', 'TABLESAMPLE')) return sampled(read, nodes, scope);
  return read;
}

/** SAMPLE and PIVOT may stand behind the alias as well. */
function sampled(read: TableRead, nodes: readonly Node[], scope: Scope): TableRead {
  const output = read.columns.filter((column) => !column.merged);
  const table = { sql: `(SELECT * FROM ${read.sql})`, columns: output };
  return withAlias(table, nodes, read.next, scope, output[0]?.qualifier ?? []);
}
