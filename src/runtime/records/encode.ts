/** From a source's record, or an error handler's raw one, to the message that kafkajs sends. */
import type { Message } from 'kafkajs';
import type { RawRecord, SourceRecord } from '../../sdk/index.ts';

export interface Encoded {
  readonly topic: string;
  readonly message: Message;
  /** Bytes of key and value. */
  readonly size: number;
}

/** Throws when the value cannot be written as JSON (a BigInt, a cycle): that is a slip of the source. */
export function encodeRecord(record: SourceRecord, now: number): Encoded {
  const value = record.value === null ? null : Buffer.from(JSON.stringify(record.value));
  const message: Message = {
    key: record.key ?? null,
    value,
    timestamp: String(record.timestamp ?? now),
  };
  if (record.partition !== undefined) message.partition = record.partition;
  if (record.headers !== undefined) {
    message.headers = Object.fromEntries(
      Object.entries(record.headers).map(([name, text]) => [name, typeof text === 'string' ? text : [...text]]),
    );
  }
  return { topic: record.topic, message, size: (value?.length ?? 0) + (record.key?.length ?? 0) };
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
