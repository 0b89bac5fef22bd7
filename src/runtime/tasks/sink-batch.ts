/**
 * The batch that a sink task fills: records in order of arrival, what was refused on the way, and the next offset of
 * each partition. It is full by count, by bytes or when its time has come; all records count that it has taken in,
 * whatever became of them.
 */
import type { KafkaMessage } from 'kafkajs';
import type { Position, RejectedRecord, SinkRecord, TopicPartition } from '../../sdk/index.ts';
import type { FetchedBatch } from '../kafka/consumer-model.ts';
import { keyOf } from '../kafka/offsets.ts';
import type { CloseReason } from '../metrics/table.ts';
import { type createDecoder, rejectedFrom } from '../records/decode.ts';
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
  /** The position that the destination holds: records below it are there already. */
  readonly writtenUpTo: (at: TopicPartition) => bigint;
}

export function createSinkBatch({ limits, decode, transforms, writtenUpTo }: BatchRules): SinkBatch {
  const records: SinkRecord[] = [];
  const origins: Origin[] = [];
  const refused: Refused[] = [];
  const sizes: number[] = [];
  const next = new Map<string, Position>();
  const taken = new Map<string, Map<string | undefined, number>>();
  const counts = { consumed: 0, bytes: 0, filtered: 0, alreadyWritten: 0 };
  let deadline: number | undefined;

  const transformed = (decoded: SinkRecord[], messages: KafkaMessage[], floor: bigint) => {
    const outcome = transforms.apply(decoded);
    for (let i = 0; i < outcome.length; i++) {
      const [entry, message, original] = [outcome[i], messages[i], decoded[i]];
      if (message === undefined || original === undefined) continue;
      if (entry instanceof Error) {
        const error = { name: entry.name, message: entry.message, stack: entry.stack };
        const rejected = rejectedFrom(original.topic, original.partition, message, 'TRANSFORMATION', error);
        refused.push({ rejected, type: original.type });
      } else if (entry === undefined) counts.filtered++;
      else if (entry.offset < floor) counts.alreadyWritten++;
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
      deadline ??= performance.now() + limits.lingerMs;
      const floor = writtenUpTo({ topic, partition });
      const types = taken.get(topic) ?? new Map<string | undefined, number>();
      taken.set(topic, types);
      const decoded: SinkRecord[] = [];
      const decodedFrom: KafkaMessage[] = [];
      let index = from;
      while (index < messages.length && counts.consumed < limits.size && counts.bytes < limits.bytes) {
        const message = messages[index++];
        if (message === undefined) break;
        const size = (message.value?.length ?? 0) + (message.key?.length ?? 0);
        counts.consumed++;
        counts.bytes += size;
        sizes.push(message.value?.length ?? 0);
        const result = decode(topic, partition, message);
        const type = result.record === undefined ? result.type : result.record.type;
        types.set(type, (types.get(type) ?? 0) + 1);
        if (result.record === undefined) refused.push({ rejected: result.rejected, type: result.type });
        else {
          decoded.push(result.record);
          decodedFrom.push(message);
        }
      }
      transformed(decoded, decodedFrom, floor);
      const last = messages[index - 1];
      const reached = index === messages.length || last === undefined ? end : BigInt(last.offset) + 1n;
      next.set(keyOf({ topic, partition }), { topic, partition, next: reached });
      return index;
    },
  };
}
