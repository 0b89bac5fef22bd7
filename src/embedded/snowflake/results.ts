/**
 * DuckDB's columns as the driver's JSON result: `rowtype` describes them, `rowset` holds every value as text or null.
 * Formats: numbers in decimal, dates as days, times as `<seconds>.<9 digits>`, binary in hex, VARIANT as JSON text.
 */

import type { Rows } from './engine/duckdb.ts';
import { type ColumnType, MAX_TEXT } from './types.ts';

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
  /** The types that `rowType` says in the driver's words. */
  readonly columns: readonly ColumnType[];
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
      return (value) => {
        const { t, o } = (value as unknown as { entries: { t: { micros: bigint }; o: number } }).entries;
        return `${seconds(t.micros)} ${o + 1440}`;
      };
    case 'BINARY':
      return (value) =>
        Buffer.from((value as { bytes: Uint8Array }).bytes)
          .toString('hex')
          .toUpperCase();
    default:
      return String;
  }
}

/** A decimal number: half a second before 1970 is `-0.500000000`. */
function seconds(micros: bigint): string {
  const size = micros < 0n ? -micros : micros;
  const fraction = (size % 1_000_000n).toString().padStart(6, '0');
  return `${micros < 0n ? '-' : ''}${size / 1_000_000n}.${fraction}000`;
}

/** The rows of a query, whose columns were known before it ran. A lone NULL is text. */
export function resultOf(
  rows: Rows,
  columns: readonly { readonly name: string; readonly type: ColumnType | undefined; readonly nullable: boolean }[],
): ResultSet {
  const types = columns.map((column): ColumnType => column.type ?? { name: 'VARCHAR', length: MAX_TEXT });
  const cells = rows.columns.map((values, index) => {
    const format = formatter(types[index] as ColumnType);
    return values.map((value) => (value === null || value === undefined ? null : format(value)));
  });
  return {
    rowType: columns.map(({ name, nullable }, index) => rowType(name, types[index] as ColumnType, nullable)),
    columns: types,
    rows: Array.from({ length: rows.rowCount }, (_, row) => cells.map((column) => column[row] ?? null)),
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
    columns: columns.map(([, type]) => type),
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
