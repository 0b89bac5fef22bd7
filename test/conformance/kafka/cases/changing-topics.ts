import { describe, expect, test } from 'vitest';
import { type Answer, wireClient } from '../../../embedded/kafka/wire-client.ts';
import { eventually } from '../../../helpers/eventually.ts';
import { errorName, newName } from '../names.ts';
import { batch, commitOffsets, committedOffset, fetchFrom, newTopic, produce, untilServing } from '../requests.ts';
import type { Subject } from '../subject.ts';

interface Growth {
  readonly count: number;
  readonly assignments?: ReadonlyArray<{ readonly brokerIds: readonly number[] }>;
}

async function grow(subject: Subject, name: string, growth: Growth, validateOnly = false): Promise<string> {
  const client = await wireClient(subject);
  const answer = await client.request('CreatePartitions', 3, {
    topics: [{ name, assignments: null, ...growth }],
    timeoutMs: 10_000,
    validateOnly,
  });
  return errorName(answer.results[0].errorCode);
}

async function partitionsOf(subject: Subject, name: string): Promise<number> {
  const answer = await (await wireClient(subject)).request('Metadata', 9, { topics: [{ name }] });
  return answer.topics[0].partitions.length;
}

async function remove(
  subject: Subject,
  topics: ReadonlyArray<{ readonly name?: string; readonly topicId?: string }>,
): Promise<readonly Answer[]> {
  const answer = await (await wireClient(subject)).request('DeleteTopics', 6, {
    topics: topics.map((one) => ({ name: null, topicId: '0'.repeat(32), ...one })),
    timeoutMs: 10_000,
  });
  return answer.responses.map((one: Answer) => ({ ...one, error: errorName(one.errorCode) }));
}

async function idOf(subject: Subject, name: string): Promise<string> {
  const answer = await (await wireClient(subject)).request('Metadata', 12, { topics: [{ name }] });
  return answer.topics[0].topicId;
}

const untilGone = (subject: Subject, name: string): Promise<unknown> =>
  eventually(async () => {
    const answer = await (await wireClient(subject)).request('Metadata', 9, { topics: [{ name }] });
    expect(answer.topics[0].errorCode).toBe(3);
  });

