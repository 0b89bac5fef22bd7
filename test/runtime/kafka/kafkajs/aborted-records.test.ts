import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { superviseConsumer } from '../../../../src/runtime/kafka/consumer.ts';
import { type ReadRecord, withoutAborted } from '../../../../src/runtime/kafka/kafkajs/aborted-records.ts';
import { createLogger } from '../../../../src/runtime/log.ts';
import { eventually } from '../../../helpers/eventually.ts';
import { brokerForTest, clientOf, createTopic, produce, textOf } from '../../../helpers/runtime/kafka.ts';

describe('who reads committed records', () => {
  test.each([
    ['from the start', 0n],
    ['from within', 4n],
  ])('reads none of two overlapping transactions that were aborted, %s', async (_, start) => {
    const broker = await brokerForTest();
    const client = clientOf(broker);
    await createTopic(client, 'wines', 1);
    const [a, b] = [client.producer({ transactionalId: 'a' }), client.producer({ transactionalId: 'b' })];
    await Promise.all([a.connect(), b.connect()]);
    const [ofA, ofB] = [await a.transaction(), await b.transaction()];
    // As a Java client writes integers: the first key is that of a mark.
    const java = (n: number) => Buffer.from([0, 0, 0, n]);
    await ofA.send({ topic: 'wines', messages: [0, 1, 2].map((n) => ({ key: java(n), value: `a${n}` })) });
    await ofB.send({ topic: 'wines', messages: [0, 1, 2].map((n) => ({ key: java(n), value: `b${n}` })) });
    await ofA.send({ topic: 'wines', messages: [{ value: 'a3' }] });
    await ofB.abort();
    await ofA.abort();
    await produce(client, 'wines', [{ key: java(0), value: 'good' }]);
    const seen: (string | null)[] = [];
    const consumer = superviseConsumer({
      client,
      groupId: 'readers',
      topics: async () => ['wines'],
      offsetReset: 'earliest',
      log: createLogger(() => undefined, 'test', 'info'),
      onAssigned: () => undefined,
      beginAt: async (all) => all.map((at) => ({ ...at, start, landmarks: [] })),
      onBatch: ({ messages }) => void seen.push(...messages.map(({ value }) => textOf(value))),
    });
    onTestFinished(async () => {
      await consumer.close();
      await Promise.all([a.disconnect(), b.disconnect()]);
    });
    await eventually(() => expect(seen).toContain('good'));
    expect(seen).toEqual(['good']);
  });

  test('reads what was committed and what is in no transaction, however those that were aborted overlap', () => {
    const producers = ['1', '2', '3'];
    const step = fc.record({
      producerId: fc.constantFrom(...producers),
      what: fc.constantFrom('write', 'write', 'write', 'abort', 'commit', 'write outside'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat({ max: 60 }), (steps, from) => {
        const open = new Map<string, { first: number; records: ReadRecord[] }>();
        const log: ReadRecord[] = [];
        const aborted: { producerId: string; firstOffset: string; last: number }[] = [];
        const dropped = new Set<ReadRecord>();
        const add = (producerId: string, inTransaction: boolean, key: Buffer | null, isControlRecord: boolean) => {
          const record = {
            offset: String(log.length),
            key,
            isControlRecord,
            batchContext: { producerId, inTransaction },
          };
          log.push(record);
          return record;
        };
        // Those that are open in the end are aborted, so that none reaches beyond the last stable offset.
        const ends = producers.map((producerId) => ({ producerId, what: 'abort' }));
        for (const { producerId, what } of [...steps, ...ends]) {
          if (what === 'write outside') add(`${producerId}'`, false, Buffer.from([0, 0, 0, 0]), false);
          else if (what === 'write') {
            const of = open.get(producerId) ?? { first: log.length, records: [] };
            of.records.push(add(producerId, true, Buffer.from([0, 0, 0, 0]), false));
            open.set(producerId, of);
          } else {
            const of = open.get(producerId);
            if (of === undefined) continue;
            add(producerId, true, Buffer.from([0, 0, 0, what === 'abort' ? 0 : 1]), true);
            open.delete(producerId);
            if (what !== 'abort') continue;
            aborted.push({ producerId, firstOffset: String(of.first), last: log.length - 1 });
            for (const record of of.records) dropped.add(record);
          }
        }
        const messages = log.slice(from);
        const abortedTransactions = aborted.filter(({ last }) => last >= from);
        expect(withoutAborted({ messages, abortedTransactions })).toEqual(
          messages.filter((record) => !dropped.has(record)),
        );
      }),
      { numRuns: 1000 },
    );
  });
});
