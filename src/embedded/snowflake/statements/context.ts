/**
 * What a statement needs to run: its nodes, its binds and its session. One file of this folder for each kind of
 * statement; `index.ts` says which is whose.
 */
import type { Contents, Table, TableName } from '../catalog.ts';
import { findTable } from '../catalog.ts';
import type { EngineConnection } from '../engine/duckdb.ts';
import type { Transaction } from '../engine/transaction.ts';
import { compilationError, SnowflakeError } from '../errors.ts';
import type { Parameters } from '../parameters.ts';
import type { ResultSet } from '../results.ts';
import type { Shared } from '../session-state.ts';
import type { Bindings } from '../sql/binds.ts';
import { displayName } from '../sql/names.ts';
import type { SessionFacts } from '../sql/scope.ts';
import { isName, isOperator, type Node, type Statement } from '../sql/tree.ts';
import type { ColumnType } from '../types.ts';

/** What a statement may ask of its session, and change in it. */
export interface SessionState {
  readonly connection: EngineConnection;
  readonly transaction: Transaction;
  readonly facts: SessionFacts;
  readonly parameters: Parameters;
  /** Set by SET, read as `$name`; names in upper case unless they were quoted. */
  readonly variables: Map<string, Variable>;
  /** What all sessions share: users, statements, locks. */
  readonly account: Account;
  /** Sets a parameter, or with undefined its default, and does what follows from it. */
  setParameter(name: string, value: string | undefined): Promise<void>;
  /** Of the statement that runs. */
  readonly queryId: string;
  /** Called with the query id of every statement before it runs. */
  startStatement(queryId: string): void;
  /** Called when it has ended, whichever way: the session is idle from now on. */
  endStatement(): void;
  /** A statement before the one that runs: -1 is the last one, 1 the first of the session. */
  queryIdAt(place: number): string | undefined;
  /** Rolls back and gives the connection back. */
  close(): Promise<void>;
  hasWarehouse(name: string): boolean;
  /** Current as of the last DDL of any session. */
  contents(): Promise<Contents>;
  /** Runs DDL: commits what is open, then all of it or nothing. */
  define(table: TableName | undefined, statements: readonly string[], signal: AbortSignal): Promise<void>;
  use(change: {
    readonly database?: string;
    readonly schema?: string;
    readonly warehouse?: string;
    readonly role?: string;
  }): Promise<void>;
  createDatabase(name: string): Promise<void>;
  dropDatabase(name: string): Promise<void>;
}

export type Account = Pick<Shared, 'users' | 'queries' | 'locks' | 'login' | 'states' | 'logouts' | 'transactions'>;

export interface Variable {
  readonly type: ColumnType;
  /** As in a result: what the driver would get. */
  readonly value: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface StatementContext {
  readonly session: SessionState;
  readonly statement: Statement;
  readonly bindings: Bindings;
  readonly signal: AbortSignal;
  /** Compile and describe, but do not run. */
  readonly describeOnly: boolean;
  /** Results that the statement names as tables, by the name that stands in its nodes. */
  readonly results?: ReadonlyMap<string, ResultSet>;
}

export type StatementHandler = (context: StatementContext) => Promise<ResultSet>;

export interface NameRead {
  readonly names: readonly string[];
  readonly next: number;
}

/** Reads `a`, `a.b` or `a.b.c` from a place on. */
export function readName(nodes: readonly Node[], start: number): NameRead {
  const names: string[] = [];
  let next = start;
  for (;;) {
    const name = nodes[next];
    if (!isName(name)) throw compilationError('syntax', 'syntax error: a name is expected.');
    names.push(name.value);
    next++;
    if (!isOperator(nodes[next], '.')) return { names, next };
    next++;
    // `db..table` means the default schema.
    if (isOperator(nodes[next], '.')) {
      names.push('PUBLIC');
      next++;
    }
  }
}

/** A table's full name, with what the session uses for the missing parts. */
export function qualify(names: readonly string[], facts: SessionFacts, action: string): TableName {
  const [table, schema, database] = [...names].reverse();
  const fullDatabase = database ?? facts.database;
  if (fullDatabase === undefined) throw noCurrent('noCurrentDatabase', 'database', action);
  const fullSchema = schema ?? facts.schema;
  if (fullSchema === undefined) throw noCurrent('noCurrentSchema', 'schema', action);
  return { database: fullDatabase, schema: fullSchema, table: table as string };
}

export function noCurrent(
  error: 'noCurrentDatabase' | 'noCurrentSchema',
  what: string,
  action: string,
): SnowflakeError {
  return new SnowflakeError(
    error,
    `Cannot perform ${action}. This session does not have a current ${what}. ` +
      `Call 'USE ${what.toUpperCase()}', or use a qualified name.`,
  );
}

export function displayTable(name: TableName): string {
  return [name.database, name.schema, name.table].map(displayName).join('.');
}

/** @throws SnowflakeError 002003 when there is no such table */
export function requireTable(contents: Contents, name: TableName): Table {
  const table = findTable(contents, name);
  if (!table)
    throw compilationError('objectMissing', `Object '${displayTable(name)}' does not exist or not authorized.`);
  return table;
}