export function changingTopics(subject: Subject): void {
  describe('CreatePartitions', () => {
    test('adds partitions, which begin empty, and keeps the records of the others', async () => {
      const topic = await newTopic(subject);
      const client = await wireClient(subject);
      await produce(client, topic, batch(['before']));

      expect(await grow(subject, topic, { count: 3 })).toBe('NONE');

      await untilServing(client, topic, 3);
      expect(await partitionsOf(subject, topic)).toBe(3);
      expect((await fetchFrom(client, topic, 0)).values).toEqual(['before']);
      expect(await produce(client, topic, batch(['new']), { partition: 2 })).toMatchObject({ baseOffset: 0 });
    });

    test.each<[string, Growth, string]>([
      ['as many as there are', { count: 2 }, 'INVALID_PARTITIONS'],
      ['fewer than there are', { count: 1 }, 'INVALID_PARTITIONS'],
      ['none', { count: 0 }, 'INVALID_PARTITIONS'],
      ['an assignment for too few', { count: 4, assignments: [{ brokerIds: [1] }] }, 'INVALID_REPLICA_ASSIGNMENT'],
      ['an unknown broker', { count: 3, assignments: [{ brokerIds: [9] }] }, 'INVALID_REPLICA_ASSIGNMENT'],
    ])('refuses %s', async (_what, growth, error) => {
      const topic = await newTopic(subject, { partitions: 2 });
      expect(await grow(subject, topic, growth)).toBe(error);
      expect(await partitionsOf(subject, topic)).toBe(2);
    });

    test('takes an assignment for the new ones only', async () => {
      const topic = await newTopic(subject, { partitions: 2 });
      expect(await grow(subject, topic, { count: 3, assignments: [{ brokerIds: [1] }] })).toBe('NONE');
    });

    test('refuses an unknown topic', async () => {
      expect(await grow(subject, newName('unknown'), { count: 3 })).toBe('UNKNOWN_TOPIC_OR_PARTITION');
    });

    test('adds nothing when it is only to validate', async () => {
      const topic = await newTopic(subject);
      expect(await grow(subject, topic, { count: 3 }, true)).toBe('NONE');
      expect(await grow(subject, topic, { count: 1 }, true)).toBe('INVALID_PARTITIONS');
      expect(await partitionsOf(subject, topic)).toBe(1);
    });
  });

  describe('DeleteTopics', () => {
    test('removes a topic by its name or by its id, and answers both', async () => {
      const [one, two] = [await newTopic(subject), await newTopic(subject)];
      const [first, second] = [await idOf(subject, one), await idOf(subject, two)];
      expect(await remove(subject, [{ name: one }])).toMatchObject([{ error: 'NONE', name: one, topicId: first }]);
      expect(await remove(subject, [{ topicId: second }])).toMatchObject([
        { error: 'NONE', name: two, topicId: second },
      ]);
      await untilGone(subject, one);
      await untilGone(subject, two);
    });

    test('refuses topics that are not there, and removes the others', async () => {
      const topic = await newTopic(subject);
      const answers = await remove(subject, [
        { name: newName('unknown') },
        { topicId: 'f'.repeat(32) },
        { name: topic },
      ]);
      expect(answers.map(({ error }) => error).sort()).toEqual([
        'NONE',
        'UNKNOWN_TOPIC_ID',
        'UNKNOWN_TOPIC_OR_PARTITION',
      ]);
      await untilGone(subject, topic);
    });

    test('refuses a topic that is named twice', async () => {
      const topic = await newTopic(subject);
      const answers = await remove(subject, [{ name: topic }, { name: topic }]);
      expect(answers.map(({ error }) => error)).toEqual(['INVALID_REQUEST']);
      expect(await partitionsOf(subject, topic)).toBe(1);
    });

    test('leaves nothing of a topic to the next one of its name', async () => {
      const topic = await newTopic(subject);
      const client = await wireClient(subject);
      await produce(client, topic, batch(['old']));
      const id = await idOf(subject, topic);
      await remove(subject, [{ name: topic }]);
      await untilGone(subject, topic);
      expect(await produce(client, topic, batch(['late']))).toMatchObject({ error: 'UNKNOWN_TOPIC_OR_PARTITION' });

      await client.request('CreateTopics', 7, {
        timeoutMs: 10_000,
        validateOnly: false,
        topics: [{ name: topic, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
      });
      await untilServing(client, topic, 1);

      expect(await idOf(subject, topic)).not.toBe(id);
      expect(await fetchFrom(client, topic, 0)).toMatchObject({ error: 'NONE', highWatermark: 0, values: [] });
    });

    test('removes the offsets that groups have in the topic', async () => {
      const [topic, other, group] = [await newTopic(subject), await newTopic(subject), newName('group')];
      const client = await wireClient(subject);
      await commitOffsets(client, group, [
        { topic, offset: 5 },
        { topic: other, offset: 6 },
      ]);
      expect(await committedOffset(client, group, topic)).toMatchObject({ offset: 5 });

      await remove(subject, [{ name: topic }]);

      await eventually(async () => expect(await committedOffset(client, group, topic)).toMatchObject({ offset: -1 }));
      expect(await committedOffset(client, group, other)).toMatchObject({ offset: 6 });
    });

    test('ends the fetches that wait for the topic', async () => {
      const topic = await newTopic(subject);
      const client = await wireClient(subject);
      const waiting = fetchFrom(client, topic, 0, { maxWaitMs: 15_000 });
      await remove(subject, [{ name: topic }]);
      expect(await waiting).toMatchObject({ error: 'UNKNOWN_TOPIC_OR_PARTITION', values: [] });
    });
  });
}
