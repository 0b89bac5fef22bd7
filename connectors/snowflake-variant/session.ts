/**
 * A session with Snowflake: the official driver as promises, and nothing else of it leaves this file. The driver loads
 * when the first session opens, if it was not loaded ahead.
 *
 * Its own retries stay: it sends a request that got no answer again, with the same id, for about 47 seconds. Whoever waits
 * need not sleep with it, though: when a server comes back that was away, the session is given up as lost.
 */
import { createPrivateKey } from 'node:crypto';
import { ConfigError, type Logger } from 'caves-connect/sdk';
import type { Connection, ConnectionOptions, FileAndStageBindStatement, RowStatement } from 'snowflake-sdk';
import { cameBack } from './comeback.ts';
import { addressOf, authenticatorOf, type SinkConfig, urlOf } from './config.ts';
import { loadDriver } from './driver.ts';

export interface Result {
  /** Name and Snowflake type (`fixed`, `text`, `variant`, …) of each column; empty for what answers no rows. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly (string | null)[])[];
  /** Rows that a DML statement touched. */
  readonly affected: number;
}

export interface Session {
  /** Runs one statement. A number in a row is text, so that it keeps its digits. */
  execute(sql: string, binds: readonly string[], signal: AbortSignal): Promise<Result>;
  /**
   * Runs statements as one request and answers the results of the first `wanted`: each one costs a request of its own.
   * Resolves when all statements have succeeded. `binds` stand for the question marks of all of them, in order.
   */
  executeTogether(
    statements: readonly string[],
    binds: readonly string[],
    wanted: number,
    signal: AbortSignal,
  ): Promise<readonly Result[]>;
  /** Ends the session, and with it a transaction that is open. Never throws, never takes long. */
  close(): Promise<void>;
}

/** When to say that an answer is overdue. */
const overdueMs = 5000;
const longestCloseMs = 2000;
/** How often an answer that is awaited looks whether it can still come. */
const watchEveryMs = 1000;
/** The driver's own code for a connection that was terminated. */
const sessionGone = 407002;

