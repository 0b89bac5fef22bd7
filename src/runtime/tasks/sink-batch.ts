/**
 * The batch that a sink task fills: records in order of arrival, what was refused on the way, and the next offset of
 * each partition. It is full by count, by bytes or when its time has come; all records count that it has taken in,
 * whatever became of them.
 */
import type { KafkaMessage } from 'kafkajs';
import type { LastRecord, Position, RejectedRecord, SinkRecord, TopicPartition } from '../../sdk/index.ts';
import type { FetchedBatch } from '../kafka/consumer-model.ts';
import { keyOf } from '../kafka/offsets.ts';
import type { CloseReason } from '../metrics/table.ts';
import { type createDecoder, decodeValue, rejectedFrom } from '../records/decode.ts';
import type { TransformChain } from './transforms.ts';

export interface Refused {
  readonly rejected: RejectedRecord;
  /** The event's type, where it is known. */
  readonly type: string | undefined;
}

/** Where a record came from, whatever transforms have made of it: a transform may change its topic. */
export interface Origin extends TopicPartition {
  readonly message: KafkaMessage;
}

export interface SinkBatch {
  /** To be written, and where each came from. */
  readonly records: readonly SinkRecord[];
  readonly origins: readonly Origin[];
  readonly refused: readonly Refused[];
  readonly positions: readonly Position[];
  readonly consumed: number;
  readonly bytes: number;
  readonly sizes: readonly number[];
  /** How many of each topic and event type were taken in. */
  readonly taken: ReadonlyMap<string, ReadonlyMap<string | undefined, number>>;
  /** How long its records took in each stage, in ms. */
  readonly spent: Readonly<Record<'decode' | 'validate' | 'transform', number>>;
  readonly filtered: number;
  readonly alreadyWritten: number;
  /** `performance.now()` at which it is to be closed; undefined while it is empty. */
  readonly deadline: number | undefined;
  readonly full: Extract<CloseReason, 'count' | 'bytes'> | undefined;
  /** Takes in messages of a fetched batch from index `from` on, until it is full; answers the index after the last taken. */
  add(fetched: FetchedBatch, from: number): number;
}

export interface BatchRules {
  readonly limits: { readonly size: number; readonly bytes: number; readonly lingerMs: number };
  readonly decode: ReturnType<typeof createDecoder>;
  readonly transforms: TransformChain;
  /** What of a partition is done already. */
  readonly doneBefore: (at: TopicPartition) => Done;
}

export interface Done {
  /** The position that the destination holds: records below it are there. */
  readonly writtenUpTo: bigint;
  /** The group offset: rejects below it are handled. */
  readonly handledUpTo: bigint;
}

/** By what the record is known again. */
export const landmark = ({ offset, timestamp }: KafkaMessage): LastRecord => ({
  offset: BigInt(offset),
  timestamp: Number(timestamp),
});

export function createSinkBatch({ limits, decode, transforms, doneBefore }: BatchRules): SinkBatch {
  const records: SinkRecord[] = [];
  const origins: Origin[] = [];
  const refused: Refused[] = [];
  const sizes: number[] = [];
  const next = new Map<string, Position>();
  const taken = new Map<string, Map<string | undefined, number>>();
  const counts = { consumed: 0, bytes: 0, filtered: 0, alreadyWritten: 0 };
  const spent = { decode: 0, validate: 0, transform: 0 };
  let deadline: number | undefined;

  /** Counts or keeps what was refused. */
  const refuse = (one: Refused, { offset }: KafkaMessage, { handledUpTo }: Done) => {
    if (BigInt(offset) < handledUpTo) counts.alreadyWritten++;
    else refused.push(one);
  };

  const transformed = (decoded: SinkRecord[], messages: KafkaMessage[], done: Done) => {
    const outcome = transforms.apply(decoded);
    for (let i = 0; i < outcome.length; i++) {
      const [entry, message, original] = [outcome[i], messages[i], decoded[i]];
      if (message === undefined || original === undefined) continue;
      if (entry instanceof Error) {
        const error = { name: entry.name, message: entry.message, stack: entry.stack };
        const rejected = rejectedFrom(original.topic, original.partition, message, 'TRANSFORMATION', error);
        refuse({ rejected, type: original.type }, message, done);
      } else if (entry === undefined) counts.filtered++;
      else if (entry.offset < done.writtenUpTo) counts.alreadyWritten++;
      else {
        records.push(entry);
        origins.push({ topic: original.topic, partition: original.partition, message });
      }
    }
  };

  return {
    records,
    origins,
    refused,
    sizes,
    taken,
    spent,
    get positions() {
      return [...next.values()];
    },
    get consumed() {
      return counts.consumed;
    },
    get bytes() {
      return counts.bytes;
    },
    get filtered() {
      return counts.filtered;
    },
    get alreadyWritten() {
      return counts.alreadyWritten;
    },
    get deadline() {
      return deadline;
    },
    get full() {
      if (counts.consumed >= limits.size) return 'count';
      return counts.bytes >= limits.bytes ? 'bytes' : undefined;
    },
    add({ topic, partition, messages, next: end }, from) {
      const began = performance.now();
      deadline ??= began + limits.lingerMs;
      const done = doneBefore({ topic, partition });
      const types = taken.get(topic) ?? new Map<string | undefined, number>();
      taken.set(topic, types);
      const values: ReturnType<typeof decodeValue>[] = [];
      let index = from;
      while (index < messages.length && counts.consumed < limits.size && counts.bytes < limits.bytes) {
        const message = messages[index++];
        if (message === undefined) break;
        const size = (message.value?.length ?? 0) + (message.key?.length ?? 0);
        counts.consumed++;
        counts.bytes += size;
        sizes.push(message.value?.length ?? 0);
        values.push(decodeValue(message));
      }
      const decodedAt = performance.now();
      const decoded: SinkRecord[] = [];
      const decodedFrom: KafkaMessage[] = [];
      for (let i = 0; i < values.length; i++) {
        const message = messages[from + i];
        if (message === undefined) break;
        const result = decode(topic, partition, message, values[i]);
        const type = result.record === undefined ? result.type : result.record.type;
        types.set(type, (types.get(type) ?? 0) + 1);
        if (result.record === undefined) refuse({ rejected: result.rejected, type: result.type }, message, done);
        else {
          decoded.push(result.record);
          decodedFrom.push(message);
        }
      }
      const validatedAt = performance.now();
      transformed(decoded, decodedFrom, done);
      spent.decode += decodedAt - began;
      spent.validate += validatedAt - decodedAt;
      spent.transform += performance.now() - validatedAt;
      const last = messages[index - 1];
      if (last === undefined) return index;
      const reached = index === messages.length ? end : BigInt(last.offset) + 1n;
      next.set(keyOf({ topic, partition }), { topic, partition, next: reached, last: landmark(last) });
      return index;
    },
  };
}
