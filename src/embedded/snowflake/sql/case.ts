/** What stands between CASE and END. */
import { rewriteOperand } from './expression.ts';
import { asText, type Operand, unify } from './operand.ts';
import type { Scope } from './scope.ts';
import { isWord, type Node } from './tree.ts';

interface Part {
  /** WHEN, THEN, ELSE, or '' for the subject. */
  readonly word: string;
  readonly operand: Operand;
}

export function rewriteCase(nodes: readonly Node[], scope: Scope): Operand {
  const parts = splitParts(nodes, scope);
  const isResult = (part: Part): boolean => part.word === 'THEN' || part.word === 'ELSE';
  const results = unify(parts.filter(isResult).map((part) => part.operand));
  let result = 0;
  const sql = parts.map((part) => `${part.word} ${isResult(part) ? results.operands[result++] : asText(part.operand)}`);
  return results.wrap(`CASE ${sql.join(' ')} END`);
}

function splitParts(nodes: readonly Node[], scope: Scope): Part[] {
  const parts: Part[] = [];
  let word = '';
  let from = 0;
  let depth = 0;
  const finish = (to: number): void => {
    if (to > from) parts.push({ word, operand: rewriteOperand(nodes.slice(from, to), scope) });
  };
  nodes.forEach((node, index) => {
    if (isWord(node, 'CASE')) depth++;
    if (isWord(node, 'END')) depth--;
    if (depth === 0 && isWord(node, 'WHEN', 'THEN', 'ELSE')) {
      finish(index);
      word = node.value;
      from = index + 1;
    }
  });
  finish(nodes.length);
  return parts;
}
