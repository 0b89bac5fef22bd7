/**
 * From records to the JSON arrays of INSERT statements, spliced from the bytes as they came, each within the size that
 * Snowflake takes well. Records that the table could not take are found here, where they can still be named.
 */
import { InvalidRecordsError, type JsonValue, jsonBytes, type SinkRecord } from 'caves-connect/sdk';

/** Limits of one statement: Snowflake parses JSON of at most 16 MB, and larger statements gain nothing. */
const mostRows = 5000;
const mostBytes = 4 * 1024 * 1024;
/** The most that one VARIANT has always held. */
const largestRecord = 16 * 1024 * 1024 - 1024;
const longestEventType = 50;

const [open, comma, close] = ['[', ',', ']'].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer];

/** The JSON arrays for a batch, in UTF-8. Throws `InvalidRecordsError` for records that have no place in the table. */
export function jsonArrays(records: readonly SinkRecord[]): readonly Buffer[] {
  const reasons = new Map<number, string>();
  const arrays: Buffer[] = [];
  let parts: Uint8Array[] = [];
  let bytes = 0;
  const endArray = (): void => {
    if (parts.length > 0) arrays.push(Buffer.concat([...parts, close]));
    parts = [];
    bytes = 0;
  };
  for (const [index, record] of records.entries()) {
    const value = jsonBytes(record);
    const size = value.byteLength;
    const reason =
      size > largestRecord ? `${size} bytes are more than a VARIANT holds (16 MB)` : problemOf(record.value);
    if (reason !== undefined) reasons.set(index, reason);
    if (parts.length >= 2 * mostRows || (parts.length > 0 && bytes + size > mostBytes)) endArray();
    parts.push(parts.length === 0 ? open : comma, value);
    bytes += size + 1;
  }
  if (reasons.size > 0) throw new InvalidRecordsError(reasons);
  endArray();
  return arrays;
}

/** Why the table cannot take a value; undefined when it can. */
function problemOf(value: JsonValue): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return `the value is ${value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`}, not an object`;
  }
  const { event_type, product_id, customer_id, event_metadata } = value as { readonly [key: string]: JsonValue };
  return (
    textProblem('event_type', event_type) ??
    integerProblem('product_id', product_id) ??
    integerProblem('customer_id', customer_id) ??
    objectProblem('event_metadata', event_metadata)
  );
}

function textProblem(field: string, value: JsonValue | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') return `${field} is not text: ${shown(value)}`;
  // Snowflake counts characters, not UTF-16 units; only a longer text has to be counted out.
  const tooLong = value.length > longestEventType && [...value].length > longestEventType;
  return tooLong ? `${field} is longer than ${longestEventType} characters: ${shown(value)}` : undefined;
}

function integerProblem(field: string, value: JsonValue | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  const fits =
    typeof value === 'string'
      ? /^[+-]?\d{1,38}$/.test(value)
      : Number.isInteger(value) && Math.abs(value as number) < 1e38;
  return fits ? undefined : `${field} is not an integer: ${shown(value)}`;
}

function objectProblem(field: string, value: JsonValue | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'object' && !Array.isArray(value) ? undefined : `${field} is not an object: ${shown(value)}`;
}

function shown(value: JsonValue): string {
  // Not walked: a value may have more levels than the stack.
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}
