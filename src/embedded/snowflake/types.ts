/**
 * Snowflake's column types, and the DuckDB types that keep them: NUMBER as DECIMAL, VARIANT, OBJECT and ARRAY as JSON.
 *
 * A TIMESTAMP_TZ is an instant with its offset: a struct of both. Limit: time stamps have microseconds.
 */
import { compilationError, unknownConstruct } from './errors.ts';
import { isGroup, isWord, type Node, splitAt } from './sql/tree.ts';

export type TypeName =
  | 'NUMBER'
  | 'FLOAT'
  | 'VARCHAR'
  | 'BINARY'
  | 'BOOLEAN'
  | 'DATE'
  | 'TIME'
  | 'TIMESTAMP_NTZ'
  | 'TIMESTAMP_LTZ'
  | 'TIMESTAMP_TZ'
  | 'VARIANT'
  | 'OBJECT'
  | 'ARRAY';

export interface ColumnType {
  readonly name: TypeName;
  readonly precision?: number;
  readonly scale?: number;
  readonly length?: number;
}

export const MAX_TEXT = 16_777_216;
const MAX_BINARY = 8_388_608;

export const TEXT: ColumnType = { name: 'VARCHAR', length: MAX_TEXT };
export const INTEGER: ColumnType = { name: 'NUMBER', precision: 38, scale: 0 };
export const FLOAT: ColumnType = { name: 'FLOAT' };
export const BOOLEAN: ColumnType = { name: 'BOOLEAN' };
export const DATE: ColumnType = { name: 'DATE' };
export const TIME: ColumnType = { name: 'TIME', scale: 9 };
export const TIMESTAMP_NTZ: ColumnType = { name: 'TIMESTAMP_NTZ', scale: 9 };
export const TIMESTAMP_LTZ: ColumnType = { name: 'TIMESTAMP_LTZ', scale: 9 };
export const TIMESTAMP_TZ: ColumnType = { name: 'TIMESTAMP_TZ', scale: 9 };
export const BINARY: ColumnType = { name: 'BINARY', length: MAX_BINARY };
export const VARIANT: ColumnType = { name: 'VARIANT' };
export const OBJECT: ColumnType = { name: 'OBJECT' };
export const ARRAY: ColumnType = { name: 'ARRAY' };

export function numberType(precision: number, scale = 0): ColumnType {
  return { name: 'NUMBER', precision: Math.max(1, Math.min(38, precision)), scale };
}

export function textType(length: number): ColumnType {
  return { name: 'VARCHAR', length: Math.min(MAX_TEXT, length) };
}

const NAMES: Readonly<Record<string, TypeName>> = {
  NUMBER: 'NUMBER',
  DECIMAL: 'NUMBER',
  DEC: 'NUMBER',
  NUMERIC: 'NUMBER',
  INT: 'NUMBER',
  INTEGER: 'NUMBER',
  BIGINT: 'NUMBER',
  SMALLINT: 'NUMBER',
  TINYINT: 'NUMBER',
  BYTEINT: 'NUMBER',
  FLOAT: 'FLOAT',
  FLOAT4: 'FLOAT',
  FLOAT8: 'FLOAT',
  DOUBLE: 'FLOAT',
  REAL: 'FLOAT',
  VARCHAR: 'VARCHAR',
  STRING: 'VARCHAR',
  TEXT: 'VARCHAR',
  NVARCHAR: 'VARCHAR',
  NVARCHAR2: 'VARCHAR',
  CHAR: 'VARCHAR',
  CHARACTER: 'VARCHAR',
  NCHAR: 'VARCHAR',
  BINARY: 'BINARY',
  VARBINARY: 'BINARY',
  BOOLEAN: 'BOOLEAN',
  DATE: 'DATE',
  TIME: 'TIME',
  DATETIME: 'TIMESTAMP_NTZ',
  TIMESTAMP: 'TIMESTAMP_NTZ',
  TIMESTAMP_NTZ: 'TIMESTAMP_NTZ',
  TIMESTAMPNTZ: 'TIMESTAMP_NTZ',
  TIMESTAMP_LTZ: 'TIMESTAMP_LTZ',
  TIMESTAMPLTZ: 'TIMESTAMP_LTZ',
  TIMESTAMP_TZ: 'TIMESTAMP_TZ',
  TIMESTAMPTZ: 'TIMESTAMP_TZ',
  VARIANT: 'VARIANT',
  OBJECT: 'OBJECT',
  ARRAY: 'ARRAY',
};
const FIXED_INTEGERS = new Set(['INT', 'INTEGER', 'BIGINT', 'SMALLINT', 'TINYINT', 'BYTEINT']);

