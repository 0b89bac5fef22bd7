/**
 * What a rewriting rule may know beside its tokens. One scope lives as long as one statement's rewriting.
 */
import type { BindWriter } from './binds.ts';
import type { Fields } from './fields.ts';

export interface SessionFacts {
  readonly sessionId: string;
  readonly user: string;
  readonly role: string;
  readonly account: string;
  readonly database: string | undefined;
  readonly schema: string | undefined;
  readonly warehouse: string | undefined;
}

export interface Scope {
  readonly source: string;
  readonly binds: BindWriter;
  readonly session: SessionFacts;
  /** CURRENT_TIMESTAMP() of this statement: DuckDB's own is fixed when a transaction starts. */
  readonly now: Date;
  /** Columns of VARIANT, OBJECT or ARRAY type of any table that the statement names. */
  readonly variantColumns: ReadonlySet<string>;
  /** Every word of the statement, so that a table function can leave out columns nobody asks for. */
  readonly words: ReadonlySet<string>;
  /** Keys of FLATTEN's VALUE that are read in one pass. */
  readonly fields: Fields | undefined;
  /** Names that WITH has given so far; the one thing that rewriting adds to its scope. */
  readonly commonTables: Set<string>;
  /**
   * DuckDB's name of a table. Nothing else may reach DuckDB's own lookup: it finds system views and files.
   * @throws SnowflakeError 002003
   */
  tableSql(names: readonly string[]): string;
  /** The SQL of a view of INFORMATION_SCHEMA. */
  informationSchema(database: string | undefined, view: string): string;
}
