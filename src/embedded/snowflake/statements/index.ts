/** Which handler runs which statement, by its first word. */
import { SnowflakeError, unknownConstruct } from '../errors.ts';
import type { ResultSet } from '../results.ts';
import { syntaxError } from '../sql/lexer.ts';
import { startsQuery } from '../sql/query.ts';
import { isWord, type Node } from '../sql/tree.ts';
import { merge, remove, update } from './change.ts';
import type { StatementContext, StatementHandler } from './context.ts';
import { alter, create, drop, truncate } from './define.ts';
import { insert } from './insert.ts';
import { select } from './select.ts';
import { describe, show } from './show.ts';
import { begin, commit, rollback, start, use } from './use.ts';

const HANDLERS: Readonly<Record<string, StatementHandler>> = {
  ALTER: alter,
  BEGIN: begin,
  COMMIT: commit,
  CREATE: create,
  DELETE: remove,
  DESC: describe,
  DESCRIBE: describe,
  DROP: drop,
  INSERT: insert,
  MERGE: merge,
  ROLLBACK: rollback,
  SHOW: show,
  START: start,
  TRUNCATE: truncate,
  UPDATE: update,
  USE: use,
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
const UNKNOWN = new Set(
  'CALL COPY PUT GET LIST REMOVE EXECUTE GRANT REVOKE DECLARE EXPLAIN COMMENT SET UNSET UNDROP LET'.split(' '),
);

/** Statements that a warehouse has to compute; a SELECT without FROM, DDL and SHOW need none. */
function needsWarehouse(nodes: readonly Node[]): boolean {
  if (isWord(nodes[0], 'INSERT', 'UPDATE', 'DELETE', 'MERGE')) return true;
  return startsQuery(nodes) && nodes.some((node) => isWord(node, 'FROM'));
}

export async function runStatement(context: StatementContext): Promise<ResultSet> {
  const { nodes, source, text } = context.statement;
  const [first] = nodes;
  if (context.session.facts.warehouse === undefined && needsWarehouse(nodes)) {
    throw new SnowflakeError(
      'noWarehouse',
      "No active warehouse selected in the current session.  Select an active warehouse with the 'use warehouse' command.",
    );
  }
  if (startsQuery(nodes)) return select(context);
  if (isWord(first)) {
    const handler = HANDLERS[first.value];
    if (handler && context.describeOnly && !RUN_NOTHING.has(first.value))
      throw unknownConstruct(`describing ${first.value}`);
    if (handler) return handler(context);
    if (UNKNOWN.has(first.value)) throw unknownConstruct(first.value);
  }
  throw syntaxError(source, first?.start ?? 0, `'${text.split(/\s/, 1)[0]}'`);
}
