/**
 * The offsets of a sink as a request has them, `{kafka_topic, kafka_partition}` and `{kafka_offset}`, checked in Kafka
 * Connect's order and words. Numbers may come as text, and go on as numbers.
 */
import type { ConnectorOffset, OffsetObject } from '../runtime/connect.ts';
import { HttpError } from './errors.ts';

/** One entry of an alter request, before anybody has looked at it. */
export interface RequestedOffset {
  readonly partition?: OffsetObject | null;
  readonly offset?: OffsetObject | null;
}

/** The entry with its numbers as numbers; 400 says what is wrong with it. */
export function sinkOffset({ partition, offset }: RequestedOffset): ConnectorOffset {
  return { partition: sinkPartition(partition), offset: offset == null ? null : sinkPosition(offset) };
}

function sinkPartition(partition: OffsetObject | null | undefined): OffsetObject {
  if (partition == null)
    throw new HttpError(400, 'The partition for a sink connector offset cannot be null or missing');
  const { kafka_topic: topic, kafka_partition: number } = partition;
  if (topic == null || number == null) {
    throw new HttpError(
      400,
      "The partition for a sink connector offset must contain the keys 'kafka_topic' and 'kafka_partition'",
    );
  }
  if (typeof topic === 'object') {
    throw new HttpError(400, `The topic of a sink connector offset must be a name, not ${JSON.stringify(topic)}`);
  }
  return { kafka_topic: String(topic), kafka_partition: whole(number, 'partition') };
}

function sinkPosition({ kafka_offset: position }: OffsetObject): OffsetObject {
  if (position == null) {
    throw new HttpError(400, "The offset for a sink connector should either be null or contain the key 'kafka_offset'");
  }
  return { kafka_offset: whole(position, 'offset') };
}

function whole(value: unknown, what: 'partition' | 'offset'): number {
  const isWhole = /^[+-]?\d+$/.test(String(value)) && typeof value !== 'object';
  const number = Number(value);
  if (isWhole && Number.isSafeInteger(number) && number >= 0) return number;
  const [noun = '', ...rest] = what;
  const plural = `${noun.toUpperCase()}${rest.join('')} values`;
  const must = number < 0 ? 'not negative' : 'integers';
  throw new HttpError(
    400,
    `Failed to parse the following Kafka ${what} value in the provided offsets: '${shown(value)}'. ` +
      `${plural} for sink connectors need to be ${must}.`,
  );
}

const shown = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value) : String(value));
