/**
 * What a statement needs to run: its nodes, its binds and its session. One file of this folder for each kind of
 * statement; `index.ts` says which is whose.
 */
import type { Contents, Table, TableName } from '../catalog.ts';
import { duckName, findTable } from '../catalog.ts';
import type { EngineConnection } from '../engine/duckdb.ts';
import type { Transaction } from '../engine/transaction.ts';
import { compilationError, SnowflakeError } from '../errors.ts';
import type { ResultSet } from '../results.ts';
import { type Bindings, BindWriter } from '../sql/binds.ts';
import { planFields } from '../sql/fields.ts';
import { displayName } from '../sql/names.ts';
import type { Scope, SessionFacts } from '../sql/scope.ts';
import { isName, isOperator, type Node, type Statement } from '../sql/tree.ts';
import { isSemiStructured } from '../types.ts';
import { informationSchema } from './information-schema.ts';

/** What a statement may ask of its session, and change in it. */
export interface SessionState {
  readonly connection: EngineConnection;
  readonly transaction: Transaction;
  readonly facts: SessionFacts;
  readonly parameters: Map<string, string>;
  hasWarehouse(name: string): boolean;
  /** Keys of statements whose columns were found to fit their table; emptied by any DDL. */
  readonly checked: Set<string>;
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

export interface StatementContext {
  readonly session: SessionState;
  readonly statement: Statement;
  readonly bindings: Bindings;
  readonly signal: AbortSignal;
  /** Compile and describe, but do not run. */
  readonly describeOnly: boolean;
}

export type StatementHandler = (context: StatementContext) => Promise<ResultSet>;

/** A scope for rewriting this statement. */
export async function scopeOf(context: StatementContext): Promise<Scope & { readonly binds: BindWriter }> {
  const { session, statement, bindings } = context;
  const contents = await session.contents();
  const words = wordsOf(statement.nodes);
  const variantColumns = new Set<string>(words.has('FLATTEN') ? ['VALUE', 'THIS'] : []);
  for (const table of contents.tables) {
    if (!words.has(table.table)) continue;
    for (const column of table.columns) if (isSemiStructured(column.type)) variantColumns.add(column.name);
  }
  return {
    source: statement.source,
    binds: new BindWriter(bindings, statement.bindsBefore),
    session: session.facts,
    now: new Date(),
    variantColumns,
    words,
    fields: words.has('FLATTEN') ? planFields(statement, bindings, words) : undefined,
    commonTables: new Set(),
    tableSql: (names) => duckName(requireNamed(contents, names, session.facts)),
    informationSchema: (database, view) => informationSchema(contents, database ?? session.facts.database, view),
  };
}

function wordsOf(nodes: readonly Node[], words = new Set<string>()): Set<string> {
  nodes.forEach((node, index) => {
    if (node.kind === 'group') wordsOf(node.children, words);
    else if (isName(node)) words.add(node.value);
    // A star of a SELECT list, not that of COUNT(*) and not a product.
    else if (isOperator(node, '*') && nodes.length > 1 && isStarPlace(nodes[index - 1])) words.add('*');
  });
  return words;
}

function isStarPlace(before: Node | undefined): boolean {
  return (
    before === undefined ||
    isOperator(before, ',', '.') ||
    (before.kind === 'word' && /^(SELECT|DISTINCT|ALL)$/.test(before.value))
  );
}

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

/** The table that a query names; one without a current database finds nothing rather than fails to look. */
function requireNamed(contents: Contents, names: readonly string[], facts: SessionFacts): Table {
  const [table = '', schema = facts.schema, database = facts.database] = [...names].reverse();
  if (database !== undefined && schema !== undefined) return requireTable(contents, { database, schema, table });
  const name = names.map(displayName).join('.');
  throw compilationError('objectMissing', `Object '${name}' does not exist or not authorized.`);
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
