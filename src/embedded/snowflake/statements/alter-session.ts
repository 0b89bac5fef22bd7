/**
 * ALTER SESSION SET and UNSET. A parameter that would change what statements mean, and is not heeded here, is refused.
 */
import { compilationError, unknownConstruct } from '../errors.ts';
import { type ResultSet, statusOf } from '../results.ts';
import { isGroup, isName, isOperator, isWord, sourceOf } from '../sql/tree.ts';
import type { StatementContext } from './context.ts';

/** Heeded, or without effect on any result. */
const PARAMETERS = new Set([
  'ABORT_DETACHED_QUERY',
  'CLIENT_SESSION_KEEP_ALIVE',
  'LOCK_TIMEOUT',
  'MULTI_STATEMENT_COUNT',
  'QUERY_TAG',
  'STATEMENT_TIMEOUT_IN_SECONDS',
  'USE_CACHED_RESULT',
]);
/** Only with the value that this warehouse has anyway. */
const FIXED: Readonly<Record<string, string>> = { AUTOCOMMIT: 'TRUE', TIMEZONE: 'UTC' };

export function alterSession(context: StatementContext): ResultSet {
  const { nodes, source } = context.statement;
  const set = isWord(nodes[2], 'SET');
  if (!set && !isWord(nodes[2], 'UNSET')) throw unknownConstruct('ALTER SESSION with anything but SET and UNSET');
  for (let index = 3; index < nodes.length; ) {
    const name = nodes[index];
    if (isOperator(name, ',')) {
      index++;
    } else if (!isName(name)) {
      throw compilationError('syntax', `syntax error: unexpected '${sourceOf(source, name ? [name] : [])}'.`);
    } else if (set) {
      const value = nodes[index + 2];
      if (!isOperator(nodes[index + 1], '=') || !value || isGroup(value)) {
        throw compilationError('syntax', 'syntax error: SET name = value.');
      }
      setParameter(context, name.value, value.value);
      index += 3;
    } else {
      context.session.parameters.delete(name.value);
      index++;
    }
  }
  return statusOf('Statement executed successfully.');
}

function setParameter(context: StatementContext, name: string, value: string): void {
  const fixed = FIXED[name];
  if (fixed !== undefined && fixed !== value.toUpperCase())
    throw unknownConstruct(`the session parameter ${name} = ${value}`);
  if (fixed === undefined && !PARAMETERS.has(name)) throw unknownConstruct(`the session parameter ${name}`);
  context.session.parameters.set(name, value);
}
