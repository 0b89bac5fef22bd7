/**
 * What exists: databases, schemas, tables, views, sequences, columns with their Snowflake types.
 *
 * DuckDB's own catalog is the truth about what there is; what it cannot hold (types and defaults as they were written,
 * TRANSIENT, the text of a view) lies as JSON in the comment of each and so moves with it, in the same transaction. A
 * view is an empty one in DuckDB: its text is compiled where it is used. A session reads all of it at once and again
 * after any DDL.
 */
import type { EngineConnection } from './engine/duckdb.ts';
import { decodeName, quotePath, quoteText } from './sql/names.ts';
import type { ColumnType } from './types.ts';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
  /** As it was written: evaluated by each INSERT that leaves the column out. */
  readonly default?: string | undefined;
  readonly identity?: Identity | undefined;
  readonly primaryKey?: boolean | undefined;
  readonly uniqueKey?: boolean | undefined;
  readonly comment?: string | undefined;
}

/** AUTOINCREMENT. Its numbers come from a sequence that nobody can name. */
export interface Identity {
  readonly sequence: string;
  readonly start: number;
  readonly increment: number;
}

export type TableKind = 'TABLE' | 'TRANSIENT' | 'TEMPORARY';

export interface TableName {
  readonly database: string;
  readonly schema: string;
  readonly table: string;
}

export interface Table extends TableName {
  readonly kind: TableKind;
  readonly createdAt: Date;
  readonly columns: readonly Column[];
  readonly comment: string;
  /** The expressions of CLUSTER BY, as they were written. */
  readonly clusterBy?: string | undefined;
}

export interface View extends TableName {
  readonly createdAt: Date;
  readonly comment: string;
  /** The query, as it was written. */
  readonly text: string;
  /** The whole statement, for SHOW and GET_DDL. */
  readonly statement: string;
  readonly secure: boolean;
  readonly columns: readonly Column[];
}

export interface Sequence extends TableName {
  readonly createdAt: Date;
  readonly comment: string;
  readonly start: number;
  readonly increment: number;
}

export interface Schema {
  readonly database: string;
  readonly schema: string;
}

export interface Contents {
  readonly databases: readonly string[];
  readonly schemas: readonly Schema[];
  readonly tables: readonly Table[];
  readonly views: readonly View[];
  readonly sequences: readonly Sequence[];
}

export const HIDDEN_DATABASES = ['system', 'temp', 'memory', 'caves lock'] as const;
/** Every database has it; Snowflake makes it. */
export const DEFAULT_SCHEMA = 'PUBLIC';

/** The statement that stores what DuckDB does not know of a table. */
export function storeTable(table: Table): string {
  return `COMMENT ON TABLE ${duckName(table)} IS ${quoteText(JSON.stringify(table))}`;
}

export function storeView(view: View): string {
  return `COMMENT ON VIEW ${pathOf(view)} IS ${quoteText(JSON.stringify(view))}`;
}

export function storeSequence(sequence: Sequence): string {
  return `COMMENT ON SEQUENCE ${pathOf(sequence)} IS ${quoteText(JSON.stringify(sequence))}`;
}

/** A table's place in DuckDB; temporary tables live in the connection's own database, whatever their schema. */
export function duckName(table: TableName & { readonly kind: TableKind }): string {
  if (table.kind === 'TEMPORARY')
    return `temp.main.${quotePath([table.database, table.schema, table.table].join('.'))}`;
  return pathOf(table);
}

export function pathOf(name: TableName): string {
  return quotePath(name.database, name.schema, name.table);
}

/** Everything but temporary tables, which only the connection that made them can see. */
export async function readContents(connection: EngineConnection): Promise<Contents> {
  const hidden = HIDDEN_DATABASES.map(quoteText).join(', ');
  const schemas = await connection.run(
    `SELECT database_name, schema_name FROM duckdb_schemas()
     WHERE database_name NOT IN (${hidden}) AND NOT internal ORDER BY ALL`,
  );
  const databases = await connection.run(
    `SELECT database_name FROM duckdb_databases() WHERE database_name NOT IN (${hidden}) ORDER BY ALL`,
  );
  return {
    databases: (databases.columns[0] ?? []).map((name) => decodeName(String(name))),
    schemas: Array.from({ length: schemas.rowCount }, (_, row) => ({
      database: decodeName(String(schemas.columns[0]?.[row])),
      schema: decodeName(String(schemas.columns[1]?.[row])),
    })).filter(({ schema }) => schema !== 'main'),
    tables: await readTables(connection, 'NOT temporary'),
    views: await readComments<View>(connection, 'duckdb_views()', 'NOT temporary', 'view_name'),
    sequences: await readComments<Sequence>(connection, 'duckdb_sequences()', 'NOT temporary', 'sequence_name'),
  };
}

export function readTemporaryTables(connection: EngineConnection): Promise<Table[]> {
  return readTables(connection, 'temporary');
}

function readTables(connection: EngineConnection, condition: string): Promise<Table[]> {
  return readComments<Table>(connection, 'duckdb_tables()', condition, 'table_name');
}

async function readComments<T extends { readonly createdAt: Date }>(
  connection: EngineConnection,
  source: string,
  condition: string,
  order: string,
): Promise<T[]> {
  const found = await connection.run(
    `SELECT comment FROM ${source} WHERE comment IS NOT NULL AND ${condition} ORDER BY database_name, schema_name, ${order}`,
  );
  return (found.columns[0] ?? []).map((comment) => {
    // Folders of before kept a table's names apart.
    const { name: names, ...rest } = JSON.parse(String(comment)) as T & { readonly name?: TableName };
    const stored = { ...names, ...rest } as T;
    return { ...stored, createdAt: new Date(stored.createdAt) };
  });
}

export interface Catalog {
  /** A number that grows with every definition, of any session. */
  readonly version: number;
  /** To be called after every definition. */
  changed(): void;
  /** What is committed as of the last definition; read again after a failure. */
  contents(): Promise<Contents>;
}

/** The catalog of all sessions. The connection is its own, and never in a transaction. */
export function createCatalog(connection: EngineConnection): Catalog {
  let version = 0;
  let cached: Promise<Contents> | undefined;
  return {
    get version() {
      return version;
    },
    changed() {
      version++;
      cached = undefined;
    },
    contents() {
      if (cached) return cached;
      const contents = readContents(connection);
      cached = contents;
      contents.catch(() => {
        if (cached === contents) cached = undefined;
      });
      return contents;
    },
  };
}

/** A temporary table hides the permanent one of its name. */
export function findTable(contents: Contents, name: TableName): Table | undefined {
  const matching = contents.tables.filter((table) => isNamed(table, name));
  return matching.find((table) => table.kind === 'TEMPORARY') ?? matching[0];
}

export function findView(contents: Contents, name: TableName): View | undefined {
  return contents.views.find((view) => isNamed(view, name));
}

export function findSequence(contents: Contents, name: TableName): Sequence | undefined {
  return contents.sequences.find((sequence) => isNamed(sequence, name));
}

function isNamed(thing: TableName, name: TableName): boolean {
  return thing.table === name.table && thing.schema === name.schema && thing.database === name.database;
}
