/**
 * A result of a statement as text: an aligned table for a person, JSON or CSV (RFC 4180) for a program. Values come as
 * Snowflake's text, so that no digit is lost on the way; JSON gives those their type back that it can hold.
 */
import { formatTable } from './table.ts';

export type ResultFormat = 'table' | 'json' | 'csv';

export interface Column {
  readonly name: string;
  /** Snowflake's own name of it: `fixed`, `real`, `text`, `boolean`, `variant`, … */
  readonly type: string;
}

export interface Result {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** The result in a format, with a line break at its end. */
export function formatResult(result: Result, format: ResultFormat): string {
  switch (format) {
    case 'json':
      return toJson(result);
    case 'csv':
      return toCsv(result);
    case 'table':
      return toTable(result);
  }
}

const isNumber = ({ type }: Column) => type === 'fixed' || type === 'real';

function toTable({ columns, rows }: Result): string {
  const header = columns.map((column) => ({ title: column.name, right: isNumber(column) }));
  const cells = rows.map((row) => row.map((text) => text ?? 'NULL'));
  const count = rows.length === 1 ? '1 row' : `${rows.length} rows`;
  return `${[...formatTable(header, cells), '', count].join('\n')}\n`;
}

/** An array of objects, one row a line. */
function toJson({ columns, rows }: Result): string {
  if (rows.length === 0) return '[]\n';
  const lines = rows.map((row) => {
    const entries = columns.map((column, i) => [column.name, valueIn(column, row[i] ?? null)]);
    return JSON.stringify(Object.fromEntries(entries));
  });
  return `[\n  ${lines.join(',\n  ')}\n]\n`;
}

/** A number that JSON would round stays text. */
function valueIn(column: Column, text: string | null): unknown {
  if (text === null) return null;
  if (isNumber(column)) return isExact(text) ? Number(text) : text;
  switch (column.type) {
    case 'boolean':
      return /^(true|1)$/i.test(text);
    case 'variant':
    case 'object':
    case 'array':
      return parsed(text);
    default:
      return text;
  }
}

function isExact(text: string): boolean {
  const number = Number(text);
  if (Number.isInteger(number)) return Number.isSafeInteger(number);
  return Number.isFinite(number) && text.replace(/[^0-9]/g, '').length <= 15;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function toCsv({ columns, rows }: Result): string {
  const field = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const line = (cells: readonly (string | null)[]) => `${cells.map((cell) => field(cell ?? '')).join(',')}\r\n`;
  return [columns.map(({ name }) => name), ...rows].map(line).join('');
}
