import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { kafkaOf, producerOf } from '../../../embedded/kafka/clients.ts';
import { type BatchOptions, sealed } from '../../../embedded/kafka/record-batches.ts';
import { encodeRequest, openSocket, wireClient } from '../../../embedded/kafka/wire-client.ts';
import { eventually } from '../../../helpers/eventually.ts';
import { errorName, newName } from '../names.ts';
import { batch, fetchFrom, latest, newTopic, offsetOf, produce } from '../requests.ts';
import { type Subject, testUnless } from '../subject.ts';

/** A batch with something wrong about it, and a right checksum. */
function bent(change: (bytes: Buffer) => void, options: BatchOptions = {}): Buffer {
  const bytes = batch(['a', 'b'], options);
  change(bytes);
  return sealed(bytes);
}

export function producing(subject: Subject): void {
  describe('Produce', () => {
    test.each([-1, 1])('answers the offset of the first record with acks %i', async (acks) => {
      const topic = await newTopic(subject);
      const client = await wireClient(subject);
      expect(await produce(client, topic, batch(['a', 'b', 'c']), { acks })).toEqual({
        error: 'NONE',
        errorMessage: null,
        index: 0,
        baseOffset: 0,
        logAppendTimeMs: -1,
        logStartOffset: 0,
        recordErrors: [],
      });
      expect(await produce(client, topic, batch(['d']), { acks })).toMatchObject({ error: 'NONE', baseOffset: 3 });
      expect((await fetchFrom(client, topic, 0)).values).toEqual(['a', 'b', 'c', 'd']);
    });

    const unanswered = (topic: string, bytes: Buffer): Buffer =>
      encodeRequest('Produce', 9, {
        transactionalId: null,
        acks: 0,
        timeoutMs: 1000,
        topicData: [{ name: topic, partitionData: [{ index: 0, records: [bytes] }] }],
      });

    test('answers nothing with acks 0, and writes', async () => {
      const topic = await newTopic(subject);
      const client = await wireClient(subject);
      client.socket.write(unanswered(topic, batch(['quiet'])));
      // The next answer is the next request's.
      expect((await client.request('ApiVersions', 2, {})).errorCode).toBe(0);
      await eventually(async () => expect((await fetchFrom(client, topic, 0)).values).toEqual(['quiet']));
    });

    test('closes the connection when it fails with acks 0, for that is the only way to say so', async () => {
      const socket = await openSocket(subject);
      const closed = once(socket, 'close');
      socket.write(unanswered(newName('unknown'), batch(['lost'])));
      await closed;
    });

    test('refuses other acks', async () => {
      const topic = await newTopic(subject);
      const client = await wireClient(subject);
      expect((await produce(client, topic, batch(['a']), { acks: 2 })).error).toBe('INVALID_REQUIRED_ACKS');
      expect(await offsetOf(client, topic, latest)).toMatchObject({ offset: 0 });
    });

    test('refuses an unknown topic or partition, and writes to the others', async () => {
      const topic = await newTopic(subject);
      const client = await wireClient(subject);
      const answer = await client.request('Produce', 9, {
        transactionalId: null,
        acks: -1,
        timeoutMs: 1000,
        topicData: [
          { name: newName('unknown'), partitionData: [{ index: 0, records: [batch(['a'])] }] },
          {
            name: topic,
            partitionData: [
              { index: 7, records: [batch(['b'])] },
              { index: 0, records: [batch(['c'])] },
            ],
          },
        ],
      });
      const errors = new Map(
        answer.responses.flatMap((one: { name: string; partitionResponses: { index: number; errorCode: number }[] }) =>
          one.partitionResponses.map(({ index, errorCode }) => [
            `${one.name === topic} ${index}`,
            errorName(errorCode),
          ]),
        ),
      );
      expect(Object.fromEntries(errors)).toEqual({
        'false 0': 'UNKNOWN_TOPIC_OR_PARTITION',
        'true 7': 'UNKNOWN_TOPIC_OR_PARTITION',
        'true 0': 'NONE',
      });
    });

    test.each<[string, () => Buffer, string]>([
      ['an empty batch field', () => Buffer.alloc(0), 'INVALID_RECORD'],
      [
        'a changed bit',
        () => {
          const bytes = batch(['a']);
          bytes.writeUInt8(bytes.readUInt8(bytes.length - 2) ^ 1, bytes.length - 2);
          return bytes;
        },
        'CORRUPT_MESSAGE',
      ],
      ['a format of Kafka 0.10', () => bent((bytes) => bytes.writeInt8(1, 16)), 'INVALID_RECORD'],
      ['a format of the future', () => bent((bytes) => bytes.writeInt8(3, 16)), 'CORRUPT_MESSAGE'],
      ['half a batch', () => batch(['a', 'b']).subarray(0, 70), 'INVALID_RECORD'],
      ['half a head', () => batch(['a', 'b']).subarray(0, 40), 'INVALID_RECORD'],
      ['two batches', () => Buffer.concat([batch(['a']), batch(['b'])]), 'INVALID_RECORD'],
      ['more records than there are', () => bent((bytes) => bytes.writeInt32BE(3, 57)), 'INVALID_RECORD'],
      ['fewer records than there are', () => bent((bytes) => bytes.writeInt32BE(1, 57)), 'INVALID_RECORD'],
      ['no records', () => bent((bytes) => bytes.writeInt32BE(0, 57)), 'INVALID_RECORD'],
      ['a last offset that does not fit', () => bent((bytes) => bytes.writeInt32BE(5, 23)), 'INVALID_RECORD'],
      ['a control batch', () => bent((bytes) => bytes.writeInt16BE(0x20, 21)), 'INVALID_RECORD'],
      [
        'a transactional batch without a transactional id',
        () => bent((bytes) => bytes.writeInt16BE(0x10, 21)),
        'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
      ],
      ['records that are cut', () => bent((bytes) => bytes.writeInt8(100, 61)), 'INVALID_RECORD'],
      ['a producer without a sequence', () => batch(['a'], { producerId: 77, baseSequence: -1 }), 'INVALID_RECORD'],
    ])('refuses %s', async (_what, bytes, error) => {
      const topic = await newTopic(subject);
      const client = await wireClient(subject);
      expect(await produce(client, topic, bytes())).toMatchObject({ error, baseOffset: -1 });
      expect(await offsetOf(client, topic, latest)).toMatchObject({ offset: 0 });
    });

    testUnless(subject, { apache: 'it never answers' })('refuses a partition without a batch', async () => {
      const topic = await newTopic(subject);
      expect((await produce(await wireClient(subject), topic, null)).error).toBe('INVALID_RECORD');
    });

    test('refuses a batch that is larger than max.message.bytes, and takes the next', async () => {
      const topic = await newTopic(subject, { configs: { 'max.message.bytes': '500' } });
      const client = await wireClient(subject);
      expect((await produce(client, topic, batch(['x'.repeat(500)]))).error).toBe('MESSAGE_TOO_LARGE');
      expect((await produce(client, topic, batch(['x'.repeat(300)]))).error).toBe('NONE');
    });

    test('refuses a record without a key in a compacted topic, and names it', async () => {
      const topic = await newTopic(subject, { configs: { 'cleanup.policy': 'compact' } });
      const client = await wireClient(subject);
      const refused = await produce(client, topic, batch([{ key: 'k', value: 'a' }, 'b']));
      expect(refused).toMatchObject({ error: 'INVALID_RECORD', recordErrors: [{ batchIndex: 1 }] });
      expect((await produce(client, topic, batch([{ key: 'k', value: null }]))).error).toBe('NONE');
    });

    test('refuses times more than an hour ahead, or farther away than the topic takes', async () => {
      const hour = 3_600_000;
      const client = await wireClient(subject);
      const usual = await newTopic(subject);
      const at = (topic: string, timestamp: number) => produce(client, topic, batch(['a'], { timestamp }));
      expect((await at(usual, Date.now() + 2 * hour)).error).toBe('INVALID_TIMESTAMP');
      expect((await at(usual, Date.now() + hour / 2)).error).toBe('NONE');
      expect((await at(usual, 1000)).error).toBe('NONE');
      const strict = await newTopic(subject, { configs: { 'message.timestamp.before.max.ms': String(hour) } });
      expect((await at(strict, Date.now() - 2 * hour)).error).toBe('INVALID_TIMESTAMP');
      expect((await at(strict, Date.now() - hour / 2)).error).toBe('NONE');
    });

    test('gives all records the time of the append where the topic says so, and answers it', async () => {
      const topic = await newTopic(subject, { configs: { 'message.timestamp.type': 'LogAppendTime' } });
      const client = await wireClient(subject);
      const before = Date.now();
      const { logAppendTimeMs } = await produce(client, topic, batch(['a', 'b'], { timestamp: 1000 }));
      expect(logAppendTimeMs).toBeGreaterThanOrEqual(before);
      const [fetched] = (await fetchFrom(client, topic, 0)).batches;
      expect(fetched).toMatchObject({ maxTimestamp: logAppendTimeMs, attributes: 8 });
    });

    test('keeps a batch compressed as it came', async () => {
      const topic = await newTopic(subject);
      const client = await wireClient(subject);
      const bytes = batch(['x'.repeat(2000)], { gzip: true });
      await produce(client, topic, bytes);
      const answer = await client.request('Fetch', 12, {
        replicaId: -1,
        maxWaitMs: 0,
        minBytes: 1,
        maxBytes: 1_000_000,
        isolationLevel: 0,
        topics: [{ topic, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000_000 }] }],
      });
      // All but offset and leader epoch, which are the broker's to set.
      expect(answer.responses[0].partitions[0].records.subarray(16)).toEqual(bytes.subarray(16));
    });

    testUnless(subject, { embedded: 'it leaves compressed batches closed: to open each costs more than all the rest' })(
      'counts the records of a compressed batch',
      async () => {
        const topic = await newTopic(subject);
        const client = await wireClient(subject);
        const bytes = batch(['a', 'b'], { gzip: true });
        bytes.writeInt32BE(3, 57);
        bytes.writeInt32BE(2, 23);
        expect((await produce(client, topic, sealed(bytes))).error).toBe('INVALID_RECORD');
      },
    );
  });

  describe('kafkajs', () => {
    test.each([
      ['with every acknowledgement', { acks: -1 }],
      ['with the leader’s', { acks: 1 }],
      ['compressed', { acks: -1, compression: 1 }],
    ])('produces %s, and reads it back with key, headers and time', async (_how, options) => {
      const topic = await newTopic(subject);
      const producer = await producerOf(kafkaOf(subject));
      const timestamp = String(Date.now() - 1000);
      const messages = [{ key: 'k', value: 'v', headers: { h: ['one', 'two'] }, timestamp }];
      const [written] = await producer.send({ topic, messages, ...options });
      expect(written).toMatchObject({ topicName: topic, partition: 0, errorCode: 0, baseOffset: '0' });
      const client = await wireClient(subject);
      expect((await fetchFrom(client, topic, 0)).batches).toMatchObject([
        { count: 1, baseTimestamp: Number(timestamp) },
      ]);
    });
  });
}
