/**
 * What exists: databases, schemas, tables, columns with their Snowflake types.
 *
 * DuckDB's own catalog is the truth, also about names and nullability; what it cannot hold (VARCHAR lengths, OBJECT and
 * ARRAY, the time zone kinds, TRANSIENT) lies as JSON in the comment of each table and so moves with it, in the same
 * transaction. A session reads all of it at once and again after any DDL.
 */
import type { EngineConnection } from './engine/duckdb.ts';
import { decodeName, quotePath, quoteText } from './sql/names.ts';
import type { ColumnType } from './types.ts';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
  /** As it was written. */
  readonly default?: string | undefined;
  /** The same for DuckDB, for the day when the table has to be made anew. */
  readonly defaultSql?: string | undefined;
  readonly primaryKey?: boolean | undefined;
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
}

export interface Schema {
  readonly database: string;
  readonly schema: string;
}

export interface Contents {
  readonly databases: readonly string[];
  readonly schemas: readonly Schema[];
  readonly tables: readonly Table[];
}

export const HIDDEN_DATABASES = ['system', 'temp', 'memory', 'caves lock'] as const;
/** Every database has it; Snowflake makes it. */
export const DEFAULT_SCHEMA = 'PUBLIC';

interface StoredTable {
  readonly name: TableName;
  readonly kind: TableKind;
  readonly createdAt: string;
  readonly columns: readonly Column[];
  readonly comment: string;
}

/** The statement that stores what DuckDB does not know of a table. */
export function storeTable(table: Table): string {
  const { database, schema, table: name, kind, createdAt, columns, comment } = table;
  const stored: StoredTable = {
    name: { database, schema, table: name },
    kind,
    createdAt: createdAt.toISOString(),
    columns,
    comment,
  };
  return `COMMENT ON TABLE ${duckName(table)} IS ${quoteText(JSON.stringify(stored))}`;
}

/** A table's place in DuckDB; temporary tables live in the connection's own database. */
export function duckName(table: TableName & { readonly kind: TableKind }): string {
  if (table.kind === 'TEMPORARY') return `temp.main.${quotePath(table.table)}`;
  return quotePath(table.database, table.schema, table.table);
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
  };
}

export function readTemporaryTables(connection: EngineConnection): Promise<Table[]> {
  return readTables(connection, 'temporary');
}

async function readTables(connection: EngineConnection, condition: string): Promise<Table[]> {
  const tables = await connection.run(
    `SELECT comment FROM duckdb_tables() WHERE comment IS NOT NULL AND ${condition}
     ORDER BY database_name, schema_name, table_name`,
  );
  return (tables.columns[0] ?? []).map((comment) => {
    const { name, createdAt, ...stored } = JSON.parse(String(comment)) as StoredTable;
    return { ...name, ...stored, createdAt: new Date(createdAt) };
  });
}

export interface Catalog {
  /** A number that grows with every definition, of any session. */
  readonly version: number;
  /** To be called after every definition. */
  changed(): void;
  /** What is committed as of the last definition. */
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
      cached ??= readContents(connection);
      return cached;
    },
  };
}

export function findTable(contents: Contents, name: TableName): Table | undefined {
  const matching = contents.tables.filter(
    (table) => table.table === name.table && table.schema === name.schema && table.database === name.database,
  );
  return matching.find((table) => table.kind === 'TEMPORARY') ?? matching[0];
}
