/**
 * Batches of records as they lie in a log, and a way to fill a topic with them faster than any client: the same bytes
 * again and again, since a broker gives the offsets. The encoder is kafkajs's own.
 */
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { connect } from 'node:net';

const require = createRequire(import.meta.url);
const Record = require('kafkajs/src/protocol/recordBatch/record/v0/index.js');
const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0/index.js');

export const compressions = { none: 0, gzip: 1 } as const;

/** One batch of these values, the first at `firstOffset`. */
export async function batchOf(
  values: readonly (string | Buffer)[],
  { firstOffset = 0, compression = 'none' as keyof typeof compressions } = {},
): Promise<Buffer> {
  const records = values.map((value, offsetDelta) =>
    Record({ offsetDelta, timestampDelta: 0, key: null, value: Buffer.from(value), headers: {} }),
  );
  const now = Date.now();
  const { buffer } = await RecordBatch({
    compression: compressions[compression],
    records,
    firstTimestamp: now,
    maxTimestamp: now,
    partitionLeaderEpoch: 0,
    firstSequence: -1,
    lastOffsetDelta: values.length - 1,
    producerId: -1,
    producerEpoch: -1,
    firstOffset,
  });
  return buffer;
}

/** Appends the batch `times` times to a partition, one after the other. */
export async function append(
  { host, port }: { readonly host: string; readonly port: number },
  {
    topic,
    partition = 0,
    batch,
    times = 1,
  }: {
    readonly topic: string;
    readonly partition?: number;
    readonly batch: Buffer;
    readonly times?: number;
  },
): Promise<void> {
  const request = produceRequest(topic, partition, batch);
  const socket = connect(port, host);
  await once(socket, 'connect');
  try {
    for (let i = 0; i < times; i++) {
      socket.write(request);
      const [answer] = (await once(socket, 'data')) as [Buffer];
      const errorCode = answer.readInt16BE(4 + 4 + 4 + 2 + Buffer.byteLength(topic) + 4 + 4);
      if (errorCode !== 0) throw new Error(`the broker refused a batch for ${topic}-${partition}: error ${errorCode}`);
    }
  } finally {
    socket.destroy();
  }
}

/**
 * Produce Request (Version 3): size api_key api_version correlation_id client_id transactional_id acks timeout
 * [topic [partition records]]
 */
function produceRequest(topic: string, partition: number, batch: Buffer): Buffer {
  const name = Buffer.from(topic);
  const body = Buffer.alloc(8 + 2 + 2 + 2 + 4 + 4 + 2 + name.length + 4 + 4 + 4);
  let at = body.writeInt16BE(0, 0);
  at = body.writeInt16BE(3, at);
  at = body.writeInt32BE(1, at);
  at = body.writeInt16BE(-1, at);
  at = body.writeInt16BE(-1, at);
  at = body.writeInt16BE(1, at);
  at = body.writeInt32BE(30_000, at);
  at = body.writeInt32BE(1, at);
  at = body.writeInt16BE(name.length, at);
  at += name.copy(body, at);
  at = body.writeInt32BE(1, at);
  at = body.writeInt32BE(partition, at);
  body.writeInt32BE(batch.length, at);
  const size = Buffer.alloc(4);
  size.writeInt32BE(body.length + batch.length);
  return Buffer.concat([size, body, batch]);
}
