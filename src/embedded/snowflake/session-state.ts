/**
 * What a session's statements read and change: its current database, schema and warehouse, its parameters and variables,
 * its transaction, the ids of its statements, and its view of the catalog.
 */
import { type Catalog, DEFAULT_SCHEMA, readTemporaryTables, type Table, type TableName } from './catalog.ts';
import type { Engine } from './engine/duckdb.ts';
import type { LockTable } from './engine/locks.ts';
import { createTransaction } from './engine/transaction.ts';
import { compilationError } from './errors.ts';
import type { HookPoints } from './hooks.ts';
import type { Login } from './login.ts';
import { createParameters } from './parameters.ts';
import type { Queries } from './queries.ts';
import { displayName, quotePath, quoteText } from './sql/names.ts';
import { displayTable, type SessionState, type Variable } from './statements/context.ts';
import type { TransactionHistory } from './transactions.ts';
import type { Users } from './users.ts';

export interface SessionOptions {
  readonly user: string;
  readonly account: string;
  readonly database: string | undefined;
  readonly schema: string | undefined;
  readonly warehouse: string | undefined;
  readonly role: string | undefined;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface Shared {
  readonly engine: Engine;
  readonly locks: LockTable;
  readonly catalog: Catalog;
  /** One after the other, for what changes the set of databases. */
  readonly exclusive: <T>(work: () => Promise<T>) => Promise<T>;
  /** Undefined: any name will do. */
  readonly warehouses: readonly string[] | undefined;
  /** Throws what a test wants a statement to fail with. */
  readonly beforeStatement: HookPoints['beforeStatement'];
  readonly queries: Queries;
  readonly users: Users;
  readonly login: Login;
  /** Of every session that is logged in, by its id. */
  readonly states: Map<string, SessionState>;
  /** Ends a session that is logged in, by its id. */
  readonly logouts: Map<string, () => Promise<void>>;
  readonly transactions: TransactionHistory;
}

/** LAST_QUERY_ID reaches back so far. */
const STATEMENTS_KEPT = 1_000;
/** The user's, as an account has one for each user. */
const DEFAULT_WAREHOUSE = 'COMPUTE_WH';

export async function createState(id: string, options: SessionOptions, shared: Shared): Promise<SessionState> {
  const parameters = createParameters(options.parameters);
  const connection = await shared.engine.connect();
  const queryIds: string[] = [];
  let forgotten = 0;
  let idleSince: number | undefined = performance.now();
  const variables = new Map<string, Variable>();
  const setTimezone = async (): Promise<void> => {
    await connection.run(`SET TimeZone = ${quoteText(parameters.get('TIMEZONE'))}`);
  };
  const transaction = createTransaction({
    connection,
    locks: shared.locks,
    sessionId: id,
    queryId: () => state.queryId,
    autocommit: () => parameters.get('AUTOCOMMIT') === 'true',
    catalogVersion: () => shared.catalog.version,
    lockTimeoutMs: () => Number(parameters.get('LOCK_TIMEOUT')) * 1000,
    idleSince: () => idleSince,
    onEnded: (ended) => shared.transactions.add({ ...ended, user: state.facts.user, sessionId: id }),
  });
  const hasWarehouse = (name: string): boolean => shared.warehouses?.includes(name) ?? true;
  let temporary: readonly Table[] = [];
  const current: {
    database: string | undefined;
    schema: string | undefined;
    warehouse: string | undefined;
    role: string;
  } = {
    database: undefined,
    schema: undefined,
    warehouse: hasWarehouse(options.warehouse ?? DEFAULT_WAREHOUSE)
      ? (options.warehouse ?? DEFAULT_WAREHOUSE)
      : undefined,
    role: options.role ?? 'SYSADMIN',
  };

  const state: SessionState = {
    connection,
    transaction,
    parameters,
    variables,
    account: shared,
    get queryId() {
      return queryIds.at(-1) ?? '';
    },
    async setParameter(name, value) {
      const before = parameters.get(name);
      if (value === undefined) parameters.unset(name);
      else parameters.set(name, value);
      if (name === 'AUTOCOMMIT' && parameters.get(name) !== before) await transaction.commit();
      if (name === 'TIMEZONE') await setTimezone();
    },
    startStatement(queryId) {
      idleSince = undefined;
      queryIds.push(queryId);
      if (queryIds.length <= STATEMENTS_KEPT) return;
      queryIds.shift();
      forgotten++;
    },
    endStatement() {
      idleSince = performance.now();
    },
    // The last one is the statement that asks.
    queryIdAt: (place) => queryIds.slice(0, -1).at(place < 0 ? place : place - 1 - forgotten),
    hasWarehouse,
    facts: {
      sessionId: id,
      user: options.user.toUpperCase(),
      account: options.account.toUpperCase(),
      get database() {
        return current.database;
      },
      get schema() {
        return current.schema;
      },
      get warehouse() {
        return current.warehouse;
      },
      get role() {
        return current.role;
      },
    },
    async contents() {
      const contents = await shared.catalog.contents();
      return temporary.length === 0 ? contents : { ...contents, tables: [...contents.tables, ...temporary] };
    },
    async define(table: TableName | undefined, statements: readonly string[], signal) {
      await transaction.commit();
      await transaction.begin();
      const lock = { table: table ? displayTable(table) : '(schemas)', mode: 'schema' } as const;
      try {
        for (const sql of statements) await transaction.run({ sql, lock }, signal);
        await transaction.commit();
      } catch (error) {
        await transaction.rollback();
        throw error;
      } finally {
        shared.catalog.changed();
        temporary = await readTemporaryTables(connection);
      }
    },
    async use(change) {
      Object.assign(current, change);
      if ('database' in change && !('schema' in change)) current.schema = undefined;
    },
    async close() {
      shared.states.delete(id);
      await transaction.close();
    },
    async createDatabase(name) {
      await transaction.commit();
      await shared.exclusive(async () => {
        if ((await shared.catalog.contents()).databases.includes(name)) {
          throw compilationError('objectExists', `Object '${displayName(name)}' already exists.`);
        }
        await shared.engine.attach(name);
        await connection.run(`CREATE SCHEMA ${quotePath(name, DEFAULT_SCHEMA)}`);
        shared.catalog.changed();
      });
    },
    async dropDatabase(name) {
      await transaction.commit();
      if (current.database === name) {
        current.database = undefined;
        current.schema = undefined;
      }
      await shared.exclusive(() => shared.engine.drop(name));
      shared.catalog.changed();
    },
  };

  try {
    if (parameters.get('TIMEZONE') !== 'UTC') await setTimezone();
    shared.states.set(id, state);
    const { databases, schemas } = await state.contents();
    const { database, schema = DEFAULT_SCHEMA } = options;
    if (database !== undefined && databases.includes(database)) {
      const hasSchema = schemas.some((each) => each.database === database && each.schema === schema);
      await state.use(hasSchema ? { database, schema } : { database });
    }
    return state;
  } catch (error) {
    await state.close();
    throw error;
  }
}
