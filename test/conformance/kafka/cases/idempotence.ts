import { describe, expect, test } from 'vitest';
import { kafkaOf, producerOf } from '../../../embedded/kafka/clients.ts';
import { wireClient } from '../../../embedded/kafka/wire-client.ts';
import { errorName } from '../names.ts';
import { batch, deleteRecords, fetchFrom, latest, newTopic, offsetOf, type Produced, produce } from '../requests.ts';
import type { Subject } from '../subject.ts';

interface Sent {
  readonly baseSequence: number;
  readonly count?: number;
  readonly producerEpoch?: number;
  readonly partition?: number;
}

/** A topic of two partitions and an idempotent producer, whose batches are sent with the sequences that a case wants. */
async function idempotentProducer(subject: Subject) {
  const topic = await newTopic(subject, { partitions: 2 });
  const client = await wireClient(subject);
  const who = await client.request('InitProducerId', 4, { transactionalId: null, transactionTimeoutMs: 10_000 });
  expect(errorName(who.errorCode)).toBe('NONE');
  return {
    topic,
    client,
    who,
    send: ({ baseSequence, count = 1, producerEpoch = 0, partition = 0 }: Sent): Promise<Produced> => {
      const values = Array.from({ length: count }, (_, i) => String(baseSequence + i));
      const { producerId } = who;
      return produce(client, topic, batch(values, { producerId, producerEpoch, baseSequence }), { partition });
    },
  };
}

