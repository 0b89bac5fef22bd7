import { describe, expect, test } from 'vitest';
import { type Answer, wireClient } from '../../../embedded/kafka/wire-client.ts';
import { eventually } from '../../../helpers/eventually.ts';
import { errorName, newName } from '../names.ts';
import { batch, latest, newTopic, offsetOf, produce } from '../requests.ts';
import { type Subject, testUnless } from '../subject.ts';
import { TransactionalProducer, transactionalProducer, untilStable } from '../transactional-producer.ts';

export function transactions(subject: Subject): void {
  describe('a transaction', () => {
    test('takes no partition that is not there, and the others of that request neither', async () => {
      const topic = await newTopic(subject);
      const producer = await transactionalProducer(subject);
      const answer = await producer.client.request('AddPartitionsToTxn', 3, {
        transactionalId: producer.transactionalId,
        ...producer.identity,
        topics: [{ name: topic, partitions: [0, 7] }],
      });
      const errors = answer.results[0].partitions
        .toSorted((a: Answer, b: Answer) => a.partitionIndex - b.partitionIndex)
        .map((one: Answer) => errorName(one.errorCode));
      expect(errors).toEqual(['OPERATION_NOT_ATTEMPTED', 'UNKNOWN_TOPIC_OR_PARTITION']);
      expect((await producer.describe()).transactionState).toBe('Empty');
    });

    test('takes records only for partitions that were added', async () => {
      const topic = await newTopic(subject, { partitions: 2 });
      const producer = await transactionalProducer(subject);
      expect((await producer.send(topic, ['early'])).error).toBe('INVALID_TXN_STATE');
      await producer.add(topic);
      expect((await producer.send(topic, ['elsewhere'], { partition: 1 })).error).toBe('INVALID_TXN_STATE');
      expect((await producer.send(topic, ['a'])).error).toBe('NONE');
    });

    test('takes no records after its end before partitions are added again', async () => {
      const topic = await newTopic(subject);
      const producer = await transactionalProducer(subject);
      await producer.write(topic, ['a']);
      await producer.end(true);
      await untilStable(producer.client, topic, 2);
      expect((await producer.send(topic, ['late'])).error).toBe('INVALID_TXN_STATE');
      expect((await producer.write(topic, ['b'])).error).toBe('NONE');
    });

    test('goes on in the sequence of the one before', async () => {
      const topic = await newTopic(subject);
      const producer = await transactionalProducer(subject);
      await producer.write(topic, ['a']);
      await producer.end(false);
      await untilStable(producer.client, topic, 2);
      expect(await producer.write(topic, ['b'])).toMatchObject({ error: 'NONE', baseOffset: 2 });
      expect((await producer.send(topic, ['c'], { baseSequence: 5 })).error).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER');
      expect(await producer.send(topic, ['b'], { baseSequence: 1 })).toMatchObject({ error: 'NONE', baseOffset: 2 });
    });

    test('takes no plain records of its producer in between', async () => {
      const topic = await newTopic(subject);
      const producer = await transactionalProducer(subject);
      await producer.write(topic, ['a']);
      expect((await producer.send(topic, ['plain'], { transactional: false })).error).toBe('INVALID_TXN_STATE');
    });

    test('has nothing to end before anything was added', async () => {
      const producer = await transactionalProducer(subject);
      expect(await producer.end(true)).toBe('INVALID_TXN_STATE');
      expect(await producer.end(false)).toBe('INVALID_TXN_STATE');
    });

    test('may be ended the same way again, and not the other way', async () => {
      const topic = await newTopic(subject);
      const producer = await transactionalProducer(subject);
      await producer.write(topic, ['a']);
      await producer.end(true);
      await untilStable(producer.client, topic, 2);
      await eventually(async () => expect(await producer.end(true)).toBe('NONE'));
      expect(await producer.end(false)).toBe('INVALID_TXN_STATE');
      expect(await offsetOf(producer.client, topic, latest)).toMatchObject({ offset: 2 });
    });

    test('belongs to the producer that was given its transactional id', async () => {
      const topic = await newTopic(subject);
      const { transactionalId, client, identity } = await transactionalProducer(subject);
      const stranger = new TransactionalProducer(transactionalId, client, {
        ...identity,
        producerId: identity.producerId + 100_000,
      });
      expect(await stranger.add(topic)).toBe('INVALID_PRODUCER_ID_MAPPING');
      expect(await stranger.end(true)).toBe('INVALID_PRODUCER_ID_MAPPING');
      const nobody = new TransactionalProducer(newName('unheard-of'), client, identity);
      expect(await nobody.add(topic)).toBe('INVALID_PRODUCER_ID_MAPPING');
      expect(await nobody.end(true)).toBe('INVALID_PRODUCER_ID_MAPPING');
    });

    test('survives the deletion of one of its topics', async () => {
      const [topic, doomed] = [await newTopic(subject), await newTopic(subject)];
      const producer = await transactionalProducer(subject);
      await producer.write(topic, ['a']);
      await producer.write(doomed, ['b']);
      await producer.client.request('DeleteTopics', 6, {
        topics: [{ name: doomed, topicId: '0'.repeat(32) }],
        timeoutMs: 10_000,
      });
      expect(await producer.end(true)).toBe('NONE');
      await untilStable(producer.client, topic, 2);
      expect((await producer.write(topic, ['c'])).error).toBe('NONE');
    });

    testUnless(subject, { embedded: 'its markers are written before EndTxn is answered' })(
      'makes the next one wait until its markers are written, which CONCURRENT_TRANSACTIONS says',
      async () => {
        const topic = await newTopic(subject);
        const producer = await transactionalProducer(subject);
        let refused = 0;
        for (let i = 0; i < 20 && refused === 0; i++) {
          await producer.write(topic, ['a']);
          await producer.end(true);
          if ((await producer.addOnce(topic)) === 'CONCURRENT_TRANSACTIONS') refused++;
        }
        expect(refused).toBe(1);
      },
    );
  });

  describe('admin of transactions', () => {
    test('describes an open one, and an ended one', async () => {
      const topic = await newTopic(subject, { partitions: 2 });
      const producer = await transactionalProducer(subject, { timeoutMs: 45_000 });
      expect(await producer.describe()).toMatchObject({ error: 'NONE', transactionState: 'Empty', topics: [] });
      const before = Date.now();
      await producer.write(topic, ['a'], { partition: 1 });
      const open = await producer.describe();
      expect(open).toMatchObject({
        transactionState: 'Ongoing',
        transactionTimeoutMs: 45_000,
        ...producer.identity,
        topics: [{ topic, partitions: [1] }],
      });
      expect(open.transactionStartTimeMs).toBeGreaterThanOrEqual(before);
      await producer.end(true);
      await eventually(async () => expect((await producer.describe()).transactionState).toBe('CompleteCommit'));
      expect((await producer.describe()).topics).toEqual([]);
    });

    test('knows no transactional id that was not used', async () => {
      const producer = new TransactionalProducer(newName('unheard-of'), await wireClient(subject), {
        producerId: -1,
        producerEpoch: -1,
      });
      expect(await producer.describe()).toMatchObject({ error: 'TRANSACTIONAL_ID_NOT_FOUND', transactionState: '' });
    });

    test('lists them by state, producer and age', async () => {
      const topic = await newTopic(subject);
      const [open, empty] = [await transactionalProducer(subject), await transactionalProducer(subject)];
      await open.write(topic, ['a']);
      const ours = new Set([open.transactionalId, empty.transactionalId]);
      const list = async (filters: object) => {
        const answer = await open.client.request('ListTransactions', 1, {
          stateFilters: [],
          producerIdFilters: [],
          durationFilter: -1,
          ...filters,
        });
        const names = answer.transactionStates.map((one: Answer) => one.transactionalId);
        return [names.filter((name: string) => ours.has(name)).sort(), answer.unknownStateFilters];
      };
      expect(await list({})).toEqual([[...ours].sort(), []]);
      expect(await list({ stateFilters: ['Ongoing'] })).toEqual([[open.transactionalId], []]);
      expect(await list({ stateFilters: ['Ongoing', 'Odd'] })).toEqual([[open.transactionalId], ['Odd']]);
      expect(await list({ stateFilters: ['Odd'] })).toEqual([[], ['Odd']]);
      expect(await list({ producerIdFilters: [empty.identity.producerId] })).toEqual([[empty.transactionalId], []]);
      const longerThan = (durationFilter: number) => list({ stateFilters: ['Ongoing'], durationFilter });
      expect(await longerThan(600_000)).toEqual([[], []]);
      await eventually(async () => expect(await longerThan(50)).toEqual([[open.transactionalId], []]));
    });

    test('describes the producers of a partition, with where their transactions begin', async () => {
      const topic = await newTopic(subject);
      const producer = await transactionalProducer(subject);
      await produce(producer.client, topic, batch(['before']));
      await producer.write(topic, ['a', 'b']);
      const active = async () => {
        const answer = await producer.client.request('DescribeProducers', 0, {
          topics: [{ name: topic, partitionIndexes: [0] }],
        });
        return answer.topics[0].partitions[0].activeProducers;
      };
      const known = { ...producer.identity, lastSequence: 1 };
      expect(await active()).toMatchObject([{ ...known, currentTxnStartOffset: 1 }]);
      await producer.end(true);
      await untilStable(producer.client, topic, 4);
      expect(await active()).toMatchObject([{ ...known, currentTxnStartOffset: -1 }]);
    });
  });
}