/** Logs in. Throws the driver's error as it is. */
export async function openSession(
  config: SinkConfig,
  about: { readonly queryTag: string; readonly log: Logger },
  signal: AbortSignal,
): Promise<Session> {
  const driver = await loadDriver();
  signal.throwIfAborted();
  const connection = driver.createConnection(connectionOptions(config, about.queryTag));
  await answer<void>(undefined, signal, about.log, (resolve, reject) => {
    connection.connect((error) => (error === undefined || error === null ? resolve() : reject(error)));
  });
  const session = sessionOf(connection, addressOf(config), about.log);
  try {
    await session.execute(boundWaits, [], signal);
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
}

/**
 * Who waits for a lock is told so and tries again, instead of waiting for twelve hours without a word; what runs when its
 * process is killed ends after five minutes at the latest.
 */
const boundWaits = 'ALTER SESSION SET ABORT_DETACHED_QUERY = TRUE LOCK_TIMEOUT = 20';

function connectionOptions(config: SinkConfig, queryTag: string): ConnectionOptions {
  const url = urlOf(config);
  const { 'snowflake.role': role, 'snowflake.warehouse': warehouse } = config;
  return {
    account: config['snowflake.account'],
    username: config['snowflake.user'],
    ...credentials(config),
    ...(url === undefined ? {} : { accessUrl: url }),
    ...(role === undefined ? {} : { role }),
    ...(warehouse === undefined ? {} : { warehouse }),
    queryTag,
    application: 'caves-connect',
    clientSessionKeepAlive: true,
    // The runtime calls again and says so; the driver would be silent for minutes.
    sfRetryMaxLoginRetries: 1,
    rowMode: 'array',
    representNullAsStringNull: false,
    fetchAsString: ['Number', 'Boolean', 'Date', 'JSON', 'Buffer'],
  };
}

function credentials(config: SinkConfig): ConnectionOptions {
  const authenticator = authenticatorOf(config);
  const { 'snowflake.password': password, 'snowflake.token': token } = config;
  switch (authenticator) {
    case 'snowflake':
      return password === undefined ? {} : { password };
    case 'snowflake_jwt':
      return { authenticator: 'SNOWFLAKE_JWT', privateKey: privateKeyOf(config) };
    case 'oauth':
    case 'programmatic_access_token':
      return { authenticator: authenticator.toUpperCase(), ...(token === undefined ? {} : { token }) };
  }
}

/** The configured key as the driver takes it: PKCS 8 in PEM, decrypted. */
function privateKeyOf(config: SinkConfig): string {
  const text = config['snowflake.private.key']?.trim() ?? '';
  const passphrase = config['snowflake.private.key.passphrase'];
  const kind = passphrase === undefined ? 'PRIVATE KEY' : 'ENCRYPTED PRIVATE KEY';
  const pem = text.startsWith('-----') ? text : `-----BEGIN ${kind}-----\n${text}\n-----END ${kind}-----`;
  try {
    const key = createPrivateKey({ key: pem, format: 'pem', ...(passphrase === undefined ? {} : { passphrase }) });
    return key.export({ type: 'pkcs8', format: 'pem' }).toString();
  } catch (cause) {
    throw new ConfigError(
      'snowflake.private.key cannot be read: give a PEM (PKCS 8) or the base64 text within it, and for an encrypted ' +
        'key its snowflake.private.key.passphrase',
      { cause, key: 'snowflake.private.key' },
    );
  }
}

type Statement = RowStatement | FileAndStageBindStatement;

function sessionOf(connection: Connection, address: URL, log: Logger): Session {
  const server = { connection, address };
  return {
    execute: (sqlText, binds, signal) =>
      answer(server, signal, log, (resolve, reject) => {
        connection.execute({
          sqlText,
          binds,
          complete: (error, statement, rows) => (error ? reject(error) : resolve(resultOf(statement, rows))),
        });
      }),

    executeTogether: (statements, binds, wanted, signal) =>
      answer(server, signal, log, (resolve, reject) => {
        const results: Result[] = [];
        connection.execute({
          sqlText: statements.join(';\n'),
          binds,
          parameters: { MULTI_STATEMENT_COUNT: statements.length },
          // Called once for each result that is asked for.
          complete: (error, statement, rows) => {
            if (error) return reject(error);
            results.push(resultOf(statement, rows));
            if (results.length < wanted && 'NextResult' in statement && statement.hasNext()) statement.NextResult();
            else resolve(results);
          },
        });
      }),

    async close() {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, longestCloseMs);
      try {
        connection.destroy(() => resolve());
      } catch {
        resolve(); // The driver refuses to close what was never open.
      }
      await promise;
      clearTimeout(timer);
    },
  };
}

function resultOf(statement: Statement, rows: readonly (readonly unknown[])[] | undefined): Result {
  return {
    columns: (statement.getColumns() ?? []).map((column) => ({ name: column.getName(), type: column.getType() })),
    rows: (rows ?? []).map((row) => row.map(textOf)),
    affected: Number(statement.getNumUpdatedRows() ?? 0),
  };
}

/** Whatever `fetchAsString` says, the driver parses an OBJECT and an ARRAY. */
function textOf(cell: unknown): string | null {
  return cell === null || typeof cell === 'string' ? cell : JSON.stringify(cell);
}

/** As the driver says that a session is no more: what was under way may have happened or not. */
const lost = (message: string) => Object.assign(new Error(message), { code: sessionGone });

/**
 * The answer of one request: rejects at once when `signal` is aborted (what the request did is then unknown), and says in
 * the log when it is overdue.
 */
async function answer<T>(
  server: { readonly connection: Connection; readonly address: URL } | undefined,
  signal: AbortSignal,
  log: Logger,
  ask: (resolve: (value: T) => void, reject: (error: unknown) => void) => void,
): Promise<T> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  // The driver forgets whom it owes a result once its session is gone: nobody would ever be called.
  const watch = setInterval(() => {
    if (server?.connection.isUp() === false) reject(lost('The session went away'));
  }, watchEveryMs);
  const over = new AbortController();
  if (server !== undefined) {
    const back = cameBack(server.address, over.signal);
    back.then(
      () => reject(lost('Snowflake was away and is back')),
      () => undefined,
    );
  }
  const timer = setTimeout(() => {
    log.warn(`Snowflake has not answered for ${overdueMs / 1000} s; still waiting`);
  }, overdueMs);
  try {
    ask(resolve, reject);
    return await promise;
  } finally {
    over.abort();
    clearTimeout(timer);
    clearInterval(watch);
    signal.removeEventListener('abort', abort);
  }
}
