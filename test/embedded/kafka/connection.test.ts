import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { serveConnection } from '../../../src/embedded/kafka/connection.ts';
import { brokerForTest, createTopic, kafkaOf } from './clients.ts';
import { recordBatch } from './record-batches.ts';
import { encodeRequest, openSocket, readFrame, wireClient } from './wire-client.ts';

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

describe('a connection', () => {
  test.each([
    ['a negative length', Buffer.concat([int32(-1), Buffer.alloc(4)]), /a request of -1 bytes/],
    ['a length of 2 GiB', Buffer.concat([int32(2 ** 31 - 1), Buffer.alloc(4)]), /a request of 2147483647 bytes/],
    ['a length too short for any request', Buffer.concat([int32(3), Buffer.alloc(8)]), /a request of 3 bytes/],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n'), /a request of 1195725856 bytes/],
    ['an unknown api key', Buffer.concat([int32(100), Buffer.from([3, 231, 0, 1])]), /unknown request: api key 999/],
    ['SASL', Buffer.concat([int32(100), Buffer.from([0, 17, 0, 1])]), /SaslHandshake \(api key 17\) is not served/],
    [
      'an unknown version',
      Buffer.concat([int32(100), Buffer.from([0, 12, 0, 9])]),
      /Heartbeat version 9 is not served/,
    ],
    [
      'a body that is cut',
      Buffer.concat([int32(14), encodeRequest('Metadata', 1, { topics: null }).subarray(4, 18)]),
      /A field of 11 bytes at byte 10 has only 4 left/,
    ],
    [
      'an array longer than the request',
      (() => {
        const bytes = encodeRequest('Metadata', 1, { topics: [] });
        bytes.writeInt32BE(2 ** 30, bytes.length - 4);
        return bytes;
      })(),
      /An array claims 1073741824 elements/,
    ],
  ])('with %s is closed at once, and the log says why', async (_what, bytes, reason) => {
    const lines: string[] = [];
    const broker = await brokerForTest({ log: (line) => lines.push(line) });
    const socket = await openSocket(broker);
    const closed = once(socket, 'close');

    socket.write(bytes);

    await closed;
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(reason);
    await (await wireClient(broker)).request('ApiVersions', 2, {});
  });

  test('answers UNSUPPORTED_VERSION with the list to a newer ApiVersions, and stays open', async () => {
    const broker = await brokerForTest();
    const client = await wireClient(broker);
    const newer = encodeRequest('ApiVersions', 4, {});
    newer.writeInt16BE(99, 6);

    client.socket.write(newer);

    const frame = await readFrame(client.socket);
    expect(frame.readInt32BE(0)).toBe(77);
    expect(frame.readInt16BE(4)).toBe(35);
    expect(frame.readInt32BE(6)).toBeGreaterThan(20);
    expect((await client.request('ApiVersions', 2, {})).errorCode).toBe(0);
  });

  test('takes requests in any pieces and answers them in their order', async () => {
    const broker = await brokerForTest();
    const socket = await openSocket(broker);
    const request = encodeRequest('ApiVersions', 0, {});
    const two = Buffer.concat([request, request]);
    two.writeInt32BE(1, 8);
    two.writeInt32BE(2, request.length + 8);
    for (const byte of two) socket.write(Buffer.from([byte]));

    let received = Buffer.alloc(0);
    const answer = 4 + (await readFrame(await sendOnNewSocket(request))).length;
    while (received.length < 2 * answer)
      received = Buffer.concat([received, ...((await once(socket, 'data')) as Buffer[])]);

    expect([received.readInt32BE(4), received.readInt32BE(answer + 4)]).toEqual([1, 2]);

    async function sendOnNewSocket(bytes: Buffer) {
      const other = await openSocket(broker);
      other.write(bytes);
      return other;
    }
  });

  test('that goes away while it waits for data does no harm', async () => {
    const broker = await brokerForTest();
    await createTopic(kafkaOf(broker), 'wines');
    const waiting = await openSocket(broker);
    waiting.write(fetchOf(60_000));
    waiting.destroy();
    const client = await wireClient(broker);

    const answer = await client.request('Produce', 7, produceOf('x'));

    expect(answer.responses[0].partitionResponses[0].errorCode).toBe(0);
  });

  test('survives random bytes, whatever they are', async () => {
    const broker = await brokerForTest();
    await createTopic(kafkaOf(broker), 'wines');
    const client = await wireClient(broker);
    const served = (await client.request('ApiVersions', 2, {})).apiKeys as ReadonlyArray<{
      readonly apiKey: number;
      readonly maxVersion: number;
    }>;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...served), fc.uint8Array({ maxLength: 200 }), async (api, noise) => {
        const socket = await openSocket(broker);
        const head = Buffer.alloc(12);
        head.writeInt32BE(8 + noise.length, 0);
        head.writeInt16BE(api.apiKey, 4);
        head.writeInt16BE(api.maxVersion, 6);
        const reacted = Promise.race([once(socket, 'close'), once(socket, 'data')]);
        socket.end(Buffer.concat([head, noise]));
        await reacted;
      }),
      { numRuns: 300 },
    );
    expect((await client.request('ApiVersions', 2, {})).errorCode).toBe(0);
  });
});

describe('a connection that says nothing', () => {
  /** A server that answers when it may, and whose connections may be idle for 50 ms. */
  async function impatientServer(mayAnswer: Promise<void>): Promise<{ readonly host: string; readonly port: number }> {
    const dispatcher = {
      objection: () => undefined,
      serve: async () => {
        await mayAnswer;
        return [int32(4), int32(77)];
      },
    };
    const server = createServer((socket) => serveConnection(socket, dispatcher, () => {}, 50));
    onTestFinished(() => void server.close());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  }

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['half a request', encodeRequest('Metadata', 9, { topics: null }).subarray(0, 13)],
  ])('after %s is closed when its time is over', async (_what, bytes) => {
    const socket = await openSocket(await impatientServer(Promise.resolve()));
    const closed = once(socket, 'close');
    socket.write(bytes);
    await closed;
  });

  test('is kept while its request is served', async () => {
    const { promise: isLate, resolve } = Promise.withResolvers<void>();
    const socket = await openSocket(await impatientServer(isLate));
    socket.setTimeout(200, resolve);
    socket.write(encodeRequest('Metadata', 9, { topics: null }));
    expect((await readFrame(socket)).readInt32BE(0)).toBe(77);
  });
});

function fetchOf(maxWaitMs: number): Buffer {
  return encodeRequest('Fetch', 4, {
    replicaId: -1,
    maxWaitMs,
    minBytes: 1,
    maxBytes: 1_000_000,
    isolationLevel: 0,
    topics: [{ topic: 'wines', partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000_000 }] }],
  });
}

function produceOf(value: string) {
  return {
    acks: -1,
    timeoutMs: 1000,
    topicData: [{ name: 'wines', partitionData: [{ index: 0, records: [recordBatch([value])] }] }],
  };
}
