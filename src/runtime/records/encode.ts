/**
 * From a source's record, or an error handler's raw one, to the message that kafkajs sends. What a source gives is
 * looked at here, once and before anything is sent: a slip that Kafka's protocol has no room for names its topic and
 * field. What a topic refuses (size, time stamp) is for Kafka to say.
 */
import type { Message } from 'kafkajs';
import type { Headers, RawRecord, SourceRecord } from '../../sdk/index.ts';

export interface Encoded {
  readonly topic: string;
  readonly message: Message;
  /** Bytes of key and value. */
  readonly size: number;
}

/** Throws {@link WrongRecordError} when the record has something that cannot be written. */
export function encodeRecord(record: SourceRecord, now: number): Encoded {
  const { topic, partition, headers } = record;
  if (typeof topic !== 'string' || topic === '')
    throw new WrongRecordError(topic, 'topic', topic, 'the name of a topic');
  const key = record.key ?? null;
  if (key !== null && typeof key !== 'string') throw new WrongRecordError(topic, 'key', key, 'text or null');
  const timestamp = record.timestamp ?? now;
  if (!Number.isSafeInteger(timestamp)) {
    throw new WrongRecordError(topic, 'timestamp', timestamp, 'a whole number of milliseconds since 1970');
  }
  const value = encodeValue(record);
  const message: Message = { key, value, timestamp: String(timestamp) };
  if (partition !== undefined) {
    if (!Number.isSafeInteger(partition) || partition < 0) {
      throw new WrongRecordError(topic, 'partition', partition, 'a whole number from 0 on');
    }
    message.partition = partition;
  }
  if (headers !== undefined) message.headers = encodeHeaders(topic, headers);
  return { topic, message, size: (value?.length ?? 0) + (key?.length ?? 0) };
}

function encodeValue({ topic, value }: SourceRecord): Buffer | null {
  if (value === null) return null;
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch (error) {
    throw new WrongRecordError(topic, 'value', value, 'JSON', error);
  }
  // What JSON has no words for (undefined, a function) is left out in silence.
  if (json === undefined) throw new WrongRecordError(topic, 'value', value, 'JSON');
  return Buffer.from(json);
}

function encodeHeaders(topic: string, headers: Headers): Record<string, string | string[]> {
  // The entries of a Map or of pairs are no properties: they would be left out in silence.
  if (typeof headers !== 'object' || headers === null || Symbol.iterator in headers) {
    throw new WrongRecordError(topic, 'headers', headers, 'an object with the names of the headers as keys');
  }
  return Object.fromEntries(
    Object.entries(headers).map(([name, of]) => {
      if (typeof of === 'string') return [name, of];
      const wrong = Array.isArray(of) ? of.findIndex((one) => typeof one !== 'string') : 0;
      if (wrong < 0) return [name, [...of]];
      const field = `header ${JSON.stringify(name)}`;
      throw new WrongRecordError(topic, field, Array.isArray(of) ? of[wrong] : of, 'text or an array of texts');
    }),
  );
}

/** A slip of the source, or of a transform: the record is of no kind that can be written. */
export class WrongRecordError extends Error {
  override readonly name = 'WrongRecordError';

  /** @param must what the field has to be, in words */
  constructor(topic: unknown, field: string, found: unknown, must: string, cause?: unknown) {
    const where = typeof topic === 'string' ? ` for the topic ${JSON.stringify(topic)}` : '';
    const why = cause instanceof Error ? ` (${cause.message.split('\n', 1)[0]})` : '';
    const text = `A record${where} cannot be written: its ${field} is ${kindOf(found)}, and must be ${must}${why}`;
    super(text, cause === undefined ? undefined : { cause });
  }
}

/** What something is, without showing the data that it may hold. */
export function kindOf(of: unknown): string {
  if (of === null || of === undefined) return String(of);
  if (typeof of === 'number') return `the number ${of}`;
  if (typeof of === 'string') return of === '' ? 'empty' : 'text';
  if (typeof of !== 'object') return `a ${typeof of}`;
  const { name } = of.constructor ?? {};
  return Array.isArray(of) ? 'an array' : `an object${name && name !== 'Object' ? ` (${name})` : ''}`;
}

/** A null header cannot be sent by kafkajs: its value becomes empty. */
export function encodeRaw(record: RawRecord): Encoded {
  const headers: Record<string, (string | Buffer)[]> = Object.create(null);
  for (const [name, value] of record.headers) {
    headers[name] ??= [];
    headers[name].push(typeof value === 'string' ? value : Buffer.from(value));
  }
  const bytes = (value: Uint8Array | null) =>
    value === null ? null : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const message: Message = { key: bytes(record.key), value: bytes(record.value), headers };
  if (record.timestamp !== undefined) message.timestamp = String(record.timestamp);
  return { topic: record.topic, message, size: (record.value?.length ?? 0) + (record.key?.length ?? 0) };
}
