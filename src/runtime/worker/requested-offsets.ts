/**
 * Offsets as a request has them, checked in Kafka Connect's order and words: of a sink `{kafka_topic, kafka_partition}`
 * and `{kafka_offset}`, whose numbers may come as text; of a source `{partition}` and what its plugin can read from.
 */
import type { SourceOffset, SourcePlugin, TopicPartition } from '../../sdk/index.ts';
import type { RequestedOffset } from '../connect.ts';
import { ConnectError } from '../errors.ts';
import { isObject } from '../schema/values.ts';

/** A partition of a sink with the offset that it is to have; undefined forgets it. */
export type SinkMove = TopicPartition & { readonly next: bigint | undefined };

/** Throws `BAD_REQUEST` with what is wrong. */
export function sinkMove({ partition, offset }: RequestedOffset): SinkMove {
  if (!isObject(partition)) bad('The partition for a sink connector offset cannot be null or missing');
  const { kafka_topic: topic, kafka_partition: number } = partition;
  if (topic == null || number == null) {
    bad("The partition for a sink connector offset must contain the keys 'kafka_topic' and 'kafka_partition'");
  }
  if (typeof topic === 'object') {
    bad(`The topic of a sink connector offset must be a name, not ${JSON.stringify(topic)}`);
  }
  const at = { topic: String(topic), partition: whole(number, 'partition') };
  if (offset == null) return { ...at, next: undefined };
  const { kafka_offset: next } = offset;
  if (next == null) bad("The offset for a sink connector should either be null or contain the key 'kafka_offset'");
  return { ...at, next: BigInt(whole(next, 'offset')) };
}

/** A partition of a source with the offset that it is to have, null forgets it. Throws `BAD_REQUEST` with what is wrong. */
export function sourceMove(
  { partition, offset = null }: RequestedOffset,
  { checkOffset }: Pick<SourcePlugin, 'checkOffset'>,
): readonly [partition: string, offset: SourceOffset | null] {
  if (!isObject(partition)) bad('Partition objects cannot be null');
  const { partition: name, ...others } = partition;
  if (typeof name !== 'string' || Object.keys(others).length > 0) {
    bad(
      "Partition objects of a source should contain the key 'partition' alone, with the name of the partition as text",
    );
  }
  if (offset === null) return [name, null];
  if (!isObject(offset)) bad('The offset of a source should either be null or an object');
  const wrong = checkOffset?.(offset as SourceOffset);
  if (wrong !== undefined) bad(wrong);
  return [name, offset as SourceOffset];
}

function whole(value: unknown, what: 'partition' | 'offset'): number {
  const isWhole = /^[+-]?\d+$/.test(String(value)) && typeof value !== 'object';
  const number = Number(value);
  if (isWhole && Number.isSafeInteger(number) && number >= 0) return number;
  const values = what === 'partition' ? 'Partition values' : 'Offset values';
  bad(
    `Failed to parse the following Kafka ${what} value in the provided offsets: '${shown(value)}'. ` +
      `${values} for sink connectors need to be ${number < 0 ? 'not negative' : 'integers'}.`,
  );
}

const shown = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value));

function bad(message: string): never {
  throw new ConnectError('BAD_REQUEST', message);
}
