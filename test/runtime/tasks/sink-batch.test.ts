import fc from 'fast-check';
import type { KafkaMessage } from 'kafkajs';
import { describe, expect, test } from 'vitest';
import type { FetchedBatch } from '../../../src/runtime/kafka/consumer-model.ts';
import { createDecoder } from '../../../src/runtime/records/decode.ts';
import { createValidator } from '../../../src/runtime/records/validate.ts';
import { type BatchRules, createSinkBatch, type SinkBatch } from '../../../src/runtime/tasks/sink-batch.ts';
import type { TransformChain } from '../../../src/runtime/tasks/transforms.ts';

const unchanged: TransformChain = { apply: (records) => records, close: async () => undefined };
const rules = (given: Partial<BatchRules> & { readonly size?: number; readonly bytes?: number } = {}): BatchRules => ({
  limits: { size: given.size ?? 1_000, bytes: given.bytes ?? 1_000_000, lingerMs: 500 },
  decode: createDecoder(createValidator({})),
  transforms: unchanged,
  doneBefore: () => ({ writtenUpTo: 0n, handledUpTo: 0n }),
  ...given,
});

const fetched = (values: readonly (string | null)[], { partition = 0, from = 0, gap = 0 } = {}): FetchedBatch => ({
  topic: 't',
  partition,
  messages: values.map(
    (value, i) =>
      ({
        key: null,
        value: value === null ? null : Buffer.from(value),
        offset: String(from + i),
        timestamp: '0',
      }) as KafkaMessage,
  ),
  // Control records after the last message.
  next: BigInt(from + values.length + gap),
  highWatermark: 0n,
});

const offsetsOf = ({ records }: SinkBatch) => records.map(({ partition, offset }) => `${partition}@${offset}`);

describe('a batch of a sink', () => {
  test('is full by count', () => {
    const batch = createSinkBatch(rules({ size: 3 }));
    const five = fetched(['1', 'bad', '3', '4', '5']);

    expect(batch.full).toBeUndefined();
    expect(batch.add(five, 0)).toBe(3);
    expect(batch.full).toBe('count');
    expect(batch.consumed).toBe(3);
    expect(offsetsOf(batch)).toEqual(['0@0', '0@2']);
    expect(batch.refused.map(({ rejected }) => rejected.origin.offset)).toEqual([1n]);
    expect(batch.positions).toEqual([{ topic: 't', partition: 0, next: 3n, last: { offset: 2n, timestamp: 0 } }]);
  });

  test('is full by bytes, and always takes one', () => {
    const batch = createSinkBatch(rules({ bytes: 5 }));

    expect(batch.add(fetched(['"12345678"', '1']), 0)).toBe(1);
    expect(batch.full).toBe('bytes');
  });

  test('has its time from the first record on', () => {
    const batch = createSinkBatch(rules());
    expect(batch.deadline).toBeUndefined();

    const before = performance.now();
    batch.add(fetched(['1']), 0);
    const { deadline } = batch;
    batch.add(fetched(['2'], { from: 1 }), 0);

    expect(deadline).toBeGreaterThanOrEqual(before + 500);
    expect(batch.deadline).toBe(deadline);
  });

  test('ends where its fetched batch ends, control records included', () => {
    const batch = createSinkBatch(rules());
    batch.add(fetched(['1', '2'], { gap: 4 }), 0);

    expect(batch.positions).toEqual([{ topic: 't', partition: 0, next: 6n, last: { offset: 1n, timestamp: 0 } }]);
  });

  test('passes over rows that the destination has, but finds their rejects again', () => {
    const batch = createSinkBatch(rules({ doneBefore: () => ({ writtenUpTo: 3n, handledUpTo: 0n }) }));
    batch.add(fetched(['0', 'bad', '2', '3']), 0);

    expect(offsetsOf(batch)).toEqual(['0@3']);
    expect(batch.alreadyWritten).toBe(2);
    expect(batch.refused).toHaveLength(1);
  });

  test('passes over rejects that are handled, while rows are written again', () => {
    const batch = createSinkBatch(rules({ doneBefore: () => ({ writtenUpTo: 1n, handledUpTo: 3n }) }));
    batch.add(fetched(['0', 'bad', 'worse', 'worst', '4']), 0);

    expect(offsetsOf(batch)).toEqual(['0@4']);
    expect(batch.refused.map(({ rejected }) => rejected.origin.offset)).toEqual([3n]);
    expect(batch.alreadyWritten).toBe(3);
  });

  test('leaves out what transforms filter, and refuses what they fail at', () => {
    const transforms: TransformChain = {
      ...unchanged,
      apply: (records) =>
        records.map((record) => {
          if (record.value === 1) return undefined;
          return record.value === 2 ? new TypeError('two is too much') : record;
        }),
    };
    const batch = createSinkBatch(rules({ transforms }));
    batch.add(fetched(['0', '1', '2', '3']), 0);

    expect(offsetsOf(batch)).toEqual(['0@0', '0@3']);
    expect(batch.filtered).toBe(1);
    expect(batch.refused[0]?.rejected).toMatchObject({
      stage: 'TRANSFORMATION',
      error: { name: 'TypeError', message: 'two is too much' },
      origin: { topic: 't', partition: 0, offset: 2n },
      value: Buffer.from('2'),
    });
    expect(batch.positions).toEqual([{ topic: 't', partition: 0, next: 4n, last: { offset: 3n, timestamp: 0 } }]);
  });

  test('comes to the same records, rejects and positions however fetched batches are split over batches', () => {
    const values = fc.array(fc.constantFrom('1', '"x"', 'bad', null), { minLength: 1, maxLength: 12 });
    const fetches = fc.array(fc.record({ partition: fc.nat(2), values, gap: fc.nat(2) }), { maxLength: 6 });
    fc.assert(
      fc.property(fetches, fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), (drawn, size, bytes) => {
        const next = [0, 0, 0];
        const all = drawn.map(({ partition, values: of, gap }) => {
          const batch = fetched(of, { partition, from: next[partition] ?? 0, gap });
          next[partition] = Number(batch.next);
          return batch;
        });
        const closed = split(all, rules({ size, bytes }));
        const [whole = createSinkBatch(rules())] = split(all, rules({ size: 1e9, bytes: 1e9 }));

        expect(closed.flatMap(offsetsOf)).toEqual(offsetsOf(whole));
        const rejects = (of: readonly SinkBatch[]) =>
          of.flatMap(({ refused }) =>
            refused.map(({ rejected: { origin } }) => `${origin.partition}@${origin.offset}`),
          );
        expect(rejects(closed)).toEqual(rejects([whole]));
        const reached = new Map<number, bigint>();
        for (const { positions } of closed) {
          for (const position of positions) {
            expect(position.next).toBeGreaterThan(reached.get(position.partition) ?? -1n);
            reached.set(position.partition, position.next);
          }
        }
        expect([...reached]).toEqual(
          expect.arrayContaining(whole.positions.map(({ partition, next: end }) => [partition, end])),
        );
        for (const batch of closed) expect(batch.consumed).toBeLessThanOrEqual(size);
      }),
    );
  });
});

/** All fetched batches, through as many batches as it takes. */
function split(all: readonly FetchedBatch[], given: BatchRules): readonly SinkBatch[] {
  let batch = createSinkBatch(given);
  const closed = [batch];
  for (const one of all) {
    for (let from = 0; from < one.messages.length; ) {
      if (batch.full !== undefined) {
        batch = createSinkBatch(given);
        closed.push(batch);
      }
      from = batch.add(one, from);
    }
  }
  return closed;
}
