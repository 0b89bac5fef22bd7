/** What stands between CASE and END. */
import { compilationError } from '../errors.ts';
import { condition, unify } from './convert.ts';
import { rewriteOperand } from './expression.ts';
import { anyNullable, type Operand, typed } from './operand.ts';
import { comparablePair } from './predicate.ts';
import type { Scope } from './scope.ts';
import { isWord, type Node } from './tree.ts';

interface Part {
  /** WHEN, THEN, ELSE, or '' for the subject. */
  readonly word: string;
  readonly operand: Operand;
}

export function rewriteCase(nodes: readonly Node[], scope: Scope): Operand {
  const parts = splitParts(nodes, scope);
  const subject = parts[0]?.word === '' ? parts[0].operand : undefined;
  const branches = subject ? parts.slice(1) : parts;
  const results = branches.filter((part) => part.word === 'THEN' || part.word === 'ELSE').map((part) => part.operand);
  if (results.length === 0) throw compilationError('syntax', 'syntax error: CASE needs WHEN … THEN ….');
  const { type, sql: values } = unify(results);
  let result = 0;
  const sql = branches.map(({ word, operand }) => {
    if (word !== 'WHEN') return `${word} ${values[result++]}`;
    return `WHEN ${subject ? comparablePair(subject, operand).join(' = ') : condition(operand)}`;
  });
  const nullable = anyNullable(results) || !branches.some((part) => part.word === 'ELSE');
  return typed(`CASE ${sql.join(' ')} END`, type, nullable);
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
