/**
 * DuckDB's columns as the driver's JSON result: `rowtype` describes them, `rowset` holds every value as text or null.
 * Formats: numbers in decimal, dates as days, times as `<seconds>.<9 digits>`, binary in hex, VARIANT as JSON text.
 */

import type { Rows } from './engine/duckdb.ts';
import { DuckDBTypeId } from './engine/type-ids.ts';
import { unknownConstruct } from './errors.ts';
import { decodeName } from './sql/names.ts';
import { type ColumnType, duckType, MAX_TEXT } from './types.ts';

export interface RowType {
  readonly name: string;
  readonly type: string;
  readonly precision: number | null;
  readonly scale: number | null;
  readonly length: number | null;
  readonly byteLength: number | null;
  readonly nullable: boolean;
  readonly database: string;
  readonly schema: string;
  readonly table: string;
}

export type Cell = string | null;

export interface ResultSet {
  readonly rowType: readonly RowType[];
  readonly rows: readonly (readonly Cell[])[];
  /** The driver's number for the kind of statement: 0x1000 a query, 0x3100 an INSERT, … */
  readonly statementType: number;
}

export const STATEMENT_TYPES = {
  select: 0x1000,
  insert: 0x3100,
  update: 0x3200,
  delete: 0x3300,
  merge: 0x3400,
  multi: 0xa000,
  use: 0x4000,
  transaction: 0x5000,
  ddl: 0x6000,
} as const;

export function rowType(name: string, type: ColumnType, nullable = true): RowType {
  const wire = WIRE_TYPES[type.name];
  return {
    name,
    type: wire,
    precision: wire === 'fixed' ? (type.precision ?? 38) : wire.startsWith('time') ? 0 : null,
    scale: wire === 'fixed' ? (type.scale ?? 0) : wire.startsWith('time') ? (type.scale ?? 9) : null,
    length: type.length ?? null,
    byteLength: type.length === undefined ? null : wire === 'text' ? Math.min(type.length * 4, MAX_TEXT) : type.length,
    nullable,
    database: '',
    schema: '',
    table: '',
  };
}

const WIRE_TYPES: Readonly<Record<ColumnType['name'], string>> = {
  NUMBER: 'fixed',
  FLOAT: 'real',
  VARCHAR: 'text',
  BINARY: 'binary',
  BOOLEAN: 'boolean',
  DATE: 'date',
  TIME: 'time',
  TIMESTAMP_NTZ: 'timestamp_ntz',
  TIMESTAMP_LTZ: 'timestamp_ltz',
  TIMESTAMP_TZ: 'timestamp_tz',
  VARIANT: 'variant',
  OBJECT: 'object',
  ARRAY: 'array',
};

type DuckType = Rows['types'][number];

/** What Snowflake would say of a DuckDB type. */
export function columnTypeOf(type: DuckType): ColumnType {
  switch (type.typeId) {
    case DuckDBTypeId.BOOLEAN:
      return { name: 'BOOLEAN' };
    case DuckDBTypeId.TINYINT:
    case DuckDBTypeId.SMALLINT:
    case DuckDBTypeId.UTINYINT:
    case DuckDBTypeId.USMALLINT:
      return { name: 'NUMBER', precision: 5, scale: 0 };
    case DuckDBTypeId.INTEGER:
    case DuckDBTypeId.UINTEGER:
      return { name: 'NUMBER', precision: 10, scale: 0 };
    case DuckDBTypeId.BIGINT:
    case DuckDBTypeId.UBIGINT:
      return { name: 'NUMBER', precision: 18, scale: 0 };
    case DuckDBTypeId.HUGEINT:
    case DuckDBTypeId.UHUGEINT:
      return { name: 'NUMBER', precision: 38, scale: 0 };
    case DuckDBTypeId.DECIMAL: {
      const { width, scale } = type as unknown as { width: number; scale: number };
      return { name: 'NUMBER', precision: width, scale };
    }
    case DuckDBTypeId.FLOAT:
    case DuckDBTypeId.DOUBLE:
      return { name: 'FLOAT' };
    case DuckDBTypeId.DATE:
      return { name: 'DATE' };
    case DuckDBTypeId.TIME:
      return { name: 'TIME', scale: 9 };
    case DuckDBTypeId.TIMESTAMP:
      return { name: 'TIMESTAMP_NTZ', scale: 9 };
    case DuckDBTypeId.TIMESTAMP_TZ:
      return { name: 'TIMESTAMP_LTZ', scale: 9 };
    case DuckDBTypeId.BLOB:
      return { name: 'BINARY', length: 8_388_608 };
    case DuckDBTypeId.VARCHAR:
      return type.alias === 'JSON' ? { name: 'VARIANT' } : { name: 'VARCHAR', length: MAX_TEXT };
    case DuckDBTypeId.SQLNULL:
    case DuckDBTypeId.UUID:
    case DuckDBTypeId.ENUM:
      return { name: 'VARCHAR', length: MAX_TEXT };
    default:
      throw unknownConstruct(`a column of the type ${String(type)} in a result`);
  }
}

