/**
 * Types of a query's columns that DuckDB does not keep: VARCHAR lengths, OBJECT and ARRAY, the kinds of time zone. They
 * are known where a column comes straight from one table: `SELECT a, b FROM t` and `SELECT * FROM t`.
 */
import type { Table } from '../catalog.ts';
import { isGroup, isName, isOperator, isWord, type Node, splitAt } from '../sql/tree.ts';
import type { ColumnType } from '../types.ts';
import { readName } from './context.ts';

const ENDS = [
  'WHERE',
  'GROUP',
  'HAVING',
  'QUALIFY',
  'ORDER',
  'LIMIT',
  'UNION',
  'INTERSECT',
  'EXCEPT',
  'MINUS',
] as const;

export function declaredTypes(
  nodes: readonly Node[],
  find: (names: readonly string[]) => Table | undefined,
): readonly (ColumnType | undefined)[] {
  const from = nodes.findIndex((node) => isWord(node, 'FROM'));
  const source = nodes[from + 1];
  if (!isWord(nodes[0], 'SELECT') || from < 0 || !isName(source) || isWord(source, 'TABLE', 'LATERAL', 'VALUES'))
    return [];
  const { names, next } = readName(nodes, from + 1);
  const end = nodes.findIndex((node, index) => index >= next && isWord(node, ...ENDS));
  const after = nodes.slice(next, end < 0 ? nodes.length : end);
  const isSet = nodes.some((node) => isWord(node, 'UNION', 'INTERSECT', 'EXCEPT', 'MINUS'));
  const alone = after.every((node) => isName(node) && !isWord(node, 'JOIN')) && after.length <= 2;
  const table = alone && !isSet && !isGroup(after[0]) ? find(names) : undefined;
  if (!table) return [];
  const items = splitAt(nodes.slice(isWord(nodes[1], 'DISTINCT', 'ALL') ? 2 : 1, from));
  const positionsAreKnown = items.every(
    (item) => !item.some((node) => isOperator(node, '*')) || isOperator(item.at(-1), '*'),
  );
  if (!positionsAreKnown) return [];
  return items.flatMap((item): (ColumnType | undefined)[] => {
    const last = item.at(-1);
    if (isOperator(last, '*')) return table.columns.map((column) => column.type);
    return [table.columns.find((column) => column.name === plainColumn(item))?.type];
  });
}

/** The column of `a`, `t.a`, `a AS b` or `a b`. */
function plainColumn(item: readonly Node[]): string | undefined {
  const { names, next } = isName(item[0]) ? readName(item, 0) : { names: [], next: 0 };
  const rest = item.slice(isWord(item[next], 'AS') ? next + 1 : next);
  return rest.length === 0 || (rest.length === 1 && isName(rest[0])) ? names.at(-1) : undefined;
}
