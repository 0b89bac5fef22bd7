import { describe, expect, test } from 'vitest';
import { wireClient } from '../../../embedded/kafka/wire-client.ts';
import { errorName, newName } from '../names.ts';
import {
  batch,
  deleteRecords,
  earliest,
  fetchFrom,
  latest,
  maxTimestamp,
  newTopic,
  offsetOf,
  produce,
} from '../requests.ts';
import type { Subject } from '../subject.ts';

const hour = 3_600_000;

/** A topic with two batches: times 0 and 1, then 10 and 11 milliseconds after `start`. */
async function timedTopic(subject: Subject) {
  const topic = await newTopic(subject);
  const client = await wireClient(subject);
  const start = Date.now() - hour;
  await produce(client, topic, batch(['a', 'b'], { timestamp: start }));
  await produce(client, topic, batch(['c', 'd'], { timestamp: start + 10 }));
  return { topic, client, start };
}

export function offsetsByTime(subject: Subject): void {
  describe('ListOffsets', () => {
    test('finds the first offset and the end', async () => {
      const { topic, client } = await timedTopic(subject);
      expect(await offsetOf(client, topic, earliest)).toEqual({
        error: 'NONE',
        offset: 0,
        timestamp: -1,
        leaderEpoch: 0,
      });
      expect(await offsetOf(client, topic, latest)).toEqual({
        error: 'NONE',
        offset: 4,
        timestamp: -1,
        leaderEpoch: 0,
      });
    });

    test('finds the first record that is not older than a time', async () => {
      const { topic, client, start } = await timedTopic(subject);
      const at = async (ms: number) => {
        const { offset, timestamp } = await offsetOf(client, topic, start + ms);
        return [offset, timestamp - start];
      };
      expect(await at(-hour)).toEqual([0, 0]);
      expect(await at(0)).toEqual([0, 0]);
      expect(await at(1)).toEqual([1, 1]);
      expect(await at(2)).toEqual([2, 10]);
      expect(await at(11)).toEqual([3, 11]);
    });

    test('finds records by their time in compressed batches as well', async () => {
      const topic = await newTopic(subject);
      const client = await wireClient(subject);
      const start = Date.now() - hour;
      await produce(client, topic, batch(['a', 'b', 'c'], { timestamp: start, gzip: true }));
      expect(await offsetOf(client, topic, start + 1)).toMatchObject({ offset: 1, timestamp: start + 1 });
    });

    test('finds nothing newer than the newest record, without an error', async () => {
      const { topic, client, start } = await timedTopic(subject);
      expect(await offsetOf(client, topic, start + 12)).toMatchObject({ error: 'NONE', offset: -1, timestamp: -1 });
    });

    test('finds the newest record by its time, not by its place', async () => {
      const { topic, client, start } = await timedTopic(subject);
      expect(await offsetOf(client, topic, maxTimestamp)).toMatchObject({ offset: 3, timestamp: start + 11 });
      await produce(client, topic, batch(['late'], { timestamp: start + 5 }));
      expect(await offsetOf(client, topic, maxTimestamp)).toMatchObject({ offset: 3, timestamp: start + 11 });
    });

    test('finds the first of several newest records', async () => {
      const { topic, client, start } = await timedTopic(subject);
      await produce(client, topic, batch(['same'], { timestamp: start + 11 }));
      expect(await offsetOf(client, topic, maxTimestamp)).toMatchObject({ offset: 3, timestamp: start + 11 });
    });

    test('finds both ends, and no newest record, in an empty log', async () => {
      const topic = await newTopic(subject);
      const client = await wireClient(subject);
      for (const timestamp of [earliest, latest]) {
        expect(await offsetOf(client, topic, timestamp)).toMatchObject({ error: 'NONE', offset: 0 });
      }
      for (const timestamp of [maxTimestamp, 0]) {
        expect(await offsetOf(client, topic, timestamp)).toMatchObject({ error: 'NONE', offset: -1, timestamp: -1 });
      }
    });

    test('refuses an unknown topic or partition', async () => {
      const { topic, client } = await timedTopic(subject);
      expect((await offsetOf(client, newName('unknown'), latest)).error).toBe('UNKNOWN_TOPIC_OR_PARTITION');
      expect((await offsetOf(client, topic, latest, { partition: 3 })).error).toBe('UNKNOWN_TOPIC_OR_PARTITION');
    });

    test('knows all records as local, and none in another tier or on its way there', async () => {
      const { topic, client } = await timedTopic(subject);
      await deleteRecords(client, topic, 2);
      const at = async (timestamp: number, version: number) => {
        const answer = await client.request('ListOffsets', version, {
          replicaId: -1,
          isolationLevel: 0,
          topics: [{ name: topic, partitions: [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp }] }],
          timeoutMs: 1000,
        });
        const { errorCode, offset } = answer.topics[0].partitions[0];
        return [errorName(errorCode), offset];
      };
      expect(await at(-4, 8)).toEqual(['NONE', 2]);
      expect(await at(-5, 9)).toEqual(['NONE', -1]);
      expect(await at(-4, 7)).toEqual(['UNSUPPORTED_VERSION', -1]);
      expect(await at(-3, 6)).toEqual(['UNSUPPORTED_VERSION', -1]);
      expect(await at(-99, 9)).toEqual(['UNSUPPORTED_VERSION', -1]);
    });

    test('refuses who knows an epoch of the future', async () => {
      const { topic, client } = await timedTopic(subject);
      expect((await offsetOf(client, topic, latest, { currentLeaderEpoch: 0 })).error).toBe('NONE');
      expect((await offsetOf(client, topic, latest, { currentLeaderEpoch: 5 })).error).toBe('UNKNOWN_LEADER_EPOCH');
    });

    test('refuses a partition that is named twice', async () => {
      const { topic, client } = await timedTopic(subject);
      const partition = { partitionIndex: 0, currentLeaderEpoch: -1, timestamp: latest };
      const answer = await client.request('ListOffsets', 7, {
        replicaId: -1,
        isolationLevel: 0,
        topics: [{ name: topic, partitions: [partition, partition] }],
      });
      expect(errorName(answer.topics[0].partitions[0].errorCode)).toBe('INVALID_REQUEST');
    });
  });

  describe('OffsetForLeaderEpoch', () => {
    const ask = async (topic: string, leaderEpoch: number, currentLeaderEpoch = -1) => {
      const answer = await (await wireClient(subject)).request('OffsetForLeaderEpoch', 4, {
        replicaId: -1,
        topics: [{ topic, partitions: [{ partition: 0, currentLeaderEpoch, leaderEpoch }] }],
      });
      const { errorCode, endOffset, leaderEpoch: found } = answer.topics[0].partitions[0];
      return { error: errorName(errorCode), endOffset, leaderEpoch: found };
    };

    test('answers the end of the log for the leader’s epoch, and nothing for one of the future', async () => {
      const { topic } = await timedTopic(subject);
      expect(await ask(topic, 0)).toEqual({ error: 'NONE', leaderEpoch: 0, endOffset: 4 });
      expect(await ask(topic, 3)).toEqual({ error: 'NONE', leaderEpoch: -1, endOffset: -1 });
    });

    test('refuses an unknown topic, and who knows an epoch of the future', async () => {
      const { topic } = await timedTopic(subject);
      expect((await ask(newName('unknown'), 0)).error).toBe('UNKNOWN_TOPIC_OR_PARTITION');
      expect((await ask(topic, 0, 7)).error).toBe('UNKNOWN_LEADER_EPOCH');
    });
  });

  describe('DeleteRecords', () => {
    test('moves the first offset, below which nothing can be read or found any more', async () => {
      const { topic, client, start } = await timedTopic(subject);
      expect(await deleteRecords(client, topic, 3)).toEqual({ error: 'NONE', lowWatermark: 3 });
      expect(await offsetOf(client, topic, earliest)).toMatchObject({ offset: 3 });
      expect(await offsetOf(client, topic, start)).toMatchObject({ offset: 3, timestamp: start + 11 });
      expect((await fetchFrom(client, topic, 2)).error).toBe('OFFSET_OUT_OF_RANGE');
      // The batch stays whole: the client drops what lies before the offset that it asked for.
      expect(await fetchFrom(client, topic, 3)).toMatchObject({ logStartOffset: 3, values: ['c', 'd'] });
    });

    test('deletes everything for -1, and new records follow on', async () => {
      const { topic, client, start } = await timedTopic(subject);
      expect(await deleteRecords(client, topic, -1)).toEqual({ error: 'NONE', lowWatermark: 4 });
      expect(await offsetOf(client, topic, latest)).toMatchObject({ offset: 4 });
      expect(await fetchFrom(client, topic, 4)).toMatchObject({ error: 'NONE', values: [] });
      expect(await produce(client, topic, batch(['e'], { timestamp: start }))).toMatchObject({ baseOffset: 4 });
      expect(await offsetOf(client, topic, start - hour)).toMatchObject({ offset: 4 });
    });

    test('never goes back', async () => {
      const { topic, client } = await timedTopic(subject);
      await deleteRecords(client, topic, 3);
      expect(await deleteRecords(client, topic, 1)).toEqual({ error: 'NONE', lowWatermark: 3 });
    });

    test('refuses an offset behind the end, or one below -1', async () => {
      const { topic, client } = await timedTopic(subject);
      expect(await deleteRecords(client, topic, 5)).toEqual({ error: 'OFFSET_OUT_OF_RANGE', lowWatermark: -1 });
      expect(await deleteRecords(client, topic, -2)).toEqual({ error: 'OFFSET_OUT_OF_RANGE', lowWatermark: -1 });
      expect(await offsetOf(client, topic, earliest)).toMatchObject({ offset: 0 });
    });

    test('refuses an unknown topic or partition', async () => {
      const { topic, client } = await timedTopic(subject);
      expect((await deleteRecords(client, newName('unknown'), 0)).error).toBe('UNKNOWN_TOPIC_OR_PARTITION');
      expect((await deleteRecords(client, topic, 0, 9)).error).toBe('UNKNOWN_TOPIC_OR_PARTITION');
    });

    test('refuses a topic that is only compacted', async () => {
      const topic = await newTopic(subject, { configs: { 'cleanup.policy': 'compact' } });
      const client = await wireClient(subject);
      await produce(client, topic, batch([{ key: 'k', value: 'v' }]));
      expect(await deleteRecords(client, topic, 1)).toEqual({ error: 'POLICY_VIOLATION', lowWatermark: -1 });
    });
  });
}
