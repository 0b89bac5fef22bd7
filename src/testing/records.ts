/** Records for tests, with everything that a test does not care about filled in. */
import type { JsonValue, Position, RejectedRecord, SinkRecord, TopicPartition } from '../sdk/index.ts';

/**
 * A record as a sink gets it, with the bytes of its value.
 *
 * @example
 * const record = sinkRecord({ n: 1 }, { topic: 'numbers', offset: 41n });
 */
export function sinkRecord(value: JsonValue, about: Partial<Omit<SinkRecord, 'value'>> = {}): SinkRecord {
  return {
    topic: 'test',
    partition: 0,
    offset: 0n,
    timestamp: Date.now(),
    key: null,
    headers: {},
    type: undefined,
    bytes: Buffer.from(JSON.stringify(value)),
    ...about,
    value,
  };
}

/** Records with consecutive offsets of one partition, from `about.offset` (0) on. */
export function sinkRecords(
  values: readonly JsonValue[],
  about: Partial<Omit<SinkRecord, 'value' | 'bytes'>> = {},
): readonly SinkRecord[] {
  return values.map((value, index) => sinkRecord(value, { ...about, offset: (about.offset ?? 0n) + BigInt(index) }));
}

/** The next offset of each partition after `records`. */
export function positionsAfter(records: readonly SinkRecord[]): readonly Position[] {
  const positions = new Map<string, Position>();
  for (const { topic, partition, offset } of records) {
    const known = positions.get(`${topic}-${partition}`)?.next ?? 0n;
    const next = offset + 1n > known ? offset + 1n : known;
    positions.set(`${topic}-${partition}`, { topic, partition, next });
  }
  return [...positions.values()];
}

/** A record that a stage refused; `value` is the text of its bytes. */
export function rejectedRecord(
  value: string | null,
  about: Partial<Omit<RejectedRecord, 'value' | 'origin'>> & {
    readonly origin?: Partial<TopicPartition & { offset: bigint }>;
  } = {},
): RejectedRecord {
  return {
    stage: 'VALUE_CONVERTER',
    error: { name: 'Error', message: 'rejected by a test' },
    timestamp: Date.now(),
    key: null,
    headers: [],
    ...about,
    origin: { topic: 'test', partition: 0, offset: 0n, ...about.origin },
    value: value === null ? null : Buffer.from(value),
  };
}
