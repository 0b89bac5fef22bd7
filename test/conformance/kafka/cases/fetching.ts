import { describe, expect, test } from 'vitest';
import { wireClient } from '../../../embedded/kafka/wire-client.ts';
import { newName } from '../names.ts';
import { batch, deleteRecords, fetchAll, fetchFrom, newTopic, produce } from '../requests.ts';
import type { Subject } from '../subject.ts';

/** A batch with one record, 1,000 bytes and some more. */
const kilobyte = (name: string): Buffer => batch([name + '.'.repeat(1000 - name.length)]);
const firstLetters = (values: readonly string[]): readonly string[] => values.map((value) => value.slice(0, 1));

/** What a request takes in milliseconds. */
async function timed<T>(work: Promise<T>): Promise<readonly [T, number]> {
  const start = performance.now();
  const answer = await work;
  return [answer, performance.now() - start];
}

const longWait = { maxWaitMs: 15_000 };
/** Far less than a wait, and enough for a slow machine. */
const atOnceMs = 3_000;

export function fetching(subject: Subject): void {
  describe('Fetch', () => {
    test('answers batches from an offset on, with the ends of the log', async () => {
      const topic = await newTopic(subject);
      const client = await wireClient(subject);
      for (const values of [['a', 'b'], ['c'], ['d']]) await produce(client, topic, batch(values));
      expect(await fetchFrom(client, topic, 2)).toMatchObject({
        error: 'NONE',
        values: ['c', 'd'],
        highWatermark: 4,
        lastStableOffset: 4,
        logStartOffset: 0,
        abortedTransactions: null,
      });
    });

    test('answers the whole batch around an offset, and leaves the rest to the client', async () => {
      const topic = await newTopic(subject);
      const client = await wireClient(subject);
      await produce(client, topic, batch(['a', 'b', 'c']));
      expect((await fetchFrom(client, topic, 2)).batches).toMatchObject([{ baseOffset: 0, lastOffset: 2 }]);
    });

    test('answers nothing at the end of the log', async () => {
      const topic = await newTopic(subject);
      const client = await wireClient(subject);
      await produce(client, topic, batch(['a']));
      expect(await fetchFrom(client, topic, 1)).toMatchObject({ error: 'NONE', batches: [], highWatermark: 1 });
    });

    test('refuses an offset before the first or behind the end, at once', async () => {
      const topic = await newTopic(subject);
      const client = await wireClient(subject);
      await produce(client, topic, batch(['a', 'b', 'c']));
      await deleteRecords(client, topic, 2);
      for (const offset of [0, 1, 4, 1000]) {
        const [answer, ms] = await timed(fetchFrom(client, topic, offset, longWait));
        expect(answer).toMatchObject({ error: 'OFFSET_OUT_OF_RANGE', values: [] });
        expect(ms).toBeLessThan(atOnceMs);
      }
      expect(await fetchFrom(client, topic, 3)).toMatchObject({ error: 'NONE', logStartOffset: 2 });
    });

    test('refuses an unknown topic or partition, at once where nothing else is asked for', async () => {
      const topic = await newTopic(subject);
      const client = await wireClient(subject);
      const places = [
        { topic: newName('unknown'), offset: 0 },
        { topic, partition: 5, offset: 0 },
      ];
      const [answers, ms] = await timed(fetchAll(client, places, longWait));
      expect(answers.map(({ error }) => error)).toEqual(['UNKNOWN_TOPIC_OR_PARTITION', 'UNKNOWN_TOPIC_OR_PARTITION']);
      expect(ms).toBeLessThan(atOnceMs);
    });

    test('answers unknown topics together with what the others have, and not before', async () => {
      const topic = await newTopic(subject);
      const [reader, writer] = [await wireClient(subject), await wireClient(subject)];
      const places = [
        { topic: newName('unknown'), offset: 0 },
        { topic, offset: 0 },
      ];
      const [, ms] = await timed(fetchAll(reader, places, { maxWaitMs: 300 }));
      expect(ms).toBeGreaterThan(250);

      const waiting = fetchAll(reader, places, longWait);
      await produce(writer, topic, batch(['a']));

      expect(await waiting).toMatchObject([{ error: 'UNKNOWN_TOPIC_OR_PARTITION' }, { error: 'NONE', values: ['a'] }]);
    });

    test('refuses a reader that knows an epoch of the future', async () => {
      const topic = await newTopic(subject);
      const client = await wireClient(subject);
      expect((await fetchFrom(client, topic, 0, { currentLeaderEpoch: 0 })).error).toBe('NONE');
      expect((await fetchFrom(client, topic, 0, { currentLeaderEpoch: 9 })).error).toBe('UNKNOWN_LEADER_EPOCH');
    });
  });

  describe('a fetch that waits', () => {
    test('is answered empty when its time is over', async () => {
      const topic = await newTopic(subject);
      const client = await wireClient(subject);
      const [answer, ms] = await timed(fetchFrom(client, topic, 0, { maxWaitMs: 300 }));
      expect(answer).toMatchObject({ error: 'NONE', values: [] });
      expect(ms).toBeGreaterThan(250);
    });

    test('is answered at once when a record comes', async () => {
      const topic = await newTopic(subject);
      const [reader, writer] = [await wireClient(subject), await wireClient(subject)];
      const waiting = timed(fetchFrom(reader, topic, 0, longWait));
      await produce(writer, topic, batch(['news']));
      const [{ values }, ms] = await waiting;
      expect(values).toEqual(['news']);
      expect(ms).toBeLessThan(atOnceMs);
    });

    test('is answered at once when it asks for no bytes', async () => {
      const topic = await newTopic(subject);
      const [, ms] = await timed(fetchFrom(await wireClient(subject), topic, 0, { ...longWait, minBytes: 0 }));
      expect(ms).toBeLessThan(atOnceMs);
    });

    test('does not hold back a partition with data because of one without', async () => {
      const topic = await newTopic(subject, { partitions: 3 });
      const client = await wireClient(subject);
      await produce(client, topic, batch(['ready']), { partition: 1 });
      const places = [0, 1, 2].map((partition) => ({ topic, partition, offset: 0 }));
      const [answers, ms] = await timed(fetchAll(client, places, longWait));
      expect(answers.map(({ values }) => values)).toEqual([[], ['ready'], []]);
      expect(ms).toBeLessThan(atOnceMs);
    });

    test('waits for its smallest number of bytes, over all partitions', async () => {
      const topic = await newTopic(subject, { partitions: 2 });
      const [reader, writer] = [await wireClient(subject), await wireClient(subject)];
      await produce(writer, topic, kilobyte('a'));
      const places = [0, 1].map((partition) => ({ topic, partition, offset: 0 }));
      let isAnswered = false;
      const waiting = fetchAll(reader, places, { ...longWait, minBytes: 2000 }).finally(() => {
        isAnswered = true;
      });
      // Another fetch goes its whole wait meanwhile.
      await fetchFrom(writer, topic, 0, { partition: 1, maxWaitMs: 200 });
      expect(isAnswered).toBe(false);

      await produce(writer, topic, kilobyte('b'), { partition: 1 });

      expect((await waiting).map(({ values }) => firstLetters(values))).toEqual([['a'], ['b']]);
    });

    test('is answered with what there is when its time is over before its bytes are there', async () => {
      const topic = await newTopic(subject);
      const client = await wireClient(subject);
      await produce(client, topic, batch(['a']));
      const [{ values }, ms] = await timed(fetchFrom(client, topic, 0, { maxWaitMs: 300, minBytes: 100_000 }));
      expect(values).toEqual(['a']);
      expect(ms).toBeGreaterThan(250);
    });
  });

  describe('the limits of a fetch', () => {
    async function twoPartitions() {
      const topic = await newTopic(subject, { partitions: 2 });
      const client = await wireClient(subject);
      for (const [partition, name] of [
        [0, 'a'],
        [0, 'b'],
        [1, 'c'],
        [1, 'd'],
      ] as const) {
        await produce(client, topic, kilobyte(name), { partition });
      }
      const read = async (options: object) => {
        const places = [0, 1].map((partition) => ({ topic, partition, offset: 0 }));
        return (await fetchAll(client, places, options)).map(({ values }) => firstLetters(values));
      };
      return { topic, client, read };
    }

    test('let the first batch through whole, however large it is', async () => {
      const { read } = await twoPartitions();
      expect(await read({ maxBytes: 1 })).toEqual([['a'], []]);
      expect(await read({ partitionMaxBytes: 1 })).toEqual([['a'], []]);
    });

    test('count over all partitions', async () => {
      const { read } = await twoPartitions();
      expect(await read({ maxBytes: 2500 })).toEqual([['a', 'b'], []]);
      expect(await read({ maxBytes: 3500 })).toEqual([['a', 'b'], ['c']]);
    });

    test('count for each partition', async () => {
      const { read } = await twoPartitions();
      expect(await read({ partitionMaxBytes: 1500 })).toEqual([['a'], ['c']]);
    });

    test('count from the first partition that has data', async () => {
      const { client, topic } = await twoPartitions();
      const places = [
        { topic, partition: 0, offset: 2 },
        { topic, partition: 1, offset: 0 },
      ];
      const answers = await fetchAll(client, places, { maxBytes: 1 });
      expect(answers.map(({ values }) => firstLetters(values))).toEqual([[], ['c']]);
    });
  });
}