type Value = NonNullable<Rows['columns'][number][number]>;

function formatter(type: ColumnType): (value: Value) => string {
  switch (type.name) {
    case 'BOOLEAN':
      return (value) => (value === true ? '1' : '0');
    case 'DATE':
      return (value) => String((value as { days: number }).days);
    case 'TIME':
    case 'TIMESTAMP_NTZ':
    case 'TIMESTAMP_LTZ':
      return (value) => seconds((value as { micros: bigint }).micros);
    case 'TIMESTAMP_TZ':
      return (value) => `${seconds((value as { micros: bigint }).micros)} 1440`;
    case 'BINARY':
      return (value) =>
        Buffer.from((value as { bytes: Uint8Array }).bytes)
          .toString('hex')
          .toUpperCase();
    default:
      return String;
  }
}

function seconds(micros: bigint): string {
  const whole = micros / 1_000_000n;
  const rest = micros % 1_000_000n;
  const [floor, fraction] = rest < 0n ? [whole - 1n, rest + 1_000_000n] : [whole, rest];
  return `${floor}.${fraction.toString().padStart(6, '0')}000`;
}

/** The rows of a query. `declared` are column types that DuckDB does not keep, by position. */
export function resultOf(rows: Rows, declared: readonly (ColumnType | undefined)[] = []): ResultSet {
  const types = rows.types.map((type, index) => {
    const found = columnTypeOf(type);
    const said = declared[index];
    return said && duckType(said) === duckType(found) ? said : found;
  });
  const columns = rows.columns.map((values, index) => {
    const format = formatter(types[index] as ColumnType);
    return values.map((value) => (value === null || value === undefined ? null : format(value)));
  });
  return {
    rowType: rows.names.map((name, index) => rowType(decodeName(name), types[index] as ColumnType)),
    rows: Array.from({ length: rows.rowCount }, (_, row) => columns.map((column) => column[row] ?? null)),
    statementType: STATEMENT_TYPES.select,
  };
}

/** A result that the warehouse says itself: SHOW, DESCRIBE. */
export function tableOf(
  columns: readonly (readonly [name: string, type: ColumnType])[],
  rows: readonly (readonly (string | number | Date | null)[])[],
  statementType: number,
): ResultSet {
  return {
    rowType: columns.map(([name, type]) => rowType(name, type)),
    rows: rows.map((row) =>
      row.map((value) =>
        value instanceof Date ? `${(value.getTime() / 1000).toFixed(3)}000000` : value === null ? null : String(value),
      ),
    ),
    statementType,
  };
}

const TEXT: ColumnType = { name: 'VARCHAR', length: MAX_TEXT };

/** One line of text, as most DDL answers: `Table T successfully created.` */
export function statusOf(message: string, statementType: number = STATEMENT_TYPES.ddl): ResultSet {
  return tableOf([['status', TEXT]], [[message]], statementType);
}

/** How many rows a statement changed, in the columns that the driver adds up. */
export function countsOf(statementType: number, counts: Readonly<Record<string, number>>): ResultSet {
  const number: ColumnType = { name: 'NUMBER', precision: 19, scale: 0 };
  return tableOf(
    Object.keys(counts).map((name) => [name, number] as const),
    [Object.values(counts)],
    statementType,
  );
}
