/**
 * Identifiers and literals in DuckDB's text.
 *
 * DuckDB compares names without regard to case, Snowflake does not (`"id"` is not `ID`). A lower-case letter of a
 * Snowflake name is therefore followed by a combining mark in DuckDB: `id` and `ID` then differ for it as well.
 */
const MARK = '\u0332';

export function encodeName(name: string): string {
  return name.replaceAll(/\p{Ll}/gu, `$&${MARK}`);
}

/** The Snowflake name again; also of names inside a message. */
export function decodeName(text: string): string {
  return text.replaceAll(MARK, '');
}

export function quoteName(name: string): string {
  return `"${encodeName(name).replaceAll('"', '""')}"`;
}

export function quotePath(...names: readonly string[]): string {
  return names.map(quoteName).join('.');
}

export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name as Snowflake prints it in messages: quoted only where it has to be. */
export function displayName(name: string): string {
  return /^[A-Z_][A-Z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
