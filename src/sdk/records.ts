/**
 * Records as plugins see them. Offsets are `bigint`, time stamps are milliseconds since the epoch, values are what
 * `JSON.parse` gives. All of it is read-only: a transform answers new records.
 */

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** Header values are UTF-8 text; a key that stands several times has an array. */
export type Headers = Readonly<Record<string, string | readonly string[]>>;

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A record by which its log is known again: another topic of the same name has another one at this offset, or none. */
export interface LastRecord {
  readonly offset: bigint;
  /** The record's time stamp in ms. */
  readonly timestamp: number;
}

/** How far a partition has been read. */
export interface Mark {
  /** The next offset to be read. */
  readonly next: bigint;
  /**
   * The last record before `next` that was read; markers and compaction leave gaps, so it need not be the one right
   * before. Undefined where nobody knows it, as after a move by hand.
   */
  readonly last?: LastRecord | undefined;
}

/** The mark of one partition. */
export interface Position extends TopicPartition, Mark {}

/** What a source reads: a record on its way into Kafka. */
export interface SourceRecord {
  readonly topic: string;
  /** Left out: chosen by Java's murmur2 of the key. */
  readonly partition?: number;
  readonly key?: string | null;
  /** `null` is a tombstone. */
  readonly value: JsonValue;
  readonly headers?: Headers;
  /** Event time in ms; left out: the time of reading. End-to-end seconds are measured from it. */
  readonly timestamp?: number;
}

/** What a sink writes: a decoded and validated record out of Kafka. */
export interface SinkRecord extends TopicPartition {
  readonly offset: bigint;
  /** The record's time stamp in ms. */
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: JsonValue;
  readonly headers: Headers;
  /** The event type by which it was validated; undefined when `value.schemas.field` is not configured. */
  readonly type: string | undefined;
  /** The value's bytes as they came; undefined once a transform has changed the value. Use {@link jsonText}. */
  readonly bytes: Uint8Array | undefined;
}

/**
 * The JSON text of a record's value: the bytes as they came where there are any, so that numbers keep their digits
 * and nothing is serialised twice.
 *
 * @example
 * const records = [{ value: { n: 1 }, bytes: undefined }, { value: 2, bytes: Buffer.from('2.50') }];
 * console.log(`[${records.map(jsonText).join(',')}]`); // [{"n":1},2.50]
 */
export function jsonText(record: Pick<SinkRecord, 'bytes' | 'value'>): string {
  if (record.bytes === undefined) return JSON.stringify(record.value);
  return Buffer.from(record.bytes.buffer, record.bytes.byteOffset, record.bytes.byteLength).toString('utf8');
}

/**
 * The same as {@link jsonText} in UTF-8: the bytes themselves where there are any, not a copy. For sinks that splice
 * values into larger bodies.
 *
 * @example
 * const records = [{ value: { n: 1 }, bytes: undefined }, { value: 2, bytes: Buffer.from('2.50') }];
 * console.log(Buffer.concat(records.map(jsonBytes)).toString()); // {"n":1}2.50
 */
export function jsonBytes(record: Pick<SinkRecord, 'bytes' | 'value'>): Uint8Array {
  return record.bytes ?? Buffer.from(JSON.stringify(record.value));
}

/** Kafka Connect's names for the place where a record failed (`errors/Stage.java`); validation is part of the converter. */
export type Stage =
  | 'TASK_POLL'
  | 'TRANSFORMATION'
  | 'KEY_CONVERTER'
  | 'VALUE_CONVERTER'
  | 'HEADER_CONVERTER'
  | 'KAFKA_PRODUCE'
  | 'TASK_PUT';

/** A record that a stage refused, with its bytes as they came. */
export interface RejectedRecord {
  readonly stage: Stage;
  /** The plugin or converter that ran the stage (`json`, `snowflake-variant`), where it is known. */
  readonly component?: string | undefined;
  readonly error: { readonly name: string; readonly message: string; readonly stack?: string | undefined };
  /** Where it came from; of a source's record the topic it was meant for, without partition and offset. */
  readonly origin: { readonly topic: string; readonly partition?: number; readonly offset?: bigint };
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly (readonly [name: string, value: Uint8Array | null])[];
}

/** A record of raw bytes for the runtime to write to Kafka: what an error handler answers. */
export interface RawRecord {
  readonly topic: string;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly (readonly [name: string, value: string | Uint8Array])[];
  readonly timestamp?: number;
}
