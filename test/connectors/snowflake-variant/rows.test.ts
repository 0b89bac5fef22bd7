import { InvalidRecordsError, type JsonValue } from 'caves-connect/sdk';
import { sinkRecord, sinkRecords } from 'caves-connect/testing';
import { describe, expect, test } from 'vitest';
import { jsonArrays } from '../../../connectors/snowflake-variant/rows.ts';

const reasonsOf = (values: readonly JsonValue[]): Readonly<Record<number, string>> => {
  try {
    jsonArrays(sinkRecords(values));
  } catch (error) {
    if (error instanceof InvalidRecordsError) return Object.fromEntries(error.reasons);
    throw error;
  }
  return {};
};

describe('the rows of a batch', () => {
  test('are spliced from the bytes as they came, so that numbers keep their digits', () => {
    const bytes = Buffer.from('{"event_type":"A", "event_content":{"price":18.50,"id":12345678901234567890}}');
    const record = sinkRecord({ event_type: 'A' }, { bytes });
    expect(jsonArrays([record, sinkRecord({ event_type: 'B' })]).map(String)).toEqual([
      `[${bytes},{"event_type":"B"}]`,
    ]);
  });

  test('are split into statements of at most 5000 rows and 4 MB', () => {
    const sizes = (values: readonly JsonValue[]) =>
      jsonArrays(sinkRecords(values)).map((array) => (JSON.parse(array.toString()) as unknown[]).length);
    expect(sizes(Array.from({ length: 5001 }, () => ({})))).toEqual([5000, 1]);
    const megabyte = { event_content: 'é'.repeat(512 * 1024) };
    expect(sizes([megabyte, megabyte, megabyte, megabyte, megabyte])).toEqual([3, 2]);
    expect(sizes([{ event_content: 'x'.repeat(5_000_000) }, {}])).toEqual([1, 1]);
  });

  test('are none for a batch without records', () => {
    expect(jsonArrays([])).toEqual([]);
  });

  test('name the records that are no objects', () => {
    expect(reasonsOf([{}, 'text', null, [1], 7])).toEqual({
      1: 'the value is a string, not an object',
      2: 'the value is null, not an object',
      3: 'the value is an array, not an object',
      4: 'the value is a number, not an object',
    });
  });

  test('name the records whose columns do not fit, with the value', () => {
    expect(
      reasonsOf([
        { event_type: 'x'.repeat(51) },
        { event_type: '🍷'.repeat(50) },
        { event_type: 5 },
        { product_id: 1.5 },
        { product_id: 'six' },
        { product_id: '1015', customer_id: null },
        { customer_id: true },
        { event_metadata: 'text' },
        { event_metadata: [] },
      ]),
    ).toEqual({
      0: `event_type is longer than 50 characters: "${'x'.repeat(51)}"`,
      2: 'event_type is not text: 5',
      3: 'product_id is not an integer: 1.5',
      4: 'product_id is not an integer: "six"',
      6: 'customer_id is not an integer: true',
      7: 'event_metadata is not an object: "text"',
      8: 'event_metadata is not an object: an array',
    });
  });

  test('name a record that is larger than a VARIANT', () => {
    expect(reasonsOf([{ event_content: 'x'.repeat(17_000_000) }])[0]).toMatch(/more than a VARIANT holds/);
  });
});
