import { describe, expect, test } from 'vitest';
import { type Answer, wireClient } from '../../../embedded/kafka/wire-client.ts';
import { groupOfOne, newMember, subscription } from '../member.ts';
import { errorName, newName } from '../names.ts';
import { commitOffsets, committedOffset, newTopic } from '../requests.ts';
import type { Subject } from '../subject.ts';

/** All offsets of groups: group → topic-partition → offset. */
async function allOffsets(subject: Subject, groups: readonly string[]) {
  const answer = await (await wireClient(subject)).request('OffsetFetch', 8, {
    groups: groups.map((groupId) => ({ groupId, topics: null })),
    requireStable: false,
  });
  return answer.groups.map(({ groupId, topics, errorCode }: Answer) => [
    groupId,
    errorName(errorCode),
    topics
      .flatMap(({ name, partitions }: Answer) =>
        partitions.map((one: Answer) => `${name}/${one.partitionIndex}: ${one.committedOffset}`),
      )
      .sort(),
  ]);
}

export function groupOffsets(subject: Subject): void {
  describe('OffsetCommit', () => {
    test('keeps an offset with its metadata and leader epoch', async () => {
      const [group, topic] = [newName('group'), await newTopic(subject)];
      const client = await wireClient(subject);
      expect(await commitOffsets(client, group, [{ topic, offset: 5, metadata: 'm', leaderEpoch: 0 }])).toEqual([
        'NONE',
      ]);
      const kept = { error: 'NONE', offset: 5, metadata: 'm', leaderEpoch: 0 };
      expect(await committedOffset(client, group, topic)).toEqual(kept);
      await commitOffsets(client, group, [{ topic, offset: 4 }]);
      expect(await committedOffset(client, group, topic)).toEqual({
        ...kept,
        offset: 4,
        metadata: '',
        leaderEpoch: -1,
      });
    });

    test('keeps what it can and refuses the rest', async () => {
      const [group, topic] = [newName('group'), await newTopic(subject, { partitions: 2 })];
      const client = await wireClient(subject);
      const unknown = newName('unknown');
      const errors = await commitOffsets(client, group, [
        { topic, offset: 1 },
        { topic, partition: 1, offset: 1, metadata: 'm'.repeat(4097) },
        { topic, partition: 9, offset: 1 },
        { topic: unknown, offset: 1 },
      ]);
      expect([...errors].sort()).toEqual([
        'NONE',
        'OFFSET_METADATA_TOO_LARGE',
        'UNKNOWN_TOPIC_OR_PARTITION',
        'UNKNOWN_TOPIC_OR_PARTITION',
      ]);
      expect(await allOffsets(subject, [group])).toEqual([[group, 'NONE', [`${topic}/0: 1`]]]);
    });

    test('takes offsets from anybody as long as the group has no members', async () => {
      const topic = await newTopic(subject);
      const member = await groupOfOne(subject, newName('group'));
      const offsets = [{ topic, offset: 9 }];
      expect(await commitOffsets(member.client, member.groupId, offsets)).toEqual(['UNKNOWN_MEMBER_ID']);
      await member.leave();
      expect(await commitOffsets(member.client, member.groupId, offsets)).toEqual(['NONE']);
    });

    test('takes offsets from members of the generation only', async () => {
      const topic = await newTopic(subject);
      const member = await groupOfOne(subject, newName('group'));
      expect(await member.commit({ topic, offset: 1 })).toBe('NONE');
      const stranger = await newMember(subject, member.groupId);
      stranger.generationId = member.generationId;
      stranger.memberId = 'stranger';
      expect(await stranger.commit({ topic, offset: 2 })).toBe('UNKNOWN_MEMBER_ID');
      member.generationId++;
      expect(await member.commit({ topic, offset: 2 })).toBe('ILLEGAL_GENERATION');
      const lost = await newMember(subject, newName('unknown'));
      lost.memberId = 'lost';
      lost.generationId = 3;
      expect(await lost.commit({ topic, offset: 2 })).toBe('ILLEGAL_GENERATION');
      expect(await committedOffset(member.client, member.groupId, topic)).toMatchObject({ offset: 1 });
    });
  });

  describe('OffsetFetch', () => {
    test('answers -1 where nothing was committed', async () => {
      const [group, topic] = [newName('group'), await newTopic(subject)];
      const client = await wireClient(subject);
      const nothing = { error: 'NONE', offset: -1, metadata: '', leaderEpoch: -1 };
      expect(await committedOffset(client, group, topic)).toEqual(nothing);
      expect(await committedOffset(client, group, newName('unknown'))).toEqual(nothing);
    });

    test('answers all offsets of several groups at once', async () => {
      const [one, two, none] = [newName('group'), newName('group'), newName('group')];
      const topics = [await newTopic(subject, { partitions: 2 }), await newTopic(subject)];
      const client = await wireClient(subject);
      await commitOffsets(client, one, [
        { topic: topics[0] as string, partition: 0, offset: 1 },
        { topic: topics[0] as string, partition: 1, offset: 2 },
        { topic: topics[1] as string, partition: 0, offset: 3 },
      ]);
      await commitOffsets(client, two, [{ topic: topics[1] as string, offset: 4 }]);
      expect(await allOffsets(subject, [one, two, none])).toEqual([
        [one, 'NONE', [`${topics[0]}/0: 1`, `${topics[0]}/1: 2`, `${topics[1]}/0: 3`].sort()],
        [two, 'NONE', [`${topics[1]}/0: 4`]],
        [none, 'NONE', []],
      ]);
    });
  });

  describe('OffsetDelete', () => {
    const remove = async (groupId: string, places: ReadonlyArray<{ topic: string; partition?: number }>) => {
      const answer = await (await wireClient(subject)).request('OffsetDelete', 0, {
        groupId,
        topics: [...Map.groupBy(places, ({ topic }) => topic)].map(([name, partitions]) => ({
          name,
          partitions: partitions.map(({ partition = 0 }) => ({ partitionIndex: partition })),
        })),
      });
      const partitions = answer.topics.flatMap((one: Answer) => one.partitions);
      return [errorName(answer.errorCode), partitions.map((one: Answer) => errorName(one.errorCode))];
    };

    test('removes the offsets of some partitions', async () => {
      const [group, topic] = [newName('group'), await newTopic(subject, { partitions: 3 })];
      const client = await wireClient(subject);
      await commitOffsets(client, group, [
        { topic, partition: 0, offset: 1 },
        { topic, partition: 1, offset: 2 },
      ]);
      // Nothing was committed for partition 2: it is gone as well as the other.
      expect(await remove(group, [{ topic }, { topic, partition: 2 }])).toEqual(['NONE', ['NONE', 'NONE']]);
      expect(await allOffsets(subject, [group])).toEqual([[group, 'NONE', [`${topic}/1: 2`]]]);
    });

    test('refuses an unknown group, and unknown partitions', async () => {
      const [group, topic] = [newName('group'), await newTopic(subject)];
      await commitOffsets(await wireClient(subject), group, [{ topic, offset: 1 }]);
      expect(await remove(newName('unknown'), [{ topic }])).toEqual(['GROUP_ID_NOT_FOUND', []]);
      expect(await remove(group, [{ topic, partition: 9 }])).toEqual(['NONE', ['UNKNOWN_TOPIC_OR_PARTITION']]);
    });

    test('spares the topics that the members of the group have subscribed to', async () => {
      const [topic, other] = [await newTopic(subject), await newTopic(subject)];
      const protocols = [{ name: 'range', metadata: subscription([topic]) }];
      const member = await groupOfOne(subject, newName('group'), { protocols });
      await member.commit({ topic, offset: 1 });
      await member.commit({ topic: other, offset: 2 });
      expect(await remove(member.groupId, [{ topic }])).toEqual(['NONE', ['GROUP_SUBSCRIBED_TO_TOPIC']]);
      expect(await remove(member.groupId, [{ topic: other }])).toEqual(['NONE', ['NONE']]);
      expect(await allOffsets(subject, [member.groupId])).toEqual([[member.groupId, 'NONE', [`${topic}/0: 1`]]]);
    });

    test('refuses a group of another protocol that has members', async () => {
      const topic = await newTopic(subject);
      const { groupId } = await groupOfOne(subject, newName('group'), { protocolType: 'connect' });
      expect(await remove(groupId, [{ topic }])).toEqual(['NON_EMPTY_GROUP', []]);
    });
  });
}
