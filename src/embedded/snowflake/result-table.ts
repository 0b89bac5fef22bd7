/**
 * A result as a table for DuckDB: RESULT_SCAN, and what the warehouse knows about itself. The rows go as one parameter,
 * JSON of the texts that the driver would get, and are cast back to their columns' types.
 */
import type { ResultSet } from './results.ts';
import type { BindWriter } from './sql/binds.ts';
import { quoteName } from './sql/names.ts';
import { type ColumnType, duckType } from './types.ts';

/** A derived table in brackets. */
export function tableSqlOf(result: ResultSet, binds: BindWriter): string {
  const columns = result.columns.map(
    (type, index) => `${fromWire(`r[${index + 1}]`, type)} AS ${quoteName(result.rowType[index]?.name ?? '')}`,
  );
  const rows = binds.parameter(JSON.stringify(result.rows));
  return `(SELECT ${columns.join(', ')} FROM (SELECT unnest(from_json(${rows}, '[["VARCHAR"]]')) AS r))`;
}

/** The value that a cell's text stands for. */
function fromWire(text: string, type: ColumnType): string {
  const target = duckType(type);
  switch (type.name) {
    case 'DATE':
      return `(DATE '1970-01-01' + CAST(${text} AS INTEGER))`;
    case 'TIME':
      return `(TIME '00:00:00' + to_microseconds(${microseconds(text)}))`;
    case 'TIMESTAMP_NTZ':
      return `make_timestamp(${microseconds(text)})`;
    case 'TIMESTAMP_LTZ':
      return `timezone('UTC', make_timestamp(${microseconds(text)}))`;
    case 'TIMESTAMP_TZ':
      return `CASE WHEN ${text} IS NOT NULL THEN struct_pack(t := timezone('UTC', make_timestamp(${microseconds(text)})), o := ${offsetOf(text)}) END`;
    case 'BINARY':
      return `unhex(${text})`;
    default:
      return `CAST(${text} AS ${target})`;
  }
}

/** `<seconds>.<9 digits>[ <offset>]` in microseconds. */
function microseconds(text: string): string {
  return `CAST(CAST(string_split(${text}, ' ')[1] AS DECIMAL(38,9)) * 1000000 AS BIGINT)`;
}

/** The offset in minutes: on the wire 1440 is UTC. */
function offsetOf(text: string): string {
  return `CAST(string_split(${text}, ' ')[2] AS INTEGER) - 1440`;
}
