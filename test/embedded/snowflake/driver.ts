/**
 * The real snowflake-sdk, as promises. Tests of the warehouse talk to it through this driver only.
 */
process.env.SNOWFLAKE_DISABLE_PLATFORM_DETECTION = 'true';
process.env.SF_TELEMETRY_DISABLE_CONNECTION_SHAPE = '1';

import type { Binds, Connection, ConnectionOptions, RowStatement, SnowflakeError } from 'snowflake-sdk';
import type { Warehouse } from '../../../src/embedded/snowflake/index.ts';

const { default: snowflake } = await import('snowflake-sdk');
snowflake.configure({ logLevel: 'OFF', logFilePath: 'STDOUT', additionalLogToConsole: false });

export type Row = Record<string, unknown>;

export interface StatementOptions {
  readonly binds?: Binds;
  readonly requestId?: string;
  readonly parameters?: Record<string, unknown>;
  readonly asyncExec?: boolean;
  readonly describeOnly?: boolean;
  readonly fetchAsString?: ('String' | 'Boolean' | 'Number' | 'Date' | 'JSON' | 'Buffer')[];
  readonly rowMode?: 'object' | 'array' | 'object_with_renamed_duplicated_columns';
}

export interface Client {
  readonly connection: Connection;
  /** Runs a statement and gives its rows. */
  run(sqlText: string, binds?: Binds): Promise<Row[]>;
  /** Runs a statement and gives the driver's statement, for counts and columns. */
  execute(sqlText: string, options?: StatementOptions): Promise<{ statement: RowStatement; rows: Row[] }>;
  /** Runs several statements as one request and gives the rows of each. */
  runAll(sqlText: string, count: number, binds?: Binds): Promise<Row[][]>;
  /** The error of a statement that must fail, as `code sqlState`. */
  errorOf(sqlText: string, binds?: Binds): Promise<SnowflakeError>;
  destroy(): Promise<void>;
}

export function connect(warehouse: Warehouse, options: Partial<ConnectionOptions> = {}): Promise<Client> {
  return connectWith({
    accessUrl: warehouse.url,
    account: 'embedded',
    username: 'caves',
    password: 'caves',
    warehouse: 'COMPUTE_WH',
    database: 'WINE_SALES_DB',
    schema: 'RAW_DATA',
    ...options,
  } as ConnectionOptions);
}

/** The driver's own pool of connections to the warehouse. */
export function createPool(warehouse: Warehouse, size: number) {
  const options = { accessUrl: warehouse.url, account: 'embedded', username: 'caves', password: 'caves' };
  return snowflake.createPool({ ...options, warehouse: 'COMPUTE_WH' } as ConnectionOptions, { max: size, min: 0 });
}

/** A client of any account. */
export async function connectWith(options: ConnectionOptions): Promise<Client> {
  const connection = snowflake.createConnection(options);
  await new Promise<void>((resolve, reject) => connection.connect((error) => (error ? reject(error) : resolve())));

  const execute: Client['execute'] = (sqlText, options = {}) =>
    new Promise((resolve, reject) => {
      connection.execute({
        sqlText,
        ...options,
        complete: (error, statement, rows) =>
          error ? reject(error) : resolve({ statement, rows: (rows ?? []) as Row[] }),
      });
    });

  return {
    connection,
    execute,
    run: async (sqlText, binds) => (await execute(sqlText, binds ? { binds } : {})).rows,
    runAll: (sqlText, count, binds) =>
      new Promise((resolve, reject) => {
        const results: Row[][] = [];
        connection.execute({
          sqlText,
          ...(binds && { binds }),
          parameters: { MULTI_STATEMENT_COUNT: count },
          complete: (error, statement, rows) => {
            if (error) return reject(error);
            results.push((rows ?? []) as Row[]);
            const more = statement as unknown as { hasNext(): boolean; NextResult(): void };
            if (more.hasNext()) more.NextResult();
            else resolve(results);
          },
        });
      }),
    async errorOf(sqlText, binds) {
      try {
        await execute(sqlText, binds ? { binds } : {});
      } catch (error) {
        return error as SnowflakeError;
      }
      throw new Error(`expected an error: ${sqlText}`);
    },
    destroy: () => new Promise((resolve) => connection.destroy(() => resolve())),
  };
}

/** A client whose database and schema exist. */
export async function connectReady(warehouse: Warehouse, options: Partial<ConnectionOptions> = {}): Promise<Client> {
  const client = await connect(warehouse, options);
  await client.run('CREATE DATABASE IF NOT EXISTS WINE_SALES_DB');
  await client.run('CREATE SCHEMA IF NOT EXISTS WINE_SALES_DB.RAW_DATA');
  await client.run('USE SCHEMA WINE_SALES_DB.RAW_DATA');
  return client;
}
