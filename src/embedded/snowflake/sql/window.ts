/** What stands in OVER (…): PARTITION BY, ORDER BY and a frame. */
import { unknownConstruct } from '../errors.ts';
import { rewriteExpressions } from './expression.ts';
import type { Scope } from './scope.ts';
import { isWord, type Node } from './tree.ts';

const FRAME = new Set('ROWS RANGE BETWEEN AND UNBOUNDED PRECEDING FOLLOWING CURRENT ROW'.split(' '));

export function rewriteWindow(nodes: readonly Node[], scope: Scope): string {
  const frame = nodes.findIndex((node, index) => isWord(node, 'ROWS', 'RANGE') && isWord(nodes[index + 1]));
  const framed = frame < 0 ? [] : nodes.slice(frame);
  const rest = frame < 0 ? nodes : nodes.slice(0, frame);
  const words = framed.map((node) => {
    if (node.kind === 'number') return node.value;
    if (isWord(node) && FRAME.has(node.value)) return node.value;
    throw unknownConstruct('this window frame');
  });
  const partitioned = isWord(rest[0], 'PARTITION') && isWord(rest[1], 'BY');
  const body = rewriteExpressions(partitioned ? rest.slice(2) : rest, scope);
  return [partitioned ? 'PARTITION BY' : '', body, ...words].filter(Boolean).join(' ');
}
