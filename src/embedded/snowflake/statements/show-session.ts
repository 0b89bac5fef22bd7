/**
 * SHOW PARAMETERS, TRANSACTIONS and LOCKS, DESCRIBE TRANSACTION. A user sees what the user's own sessions do; IN ACCOUNT is
 * for the role ACCOUNTADMIN and changes nothing for others.
 */
import { compilationError, unknownConstruct } from '../errors.ts';
import { type ResultSet, STATEMENT_TYPES, tableOf } from '../results.ts';
import { isWord, sourceOf } from '../sql/tree.ts';
import { type ColumnType, MAX_TEXT } from '../types.ts';
import { readLike } from './clauses.ts';
import type { StatementContext, StatementHandler } from './context.ts';

const TEXT: ColumnType = { name: 'VARCHAR', length: MAX_TEXT };
const NUMBER: ColumnType = { name: 'NUMBER', precision: 38, scale: 0 };
const ADMINISTRATOR = 'ACCOUNTADMIN';
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

const transactionColumns = [
  ['id', NUMBER],
  ['user', TEXT],
  ['session', NUMBER],
  ['name', TEXT],
  ['started_on', TIME],
  ['state', TEXT],
] as const;

export const showTransactions: StatementHandler = async (context) => {
  const sees = readUsers(context);
  const rows = [...context.session.account.states.values()].flatMap(({ facts, transaction: { current } }) =>
    current && sees(facts.user)
      ? [[current.id, facts.user, facts.sessionId, current.name, current.startedAt, 'running', 0]]
      : [],
  );
  return tableOf([...transactionColumns, ['scope', NUMBER]], rows, STATEMENT_TYPES.use);
};

export const showLocks: StatementHandler = async (context): Promise<ResultSet> => {
  const sees = readUsers(context);
  const { account, facts } = context.session;
  const ofSession = facts.role === ADMINISTRATOR;
  const lines = account.locks.lines().filter(({ owner }) => sees(account.states.get(owner.sessionId)?.facts.user));
  const rows = lines.map(({ table, owner, status, acquiredAt, queryId }) => {
    const { id, startedAt } = owner.transaction;
    const line = [table, 'PARTITIONS', id, startedAt, status, acquiredAt ?? null, queryId];
    return ofSession ? [...line, owner.sessionId] : line;
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
      ...(ofSession ? [['session', NUMBER] as const] : []),
    ],
    rows,
    STATEMENT_TYPES.use,
  );
};

/** `DESC[RIBE] TRANSACTION id`, with the id as a literal. */
export const describeTransaction: StatementHandler = async ({ session, statement }) => {
  const [id, ...rest] = statement.nodes.slice(2);
  if (id?.kind !== 'number' || rest.length > 0) throw unknownConstruct(sourceOf(statement.source, statement.nodes));
  const { account } = session;
  const running = [...account.states.values()].find(({ transaction }) => transaction.current?.id === id.value);
  const ended = account.transactions.find(id.value);
  const user = running?.facts.user ?? ended?.user;
  const transaction = running?.transaction.current ?? ended;
  const isVisible = user === session.facts.user || session.facts.role === ADMINISTRATOR;
  if (!transaction || !isVisible)
    throw compilationError('objectMissingHere', `Transaction '${id.value}' does not exist or not authorized.`);
  const { name, startedAt } = transaction;
  const sessionId = running?.facts.sessionId ?? ended?.sessionId ?? null;
  return tableOf(
    [...transactionColumns, ['ended_on', TIME]],
    [[id.value, user ?? null, sessionId, name, startedAt, ended?.state ?? 'running', ended?.endedAt ?? null]],
    STATEMENT_TYPES.use,
  );
};

/** Whose sessions `SHOW … [IN ACCOUNT]` lists. */
function readUsers({ session, statement }: StatementContext): (user: string | undefined) => boolean {
  const rest = statement.nodes.slice(2);
  const isAccount = isWord(rest[0], 'IN') && isWord(rest[1], 'ACCOUNT') && rest.length === 2;
  if (rest.length > 0 && !isAccount) throw unknownConstruct(sourceOf(statement.source, statement.nodes));
  const { role, user: own } = session.facts;
  return isAccount && role === ADMINISTRATOR ? () => true : (user) => user === own;
}
