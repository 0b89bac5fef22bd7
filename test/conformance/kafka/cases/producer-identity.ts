import { describe, expect, test } from 'vitest';
import { wireClient } from '../../../embedded/kafka/wire-client.ts';
import { newName } from '../names.ts';
import { fetchFrom, latest, newTopic, offsetOf } from '../requests.ts';
import { type Subject, testUnless } from '../subject.ts';
import { initProducer, TransactionalProducer, transactionalProducer, untilStable } from '../transactional-producer.ts';

export function producerIdentity(subject: Subject): void {
  describe('InitProducerId', () => {
    test('gives a new transactional id epoch 0, and the same id with the next epoch each time it is asked again', async () => {
      const client = await wireClient(subject);
      const name = newName('transaction');
      const first = await initProducer(client, name);
      expect(first).toMatchObject({ error: 'NONE', producerEpoch: 0 });
      expect(await initProducer(client, name)).toEqual({ ...first, producerEpoch: 1 });
      expect(await initProducer(client, name)).toEqual({ ...first, producerEpoch: 2 });
    });

    test('gives who knows its id and epoch the next epoch', async () => {
      const client = await wireClient(subject);
      const name = newName('transaction');
      const { error: _, ...known } = await initProducer(client, name);
      expect(await initProducer(client, name, { known })).toEqual({ error: 'NONE', ...known, producerEpoch: 1 });
    });

    test('answers who has lost the answer the same again', async () => {
      const client = await wireClient(subject);
      const name = newName('transaction');
      const { error: _, ...known } = await initProducer(client, name);
      const next = await initProducer(client, name, { known });
      expect(await initProducer(client, name, { known })).toEqual(next);
    });

    test('refuses who was fenced, by PRODUCER_FENCED, or INVALID_PRODUCER_EPOCH before that had a code', async () => {
      const client = await wireClient(subject);
      const name = newName('transaction');
      const { error: _, ...known } = await initProducer(client, name);
      await initProducer(client, name);
      await initProducer(client, name);
      expect((await initProducer(client, name, { known })).error).toBe('PRODUCER_FENCED');
      expect((await initProducer(client, name, { known, version: 3 })).error).toBe('INVALID_PRODUCER_EPOCH');
    });

    test('refuses who names the id of another producer', async () => {
      const client = await wireClient(subject);
      const name = newName('transaction');
      const { producerId } = await initProducer(client, name);
      const known = { producerId: producerId + 100_000, producerEpoch: 0 };
      expect((await initProducer(client, name, { known })).error).toBe('PRODUCER_FENCED');
    });

    test('takes any id for a new transactional id', async () => {
      const client = await wireClient(subject);
      const known = { producerId: 0, producerEpoch: 0 };
      expect(await initProducer(client, newName('transaction'), { known })).toMatchObject({
        error: 'NONE',
        producerEpoch: 0,
      });
    });

    test('gives an idempotent producer that knows its id a new one', async () => {
      const client = await wireClient(subject);
      const { error: _, ...known } = await initProducer(client, null);
      const again = await initProducer(client, null, { known });
      expect(again).toMatchObject({ error: 'NONE', producerEpoch: 0 });
      expect(again.producerId).not.toBe(known.producerId);
    });

    test.each([
      ['no time', 0],
      ['less than no time', -1],
      ['more time than transaction.max.timeout.ms', 15 * 60_000 + 1],
    ])('refuses a transaction %s', async (_what, timeoutMs) => {
      const client = await wireClient(subject);
      const refused = await initProducer(client, newName('transaction'), { timeoutMs });
      expect(refused).toEqual({ error: 'INVALID_TRANSACTION_TIMEOUT', producerId: -1, producerEpoch: -1 });
    });

    test('refuses an empty transactional id', async () => {
      expect((await initProducer(await wireClient(subject), '')).error).toBe('INVALID_REQUEST');
    });

    test('refuses an id without an epoch', async () => {
      const known = { producerId: 5, producerEpoch: -1 };
      const client = await wireClient(subject);
      expect((await initProducer(client, newName('transaction'), { known })).error).toBe('INVALID_REQUEST');
    });
  });

  describe('a producer whose transactional id was taken over', () => {
    async function takenOver() {
      const topic = await newTopic(subject, { partitions: 2 });
      const zombie = await transactionalProducer(subject);
      await zombie.write(topic, ['left open']);
      const heir = await transactionalProducer(subject, { transactionalId: zombie.transactionalId });
      return { topic, zombie, heir };
    }

    test('has its open transaction aborted', async () => {
      const { topic, zombie, heir } = await takenOver();
      await untilStable(heir.client, topic, 2);
      const { abortedTransactions, batches } = await fetchFrom(heir.client, topic, 0, { committed: true });
      expect(abortedTransactions).toEqual([{ producerId: zombie.identity.producerId, firstOffset: 0 }]);
      expect(batches.at(-1)).toMatchObject({ control: true, values: ['ABORT'] });
      expect(batches.at(-1)?.producerEpoch).toBeGreaterThan(zombie.identity.producerEpoch);
    });

    test('can add, write and end nothing more', async () => {
      const { topic, zombie, heir } = await takenOver();
      await untilStable(heir.client, topic, 2);
      expect(await zombie.add(topic, 1)).toBe('PRODUCER_FENCED');
      expect(await zombie.addGroup(newName('group'))).toBe('PRODUCER_FENCED');
      expect(await zombie.end(true)).toBe('PRODUCER_FENCED');
      expect(await zombie.end(true, 1)).toBe('INVALID_PRODUCER_EPOCH');
      expect((await zombie.send(topic, ['late'])).error).toBe('INVALID_PRODUCER_EPOCH');
      expect(await offsetOf(heir.client, topic, latest)).toMatchObject({ offset: 2 });
    });

    testUnless(subject, { apache: 'it aborts the transaction of the heir before it looks at the epoch of who asks' })(
      'does not disturb its heir by asking for its next epoch either',
      async () => {
        const { topic, zombie, heir } = await takenOver();
        await heir.write(topic, ['good']);
        const asked = await initProducer(zombie.client, zombie.transactionalId, { known: zombie.identity });
        expect(asked.error).toBe('PRODUCER_FENCED');
        expect(await heir.end(true)).toBe('NONE');
      },
    );

    test('does not disturb its heir', async () => {
      const { topic, zombie, heir } = await takenOver();
      expect((await heir.write(topic, ['good'])).error).toBe('NONE');
      await zombie.end(false);
      await zombie.send(topic, ['late']);
      expect(await heir.end(true)).toBe('NONE');
      await untilStable(heir.client, topic, 4);
      expect((await fetchFrom(heir.client, topic, 2, { committed: true })).values).toEqual(['good']);
    });
  });

  describe('a transaction that is not ended in time', () => {
    test('is aborted, counted from its begin, and its producer is fenced', async () => {
      const topic = await newTopic(subject);
      const producer = await transactionalProducer(subject, { timeoutMs: 1_000 });
      const { client } = producer;
      await producer.write(topic, ['slow']);
      expect(await offsetOf(client, topic, latest, { committed: true })).toMatchObject({ offset: 0 });

      await untilStable(client, topic, 2);

      expect(await fetchFrom(client, topic, 0, { committed: true })).toMatchObject({
        abortedTransactions: [{ producerId: producer.identity.producerId, firstOffset: 0 }],
      });
      expect((await producer.send(topic, ['late'])).error).toBe('INVALID_PRODUCER_EPOCH');
      expect(await producer.end(true)).toBe('PRODUCER_FENCED');
    });

    test('lets its producer go on with a new epoch', async () => {
      const topic = await newTopic(subject);
      const producer = await transactionalProducer(subject, { timeoutMs: 1_000 });
      const { client, transactionalId, identity: known } = producer;
      await producer.write(topic, ['slow']);
      await untilStable(client, topic, 2);

      const next = await initProducer(client, transactionalId, { known });

      expect(next).toMatchObject({ error: 'NONE', producerId: known.producerId });
      expect(next.producerEpoch).toBeGreaterThan(known.producerEpoch);
      const again = new TransactionalProducer(transactionalId, client, next);
      expect((await again.write(topic, ['good'])).error).toBe('NONE');
      expect(await again.end(true)).toBe('NONE');
    });
  });
}
