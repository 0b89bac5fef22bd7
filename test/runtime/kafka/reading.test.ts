/** What a consumer delivers of its first batches, over logs with gaps, and what it makes of other topics. */
import fc from 'fast-check';
import type { KafkaMessage } from 'kafkajs';
import { describe, expect, test } from 'vitest';
import type { FetchedBatch } from '../../../src/runtime/kafka/consumer-model.ts';
import { createReading } from '../../../src/runtime/kafka/reading.ts';
import type { Landmark } from '../../../src/runtime/kafka/recreated.ts';

const at = { topic: 't', partition: 0 };
interface Logged {
  readonly offset: bigint;
  readonly timestamp: number;
}

/** A log with gaps (markers, compaction): offsets that grow by one to three, time stamps that grow too. */
const logs = fc
  .array(fc.record({ gap: fc.bigInt({ min: 1n, max: 3n }), ms: fc.integer({ min: 1, max: 5 }) }), { minLength: 3 })
  .map((steps) => {
    let [offset, timestamp] = [-1n, 1_000];
    return steps.map(({ gap, ms }): Logged => {
      offset += gap;
      timestamp += ms;
      return { offset, timestamp };
    });
  });

const endOf = (log: readonly Logged[]) => (log.at(-1)?.offset ?? -1n) + 1n;
const markAfter = (record: Logged, log: readonly Logged[]) => {
  const next = log[log.indexOf(record) + 1]?.offset ?? endOf(log);
  return { ...record, next, keptBy: 'position' as const };
};

/** Reads a log in fetches of `size` records, as kafkajs would. */
function read(log: readonly Logged[], start: bigint, landmarks: readonly Landmark[], size: number) {
  let cursor = start;
  const reading = createReading((_, offset) => {
    cursor = offset;
  });
  reading.begin([{ ...at, start, landmarks }], () => start);
  const delivered: bigint[] = [];
  for (let fetches = 0; cursor < endOf(log) && fetches < 1_000; fetches++) {
    const of = log.filter(({ offset }) => offset >= cursor).slice(0, size);
    const messages = of.map(
      ({ offset, timestamp }) => ({ offset: `${offset}`, timestamp: `${timestamp}` }) as KafkaMessage,
    );
    const next = of.length < size ? endOf(log) : (of.at(-1)?.offset ?? cursor) + 1n;
    const batch: FetchedBatch = { ...at, messages, next, highWatermark: endOf(log) };
    const { taken, wanted, recreated } = reading.take(batch, cursor);
    if (recreated !== undefined) return { delivered, recreated };
    if (taken) cursor = next;
    delivered.push(...(wanted?.messages ?? []).map(({ offset }) => BigInt(offset)));
  }
  return { delivered, recreated: undefined };
}

const cases = logs.chain((log) =>
  fc.record({
    log: fc.constant(log),
    start: fc.bigInt({ min: 0n, max: endOf(log) }),
    marked: fc.uniqueArray(fc.constantFrom(...log), { maxLength: 2 }),
    size: fc.integer({ min: 1, max: 5 }),
  }),
);

describe('reading an assignment', () => {
  test('delivers each record from the start on once, in order, wherever the landmarks are', () => {
    fc.assert(
      fc.property(cases, ({ log, start, marked, size }) => {
        const landmarks = marked.map((record) => markAfter(record, log));
        const { delivered, recreated } = read(log, start, landmarks, size);
        expect(recreated).toBeUndefined();
        expect(delivered).toEqual(log.flatMap(({ offset }) => (offset >= start ? [offset] : [])));
      }),
    );
  });

  test('delivers nothing of a topic whose record at the landmark has another time stamp', () => {
    fc.assert(
      fc.property(cases, ({ log, start, marked: [record], size }) => {
        fc.pre(record !== undefined);
        const landmark = { ...markAfter(record as Logged, log), timestamp: 7 };
        const { delivered, recreated } = read(log, start, [landmark], size);
        expect(recreated?.found).toContain(`the record ${landmark.offset} of`);
        expect(delivered.filter((offset) => offset >= landmark.next)).toEqual([]);
        if (landmark.offset >= start) expect(delivered).toEqual([]);
      }),
    );
  });

  test('knows another topic by a record where there was none', () => {
    const log = [0n, 1n, 2n, 3n, 4n].map((offset) => ({ offset, timestamp: 100 }));
    const landmark = { offset: 1n, timestamp: 100, next: 4n, keptBy: 'position' as const };
    const others = log.filter(({ offset }) => offset !== 1n);
    expect(read(others, 4n, [landmark], 2).recreated?.found).toContain('the record 2 of');
    expect(read([...log.slice(0, 1), ...log.slice(4)], 4n, [landmark], 2)).toEqual({
      delivered: [4n],
      recreated: undefined,
    });
  });

  test('looks at the last record again after a fetch that failed', () => {
    let cursor = 0n;
    const reading = createReading((_, offset) => {
      cursor = offset;
    });
    reading.begin([{ ...at, start: 0n, landmarks: [] }], () => 0n);
    const message = (offset: bigint, timestamp: string) => ({ offset: `${offset}`, timestamp }) as KafkaMessage;
    const batch = (messages: KafkaMessage[], next: bigint): FetchedBatch => ({
      ...at,
      messages,
      next,
      highWatermark: next,
    });
    reading.take(batch([message(0n, '5'), message(1n, '6')], 2n), 0n);

    expect(reading.lookAgain(new Map([['t-0', { earliest: 0n, latest: 9n }]]))).toEqual([]);
    expect(cursor).toBe(1n);
    const { recreated } = reading.take(batch([message(1n, '77'), message(2n, '78')], 3n), 1n);
    expect(recreated?.kept).toMatch(/^the next offset is 2, after the record 1 of/);

    const [shorter] = reading.lookAgain(new Map([['t-0', { earliest: 0n, latest: 1n }]]));
    expect(shorter?.found).toBe('its log ends at 1');
  });
});
