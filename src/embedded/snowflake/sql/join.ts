/** Joins: inner, outer, cross, natural, with ON or USING, and ASOF. */
import { compilationError, unknownConstruct } from '../errors.ts';
import { textAt } from './column.ts';
import { rewriteCondition } from './expression.ts';
import { readTable, type TableRead } from './from.ts';
import { syntaxError } from './lexer.ts';
import { quoteName } from './names.ts';
import { readNames } from './query.ts';
import type { Scope, VisibleColumn } from './scope.ts';
import { isGroup, isOperator, isWord, type Node } from './tree.ts';

export const JOIN_WORDS = [
  'JOIN',
  'INNER',
  'LEFT',
  'RIGHT',
  'FULL',
  'OUTER',
  'CROSS',
  'NATURAL',
  'ASOF',
  'DIRECTED',
] as const;

export function joinColumns(left: readonly VisibleColumn[], right: readonly VisibleColumn[]): VisibleColumn[] {
  return [...left, ...right];
}

export function readJoin(nodes: readonly Node[], start: number, scope: Scope): TableRead {
  let index = start;
  const words: string[] = [];
  for (let node = nodes[index]; isWord(node, ...JOIN_WORDS); node = nodes[++index]) {
    words.push(node.value);
    if (node.value === 'JOIN') {
      index++;
      break;
    }
  }
  if (words.at(-1) !== 'JOIN')
    throw syntaxError(scope.source, nodes[index]?.start ?? scope.source.length, textAt(scope, nodes[index]));
  if (words.includes('DIRECTED')) throw unknownConstruct('DIRECTED joins');
  const table = readTable(nodes, index, scope);
  const side = words.find((word) => ['LEFT', 'RIGHT', 'FULL', 'CROSS'].includes(word)) ?? 'INNER';
  const left = side === 'RIGHT' || side === 'FULL' ? scope.columns.map(optional) : scope.columns;
  const right = side === 'LEFT' || side === 'FULL' ? table.columns.map(optional) : table.columns;
  const columns = joinColumns(left, right);
  const head = `${side} JOIN ${table.sql}`;
  index = table.next;
  const both = { ...scope, columns: joinColumns(scope.columns, table.columns) };
  if (words.includes('ASOF')) return readAsOf(nodes, index, table, both);
  if (isWord(nodes[index], 'ON')) {
    const end = endOfCondition(nodes, index + 1);
    const on = rewriteCondition(nodes.slice(index + 1, end), both);
    return { sql: `${side === 'CROSS' ? 'INNER JOIN ' : `${side} JOIN `}${table.sql} ON ${on}`, columns, next: end };
  }
  const using = nodes[index + 1];
  if (isWord(nodes[index], 'USING') && isGroup(using)) {
    return { ...merge(head, left, right, readNames(using.children)), next: index + 2 };
  }
  if (words.includes('NATURAL')) {
    const names = right
      .filter((column) => left.some((each) => each.name === column.name && !each.merged))
      .map((column) => column.name);
    return names.length === 0
      ? { sql: `CROSS JOIN ${table.sql}`, columns, next: index }
      : { ...merge(head, left, right, names), next: index };
  }
  return {
    sql: side === 'CROSS' || side === 'INNER' ? `CROSS JOIN ${table.sql}` : `${head} ON TRUE`,
    columns,
    next: index,
  };
}

/** `ASOF JOIN t MATCH_CONDITION (a.x >= t.x) [ON …]`: each row of the left with the nearest of the right, or none. */
function readAsOf(nodes: readonly Node[], start: number, table: TableRead, scope: Scope): TableRead {
  const match = nodes[start + 1];
  if (!isWord(nodes[start], 'MATCH_CONDITION') || !isGroup(match)) {
    throw compilationError('syntax', 'syntax error: ASOF JOIN needs MATCH_CONDITION (…).');
  }
  const hasOn = isWord(nodes[start + 2], 'ON');
  const end = hasOn ? endOfCondition(nodes, start + 3) : start + 2;
  if (isWord(nodes[end], 'USING')) throw unknownConstruct('ASOF JOIN … USING');
  const matched = rewriteCondition(match.children, scope);
  const on = hasOn ? `${rewriteCondition(nodes.slice(start + 3, end), scope)} AND ` : '';
  const left = scope.columns.slice(0, scope.columns.length - table.columns.length);
  return {
    sql: `ASOF LEFT JOIN ${table.sql} ON ${on}${matched}`,
    columns: [...left, ...table.columns.map(optional)],
    next: end,
  };
}

function optional(column: VisibleColumn): VisibleColumn {
  return { ...column, nullable: true };
}

/** USING: the columns of both sides become one, without a table. */
function merge(
  head: string,
  left: readonly VisibleColumn[],
  right: readonly VisibleColumn[],
  names: readonly string[],
) {
  const unknown = names.find((name) => ![left, right].every((side) => side.some((column) => column.name === name)));
  if (unknown !== undefined) throw compilationError('invalidIdentifier', `invalid identifier '${unknown}'`);
  const columns: VisibleColumn[] = [
    ...left.flatMap((column) =>
      names.includes(column.name) && !column.merged
        ? [
            { ...column, qualifier: [], sql: quoteName(column.name) },
            { ...column, merged: true },
          ]
        : [column],
    ),
    ...right.map((column) => (names.includes(column.name) ? { ...column, merged: true } : column)),
  ];
  return { sql: `${head} USING (${names.map(quoteName).join(', ')})`, columns };
}

function endOfCondition(nodes: readonly Node[], start: number): number {
  const end = nodes.findIndex(
    (node, index) =>
      index >= start && (isOperator(node, ',') || (isWord(node, ...JOIN_WORDS) && !isGroup(nodes[index + 1]))),
  );
  return end < 0 ? nodes.length : end;
}
