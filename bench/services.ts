/** The embedded services for a measured worker, and the rows that arrive in their warehouse. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import snowflake, { type Connection } from 'snowflake-sdk';
import { ensureEmbedded } from '../src/embedded/services.ts';
import { freePortPair } from '../test/helpers/apache-kafka.ts';
import { type ProcessUsage, processUsage } from './process-usage.ts';

export interface RunningServices extends AsyncDisposable {
  /** For the worker that is to use them. */
  readonly env: Readonly<Record<string, string>>;
  usage(): ProcessUsage;
  /** The rows of a statement; none while what it reads does not exist. */
  rows(statement: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

export async function startServices(): Promise<RunningServices> {
  const dataDir = await mkdtemp(join(tmpdir(), 'caves-bench-services-'));
  const port = await freePortPair();
  const env = { CAVES_KAFKA_PORT: String(port), CAVES_SNOWFLAKE_PORT: String(port + 1) };
  const quiet = { debug() {}, info() {}, warn() {}, error() {} };
  const services = await ensureEmbedded({ kafka: true, snowflake: true, dataDir, log: quiet, env, lingerMs: 100 });
  const connection = await connect(services.snowflake?.url ?? '');
  return {
    env: { ...env, BENCH_DATA_DIR: dataDir },
    usage: () => processUsage(services.pid),
    rows: (statement) => execute(connection, statement).catch(() => []),
    async [Symbol.asyncDispose]() {
      await services.release();
      await rm(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}

async function connect(accessUrl: string): Promise<Connection> {
  snowflake.configure({ logLevel: 'OFF' });
  const connection = snowflake.createConnection({
    accessUrl,
    account: 'embedded',
    username: 'caves',
    password: 'caves',
  });
  await connection.connectAsync(() => {});
  return connection;
}

function execute(connection: Connection, sqlText: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  return new Promise((resolve, reject) => {
    connection.execute({ sqlText, complete: (error, _, rows) => (error ? reject(error) : resolve(rows ?? [])) });
  });
}
