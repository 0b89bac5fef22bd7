/**
 * Bounds what one answer to a fetch becomes in memory. Kafka bounds an answer by its bytes as they lie in the log, and
 * kafkajs 2.2.4 makes records of all of it before anybody sees the first: 2 MB of a million tiny compressed records
 * become 270 MB of objects, in one piece of work that takes longer than the group waits for a heartbeat. (And a batch of
 * more than some 120,000 records overflows its stack.)
 *
 * Here an answer is read up to a limit, batch by batch, and the rest left to the next fetch, which begins after the last
 * record that was read: for kafkajs the answer was shorter. What remains unbounded is a single batch, which Kafka keeps
 * whole: it is as large as its producer made it.
 */
import { sizeOfRecord } from '../record-size.ts';
import { inner, replace } from './replace.ts';

/** kafkajs's reader over the bytes of one answer. */
interface Decoder {
  readInt32(): number;
  canReadBytes(length: number): boolean;
  readBytes(length: number): Buffer;
}

interface DecodedRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, unknown>>;
}

type DecodeRecords = (answer: Decoder) => Promise<readonly DecodedRecord[]>;

/** How much of one answer is read, in bytes as {@link sizeOfRecord} counts them: as much as a task holds by default. */
export const mostAtOnceBytes = 16 * 1024 * 1024;

/** Where a batch of records says of which format it is; 2 is that of Kafka 0.11 and later. */
const magicOffset = 16;
const magicOfBatches = 2;
/** The least that a batch has. */
const smallestBatch = 49;

/** Goes for all consumers of this thread. */
export function boundFetches(): void {
  replace<DecodeRecords>('protocol/requests/fetch/v4/decodeMessages', (original) =>
    decodeWithin(mostAtOnceBytes, original),
  );
}

/** @param original for the formats before batches, whose records no broker compresses together any more */
export function decodeWithin(limit: number, original: DecodeRecords): DecodeRecords {
  const BytesDecoder = inner<new (bytes: Buffer) => Decoder>('protocol/decoder');
  const decodeBatch = inner<(bytes: Decoder) => Promise<{ readonly records: readonly DecodedRecord[] }>>(
    'protocol/recordBatch/v0/decoder',
  );
  /** By answer: all partitions of one share the limit. */
  const left = new WeakMap<Decoder, number>();

  return async (answer) => {
    // The next that is read says how long the records of this partition are.
    const size = answer.readInt32();
    if (size <= 0 || !answer.canReadBytes(size)) return [];
    const bytes = answer.readBytes(size);
    if (bytes.readInt8(magicOffset) !== magicOfBatches) return original(withSize(bytes, BytesDecoder));
    const batches = new BytesDecoder(bytes);
    const records: DecodedRecord[] = [];
    let remaining = left.get(answer) ?? limit;
    while (remaining > 0 && batches.canReadBytes(smallestBatch)) {
      try {
        for (const record of (await decodeBatch(batches)).records) {
          records.push(record);
          remaining -= sizeOfRecord(record);
        }
      } catch (error) {
        // An answer ends where its bytes are used up, also in the middle of a batch.
        if ((error as Error).name !== 'KafkaJSPartialMessageError') throw error;
        break;
      }
    }
    left.set(answer, remaining);
    return records;
  };
}

/** The same bytes with their length before them, as they came. */
function withSize(bytes: Buffer, BytesDecoder: new (bytes: Buffer) => Decoder): Decoder {
  const size = Buffer.alloc(4);
  size.writeInt32BE(bytes.length);
  return new BytesDecoder(Buffer.concat([size, bytes]));
}
