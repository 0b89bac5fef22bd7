/** CREATE SEQUENCE: START, INCREMENT, COMMENT. The numbers are DuckDB's, and may have gaps, as Snowflake's. */
import { findSequence, pathOf, type Sequence, storeSequence } from '../catalog.ts';
import { compilationError, unknownConstruct } from '../errors.ts';
import { type ResultSet, statusOf } from '../results.ts';
import { displayName } from '../sql/names.ts';
import { isOperator, isWord, type Node, sourceOf } from '../sql/tree.ts';
import { createIdentity } from './column-definitions.ts';
import { displayTable, qualify, readName, type StatementContext } from './context.ts';
import { type CreateOptions, requireSchema } from './create-table.ts';

/** `nodes` begin with the sequence's name. */
export async function createSequence(
  context: StatementContext,
  nodes: readonly Node[],
  options: Omit<CreateOptions, 'kind'>,
): Promise<ResultSet> {
  const { session, statement, signal } = context;
  const contents = await session.contents();
  const { names, next } = readName(nodes, 0);
  const name = qualify(names, session.facts, 'CREATE SEQUENCE');
  requireSchema(contents.schemas, name);
  const existing = findSequence(contents, name);
  if (existing && !options.orReplace) {
    if (options.ifNotExists) return statusOf(`${displayName(name.table)} already exists, statement succeeded.`);
    throw compilationError('objectExists', `Object '${displayTable(name)}' already exists.`);
  }
  const sequence: Sequence = { ...name, createdAt: new Date(), ...readOptions(nodes.slice(next), statement.source) };
  const replaced = existing ? [`DROP SEQUENCE ${pathOf(existing)}`] : [];
  const create = createIdentity({ sequence: pathOf(sequence), start: sequence.start, increment: sequence.increment });
  await session.define(name, [...replaced, create, storeSequence(sequence)], signal);
  return statusOf(`Sequence ${displayName(name.table)} successfully created.`);
}

function readOptions(
  nodes: readonly Node[],
  source: string,
): { readonly start: number; readonly increment: number; readonly comment: string } {
  const found = { start: 1, increment: 1, comment: '' };
  let at = 0;
  while (at < nodes.length) {
    const word = nodes[at++];
    while (isWord(nodes[at], 'WITH', 'BY') || isOperator(nodes[at], '=')) at++;
    const value = nodes[at];
    if (isWord(word, 'WITH', 'ORDER', 'NOORDER')) continue;
    if (isWord(word, 'START', 'INCREMENT')) {
      const minus = isOperator(value, '-');
      const number = minus ? nodes[at + 1] : value;
      if (number?.kind !== 'number' || !/^\d+$/.test(number.value))
        throw compilationError('syntax', 'syntax error: a whole number is expected.');
      found[word.value === 'START' ? 'start' : 'increment'] = (minus ? -1 : 1) * Number(number.value);
      at += minus ? 2 : 1;
    } else if (isWord(word, 'COMMENT') && value?.kind === 'string') {
      found.comment = value.value;
      at++;
    } else {
      throw unknownConstruct(`CREATE SEQUENCE … ${sourceOf(source, word ? [word] : [])}`);
    }
  }
  if (found.increment === 0) throw compilationError('invalidExpression', 'A sequence cannot have the increment 0.');
  return found;
}