export interface TypeRead {
  readonly type: ColumnType;
  /** How many nodes the type took. */
  readonly length: number;
}

/** Reads a type at the start of the nodes: `NUMBER(10, 2)`, `DOUBLE PRECISION`, `STRING`. */
export function readType(nodes: readonly Node[]): TypeRead {
  const word = nodes[0];
  if (!isWord(word)) throw compilationError('syntax', 'syntax error: a data type is expected.');
  const name = NAMES[word.value];
  if (!name) throw unknownConstruct(`the data type ${word.value}`);
  let length = 1;
  if (word.value === 'DOUBLE' && isWord(nodes[1], 'PRECISION')) length = 2;
  if (isWord(word, 'CHAR', 'CHARACTER', 'NCHAR') && isWord(nodes[1], 'VARYING')) length = 2;
  const arguments_ = nodes[length];
  if (!isGroup(arguments_)) return { type: withDefaults(name, word.value), length };
  if (name === 'OBJECT' || name === 'ARRAY') throw unknownConstruct(`the structured type ${word.value}(…)`);
  if (FIXED_INTEGERS.has(word.value))
    throw compilationError('syntax', `syntax error: ${word.value} takes no precision.`);
  const numbers = splitAt(arguments_.children).map((part) => {
    const number = part.length === 1 && part[0]?.kind === 'number' ? Number(part[0].value) : Number.NaN;
    if (!Number.isInteger(number))
      throw compilationError('syntax', `syntax error: invalid arguments of ${word.value}.`);
    return number;
  });
  return { type: withArguments(name, numbers), length: length + 1 };
}

function withDefaults(name: TypeName, written: string): ColumnType {
  if (name === 'NUMBER') return { name, precision: 38, scale: 0 };
  if (name === 'VARCHAR') return { name, length: /^N?CHAR(ACTER)?$/.test(written) ? 1 : MAX_TEXT };
  if (name === 'BINARY') return { name, length: MAX_BINARY };
  if (name === 'TIME' || name.startsWith('TIMESTAMP')) return { name, scale: 9 };
  return { name };
}

function withArguments(name: TypeName, [first = 0, second = 0]: readonly number[]): ColumnType {
  if (name === 'NUMBER') {
    if (first < 1 || first > 38 || second > first) {
      throw compilationError('invalidExpression', `Invalid precision or scale of NUMBER(${first},${second}).`);
    }
    return { name, precision: first, scale: second };
  }
  if (name === 'VARCHAR' || name === 'BINARY') return { name, length: first };
  if (name === 'TIME' || name.startsWith('TIMESTAMP')) return { name, scale: first };
  return { name };
}

export function isSemiStructured(type: ColumnType): boolean {
  return type.name === 'VARIANT' || type.name === 'OBJECT' || type.name === 'ARRAY';
}

/** The DuckDB type that keeps values of a Snowflake type. */
export function duckType(type: ColumnType): string {
  switch (type.name) {
    case 'NUMBER':
      return `DECIMAL(${type.precision},${type.scale})`;
    case 'FLOAT':
      return 'DOUBLE';
    case 'BINARY':
      return 'BLOB';
    case 'TIMESTAMP_NTZ':
      return 'TIMESTAMP';
    case 'TIMESTAMP_LTZ':
      return 'TIMESTAMPTZ';
    case 'TIMESTAMP_TZ':
      return 'STRUCT(t TIMESTAMPTZ, o INTEGER)';
    case 'VARIANT':
    case 'OBJECT':
    case 'ARRAY':
      return 'JSON';
    default:
      return type.name;
  }
}

/** As DESCRIBE TABLE prints it: `NUMBER(38,0)`, `VARCHAR(50)`. */
export function describeType(type: ColumnType): string {
  if (type.name === 'NUMBER') return `NUMBER(${type.precision},${type.scale})`;
  if (type.name === 'VARCHAR' || type.name === 'BINARY') return `${type.name}(${type.length})`;
  if (type.name === 'TIME' || type.name.startsWith('TIMESTAMP')) return `${type.name}(${type.scale})`;
  return type.name;
}

/** As INFORMATION_SCHEMA.COLUMNS prints it: VARCHAR is TEXT there, and sizes have columns of their own. */
export function informationSchemaType(type: ColumnType): string {
  return type.name === 'VARCHAR' ? 'TEXT' : type.name;
}

export function isTemporal(type: ColumnType): boolean {
  return type.name === 'DATE' || type.name === 'TIME' || isTimestamp(type);
}

export function isTimestamp(type: ColumnType): boolean {
  return type.name.startsWith('TIMESTAMP');
}
