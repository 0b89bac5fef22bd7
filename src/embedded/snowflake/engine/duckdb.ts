/**
 * DuckDB behind the warehouse: one instance, one attached file for each Snowflake database (or memory), one connection
 * for each session. Closing it closes what is left of them, and with the last one the files: another process can have
 * them when `close` resolves.
 *
 * DuckDB is loaded by `openEngine` and not before: its import and start take a quarter of a second. The instance's
 * own first database, `memory`, keeps nothing but our macros. A folder belongs to one process: `warehouse.lock.duckdb`
 * in it is held open, and DuckDB locks what it holds open even against a killed process's heirs.
 */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { DuckDBConnection, DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { MACROS } from '../sql/macros.ts';
import { quoteName, quoteText } from '../sql/names.ts';

export interface Rows {
  readonly names: readonly string[];
  readonly types: readonly DuckDBType[];
  /** Values by column. */
  readonly columns: readonly (readonly DuckDBValue[])[];
  readonly rowCount: number;
  readonly rowsChanged: number;
}

export interface EngineConnection {
  /** The signal, where there is one, ends the statement at any moment of its run, with DuckDB's error of an interrupt. */
  run(sql: string, parameters?: readonly string[], signal?: AbortSignal): Promise<Rows>;
  close(): void;
}

export interface Engine {
  connect(): Promise<EngineConnection>;
  attach(database: string): Promise<void>;
  drop(database: string): Promise<void>;
  close(): Promise<void>;
}

export interface EngineOptions {
  /** Left out: everything in memory. */
  readonly dataDir: string | undefined;
  readonly memoryLimit: string;
  readonly threads: number;
}

const SUFFIX = '.duckdb';
const INTERRUPT_AGAIN_MS = 10;
const LOCK = 'warehouse.lock';
/** DuckDB's file locks do not work within one process. */
const foldersInUse = new Set<string>();

export async function openEngine(options: EngineOptions): Promise<Engine> {
  if (options.dataDir === undefined) return open(options, undefined);
  const folder = resolve(options.dataDir);
  if (foldersInUse.has(folder)) throw folderInUse(folder, 'this process');
  // At once: who comes a moment later must not get in beside it.
  foldersInUse.add(folder);
  try {
    return await open(options, folder);
  } catch (error) {
    foldersInUse.delete(folder);
    throw error;
  }
}

async function open(options: EngineOptions, folder: string | undefined): Promise<Engine> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  if (folder !== undefined) await mkdir(folder, { recursive: true });
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: options.memoryLimit,
    threads: String(options.threads),
    // What does not fit into the memory; DuckDB's own choice is a folder in the working directory. '': nowhere.
    temp_directory: folder === undefined ? '' : join(folder, 'spilled'),
    default_null_order: 'nulls_last_on_asc_first_on_desc',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const root = await instance.connect();
  const connections = new Set<DuckDBConnection>();
  const calls = trackCalls();
  const closeAll = async (): Promise<void> => {
    await calls.close();
    for (const connection of [...connections, root]) connection.closeSync();
    connections.clear();
    instance.closeSync();
  };
  try {
    await root.run(
      `SET GLOBAL TimeZone = 'UTC'; ${MACROS.map((macro) => `CREATE MACRO memory.main.sf_${macro};`).join('\n')}`,
    );
    if (folder !== undefined) await attachFolder(root, folder);
  } catch (error) {
    await closeAll();
    throw error;
  }
  const fileOf = (database: string): string =>
    folder === undefined ? ':memory:' : join(folder, encodeURIComponent(database) + SUFFIX);

  return {
    connect: () =>
      calls.track(async () => {
        const connection = await instance.connect();
        connections.add(connection);
        return connectionOf(connection, calls, () => {
          if (connections.delete(connection)) connection.closeSync();
        });
      }),
    async attach(database) {
      await calls.track(() => root.run(`ATTACH ${quoteText(fileOf(database))} AS ${quoteName(database)}`));
    },
    async drop(database) {
      await calls.track(() => root.run(`DETACH ${quoteName(database)}`));
      if (folder === undefined) return;
      await rm(fileOf(database), { force: true });
      await rm(`${fileOf(database)}.wal`, { force: true });
    },
    async close() {
      await closeAll();
      if (folder !== undefined) foldersInUse.delete(folder);
    },
  };
}

/** All databases that lie in the folder, once nobody else has it. */
async function attachFolder(root: DuckDBConnection, folder: string): Promise<void> {
  await lockFolder(root, folder);
  for (const file of await readdir(folder)) {
    if (!file.endsWith(SUFFIX) || file === LOCK + SUFFIX) continue;
    const database = decodeURIComponent(file.slice(0, -SUFFIX.length));
    await root.run(`ATTACH ${quoteText(join(folder, file))} AS ${quoteName(database)}`);
  }
}

async function lockFolder(root: DuckDBConnection, folder: string): Promise<void> {
  try {
    await root.run(`ATTACH ${quoteText(join(folder, LOCK + SUFFIX))} AS "caves lock"`);
  } catch (error) {
    const holder = /PID (\d+)/.exec(String(error))?.[1];
    if (!/lock/i.test(String(error))) throw new Error(`Cannot open the warehouse's folder ${folder}`, { cause: error });
    throw folderInUse(folder, holder ? `process ${holder}` : 'another process');
  }
}

function folderInUse(folder: string, holder: string): Error {
  return new Error(
    `The warehouse's folder ${folder} is in use by ${holder}. Connect to that one, end it, or name another folder.`,
  );
}

/** What DuckDB has under way: to close it beneath that would end the whole process. */
interface Calls {
  /** @throws Error once it is closed */
  track<T>(call: () => Promise<T>): Promise<T>;
  /** Lets no more begin, and resolves when the last one has ended. */
  close(): Promise<void>;
}

function trackCalls(): Calls {
  const underWay = new Set<Promise<unknown>>();
  let closed = false;
  return {
    async track(call) {
      if (closed) throw new Error('The embedded warehouse is closed: start it again.');
      const result = call();
      underWay.add(result);
      try {
        return await result;
      } finally {
        underWay.delete(result);
      }
    },
    async close() {
      closed = true;
      await Promise.allSettled(underWay);
    },
  };
}

function connectionOf(connection: DuckDBConnection, calls: Calls, close: () => void): EngineConnection {
  async function run(sql: string, parameters?: readonly string[]): Promise<Rows> {
    const result = await connection.run(sql, parameters as string[] | undefined);
    const columns = await result.getColumns();
    return {
      names: result.columnNames(),
      types: result.columnTypes(),
      columns,
      rowCount: columns[0]?.length ?? 0,
      rowsChanged: result.rowsChanged,
    };
  }
  return {
    run: (sql, parameters, signal) =>
      calls.track(async () => {
        const interruption = interruptOn(connection, signal);
        try {
          return await run(sql, parameters);
        } finally {
          interruption.clear();
        }
      }),
    close,
  };
}

/** Again and again until it is cleared: DuckDB forgets an interrupt that comes before its threads have begun the statement. */
function interruptOn(connection: DuckDBConnection, signal: AbortSignal | undefined): { clear(): void } {
  let again: NodeJS.Timeout | undefined;
  const interrupt = (): void => {
    connection.interrupt();
    again = setInterval(() => connection.interrupt(), INTERRUPT_AGAIN_MS);
  };
  if (signal?.aborted) interrupt();
  else signal?.addEventListener('abort', interrupt, { once: true });
  return {
    clear() {
      signal?.removeEventListener('abort', interrupt);
      clearInterval(again);
    },
  };
}
