/** Which handler runs which statement, by its first word. */
import { SnowflakeError, unknownConstruct } from '../errors.ts';
import type { ResultSet } from '../results.ts';
import { syntaxError } from '../sql/lexer.ts';
import { startsQuery } from '../sql/query.ts';
import { isWord, type Node } from '../sql/tree.ts';
import { alterSession } from './alter-session.ts';
import { remove, update } from './change.ts';
import { comment } from './comment.ts';
import type { StatementContext, StatementHandler } from './context.ts';
import { alter, create, drop, truncate } from './define.ts';
import { describe } from './describe.ts';
import { insert } from './insert.ts';
import { merge } from './merge.ts';
import { describeResult } from './query-history.ts';
import { select } from './select.ts';
import { resolveTerms } from './session-terms.ts';
import { show } from './show.ts';
import { describeTransaction, showLocks, showParameters, showTransactions } from './show-session.ts';
import { begin, commit, rollback, start, use } from './use.ts';
import { alterUser, createUser, describeUser, dropUser, showUsers } from './users.ts';
import { set, showVariables, unset } from './variables.ts';

const HANDLERS: Readonly<Record<string, StatementHandler>> = {
  ALTER: alter,
  BEGIN: begin,
  COMMENT: comment,
  COMMIT: commit,
  CREATE: create,
  DELETE: remove,
  DESC: describe,
  DESCRIBE: describe,
  DROP: drop,
  INSERT: insert,
  MERGE: merge,
  ROLLBACK: rollback,
  SET: set,
  SHOW: show,
  START: start,
  TRUNCATE: truncate,
  UNSET: unset,
  UPDATE: update,
  USE: use,
};

/** By the first two words, where the second makes another statement of it. */
const TWO_WORDS: Readonly<Record<string, StatementHandler>> = {
  'ALTER SESSION': alterSession,
  'ALTER USER': alterUser,
  'CREATE USER': createUser,
  'DESC RESULT': describeResult,
  'DESC TRANSACTION': describeTransaction,
  'DESC USER': describeUser,
  'DESCRIBE RESULT': describeResult,
  'DESCRIBE TRANSACTION': describeTransaction,
  'DESCRIBE USER': describeUser,
  'DROP USER': dropUser,
  'SHOW LOCKS': showLocks,
  'SHOW PARAMETERS': showParameters,
  'SHOW TRANSACTIONS': showTransactions,
  'SHOW USERS': showUsers,
  'SHOW VARIABLES': showVariables,
};

/** Statements that run nothing when they are only described. */
const RUN_NOTHING = new Set([
  'SELECT',
  'WITH',
  'VALUES',
  'INSERT',
  'UPDATE',
  'DELETE',
  'MERGE',
  'SHOW',
  'DESC',
  'DESCRIBE',
]);

/** Snowflake's own first words that this warehouse does not have: not a syntax error, an unknown construct. */
const UNKNOWN = new Set('CALL COPY PUT GET LIST REMOVE EXECUTE GRANT REVOKE DECLARE EXPLAIN UNDROP LET'.split(' '));

/** Statements that a warehouse has to compute; a SELECT without FROM, DDL and SHOW need none. */
function needsWarehouse(nodes: readonly Node[]): boolean {
  if (isWord(nodes[0], 'INSERT', 'UPDATE', 'DELETE', 'MERGE')) return true;
  return startsQuery(nodes) && nodes.some((node) => isWord(node, 'FROM'));
}

export async function runStatement(request: StatementContext): Promise<ResultSet> {
  const context = await resolveTerms(called(request));
  const { nodes, source, text } = context.statement;
  const [first, second] = nodes;
  if (context.session.facts.warehouse === undefined && needsWarehouse(nodes)) {
    throw new SnowflakeError(
      'noWarehouse',
      "No active warehouse selected in the current session.  Select an active warehouse with the 'use warehouse' command.",
    );
  }
  if (startsQuery(nodes)) return select(context);
  if (isWord(first)) {
    const pair = isWord(second) ? TWO_WORDS[`${first.value} ${second.value}`] : undefined;
    const handler = pair ?? HANDLERS[first.value];
    if (handler && context.describeOnly && !RUN_NOTHING.has(first.value))
      throw unknownConstruct(`describing ${first.value}`);
    if (handler) return handler(context);
    if (UNKNOWN.has(first.value)) throw unknownConstruct(first.value);
  }
  throw syntaxError(source, first?.start ?? 0, `'${text.split(/\s/, 1)[0]}'`);
}

/** `CALL SYSTEM$…(…)` is a query of one value; other procedures are not known. */
function called(context: StatementContext): StatementContext {
  const { statement } = context;
  const [first, name, ...rest] = statement.nodes;
  if (!first || !isWord(first, 'CALL') || !isWord(name) || !name.value.startsWith('SYSTEM$')) return context;
  const column = [
    { ...first, value: 'AS' },
    { ...name, kind: 'quoted' },
  ] as const;
  return { ...context, statement: { ...statement, nodes: [{ ...first, value: 'SELECT' }, name, ...rest, ...column] } };
}
