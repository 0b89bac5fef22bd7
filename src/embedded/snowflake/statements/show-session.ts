/** SHOW PARAMETERS, TRANSACTIONS and LOCKS. IN ACCOUNT changes nothing: every user sees all of the account. */
import { unknownConstruct } from '../errors.ts';
import { type ResultSet, STATEMENT_TYPES, tableOf } from '../results.ts';
import { isWord, type Node, sourceOf } from '../sql/tree.ts';
import { type ColumnType, MAX_TEXT } from '../types.ts';
import { readLike } from './clauses.ts';
import type { StatementContext, StatementHandler } from './context.ts';

const TEXT: ColumnType = { name: 'VARCHAR', length: MAX_TEXT };
const NUMBER: ColumnType = { name: 'NUMBER', precision: 38, scale: 0 };
const TIME: ColumnType = { name: 'TIMESTAMP_LTZ', scale: 3 };

export const showParameters: StatementHandler = async ({ session, statement }) => {
  const { keeps, rest } = readLike(statement.nodes.slice(2));
  const isSession = isWord(rest[0], 'IN', 'FOR') && isWord(rest[1], 'SESSION') && rest.length === 2;
  if (rest.length > 0 && !isSession)
    throw unknownConstruct(`SHOW PARAMETERS ${sourceOf(statement.source, rest)}; it knows those of the session`);
  const names = ['key', 'value', 'default', 'level', 'description', 'type'];
  return tableOf(
    names.map((name) => [name, TEXT] as const),
    session.parameters
      .rows()
      .filter(({ name }) => keeps(name))
      .map(({ name, value, default: usual, level, description, type }) => [
        name,
        value,
        usual,
        level,
        description,
        type,
      ]),
    STATEMENT_TYPES.use,
  );
};

export const showTransactions: StatementHandler = async (context) => {
  inAccountAtMost(context, context.statement.nodes.slice(2));
  const rows = [...context.session.account.states.values()].flatMap(({ facts, transaction: { current } }) =>
    current ? [[current.id, facts.user, facts.sessionId, current.name, current.startedAt, 'running', 0]] : [],
  );
  return tableOf(
    [
      ['id', NUMBER],
      ['user', TEXT],
      ['session', NUMBER],
      ['name', TEXT],
      ['started_on', TIME],
      ['state', TEXT],
      ['scope', NUMBER],
    ],
    rows,
    STATEMENT_TYPES.use,
  );
};

export const showLocks: StatementHandler = async (context): Promise<ResultSet> => {
  inAccountAtMost(context, context.statement.nodes.slice(2));
  const rows = context.session.account.locks.lines().map(({ table, owner, status, acquiredAt, queryId }) => {
    const { id, startedAt } = owner.transaction;
    return [table, 'PARTITIONS', id, startedAt, status, acquiredAt ?? null, queryId, owner.sessionId];
  });
  return tableOf(
    [
      ['resource', TEXT],
      ['type', TEXT],
      ['transaction', NUMBER],
      ['transaction_started_on', TIME],
      ['status', TEXT],
      ['acquired_on', TIME],
      ['query_id', TEXT],
      ['session', NUMBER],
    ],
    rows,
    STATEMENT_TYPES.use,
  );
};

function inAccountAtMost({ statement }: StatementContext, rest: readonly Node[]): void {
  const isAccount = isWord(rest[0], 'IN') && isWord(rest[1], 'ACCOUNT') && rest.length === 2;
  if (rest.length > 0 && !isAccount) throw unknownConstruct(sourceOf(statement.source, statement.nodes));
}
