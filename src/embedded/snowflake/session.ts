/**
 * One session: its current database, its transaction, and the requests that it has answered.
 *
 * Statements of a session run one after the other. A request that comes again with the same id gets the first one's
 * answer, also while that one still runs: the driver repeats a request whenever a connection breaks, and a repeated
 * COMMIT must not end a newer transaction. The last 200 requests are remembered, but of large results only the newest.
 */
import { randomUUID } from 'node:crypto';
import { toSnowflakeError } from './engine/errors-duckdb.ts';
import { SnowflakeError } from './errors.ts';
import { type ResultSet, STATEMENT_TYPES, tableOf } from './results.ts';
import { createState, type SessionOptions, type Shared } from './session-state.ts';
import type { Bindings } from './sql/binds.ts';
import { parseStatements, type Statement } from './sql/tree.ts';
import type { SessionState } from './statements/context.ts';
import { runStatement } from './statements/index.ts';

export interface QueryRequest {
  readonly sqlText: string;
  readonly bindings: Bindings;
  readonly describeOnly: boolean;
  /** 1 unless the client asks for more; 0 for any number. */
  readonly statementCount: number;
}

export interface QueryAnswer {
  readonly queryId: string;
  readonly result: ResultSet;
  /** The answers of a multi-statement request, each to be fetched by its id. */
  readonly children: readonly QueryAnswer[];
  /** What the session used when the statement was done. */
  readonly database: string | undefined;
  readonly schema: string | undefined;
  readonly warehouse: string | undefined;
  readonly role: string;
}

/** A failed statement knows its query id as well. */
export class QueryFailure extends Error {
  readonly queryId: string;
  readonly error: SnowflakeError;

  constructor(queryId: string, error: SnowflakeError) {
    super(error.message, { cause: error });
    this.queryId = queryId;
    this.error = error;
  }
}

export interface Session {
  readonly id: string;
  /** Runs a request, or answers a repeated one. */
  query(requestId: string, request: QueryRequest): Promise<QueryAnswer>;
  /** The answer of an earlier statement. */
  answer(queryId: string): Promise<QueryAnswer> | undefined;
  /** The id under which a request's answer can be found, also before it is there. */
  queryIdOf(requestId: string): string | undefined;
  isRunning(queryId: string): boolean;
  /** True if there was something to cancel. */
  cancel(id: { readonly requestId?: string; readonly queryId?: string }): boolean;
  close(): Promise<void>;
  readonly state: SessionState;
}

interface Running {
  readonly requestId: string;
  readonly queryId: string;
  readonly abort: AbortController;
  readonly answer: Promise<QueryAnswer>;
  done: boolean;
}

const REMEMBERED = 200;
/** Rows that the remembered answers may hold together; the newest is kept whatever its size. */
const REMEMBERED_ROWS = 100_000;

export async function createSession(id: string, options: SessionOptions, shared: Shared): Promise<Session> {
  const state = await createState(id, options, shared);
  const requests = new Map<string, Running>();
  const answers = new Map<string, Promise<QueryAnswer>>();
  let queue: Promise<unknown> = Promise.resolve();

  /** Rows of the answers that are there, by query id, the oldest first. */
  const sizes = new Map<string, number>();
  let rowsHeld = 0;

  function remember<T>(map: Map<string, T>, key: string, value: T): void {
    map.set(key, value);
    for (const oldest of map.keys()) {
      if (map.size <= REMEMBERED) break;
      map.delete(oldest);
    }
  }

  function forgetLarge(newest: QueryAnswer): void {
    sizes.set(newest.queryId, newest.result.rows.length);
    rowsHeld += newest.result.rows.length;
    for (const [queryId, size] of sizes) {
      if ((rowsHeld <= REMEMBERED_ROWS && sizes.size <= REMEMBERED) || queryId === newest.queryId) break;
      rowsHeld -= size;
      sizes.delete(queryId);
      if (size === 0) continue;
      answers.delete(queryId);
      for (const [requestId, running] of requests) if (running.queryId === queryId) requests.delete(requestId);
    }
  }

  async function runOne(
    statement: Statement,
    request: QueryRequest,
    queryId: string,
    signal: AbortSignal,
  ): Promise<QueryAnswer> {
    signal.throwIfAborted();
    await shared.beforeStatement(statement.text);
    const { bindings, describeOnly } = request;
    const result = await runStatement({ session: state, statement, bindings, signal, describeOnly });
    const { database, schema, warehouse, role } = state.facts;
    return { queryId, result, children: [], database, schema, warehouse, role };
  }

  async function runAll(request: QueryRequest, queryId: string, signal: AbortSignal): Promise<QueryAnswer> {
    const statements = parseStatements(request.sqlText);
    const [only] = statements;
    if (!only) throw new SnowflakeError('syntax', 'SQL compilation error:\nEmpty SQL statement.');
    const { statementCount } = request;
    if (statementCount > 0 && statements.length !== statementCount) {
      throw new SnowflakeError(
        'multiStatementCount',
        `Actual statement count ${statements.length} did not match the desired statement count ${statementCount}.`,
      );
    }
    if (statements.length === 1 && statementCount === 1) return runOne(only, request, queryId, signal);
    const children: QueryAnswer[] = [];
    for (const statement of statements) {
      const child = await runOne(statement, request, randomUUID(), signal);
      children.push(child);
      forgetLarge(child);
      remember(answers, child.queryId, Promise.resolve(child));
    }
    const last = children.at(-1) as QueryAnswer;
    const done = 'Multiple statements executed successfully.';
    const result = tableOf(
      [['multiple statement execution', { name: 'VARCHAR', length: 16_777_216 }]],
      [[done]],
      STATEMENT_TYPES.multi,
    );
    return { ...last, queryId, result, children };
  }

  function begin(requestId: string, request: QueryRequest): Running {
    const queryId = randomUUID();
    const abort = new AbortController();
    const answer = queue.then(async () => {
      try {
        const done = await runAll(request, queryId, abort.signal);
        forgetLarge(done);
        return done;
      } catch (error) {
        throw new QueryFailure(queryId, toSnowflakeError(error));
      } finally {
        running.done = true;
      }
    });
    const running: Running = { requestId, queryId, abort, answer, done: false };
    queue = answer.catch(() => undefined);
    return running;
  }

  return {
    id,
    state,
    query(requestId, request) {
      const earlier = requests.get(requestId);
      if (earlier) return earlier.answer;
      const running = begin(requestId, request);
      remember(requests, requestId, running);
      remember(answers, running.queryId, running.answer);
      return running.answer;
    },
    answer: (queryId) => answers.get(queryId),
    queryIdOf: (requestId) => requests.get(requestId)?.queryId,
    isRunning: (queryId) => [...requests.values()].some((running) => running.queryId === queryId && !running.done),
    cancel({ requestId, queryId }) {
      const running = [...requests.values()].find((each) => each.requestId === requestId || each.queryId === queryId);
      if (!running || running.done) return false;
      running.abort.abort(new SnowflakeError('statementAborted', 'SQL execution canceled'));
      return true;
    },
    async close() {
      const ended = new SnowflakeError('statementAborted', 'SQL execution canceled: the session was closed');
      for (const running of requests.values()) if (!running.done) running.abort.abort(ended);
      await queue;
      await state.transaction.close();
    },
  };
}
