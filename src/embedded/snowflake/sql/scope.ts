/**
 * What a rewriting rule may know beside its tokens. A scope belongs to one SELECT; those of its subqueries point to it.
 */
import type { ColumnType } from '../types.ts';
import type { BindWriter } from './binds.ts';
import type { Fields } from './fields.ts';
import type { Operand } from './operand.ts';
import type { Node } from './tree.ts';

export interface SessionFacts {
  readonly sessionId: string;
  readonly user: string;
  readonly role: string;
  readonly account: string;
  readonly database: string | undefined;
  readonly schema: string | undefined;
  readonly warehouse: string | undefined;
}

/** A column of a query's result. */
export interface OutputColumn {
  readonly name: string;
  /** Its name in DuckDB, where two columns of one name have to differ. */
  readonly as: string;
  /** Undefined for a lone NULL. */
  readonly type: ColumnType | undefined;
  readonly nullable: boolean;
}

export interface Query {
  readonly sql: string;
  readonly columns: readonly OutputColumn[];
}

/** A table, a view or a table function, for FROM. */
export interface Source extends Query {
  /** Its names, the last of which is what columns are qualified with. */
  readonly names: readonly string[];
}

/** A column that FROM offers. */
export interface VisibleColumn extends OutputColumn {
  /** The table's names as they may qualify the column: alias, or table, schema and database. */
  readonly qualifier: readonly string[];
  readonly sql: string;
  /** The other side of a USING or NATURAL join: it can be named with its table only, and `*` leaves it out. */
  readonly merged?: boolean;
  /** FLATTEN's VALUE with its fields beside it (`fields.ts`). */
  readonly hasFields?: boolean;
}

export interface Scope {
  readonly source: string;
  readonly binds: BindWriter;
  readonly session: SessionFacts;
  /** CURRENT_TIMESTAMP() of this statement: DuckDB's own is fixed when a transaction starts. */
  readonly now: Date;
  /** Every word of the statement, so that a table function can leave out columns nobody asks for. */
  readonly words: ReadonlySet<string>;
  /** Keys of FLATTEN's VALUE that are read in one pass. */
  readonly fields: Fields | undefined;
  /** What WITH has named so far. */
  readonly commonTables: ReadonlyMap<string, readonly OutputColumn[]>;
  /** What FROM offers. */
  readonly columns: readonly VisibleColumn[];
  /** Names that the SELECT list has given so far. */
  readonly aliases: ReadonlyMap<string, Operand>;
  /** The SELECT around this one. */
  readonly outer: Scope | undefined;
  /**
   * A table or view. Nothing else may reach DuckDB's own lookup: it finds system views and files.
   * @throws SnowflakeError 002003
   */
  table(names: readonly string[]): Source;
  /** The SQL of a sequence's next value, if there is such a sequence. */
  nextValue(names: readonly string[]): string | undefined;
  /** The statement that would make a thing, for GET_DDL; undefined where there is no such thing. */
  definition(kind: string, names: readonly string[]): string | undefined;
  /** A table function beside those that FROM knows by itself, such as RESULT_SCAN. */
  tableFunction(name: string, argumentNodes: readonly (readonly Node[])[]): Query | undefined;
}

/** The scope of a query within another one. */
export function innerScope(scope: Scope, change: Partial<Scope> = {}): Scope {
  return { ...scope, columns: [], aliases: new Map(), outer: scope, ...change };
}
