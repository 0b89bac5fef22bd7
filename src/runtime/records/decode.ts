/**
 * From the bytes of a Kafka message to a record: key `string`, value `json` without envelope, headers UTF-8. What
 * cannot be decoded or is not valid is answered as a reject with its bytes untouched; decoding itself never throws.
 */
import { isUtf8 } from 'node:buffer';
import type { IHeaders, KafkaMessage } from 'kafkajs';
import type { Headers, JsonValue, RejectedRecord, SinkRecord, Stage } from '../../sdk/index.ts';
import type { Validator } from './validate.ts';

/** Either a record or a reject; of a reject the event's type where it is known. */
export type Decoded =
  | { readonly record: SinkRecord; readonly rejected?: undefined }
  | { readonly record?: undefined; readonly rejected: RejectedRecord; readonly type: string | undefined };

const none: Headers = Object.freeze({});

/** Bytes that hold no value, and why. */
export class Undecodable {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** The value that the bytes of a message hold. */
export function decodeValue({ value: bytes }: KafkaMessage): JsonValue | Undecodable {
  if (bytes === null) return null;
  if (!isUtf8(bytes)) return new Undecodable('the value is not UTF-8');
  try {
    return JSON.parse(bytes.toString('utf8')) as JsonValue;
  } catch (error) {
    return new Undecodable(`the value is not JSON: ${(error as Error).message.slice(0, 200)}`);
  }
}

/** @returns makes a record of a message; `value` is what `decodeValue` says of it, where that was asked already */
export function createDecoder(validate: Validator) {
  return (topic: string, partition: number, message: KafkaMessage, value = decodeValue(message)): Decoded => {
    const { key, value: bytes } = message;
    if (value instanceof Undecodable) {
      return reject(topic, partition, message, 'VALUE_CONVERTER', 'DataException', value.reason);
    }
    const { type, problem } = validate(value);
    if (problem !== undefined) {
      return { ...reject(topic, partition, message, 'VALUE_CONVERTER', 'ValidationException', problem), type };
    }
    return {
      record: {
        topic,
        partition,
        offset: BigInt(message.offset),
        timestamp: Number(message.timestamp),
        key: key === null || key === undefined ? null : key.toString('utf8'),
        value,
        headers: message.headers === undefined ? none : decodeHeaders(message.headers),
        type,
        bytes: bytes ?? undefined,
      },
    };
  };
}

function decodeHeaders(headers: IHeaders): Headers {
  const names = Object.keys(headers);
  if (names.length === 0) return none;
  return Object.fromEntries(
    names.flatMap((name) => {
      const all = valuesOf(headers[name]);
      const [first, ...others] = all.flatMap((value) => (value === null ? [] : [value.toString('utf8')]));
      if (first === undefined) return [];
      return [[name, all.length === 1 ? first : [first, ...others]]];
    }),
  );
}

/** The raw headers of a message as pairs, repeated keys as repeated pairs. */
function rawHeaders(headers: IHeaders | undefined): RejectedRecord['headers'] {
  return Object.entries(headers ?? {}).flatMap(([name, values]) =>
    valuesOf(values).map((value) => [name, value] as const),
  );
}

/**
 * The values of one header. kafkajs 2.2.4 collects them in a plain object, so that a header named `__proto__` or
 * `toString` finds what every object has before it: that is no value.
 */
function valuesOf(values: IHeaders[string]): readonly (Buffer | null)[] {
  const given: readonly unknown[] = Array.isArray(values) ? values : [values ?? null];
  return given.filter((value): value is Buffer | null => value === null || Buffer.isBuffer(value));
}

function reject(
  topic: string,
  partition: number,
  message: KafkaMessage,
  stage: Stage,
  name: string,
  reason: string,
): { readonly rejected: RejectedRecord; readonly type: undefined } {
  return { rejected: rejectedFrom(topic, partition, message, stage, { name, message: reason }), type: undefined };
}

/** A reject of a fetched message, for the stages after decoding; `component` is the plugin that refused it. */
export function rejectedFrom(
  topic: string,
  partition: number,
  message: KafkaMessage,
  stage: Stage,
  error: RejectedRecord['error'],
  component?: string,
): RejectedRecord {
  return {
    stage,
    error,
    component,
    origin: { topic, partition, offset: BigInt(message.offset) },
    timestamp: Number(message.timestamp),
    key: message.key,
    value: message.value,
    headers: rawHeaders(message.headers),
  };
}
