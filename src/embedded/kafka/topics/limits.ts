/** What a topic's settings ask of the batches that producers send. */

import { KafkaError } from '../errors.ts';
import type { BatchHeader } from '../log/batch.ts';
import { openRecords, recordsOf } from '../log/records.ts';
import { configValue, type TopicConfigs } from './config.ts';

export interface BatchLimits {
  readonly maxMessageBytes: number;
  /** How far a record's time may lie behind the clock, and ahead of it. */
  readonly maxBehindMs: number;
  readonly maxAheadMs: number;
  /** Compaction keeps the last record of each key: one without would never go, or all of them at once. */
  readonly needsKeys: boolean;
}

export function batchLimits(configs: TopicConfigs): BatchLimits {
  const setsTime = configValue(configs, 'message.timestamp.type') === 'LogAppendTime';
  const distance = (name: string) => (setsTime ? Number.POSITIVE_INFINITY : Number(configValue(configs, name)));
  return {
    maxMessageBytes: Number(configValue(configs, 'max.message.bytes')),
    maxBehindMs: distance('message.timestamp.before.max.ms'),
    maxAheadMs: distance('message.timestamp.after.max.ms'),
    needsKeys: configValue(configs, 'cleanup.policy').split(',').includes('compact'),
  };
}

/** @throws KafkaError MESSAGE_TOO_LARGE */
export function checkSize({ maxMessageBytes }: BatchLimits, topic: string, size: number): void {
  if (size <= maxMessageBytes) return;
  throw new KafkaError(
    'MESSAGE_TOO_LARGE',
    `A batch of ${size} bytes; max.message.bytes of ${topic} is ${maxMessageBytes}`,
  );
}

/**
 * Holds the times of a batch, as its header tells them, to the clock; a record without a time (-1) has none to hold.
 *
 * @throws KafkaError INVALID_TIMESTAMP
 */
export function checkTimes({ maxBehindMs, maxAheadMs }: BatchLimits, header: BatchHeader, now: number): void {
  const { baseTimestamp: first, maxTimestamp: newest } = header;
  if (newest - now <= maxAheadMs && (first < 0 || now - first <= maxBehindMs)) return;
  throw new KafkaError(
    'INVALID_TIMESTAMP',
    `Times from ${first} to ${newest}; now it is ${now}, and they may lie ${maxBehindMs} ms behind (message.timestamp.before.max.ms) and ${maxAheadMs} ms ahead (message.timestamp.after.max.ms)`,
  );
}

/** The records, by their index in the batch, that the topic cannot take without a key; what cannot be opened passes. */
export function withoutKey({ needsKeys }: BatchLimits, header: BatchHeader, batch: Buffer): readonly number[] {
  const opened = needsKeys ? openRecords(header, batch) : undefined;
  if (opened === undefined) return [];
  return [...recordsOf(header, opened)].flatMap(({ key }, index) => (key === null ? [index] : []));
}
