/** What stands in OVER (…): PARTITION BY, ORDER BY and a frame. */
import { unknownConstruct } from '../errors.ts';
import { comparable } from './convert.ts';
import { rewriteList, rewriteOperand } from './expression.ts';
import { isJson, type Operand } from './operand.ts';
import type { Scope } from './scope.ts';
import { isWord, type Node, splitAt } from './tree.ts';

const FRAME = new Set('ROWS RANGE BETWEEN AND UNBOUNDED PRECEDING FOLLOWING CURRENT ROW'.split(' '));
/** Frames of their own, where the statement names none. */
const WHOLE = 'ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING';
const FRAMES: Readonly<Record<string, string>> = {
  CONDITIONAL_TRUE_EVENT: 'ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW',
  FIRST_VALUE: WHOLE,
  LAST_VALUE: WHOLE,
  NTH_VALUE: WHOLE,
};

export function rewriteOver(name: string, nodes: readonly Node[], scope: Scope): string {
  const frame = nodes.findIndex(
    (node, index) => isWord(node, 'ROWS', 'RANGE') && isWord(nodes[index + 1], 'BETWEEN', 'UNBOUNDED', 'CURRENT'),
  );
  const framed = frame < 0 ? [] : nodes.slice(frame);
  const rest = frame < 0 ? nodes : nodes.slice(0, frame);
  const order = rest.findIndex((node, index) => isWord(node, 'ORDER') && isWord(rest[index + 1], 'BY'));
  const partition = order < 0 ? rest : rest.slice(0, order);
  const parts: string[] = [];
  if (partition.length > 0) {
    if (!isWord(partition[0], 'PARTITION') || !isWord(partition[1], 'BY'))
      throw unknownConstruct('this window; only PARTITION BY, ORDER BY and a frame are known');
    parts.push(`PARTITION BY ${rewriteList(partition.slice(2), scope).map(comparable).join(', ')}`);
  }
  if (order >= 0) parts.push(rewriteOrderBy(rest.slice(order + 2), scope));
  if (framed.length > 0) parts.push(framed.map(frameWord).join(' '));
  else if (Object.hasOwn(FRAMES, name)) parts.push(FRAMES[name] as string);
  return parts.join(' ');
}

function frameWord(node: Node): string {
  if (node.kind === 'number') return node.value;
  if (isWord(node) && FRAME.has(node.value)) return node.value;
  throw unknownConstruct('this window frame');
}

/** The items of an ORDER BY, with its two words. */
export function rewriteOrderBy(nodes: readonly Node[], scope: Scope): string {
  return `ORDER BY ${splitAt(nodes)
    .map((item) => rewriteOrdering(item, (expression) => rewriteOperand(expression, scope)))
    .join(', ')}`;
}

/** `expr [ASC | DESC] [NULLS FIRST | LAST]`; NULL is the largest value unless it is said otherwise. */
export function rewriteOrdering(nodes: readonly Node[], rewrite: (nodes: readonly Node[]) => Operand): string {
  let end = nodes.length;
  let suffix = '';
  if (isWord(nodes[end - 2], 'NULLS') && isWord(nodes[end - 1], 'FIRST', 'LAST')) {
    suffix = ` NULLS ${(nodes[end - 1] as { value: string }).value}`;
    end -= 2;
  }
  const direction = nodes[end - 1];
  if (isWord(direction, 'ASC', 'DESC') && end > 1) {
    suffix = ` ${direction.value}${suffix}`;
    end -= 1;
  }
  const operand = rewrite(nodes.slice(0, end));
  if (!isJson(operand)) return `${comparable(operand)}${suffix}`;
  // Numbers in a VARIANT sort as numbers, before text.
  return `TRY_CAST(${operand.text} AS DOUBLE)${suffix}, ${operand.text}${suffix}`;
}
