import type { RawRecord } from 'caves-connect/sdk';
import { handleRejected, rejectedRecord } from 'caves-connect/testing';
import { describe, expect, test } from 'vitest';
import dlq from '../../../connectors/dlq/index.ts';

const headersOf = (record: RawRecord | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries((record?.headers ?? []).map(([name, value]) => [name, Buffer.from(value).toString()]));

const rejected = rejectedRecord('{"broken":', {
  stage: 'VALUE_CONVERTER',
  error: { name: 'SyntaxError', message: 'Unexpected end of JSON input', stack: 'SyntaxError: …\n    at parse' },
  origin: { topic: 'sales_events', partition: 2, offset: 42n },
  timestamp: 1_700_000_000_000,
  key: Buffer.from('1015'),
  headers: [
    ['trace', Buffer.from([0xff, 0x00])],
    ['nothing', null],
  ],
});

describe('dlq', () => {
  test('answers the record as it came: key, value, headers and time stamp', async () => {
    const [letter] = await handleRejected(dlq, { rejected: [rejected] });
    expect(letter).toMatchObject({ key: rejected.key, value: rejected.value, timestamp: 1_700_000_000_000 });
    expect(letter?.headers.slice(0, 2)).toEqual([
      ['trace', Buffer.from([0xff, 0x00])],
      ['nothing', new Uint8Array()],
    ]);
  });

  test('says what went wrong in the headers of Kafka Connect', async () => {
    const [letter] = await handleRejected(dlq, { rejected: [rejected], connector: 'wine-sales-sink', task: 3 });
    expect(headersOf(letter)).toMatchObject({
      '__connect.errors.topic': 'sales_events',
      '__connect.errors.partition': '2',
      '__connect.errors.offset': '42',
      '__connect.errors.connector.name': 'wine-sales-sink',
      '__connect.errors.task.id': '3',
      '__connect.errors.stage': 'VALUE_CONVERTER',
      '__connect.errors.class.name': 'json',
      '__connect.errors.exception.class.name': 'SyntaxError',
      '__connect.errors.exception.message': 'Unexpected end of JSON input',
      '__connect.errors.exception.stacktrace': 'SyntaxError: …\n    at parse',
    });
  });

  test('names the plugin that refused a record where the runtime knows it', async () => {
    const refused = rejectedRecord('{}', { stage: 'TASK_PUT', component: 'snowflake-variant' });
    const [letter] = await handleRejected(dlq, { rejected: [refused] });
    expect(headersOf(letter)['__connect.errors.class.name']).toBe('snowflake-variant');
  });

  test('leaves out headers that have no value', async () => {
    const { origin: _, ...rest } = rejectedRecord('{}', { stage: 'KAFKA_PRODUCE' });
    const [letter] = await handleRejected(dlq, { rejected: [{ ...rest, origin: { topic: 'out' } }] });
    expect(Object.keys(headersOf(letter))).toEqual([
      '__connect.errors.topic',
      '__connect.errors.connector.name',
      '__connect.errors.task.id',
      '__connect.errors.stage',
      '__connect.errors.exception.class.name',
      '__connect.errors.exception.message',
    ]);
  });

  test('takes the topic that is configured, else that of the record with .dlq', async () => {
    const topicOf = async (config: Readonly<Record<string, unknown>>) =>
      (await handleRejected(dlq, { config, rejected: [rejected] }))[0]?.topic;
    expect(await topicOf({})).toBe('sales_events.dlq');
    expect(await topicOf({ 'errors.deadletterqueue.topic.name': 'morgue' })).toBe('morgue');
  });

  test('adds no headers when they are switched off', async () => {
    const config = { 'errors.deadletterqueue.context.headers.enable': false };
    const [letter] = await handleRejected(dlq, { config, rejected: [rejected] });
    expect(Object.keys(headersOf(letter))).toEqual(['trace', 'nothing']);
  });

  test('tells of the last failure only, when a replayed record fails again', async () => {
    const [first] = await handleRejected(dlq, { rejected: [rejected] });
    const headers = (first?.headers ?? []).map(([name, value]) => [name, Buffer.from(value)] as const);
    const again = { ...rejected, headers, error: { name: 'Error', message: 'still broken' } };
    const [letter] = await handleRejected(dlq, { rejected: [again] });
    const messages = letter?.headers.filter(([name]) => name === '__connect.errors.exception.message');
    expect(messages).toEqual([['__connect.errors.exception.message', 'still broken']]);
    expect(headersOf(letter)['__connect.errors.exception.stacktrace']).toBeUndefined();
  });

  test('shortens a message that no broker would take', async () => {
    const huge = { ...rejected, error: { name: 'Error', message: 'x'.repeat(2_000_000) } };
    const [letter] = await handleRejected(dlq, { rejected: [huge] });
    expect(headersOf(letter)['__connect.errors.exception.message']).toMatch(/^x{8192}… \(shortened\)$/);
  });

  test('answers tombstones and several records in order', async () => {
    const letters = await handleRejected(dlq, { rejected: [rejectedRecord(null), rejected] });
    expect(letters.map((letter) => letter.value)).toEqual([null, rejected.value]);
  });
});
