/**
 * Functions that the session answers with a text: about its statements and its transaction, and the SYSTEM$ functions
 * that cancel, abort and wait.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { compilationError, SnowflakeError } from '../errors.ts';
import type { SessionState, StatementContext } from './context.ts';

/** Arguments are constants, as text; no answer is NULL. */
type SystemFunction = (
  context: StatementContext,
  arguments_: readonly (string | undefined)[],
) => string | undefined | Promise<string | undefined>;

const CANCELED = 'SQL execution canceled';
const SECONDS: Readonly<Record<string, number>> = {
  DAYS: 86_400,
  HOURS: 3600,
  MINUTES: 60,
  SECONDS: 1,
  MILLISECONDS: 0.001,
};

export const SYSTEM_FUNCTIONS: Readonly<Record<string, SystemFunction>> = {
  LAST_QUERY_ID({ session }, [number = '-1']) {
    const at = Number(number);
    if (!Number.isInteger(at) || at === 0) throw wrong('LAST_QUERY_ID');
    return session.queryIdAt(at);
  },
  CURRENT_TRANSACTION: ({ session }) => session.transaction.current?.id,
  LAST_TRANSACTION: ({ session }) => session.transaction.lastId,
  CURRENT_STATEMENT: ({ statement }) => statement.text,
  GETVARIABLE: ({ session }, [name = '']) => session.variables.get(name)?.value ?? undefined,

  async SYSTEM$ABORT_TRANSACTION({ session }, [id]) {
    if (id === undefined) throw wrong('SYSTEM$ABORT_TRANSACTION');
    const owner = [...session.account.states.values()].find(({ transaction }) => transaction.current?.id === id);
    if (!owner) return `Transaction ${id} is not running.`;
    if (!mayEnd(session, owner)) throw denied(`transaction '${id}'`);
    await owner.transaction.abort();
    return `Aborted transaction id: ${id}`;
  },
  async SYSTEM$ABORT_SESSION({ session }, [id]) {
    if (id === undefined) throw wrong('SYSTEM$ABORT_SESSION');
    const owner = session.account.states.get(id);
    if (!owner) return `session [${id}] is not open.`;
    if (!mayEnd(session, owner)) throw denied(`session '${id}'`);
    const ending = session.account.logouts.get(id)?.();
    // A session that ends itself would wait for this very statement.
    if (owner !== session) await ending;
    return `session [${id}] terminated.`;
  },
  SYSTEM$CANCEL_QUERY({ session }, [id]) {
    if (id === undefined) throw wrong('SYSTEM$CANCEL_QUERY');
    const query = session.account.queries.find(id);
    if (query?.status !== 'RUNNING') return 'Identified SQL statement is not currently executing.';
    query.cancel(new SnowflakeError('statementAborted', CANCELED));
    return `query [${id}] terminated.`;
  },
  SYSTEM$CANCEL_ALL_QUERIES({ session }, [id]) {
    if (id === undefined) throw wrong('SYSTEM$CANCEL_ALL_QUERIES');
    const running = session.account.queries
      .newest()
      .filter((query) => query.sessionId === id && query.status === 'RUNNING' && query.queryId !== session.queryId);
    for (const query of running) query.cancel(new SnowflakeError('statementAborted', CANCELED));
    return `${running.length} cancelled.`;
  },
  async SYSTEM$WAIT({ signal }, [amount = '', unit = 'SECONDS']) {
    const seconds = SECONDS[unit.toUpperCase()];
    if (seconds === undefined || !/^\d+(\.\d+)?$/.test(amount)) throw wrong('SYSTEM$WAIT');
    await delay(Number(amount) * seconds * 1000, undefined, { signal }).catch(() => signal.throwIfAborted());
    return `waited ${amount} ${unit.toLowerCase()}`;
  },
  SYSTEM$GET_LOGIN_FAILURE_DETAILS({ session }, [id]) {
    if (id === undefined) throw wrong('SYSTEM$GET_LOGIN_FAILURE_DETAILS');
    const failure = session.account.login.failure(id);
    return failure && JSON.stringify(failure);
  },
};

/** Whether what another session has under way is a session's to end: the same user's, or an administrator's. */
function mayEnd({ facts }: SessionState, other: SessionState): boolean {
  return facts.user === other.facts.user || facts.role === 'ACCOUNTADMIN';
}

function denied(what: string): SnowflakeError {
  return new SnowflakeError(
    'privileges',
    `SQL access control error:\nInsufficient privileges to operate on ${what}: its own user and ACCOUNTADMIN may.`,
  );
}

function wrong(name: string): SnowflakeError {
  return compilationError('invalidArguments', `Invalid argument types or number of arguments for function '${name}'.`);
}
