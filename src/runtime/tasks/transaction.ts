/**
 * The transaction that a source task fills: messages, rejects, and the last offset of each source partition in it. It
 * is ready by count, by bytes, or when its time has come; several reads share one.
 */
import type { RejectedRecord, SourceOffset, SourceRecord, Stage } from '../../sdk/index.ts';
import type { CloseReason } from '../metrics/table.ts';
import { type Encoded, encodeRecord } from '../records/encode.ts';
import type { Validator } from '../records/validate.ts';
import type { TransformChain } from './transforms.ts';

export interface OpenTransaction {
  readonly messages: readonly Encoded[];
  readonly rejected: readonly RejectedRecord[];
  readonly offsets: ReadonlyMap<string, SourceOffset>;
  readonly timestamps: readonly number[];
  readonly read: number;
  /** Bytes of key and value of the messages. */
  readonly bytes: number;
  /** The same of all that it holds, rejects included. */
  readonly heldBytes: number;
  readonly filtered: number;
  /** How long its records took in each stage, in ms. */
  readonly spent: Readonly<Record<'transform' | 'validate' | 'encode', number>>;
  /** `performance.now()` at which it is to be committed; undefined while it is empty. */
  readonly deadline: number | undefined;
  readonly full: Extract<CloseReason, 'count' | 'bytes'> | undefined;
  /** Takes in one read of a partition: all of it, so that the offset holds. */
  add(partition: string, records: readonly SourceRecord[], offset: SourceOffset): void;
}

export interface TransactionRules {
  readonly limits: { readonly maxRecords: number; readonly maxBytes: number; readonly lingerMs: number };
  readonly transforms: TransformChain;
  readonly validate: Validator;
}

export function createTransaction({ limits, transforms, validate }: TransactionRules): OpenTransaction {
  const messages: Encoded[] = [];
  const rejected: RejectedRecord[] = [];
  const offsets = new Map<string, SourceOffset>();
  const timestamps: number[] = [];
  const counts = { read: 0, bytes: 0, heldBytes: 0, filtered: 0 };
  const spent = { transform: 0, validate: 0, encode: 0 };
  let deadline: number | undefined;

  const reject = (record: SourceRecord, now: number, stage: Stage, error: Error) => {
    const encoded = encodeRecord(record, now);
    rejected.push(rejectedFromEncoded(encoded, stage, error));
    counts.heldBytes += encoded.size;
  };

  return {
    messages,
    rejected,
    offsets,
    timestamps,
    spent,
    get read() {
      return counts.read;
    },
    get bytes() {
      return counts.bytes;
    },
    get heldBytes() {
      return counts.heldBytes;
    },
    get filtered() {
      return counts.filtered;
    },
    get deadline() {
      return deadline;
    },
    get full() {
      if (counts.read >= limits.maxRecords) return 'count';
      return counts.heldBytes >= limits.maxBytes ? 'bytes' : undefined;
    },
    add(partition, records, offset) {
      const began = performance.now();
      deadline ??= began + limits.lingerMs;
      const now = Date.now();
      counts.read += records.length;
      const outcome = transforms.apply(records);
      const transformed = performance.now();
      const valid: SourceRecord[] = [];
      for (let i = 0; i < outcome.length; i++) {
        const [entry, original] = [outcome[i], records[i]];
        if (entry === undefined || original === undefined) counts.filtered++;
        else if (entry instanceof Error) {
          reject(original, now, 'TRANSFORMATION', entry);
        } else {
          const { problem } = validate(entry.value);
          if (problem === undefined) valid.push(entry);
          else reject(entry, now, 'VALUE_CONVERTER', new ValidationError(problem));
        }
      }
      const validated = performance.now();
      for (const record of valid) {
        const encoded = encodeRecord(record, now);
        messages.push(encoded);
        timestamps.push(record.timestamp ?? now);
        counts.bytes += encoded.size;
        counts.heldBytes += encoded.size;
      }
      spent.transform += transformed - began;
      spent.validate += validated - transformed;
      spent.encode += performance.now() - validated;
      offsets.set(partition, offset);
    },
  };
}

class ValidationError extends Error {
  override readonly name = 'ValidationException';
}

/** A reject of a record that was on its way into Kafka: it has a topic, and no offset yet. */
export function rejectedFromEncoded({ topic, message }: Encoded, stage: Stage, error: Error): RejectedRecord {
  const bytes = (data: Buffer | string | null | undefined) =>
    data === null || data === undefined ? null : Buffer.from(data);
  return {
    stage,
    error: { name: error.name, message: error.message, stack: error.stack },
    origin: { topic },
    timestamp: Number(message.timestamp),
    key: bytes(message.key),
    value: bytes(message.value),
    headers: Object.entries(message.headers ?? {}).flatMap(([name, values]) =>
      (Array.isArray(values) ? values : [values]).map((value) => [name, bytes(value)] as const),
    ),
  };
}
