/**
 * From records to the binds of INSERT statements: JSON arrays, spliced from the bytes as they came, each within the size
 * that Snowflake takes well. Records that the table could not take are found here, where they can still be named.
 */
import { InvalidRecordsError, type JsonValue, jsonText, type SinkRecord } from 'caves-connect/sdk';

/** Limits of one statement: Snowflake parses JSON of at most 16 MB, and larger statements gain nothing. */
const mostRows = 5000;
const mostBytes = 4 * 1024 * 1024;
/** The most that one VARIANT has always held. */
const largestRecord = 16 * 1024 * 1024 - 1024;
const longestEventType = 50;

/** The JSON arrays for a batch. Throws `InvalidRecordsError` for records that have no place in the table. */
export function jsonArrays(records: readonly SinkRecord[]): readonly string[] {
  const reasons = new Map<number, string>();
  const arrays: string[] = [];
  let texts: string[] = [];
  let bytes = 0;
  const endArray = (): void => {
    if (texts.length > 0) arrays.push(`[${texts.join(',')}]`);
    texts = [];
    bytes = 0;
  };
  for (const [index, record] of records.entries()) {
    const text = jsonText(record);
    const size = record.bytes?.byteLength ?? Buffer.byteLength(text);
    const reason =
      size > largestRecord ? `${size} bytes are more than a VARIANT holds (16 MB)` : problemOf(record.value);
    if (reason !== undefined) reasons.set(index, reason);
    if (texts.length >= mostRows || (texts.length > 0 && bytes + size > mostBytes)) endArray();
    texts.push(text);
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
  const text = JSON.stringify(value);
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}
