/**
 * What Snowflake answers, as data: a statement, and the rows and columns or the error that its documentation promises.
 * The same cases run on the embedded warehouse and, where it can, on fakesnow, which is somebody else's.
 */

/** A page of Snowflake's SQL reference. */
export const REFERENCE = 'https://docs.snowflake.com/en/sql-reference/';

/** Numbers that a number of JavaScript cannot hold are texts; semi-structured values are what their JSON stands for. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };

export interface Case {
  readonly name: string;
  /** The page that says so, below `REFERENCE` or as a whole address. */
  readonly page: string;
  /** Statements before it, in a schema that is empty. */
  readonly setup?: readonly string[];
  readonly sql: string;
  readonly rows?: readonly (readonly Value[])[];
  /** The driver's words: `A fixed(10,2)`, `B text`, `C timestamp_ntz(9) not null`. */
  readonly columns?: readonly string[];
  /** Code and SQL state. */
  readonly error?: readonly [code: string, sqlState: string];
  /** Why fakesnow answers something else. */
  readonly fakesnow?: string;
  /** What the embedded warehouse does not do yet. */
  readonly embedded?: string;
}

/** What an implementation answered. */
export interface Answer {
  readonly rows?: readonly (readonly Value[])[];
  readonly columns?: readonly string[];
  /** Code and SQL state, and for who reads it the message. */
  readonly error?: readonly string[];
}

/** The parts of an answer that a case promises, to be compared; an error that it does not promise is one of them. */
export function promised({ rows, columns, error }: Case | Answer, wanted: Case): Answer {
  if (error) return { error };
  return {
    ...(wanted.rows && { rows: rows?.map((row) => row.map(comparable)) ?? [] }),
    ...(wanted.columns && { columns: columns ?? [] }),
    ...(wanted.error && { rows: rows ?? [] }),
  };
}

/** Numbers as text without the zeros at their end: their scale is the column's. */
function comparable(value: Value): Value {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string' || !/^-?\d+\.\d*$/.test(value)) return value;
  return value.replace(/\.?0*$/, '').replace(/^-0$/, '0');
}

export function pageOf({ page }: Case): string {
  return page.startsWith('https:') ? page : REFERENCE + page;
}
