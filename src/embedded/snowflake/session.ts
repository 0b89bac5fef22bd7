/**
 * One session: its state, its statements one after the other, and the requests that it has answered.
 *
 * A request that comes again with the same id gets the first one's answer, also while that one still runs: the driver
 * repeats a request whenever a connection breaks, and a repeated COMMIT must not end a newer transaction. What runs and
 * the last 200 requests are remembered; a large result is forgotten when `queries.ts` has too many of them, and is
 * computed again.
 *
 * Several statements in one request are no transaction: when one fails, or is canceled by its own id, those before it
 * stay done and those behind it never run. An asynchronous statement takes its turn like the others; in Snowflake it
 * would run beside them.
 */
import { randomUUID } from 'node:crypto';
import { toSnowflakeError } from './engine/errors-duckdb.ts';
import { SnowflakeError } from './errors.ts';
import type { ClientParameter } from './parameters.ts';
import type { QueryStart } from './queries.ts';
import { type ResultSet, STATEMENT_TYPES, tableOf } from './results.ts';
import { createState, type SessionOptions, type Shared } from './session-state.ts';
import type { Bindings } from './sql/binds.ts';
import { placeOf } from './sql/lexer.ts';
import { parseStatements, type Statement } from './sql/tree.ts';
import type { SessionState } from './statements/context.ts';
import { runStatement } from './statements/index.ts';

export interface QueryRequest {
  readonly sqlText: string;
  readonly bindings: Bindings;
  readonly describeOnly: boolean;
  /** Session parameters for this request alone. */
  readonly parameters: Readonly<Record<string, string>>;
}

export interface QueryAnswer {
  readonly queryId: string;
  readonly result: ResultSet;
  /** The statements of a multi-statement request. The answer of each is fetched by its id, and kept there only. */
  readonly children: readonly ChildQuery[];
  /** What the session used when the statement was done. */
  readonly database: string | undefined;
  readonly schema: string | undefined;
  readonly warehouse: string | undefined;
  readonly role: string;
  /** What the driver needs to read the result. */
  readonly parameters: readonly ClientParameter[];
}

export interface ChildQuery {
  readonly queryId: string;
  readonly statementType: number;
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
  query(requestId: string, request: QueryRequest): RunningQuery;
  /** Whether a statement runs or waits for its turn. */
  readonly isRunning: boolean;
  /** True if there was something to cancel. */
  cancel(requestId: string): boolean;
  close(): Promise<void>;
  readonly state: SessionState;
}

export interface RunningQuery {
  /** Under which the answer can be found, also before it is there. */
  readonly queryId: string;
  readonly answer: Promise<QueryAnswer>;
}

/** What a session says of a statement that it puts on record. */
type OwnQuery = Pick<QueryStart, 'queryId' | 'text' | 'tag' | 'answer' | 'forget'>;

const REMEMBERED = 200;

const nothingToForget = (): void => {};
const CANCELED = 'SQL execution canceled';

