/**
 * Writes a produce request in one piece. kafkajs makes a buffer of its own for each record, each batch, each partition,
 * each topic, the request and its frame, and copies each into the next: that was a fifth of a source's time.
 *
 * What is compressed is left to kafkajs.
 *
 * @see https://kafka.apache.org/protocol#The_Messages_Produce, versions 3 to 7
 */
import type { Message } from 'kafkajs';
import { type BatchOrigin, RecordBatch } from './record-batch.ts';
import { inner, replace } from './replace.ts';

/** What kafkajs gives to write; ids are strings, or objects that print as such. */
export interface ProduceOptions {
  readonly acks: number;
  readonly timeout: number;
  readonly transactionalId?: string | null | undefined;
  readonly producerId?: unknown;
  readonly producerEpoch?: number;
  readonly compression?: number;
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly messages: readonly Message[];
      readonly firstSequence?: number;
    }[];
  }[];
}

/** Bytes that were written, as kafkajs hands them on. */
interface Encoder {
  buf: Buffer;
  offset: number;
  readonly buffer: Buffer;
}

interface Request {
  readonly apiKey: number;
  readonly apiVersion: number;
  encode(): Promise<Encoder>;
}

interface Frame {
  readonly correlationId: number;
  readonly clientId: string;
  readonly request: Request;
}

/** Goes for what loads kafkajs after this. */
export function produceInOneCopy(): void {
  const Empty = inner<new (size: number) => Encoder>('protocol/encoder');
  const encoderOf = (bytes: Buffer) => Object.assign(new Empty(1), { buf: bytes, offset: bytes.length });
  replace<(options: ProduceOptions) => Request>('protocol/requests/produce/v3/request', (original) => (options) => {
    const request = original(options);
    if (options.compression) return request;
    return { ...request, encode: async () => encoderOf(encodeProduce(options, Date.now())) };
  });
  replace<(frame: Frame) => Promise<Encoder>>(
    'protocol/request',
    () =>
      async ({ correlationId, clientId, request }) => {
        const body = (await request.encode()).buffer;
        return encoderOf(Buffer.concat([frameHead(request, correlationId, clientId, body.length), body]));
      },
  );
}

/** The body of the request. */
export function encodeProduce(options: ProduceOptions, now: number): Buffer {
  const { acks, timeout, transactionalId = null, topicData } = options;
  const topics = topicData.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map(({ partition, messages, firstSequence = 0 }) => {
      const origin: BatchOrigin = {
        producerId: BigInt(String(options.producerId ?? -1)),
        producerEpoch: options.producerEpoch ?? 0,
        firstSequence,
        isTransactional: Boolean(transactionalId),
      };
      return { partition, batch: new RecordBatch(messages, origin, now) };
    }),
  }));
  const sizes = topics.flatMap(({ topic, partitions }) => [
    sizeOfString(topic) + 4,
    ...partitions.map(({ batch }) => 8 + batch.size),
  ]);
  const bytes = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + size, sizeOfString(transactionalId) + 10));
  let at = writeString(bytes, 0, transactionalId);
  at = bytes.writeInt16BE(acks, at);
  at = bytes.writeInt32BE(timeout, at);
  at = bytes.writeInt32BE(topics.length, at);
  for (const { topic, partitions } of topics) {
    at = writeString(bytes, at, topic);
    at = bytes.writeInt32BE(partitions.length, at);
    for (const { partition, batch } of partitions) {
      at = bytes.writeInt32BE(partition, at);
      at = bytes.writeInt32BE(batch.size, at);
      batch.write(bytes, at);
      at += batch.size;
    }
  }
  return bytes;
}

/** What is before the body: its length, the header of requests, v1. */
function frameHead(
  { apiKey, apiVersion }: Request,
  correlationId: number,
  clientId: string,
  bodyLength: number,
): Buffer {
  const head = Buffer.allocUnsafe(12 + sizeOfString(clientId));
  let at = head.writeInt32BE(head.length - 4 + bodyLength);
  at = head.writeInt16BE(apiKey, at);
  at = head.writeInt16BE(apiVersion, at);
  at = head.writeInt32BE(correlationId, at);
  writeString(head, at, clientId);
  return head;
}

const sizeOfString = (text: string | null) => 2 + Buffer.byteLength(text ?? '');

/** A null has the length -1. */
function writeString(bytes: Buffer, start: number, text: string | null): number {
  const at = bytes.writeInt16BE(text === null ? -1 : Buffer.byteLength(text), start);
  return text === null ? at : at + bytes.write(text, at);
}
