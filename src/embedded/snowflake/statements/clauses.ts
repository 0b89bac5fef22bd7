/** Clauses that several statements have: `NAME = value` properties and `[LIKE 'pattern']`. */
import { compilationError } from '../errors.ts';
import { isName, isOperator, isWord, type Node, type Statement, sourceOf } from '../sql/tree.ts';

export interface Property {
  readonly name: string;
  /** A literal's value, or a word in upper case. */
  readonly value: string;
}

/** `NAME = value [,] NAME = value …` to the end of the nodes. */
export function readProperties({ source }: Statement, nodes: readonly Node[]): readonly Property[] {
  const properties: Property[] = [];
  for (let index = 0; index < nodes.length; ) {
    const [name, equals, value] = nodes.slice(index, index + 3);
    if (isOperator(name, ',')) {
      index++;
      continue;
    }
    if (!isName(name) || !isOperator(equals, '=') || !value || value.kind === 'group' || value.kind === 'operator') {
      throw compilationError('syntax', `syntax error: unexpected '${sourceOf(source, name ? [name] : [])}'.`);
    }
    properties.push({ name: name.value, value: value.value });
    index += 3;
  }
  if (properties.length === 0) throw compilationError('syntax', 'syntax error: NAME = value is expected.');
  return properties;
}

/** `[LIKE 'pattern']`, which does not regard case, at the start of the nodes. */
export function readLike(nodes: readonly Node[]): { keeps(name: string): boolean; readonly rest: readonly Node[] } {
  const [word, pattern] = nodes;
  if (!isWord(word, 'LIKE') || pattern?.kind !== 'string') return { keeps: () => true, rest: nodes };
  const source = pattern.value
    .replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('%', '.*')
    .replaceAll('_', '.');
  const like = new RegExp(`^${source}$`, 'is');
  return { keeps: (name) => like.test(name), rest: nodes.slice(2) };
}