export async function createSession(id: string, options: SessionOptions, shared: Shared): Promise<Session> {
  const state = await createState(id, options, shared);
  const { queries } = shared;
  const requests = new Map<string, RunningQuery>();
  const running = new Map<string, AbortController>();
  let queue: Promise<unknown> = Promise.resolve();

  /** Made apart from the request: what stays on record must not keep the request's binds, megabytes each, with it. */
  const forgetting = (requestId: string) => () => void requests.delete(requestId);

  /**
   * Puts a statement on record while it runs; `answer` must not be rejected with anything but a QueryFailure. Its signal
   * is aborted with it, or with the request that it is a part of.
   */
  function record({ request, ...query }: OwnQuery & { readonly request?: AbortSignal }): AbortSignal {
    const { queryId, answer } = query;
    const { user, role, database, schema, warehouse } = state.facts;
    const abort = new AbortController();
    const signal = request ? AbortSignal.any([abort.signal, request]) : abort.signal;
    running.set(queryId, abort);
    const cancel = (reason: SnowflakeError): void => abort.abort(reason);
    queries.start({ ...query, sessionId: id, user, role, database, schema, warehouse, cancel });
    answer
      .then(
        (done) => queries.succeeded(queryId, done),
        ({ error }: QueryFailure) => queries.failed(queryId, error, signal.aborted),
      )
      .finally(() => running.delete(queryId));
    return signal;
  }

  async function runOne(
    statement: Statement,
    { bindings, describeOnly }: QueryRequest,
    queryId: string,
    canceled: AbortSignal,
  ): Promise<QueryAnswer> {
    const seconds = Number(state.parameters.get('STATEMENT_TIMEOUT_IN_SECONDS'));
    const timeout = statementTimeout(seconds);
    const signal = AbortSignal.any([canceled, timeout.signal]);
    try {
      signal.throwIfAborted();
      state.startStatement(queryId);
      await shared.beforeStatement(statement.text, signal, state.transaction);
      const result = await runStatement({ session: state, statement, bindings, signal, describeOnly });
      const { database, schema, warehouse, role } = state.facts;
      const parameters = state.parameters.forClient();
      return { queryId, result, children: [], database, schema, warehouse, role, parameters };
    } finally {
      state.endStatement();
      timeout.clear();
    }
  }

  async function runMany(
    statements: readonly Statement[],
    request: QueryRequest,
    queryId: string,
    canceled: AbortSignal,
  ): Promise<QueryAnswer> {
    const children: ChildQuery[] = [];
    let last: QueryAnswer | undefined;
    for (const statement of statements) {
      const childId = randomUUID();
      const { promise, resolve, reject } = Promise.withResolvers<QueryAnswer>();
      const signal = record({
        queryId: childId,
        text: statement.text,
        tag: state.parameters.get('QUERY_TAG'),
        answer: promise,
        forget: nothingToForget,
        request: canceled,
      });
      try {
        last = await runOne(statement, request, childId, signal);
        children.push({ queryId: childId, statementType: last.result.statementType });
        resolve(last);
      } catch (error) {
        const failure = toSnowflakeError(error);
        reject(new QueryFailure(childId, failure));
        throw canceled.aborted ? failure : inRequest(failure, statement);
      }
    }
    const result = tableOf(
      [['multiple statement execution', { name: 'VARCHAR', length: 16_777_216 }]],
      [['Multiple statements executed successfully.']],
      STATEMENT_TYPES.multi,
    );
    return { ...(last as QueryAnswer), queryId, result, children };
  }

  async function runAll(request: QueryRequest, queryId: string, canceled: AbortSignal): Promise<QueryAnswer> {
    const statements = parseStatements(request.sqlText);
    const [only] = statements;
    if (!only) throw new SnowflakeError('syntax', 'SQL compilation error:\nEmpty SQL statement.');
    const count = Number(state.parameters.get('MULTI_STATEMENT_COUNT'));
    if (count > 0 && statements.length !== count) {
      throw new SnowflakeError(
        'multiStatementCount',
        `Actual statement count ${statements.length} did not match the desired statement count ${count}.`,
      );
    }
    if (statements.length === 1 && count === 1) return runOne(only, request, queryId, canceled);
    return runMany(statements, request, queryId, canceled);
  }

  function begin(requestId: string, request: QueryRequest): RunningQuery {
    const queryId = randomUUID();
    const answer = queue.then(async () => {
      try {
        state.parameters.override(request.parameters);
        return await runAll(request, queryId, (running.get(queryId) as AbortController).signal);
      } catch (error) {
        throw new QueryFailure(queryId, toSnowflakeError(error));
      } finally {
        state.parameters.override({});
      }
    });
    const tag = request.parameters['QUERY_TAG'] ?? state.parameters.get('QUERY_TAG');
    record({ queryId, text: request.sqlText, tag, answer, forget: forgetting(requestId) });
    queue = answer.catch(() => undefined);
    return { queryId, answer };
  }

  return {
    id,
    state,
    get isRunning() {
      return running.size > 0;
    },
    query(requestId, request) {
      const earlier = requests.get(requestId);
      if (earlier) return earlier;
      const started = begin(requestId, request);
      requests.set(requestId, started);
      for (const [oldest, { queryId }] of requests) {
        if (requests.size <= REMEMBERED) break;
        if (!running.has(queryId)) requests.delete(oldest);
      }
      return started;
    },
    cancel(requestId) {
      const abort = running.get(requests.get(requestId)?.queryId ?? '');
      abort?.abort(new SnowflakeError('statementAborted', CANCELED));
      return abort !== undefined;
    },
    async close() {
      const ended = new SnowflakeError('statementAborted', `${CANCELED}: the session was closed`);
      for (const abort of running.values()) abort.abort(ended);
      await queue;
      await state.close();
    },
  };
}

/** The longest time that a timer takes; Snowflake's own limit of seven days is shorter. */
const LONGEST_S = 604_800;

function statementTimeout(seconds: number): { readonly signal: AbortSignal; clear(): void } {
  const abort = new AbortController();
  const limit = seconds === 0 ? LONGEST_S : seconds;
  const timer = setTimeout(() => {
    const text = `Statement reached its statement or warehouse timeout of ${limit} second(s) and was canceled.`;
    abort.abort(new SnowflakeError('statementTimeout', text));
  }, limit * 1000);
  timer.unref();
  return { signal: abort.signal, clear: () => clearTimeout(timer) };
}

/** Says which statement of a request failed: of the statement's own error only the message is left, as in Snowflake. */
function inRequest(error: SnowflakeError, { source, text, nodes }: Statement): SnowflakeError {
  const { line, position } = placeOf(source, nodes[0]?.start ?? 0);
  const shown = text.length > 30 ? `${text.slice(0, 30)}...` : text;
  return error.within(
    'inMultiStatement',
    `JavaScript execution error: Uncaught Execution of multiple statements failed on statement "${shown}" (at line ${line}, position ${position}).`,
  );
}
