/**
 * Values on their way into a table: in the type of their column, with what a row leaves out. Defaults are evaluated by
 * each statement; DuckDB's tables have none.
 */
import type { Column, Contents, Table } from '../catalog.ts';
import { compilationError } from '../errors.ts';
import { assign, assignable } from '../sql/convert.ts';
import { rewriteOperand } from '../sql/expression.ts';
import { displayName, quoteText } from '../sql/names.ts';
import { NULL, type Operand } from '../sql/operand.ts';
import type { OutputColumn, SessionFacts } from '../sql/scope.ts';
import { isName, type Node, parseStatements, splitAt } from '../sql/tree.ts';
import { describeType } from '../types.ts';
import { storedScope } from './scope.ts';

/**
 * The value as the column stores it.
 * @throws SnowflakeError 002023 where the column does not take such a value by itself
 */
export function storedValue(operand: Operand, column: Column): string {
  if (!assignable(operand.type, column.type)) throw wrongType(column, operand.type);
  return assign(operand, column.type);
}

function wrongType(column: Column, type: Operand['type']): Error {
  return compilationError(
    'columnTypeMismatch',
    `Expression type does not match column data type, expecting ${describeType(column.type)} but got ` +
      `${type ? describeType(type) : 'NULL'} for column ${displayName(column.name)}`,
  );
}

/** What a row has in a column that it leaves out. */
export function missingValue(column: Column, facts: SessionFacts, contents: Contents): string {
  if (column.identity)
    return assign(
      { sql: `nextval(${quoteText(column.identity.sequence)})`, type: column.type, nullable: false },
      column.type,
    );
  if (column.default === undefined) return assign(NULL, column.type);
  return defaultValue(column, column.default, facts, contents);
}

/** A default's expression, which may name sequences and no columns. */
export function defaultValue(column: Column, text: string, facts: SessionFacts, contents: Contents): string {
  const [statement] = parseStatements(text);
  const scope = storedScope(text, facts, contents);
  return storedValue(rewriteOperand(statement?.nodes ?? [], scope), column);
}

export function namedColumns(nodes: readonly Node[], table: Table): Column[] {
  const columns = splitAt(nodes).map((part) => {
    const name = part.at(-1);
    if (!isName(name)) throw compilationError('syntax', 'syntax error: a list of columns is expected.');
    const column = table.columns.find((candidate) => candidate.name === name.value);
    if (!column) throw compilationError('invalidIdentifier', `invalid identifier '${displayName(name.value)}'`);
    return column;
  });
  const twice = columns.find((column, index) => columns.indexOf(column) !== index);
  if (twice) throw compilationError('duplicateColumn', `duplicate column name '${displayName(twice.name)}'`);
  return columns;
}

export function wrongCount(expected: number, got: number): Error {
  return compilationError(
    'columnCount',
    `Insert value list does not match column list expecting ${expected} but got ${got}`,
  );
}

/** A column of a query, as an operand of the query around it. */
export function outputOperand(column: OutputColumn, sql: string): Operand {
  const text = column.type && /^(VARIANT|OBJECT|ARRAY)$/.test(column.type.name) ? { text: `(${sql} ->> '$')` } : {};
  return { sql, type: column.type, nullable: column.nullable, ...text };
}
