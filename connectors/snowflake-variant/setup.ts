/** What a task does once, before its first batch: sees that all is there, and makes what is missing. */
import { ConfigError } from 'caves-connect/sdk';
import type { SinkConfig } from './config.ts';
import { explained, faultOf, isAlreadyThere } from './errors.ts';
import { identifier, type Names } from './names.ts';
import type { Session } from './session.ts';
import { addColumns, createObjects, createPositions } from './statements.ts';

/** Throws `ConfigError` when a database, schema, table, warehouse or privilege is missing, with the key to change. */
export async function setUp(session: Session, names: Names, config: SinkConfig, signal: AbortSignal): Promise<void> {
  const mayCreate = config['snowflake.create.objects'];
  const run = (sql: string) => session.execute(sql, [], signal);
  /** All in one request, and where that fails each by itself, to know which. Answers why something could not be made. */
  const create = async (statements: readonly string[]): Promise<unknown> => {
    let refusal: unknown;
    const isDone = session.executeTogether(statements, [], 0, signal).then(
      () => true,
      () => false,
    );
    if (await isDone) return undefined;
    for (const sql of statements) {
      await run(sql).catch((denied: unknown) => {
        if (!mayBeThere(denied)) throw denied;
        if (faultOf(denied) === 'privilege') refusal = denied;
      });
    }
    return refusal;
  };
  const look = async (): Promise<void> => {
    for (const table of [names.table, ...(mayCreate ? [names.staging] : [])]) await run(`DESCRIBE TABLE ${table}`);
    const { rows } = await run(`DESCRIBE TABLE ${names.positions}`);
    const present = rows.map(([column]) => column ?? '');
    for (const sql of addColumns(names, present)) await run(sql);
  };
  try {
    await useWarehouse(run, config);
    await look().catch(async (error: unknown) => {
      if (faultOf(error) !== 'object') throw error;
      // A sink always makes its table of positions: nobody else could know the columns.
      const refusal = await create(mayCreate ? createObjects(names) : [createPositions(names)]);
      // What is missing still is missing because it could not be made: that is what the person has to know.
      await look().catch((missing: unknown) => {
        throw refusal ?? missing;
      });
    });
  } catch (error) {
    throw signal.aborted ? error : explained(error, `Looking for the tables of ${names.shown.schema}`, config);
  }
}

/** Who may not create may still use, and who came second finds it made: another look finds out. */
function mayBeThere(error: unknown): boolean {
  return isAlreadyThere(error) || faultOf(error) === 'privilege' || faultOf(error) === 'object';
}

async function useWarehouse(run: (sql: string) => Promise<unknown>, config: SinkConfig): Promise<void> {
  const { 'snowflake.warehouse': warehouse } = config;
  if (warehouse === undefined) return;
  try {
    await run(`USE WAREHOUSE ${identifier(warehouse)}`);
  } catch (cause) {
    const fault = faultOf(cause);
    if (fault !== 'object' && fault !== 'privilege') throw cause;
    const role = config['snowflake.role'] ?? `the default role of ${config['snowflake.user']}`;
    throw new ConfigError(
      `The warehouse ${warehouse} does not exist, or ${role} may not use it: set snowflake.warehouse ` +
        '(SNOWFLAKE_WAREHOUSE) to one that is there, or grant USAGE on it',
      { cause, key: 'snowflake.warehouse' },
    );
  }
}
