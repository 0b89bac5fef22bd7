/**
 * The embedded warehouse: an HTTP endpoint on which snowflake-sdk finds a Snowflake account, on DuckDB.
 *
 * For development and tests: it listens on 127.0.0.1, asks for no rights, and fails loudly on SQL that it does not know.
 * The port answers before DuckDB is loaded; requests wait for it.
 */
import type { AddressInfo } from 'node:net';
import { createCatalog } from './catalog.ts';
import { openEngine } from './engine/duckdb.ts';
import { createLockTable } from './engine/locks.ts';
import { createHooks, type Hooks } from './hooks.ts';
import { createLogin } from './login.ts';
import { createQueries } from './queries.ts';
import { createServer } from './server.ts';
import type { Shared } from './session-state.ts';
import { createSessions } from './sessions.ts';
import { createTransactionHistory } from './transactions.ts';
import { openUsers } from './users.ts';

export type { SnowflakeErrorName } from './errors.ts';
export type { Effect, Fault, Hooks, RequestKind, SeenRequest, Watcher } from './hooks.ts';

export interface WarehouseOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** Folder of the databases' files; left out, everything is in memory. It belongs to one process. */
  readonly dataDir?: string;
  /** Default `caves`. */
  readonly user?: string;
  /** Default `caves`. */
  readonly password?: string;
  /** Public key of that user for logins by key pair: PEM, or its base64 as RSA_PUBLIC_KEY takes it. */
  readonly publicKey?: string;
  /** A session token is good for so long; then the driver renews it. Default one hour, as Snowflake's. */
  readonly tokenSeconds?: number;
  /** A session that is not used for so long is ended. Default four hours, as Snowflake's. */
  readonly masterTokenSeconds?: number;
  /** Names of the warehouses that the account has. Left out, it has any that a client names. */
  readonly warehouses?: readonly string[];
  /** DuckDB's limit. Default 1GB. */
  readonly memoryLimit?: string;
  /** DuckDB's threads. Default 2. */
  readonly threads?: number;
  /** An idle transaction that others wait for is rolled back after so long. Default five minutes, as Snowflake's. */
  readonly abandonAfterMs?: number;
  readonly log?: (line: string) => void;
}

export interface Warehouse extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** For the driver's `accessUrl`. */
  readonly url: string;
  readonly hooks: Hooks;
  /** Resolves when DuckDB is open; rejects when it cannot be (a folder in use). Requests wait for it by themselves. */
  readonly ready: Promise<void>;
  /** Rolls open transactions back and closes the files. Calling it twice is harmless. */
  close(): Promise<void>;
}

/**
 * Starts a warehouse; resolves when its port listens.
 *
 * @throws Error when the port is taken; `ready` rejects when the folder is in use by another process
 * @example
 * ```ts
 * await using warehouse = await startWarehouse({});
 * const connection = createConnection({ accessUrl: warehouse.url, account: 'embedded', username: 'caves', password: 'caves' });
 * ```
 */
export async function startWarehouse(options: WarehouseOptions = {}): Promise<Warehouse> {
  const { host = '127.0.0.1', port = 0, dataDir, user = 'caves', password = 'caves', log = () => {} } = options;
  const points = createHooks();
  const open = Promise.withResolvers<Awaited<ReturnType<typeof openEngine>>>();
  const shared = open.promise.then(async (engine): Promise<Shared> => {
    // The folder's lock is held by now: nobody else writes its users.
    const users = openUsers({ dataDir, user, password, publicKey: options.publicKey });
    return {
      engine,
      catalog: createCatalog(await engine.connect()),
      locks: createLockTable(options.abandonAfterMs),
      warehouses: options.warehouses,
      exclusive: createQueue(),
      beforeStatement: points.beforeStatement,
      queries: createQueries(),
      users,
      login: createLogin(users),
      states: new Map(),
      logouts: new Map(),
      transactions: createTransactionHistory(),
    };
  });
  shared.catch(() => undefined);
  const lifetimes = { tokenSeconds: options.tokenSeconds ?? 3600, masterSeconds: options.masterTokenSeconds ?? 14_400 };
  const sessions = createSessions(shared, lifetimes);
  const server = createServer({ sessions, hooks: points, shared });
  await server.listen({ host, port });
  const address = server.server.address() as AddressInfo;
  const url = `http://${host}:${address.port}`;
  log(`warehouse listens on ${url}${dataDir === undefined ? ', in memory' : `, data in ${dataDir}`}`);

  // Only now: loading DuckDB blocks this thread for some 100 ms, and the port should answer first.
  setImmediate(() => {
    openEngine({ dataDir, memoryLimit: options.memoryLimit ?? '1GB', threads: options.threads ?? 2 }).then(
      open.resolve,
      open.reject,
    );
  });
  const ready = shared.then(() => undefined);
  ready.catch((error: Error) => log(error.message));

  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      await server.close();
      const engine = await open.promise.catch(() => undefined);
      await sessions.closeAll();
      await engine?.close();
    })();
    return closing;
  };
  return { host, port: address.port, url, hooks: points.hooks, ready, close, [Symbol.asyncDispose]: close };
}

function createQueue(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  };
}
