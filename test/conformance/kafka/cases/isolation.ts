import { describe, expect, test } from 'vitest';
import { consume, kafkaOf, producerOf } from '../../../embedded/kafka/clients.ts';
import { wireClient } from '../../../embedded/kafka/wire-client.ts';
import { newName } from '../names.ts';
import { batch, deleteRecords, fetchFrom, latest, maxTimestamp, newTopic, offsetOf, produce } from '../requests.ts';
import { type Subject, testUnless } from '../subject.ts';
import { transactionalProducer, untilStable } from '../transactional-producer.ts';

const committed = { committed: true };

export function isolation(subject: Subject): void {
  describe('a marker', () => {
    test.each([
      ['COMMIT', true],
      ['ABORT', false],
    ])('%s takes an offset, and names the producer that it ends', async (kind, commit) => {
      const topic = await newTopic(subject);
      const producer = await transactionalProducer(subject);
      await producer.write(topic, ['a', 'b']);
      expect(await producer.end(commit)).toBe('NONE');
      await untilStable(producer.client, topic, 3);
      const { batches } = await fetchFrom(producer.client, topic, 0);
      expect(batches).toMatchObject([
        { baseOffset: 0, lastOffset: 1, transactional: true, control: false },
        {
          baseOffset: 2,
          lastOffset: 2,
          transactional: true,
          control: true,
          count: 1,
          ...producer.identity,
          values: [kind],
        },
      ]);
    });

    test('goes to each partition of the transaction', async () => {
      const topic = await newTopic(subject, { partitions: 3 });
      const producer = await transactionalProducer(subject);
      for (const partition of [0, 2]) await producer.write(topic, ['a'], { partition });
      await producer.end(true);
      for (const partition of [0, 2]) await untilStable(producer.client, topic, 2, partition);
      expect(await offsetOf(producer.client, topic, latest, { partition: 1 })).toMatchObject({ offset: 0 });
    });

    test('goes to a partition without records as well', async () => {
      const topic = await newTopic(subject);
      const producer = await transactionalProducer(subject);
      await producer.add(topic);
      await producer.end(true);
      await untilStable(producer.client, topic, 1);
    });
  });

  describe('a reader of committed records', () => {
    test('stops at the first record of an open transaction, which one of all records does not', async () => {
      const topic = await newTopic(subject);
      const producer = await transactionalProducer(subject);
      const { client } = producer;
      await produce(client, topic, batch(['before']));
      await producer.write(topic, ['open']);
      await produce(client, topic, batch(['behind']));
      const ends = { highWatermark: 3, lastStableOffset: 1 };
      expect(await fetchFrom(client, topic, 0, committed)).toMatchObject({ values: ['before'], ...ends });
      expect(await fetchFrom(client, topic, 1, committed)).toMatchObject({ error: 'NONE', values: [], ...ends });
      expect(await fetchFrom(client, topic, 2, committed)).toMatchObject({ error: 'NONE', values: [], ...ends });
      const all = await fetchFrom(client, topic, 0);
      expect(all).toMatchObject({ values: ['before', 'open', 'behind'], abortedTransactions: null, ...ends });
    });

    test('stops at the oldest of several open transactions', async () => {
      const topic = await newTopic(subject);
      const [one, two] = [await transactionalProducer(subject), await transactionalProducer(subject)];
      await one.write(topic, ['first']);
      await two.write(topic, ['second']);
      await two.end(true);
      const { client } = one;
      expect(await fetchFrom(client, topic, 0, committed)).toMatchObject({ values: [], lastStableOffset: 0 });

      await one.end(true);

      await untilStable(client, topic, 4);
      expect((await fetchFrom(client, topic, 0, committed)).values).toEqual(['first', 'second']);
    });

    test('is told which transactions were aborted, from where on', async () => {
      const topic = await newTopic(subject);
      const [bad, good] = [await transactionalProducer(subject), await transactionalProducer(subject)];
      await good.write(topic, ['good']);
      await bad.write(topic, ['bad']);
      await good.send(topic, ['better']);
      await bad.end(false);
      await good.end(true);
      const { client } = good;
      await untilStable(client, topic, 5);
      expect(await fetchFrom(client, topic, 0, committed)).toMatchObject({
        values: ['good', 'bad', 'better'],
        abortedTransactions: [{ producerId: bad.identity.producerId, firstOffset: 1 }],
      });
    });

    test('is told of each aborted transaction of a producer', async () => {
      const topic = await newTopic(subject);
      const producer = await transactionalProducer(subject);
      const { client, identity } = producer;
      for (const [commit, end] of [
        [false, 2],
        [true, 4],
        [false, 6],
      ] as const) {
        await producer.write(topic, ['x']);
        await producer.end(commit);
        await untilStable(client, topic, end);
      }
      const { producerId } = identity;
      const { abortedTransactions } = await fetchFrom(client, topic, 0, committed);
      const byOffset = [...(abortedTransactions ?? [])].sort((a, b) => a.firstOffset - b.firstOffset);
      expect(byOffset).toEqual([
        { producerId, firstOffset: 0 },
        { producerId, firstOffset: 4 },
      ]);
    });

    test('is told of an aborted transaction that it comes into in the middle, and of none that is behind it', async () => {
      const topic = await newTopic(subject);
      const producer = await transactionalProducer(subject);
      const { client, identity } = producer;
      const aborted = [{ producerId: identity.producerId, firstOffset: 0 }];
      await producer.write(topic, ['a']);
      await producer.send(topic, ['b']);
      await producer.end(false);
      await untilStable(client, topic, 3);
      await produce(client, topic, batch(['c']));
      expect(await fetchFrom(client, topic, 1, committed)).toMatchObject({
        values: ['b', 'c'],
        abortedTransactions: aborted,
      });
      expect(await fetchFrom(client, topic, 3, committed)).toMatchObject({ values: ['c'], abortedTransactions: [] });
    });

    testUnless(subject, {
      apache: 'it knows the end of what it gives by a sparse index, and tells more than is needed',
    })('is told of no aborted transaction beyond what it is given', async () => {
      const topic = await newTopic(subject);
      const producer = await transactionalProducer(subject);
      const { client } = producer;
      await produce(client, topic, batch(['a']));
      await producer.write(topic, ['b']);
      await producer.end(false);
      await untilStable(client, topic, 3);
      const little = await fetchFrom(client, topic, 0, { ...committed, maxBytes: 1 });
      expect(little).toMatchObject({ values: ['a'], abortedTransactions: [] });
    });

    test('that waits is answered at once when the transaction before it ends', async () => {
      const topic = await newTopic(subject);
      const producer = await transactionalProducer(subject);
      await producer.write(topic, ['a']);
      const start = performance.now();
      const waiting = fetchFrom(await wireClient(subject), topic, 0, { ...committed, maxWaitMs: 15_000 });
      await producer.end(true);
      expect((await waiting).values).toEqual(['a']);
      expect(performance.now() - start).toBeLessThan(5_000);
    });

    test('finds the last stable offset where the log ends, and no times behind it', async () => {
      const topic = await newTopic(subject);
      const producer = await transactionalProducer(subject);
      const { client } = producer;
      const timestamp = Date.now();
      await produce(client, topic, batch(['a'], { timestamp: timestamp - 1000 }));
      await producer.write(topic, ['b'], { timestamp });
      expect(await offsetOf(client, topic, latest, committed)).toMatchObject({ offset: 1 });
      expect(await offsetOf(client, topic, latest)).toMatchObject({ offset: 2 });
      expect(await offsetOf(client, topic, timestamp, committed)).toMatchObject({ error: 'NONE', offset: -1 });
      expect(await offsetOf(client, topic, timestamp)).toMatchObject({ offset: 1 });
      expect(await offsetOf(client, topic, timestamp - 1000, committed)).toMatchObject({ offset: 0 });
      expect(await offsetOf(client, topic, maxTimestamp)).toMatchObject({ offset: 1 });
    });

    test('is told of no aborted transaction whose records were deleted', async () => {
      const topic = await newTopic(subject);
      const producer = await transactionalProducer(subject);
      const { client } = producer;
      await producer.write(topic, ['a']);
      await producer.end(false);
      await untilStable(client, topic, 2);
      await produce(client, topic, batch(['b']));
      await deleteRecords(client, topic, 2);
      expect(await fetchFrom(client, topic, 2, committed)).toMatchObject({ values: ['b'], abortedTransactions: [] });
    });
  });

  describe('kafkajs', () => {
    test('reads what was committed and drops what was aborted, unless it is to read all', async () => {
      const kafka = kafkaOf(subject);
      const topic = await newTopic(subject);
      const producer = await producerOf(kafka, {
        transactionalId: newName('transaction'),
        maxInFlightRequests: 1,
        idempotent: true,
      });
      for (const [value, ending] of [
        ['aborted', 'abort'],
        ['committed', 'commit'],
      ] as const) {
        const transaction = await producer.transaction();
        await transaction.send({ topic, messages: [{ value }] });
        await transaction[ending]();
      }
      const careful = await consume(kafka, { groupId: newName('group'), topic });
      expect(await careful.until(1)).toEqual(['committed']);
      const careless = await consume(kafka, { groupId: newName('group'), topic, readUncommitted: true });
      expect(await careless.until(2)).toEqual(['aborted', 'committed']);
    });
  });
}