export function idempotence(subject: Subject): void {
  describe('an idempotent producer', () => {
    test('gets an id of its own, with epoch 0', async () => {
      const [one, two] = [await idempotentProducer(subject), await idempotentProducer(subject)];
      expect(one.who).toMatchObject({ producerEpoch: 0 });
      expect(two.who.producerId).not.toBe(one.who.producerId);
    });

    test('counts each partition from 0', async () => {
      const { send } = await idempotentProducer(subject);
      expect(await send({ baseSequence: 0, count: 3 })).toMatchObject({ error: 'NONE', baseOffset: 0 });
      expect(await send({ baseSequence: 3 })).toMatchObject({ error: 'NONE', baseOffset: 3 });
      expect(await send({ baseSequence: 0, partition: 1 })).toMatchObject({ error: 'NONE', baseOffset: 0 });
    });

    test('is answered the first place of any of its last five batches when it repeats them', async () => {
      const { send, client, topic } = await idempotentProducer(subject);
      for (let sequence = 0; sequence < 10; sequence += 2) await send({ baseSequence: sequence, count: 2 });

      for (const sequence of [0, 2, 4, 6, 8]) {
        const repeated = await send({ baseSequence: sequence, count: 2 });
        expect(repeated).toMatchObject({ error: 'NONE', baseOffset: sequence });
      }

      expect(await offsetOf(client, topic, latest)).toMatchObject({ offset: 10 });
    });

    test('is refused a repetition of the sixth last', async () => {
      const { send } = await idempotentProducer(subject);
      for (let sequence = 0; sequence < 6; sequence++) await send({ baseSequence: sequence });
      expect((await send({ baseSequence: 0 })).error).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER');
    });

    test('is refused a batch that overlaps one before', async () => {
      const { send } = await idempotentProducer(subject);
      await send({ baseSequence: 0, count: 3 });
      expect((await send({ baseSequence: 1, count: 3 })).error).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER');
      expect((await send({ baseSequence: 0, count: 2 })).error).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER');
    });

    test('is refused a gap, and can go on where it should', async () => {
      const { send } = await idempotentProducer(subject);
      await send({ baseSequence: 0 });
      expect(await send({ baseSequence: 2 })).toMatchObject({ error: 'OUT_OF_ORDER_SEQUENCE_NUMBER', baseOffset: -1 });
      expect(await send({ baseSequence: 1 })).toMatchObject({ error: 'NONE', baseOffset: 1 });
    });

    test('may begin anywhere where nothing is known of it, for its first batches may be deleted', async () => {
      const { send } = await idempotentProducer(subject);
      expect(await send({ baseSequence: 100 })).toMatchObject({ error: 'NONE', baseOffset: 0 });
      expect(await send({ baseSequence: 101 })).toMatchObject({ error: 'NONE', baseOffset: 1 });
    });

    test('begins at 0 again with a new epoch', async () => {
      const { send } = await idempotentProducer(subject);
      await send({ baseSequence: 0, count: 2 });
      expect((await send({ baseSequence: 2, producerEpoch: 1 })).error).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER');
      expect(await send({ baseSequence: 0, producerEpoch: 1 })).toMatchObject({ error: 'NONE', baseOffset: 2 });
      expect(await send({ baseSequence: 1, producerEpoch: 1 })).toMatchObject({ error: 'NONE', baseOffset: 3 });
    });

    test('is fenced by a newer epoch of itself', async () => {
      const { send } = await idempotentProducer(subject);
      await send({ baseSequence: 0, producerEpoch: 1 });
      expect((await send({ baseSequence: 1, producerEpoch: 0 })).error).toBe('INVALID_PRODUCER_EPOCH');
      expect((await send({ baseSequence: 0, producerEpoch: 0 })).error).toBe('INVALID_PRODUCER_EPOCH');
    });

    test('goes on at 0 after 2^31 - 1, in the middle of a batch as well', async () => {
      const { send } = await idempotentProducer(subject);
      await send({ baseSequence: 2 ** 31 - 3 });
      expect(await send({ baseSequence: 2 ** 31 - 2, count: 4 })).toMatchObject({ error: 'NONE', baseOffset: 1 });
      expect(await send({ baseSequence: 2 ** 31 - 2, count: 4 })).toMatchObject({ error: 'NONE', baseOffset: 1 });
      expect((await send({ baseSequence: 4 })).error).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER');
      expect(await send({ baseSequence: 2 })).toMatchObject({ error: 'NONE', baseOffset: 5 });
    });

    test('is described with its last sequence', async () => {
      const { send, client, topic, who } = await idempotentProducer(subject);
      await send({ baseSequence: 0, count: 3 });
      const answer = await client.request('DescribeProducers', 0, {
        topics: [{ name: topic, partitionIndexes: [0, 1, 9] }],
      });
      const [used, unused, unknown] = answer.topics[0].partitions;
      expect(used.activeProducers).toMatchObject([
        { producerId: who.producerId, producerEpoch: 0, lastSequence: 2, currentTxnStartOffset: -1 },
      ]);
      expect(unused).toMatchObject({ errorCode: 0, activeProducers: [] });
      expect(errorName(unknown.errorCode)).toBe('UNKNOWN_TOPIC_OR_PARTITION');
    });

    test('goes on where it was when its records are deleted, and its repetitions are known as before', async () => {
      const { send, client, topic } = await idempotentProducer(subject);
      await send({ baseSequence: 0, count: 2 });
      await deleteRecords(client, topic, -1);
      expect(await send({ baseSequence: 0, count: 2 })).toMatchObject({ error: 'NONE', baseOffset: 0 });
      expect((await send({ baseSequence: 3 })).error).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER');
      expect(await send({ baseSequence: 2 })).toMatchObject({ error: 'NONE', baseOffset: 2 });
    });

    test('of kafkajs writes fifty batches at once, each once and in order', async () => {
      const topic = await newTopic(subject);
      const producer = await producerOf(kafkaOf(subject), { idempotent: true, maxInFlightRequests: 5 });
      const values = Array.from({ length: 50 }, (_, i) => String(i));
      await Promise.all(values.map((value) => producer.send({ topic, messages: [{ value }] })));
      const { values: read } = await fetchFrom(await wireClient(subject), topic, 0);
      expect([...read].sort((a, b) => Number(a) - Number(b))).toEqual(values);
    });
  });
}
