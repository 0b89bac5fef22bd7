import { describe, expect, test } from 'vitest';
import { consume, kafkaOf, producerOf } from '../../../embedded/kafka/clients.ts';
import { type Answer, wireClient } from '../../../embedded/kafka/wire-client.ts';
import { groupOfOne, joinTo, newMember, protocol } from '../member.ts';
import { errorName, newName } from '../names.ts';
import { commitOffsets, committedOffset, newTopic } from '../requests.ts';
import type { Subject } from '../subject.ts';

export function groupAdmin(subject: Subject): void {
  const describeGroup = async (groupId: string): Promise<Answer> => {
    const answer = await (await wireClient(subject)).request('DescribeGroups', 5, {
      groups: [groupId],
      includeAuthorizedOperations: false,
    });
    const [group] = answer.groups;
    return { ...group, error: errorName(group.errorCode) };
  };

  const list = async (names: readonly string[], statesFilter: readonly string[] = []) => {
    const answer = await (await wireClient(subject)).request('ListGroups', 4, { statesFilter });
    return answer.groups
      .filter(({ groupId }: Answer) => names.includes(groupId))
      .map(({ groupId, protocolType, groupState }: Answer) => [groupId, protocolType, groupState]);
  };

  const remove = async (...groupsNames: readonly string[]): Promise<readonly string[]> => {
    const answer = await (await wireClient(subject)).request('DeleteGroups', 2, { groupsNames });
    return groupsNames.map((name) =>
      errorName(answer.results.find(({ groupId }: Answer) => groupId === name).errorCode),
    );
  };

  describe('DescribeGroups', () => {
    test('shows a stable group with what its members say and have', async () => {
      const group = newName('group');
      const one = await groupOfOne(subject, group, { groupInstanceId: 'i1', protocols: [protocol('range', 'one')] });
      const two = await newMember(subject, group, { protocols: [protocol('range', 'two')] });
      await joinTo([one], two);
      const described = await describeGroup(group);
      expect(described).toMatchObject({
        error: 'NONE',
        groupState: 'Stable',
        protocolType: 'consumer',
        protocolData: 'range',
      });
      const members = [one, two].map((member) =>
        described.members.find(({ memberId }: Answer) => memberId === member.memberId),
      );
      expect(members).toMatchObject([
        { memberId: one.memberId, groupInstanceId: 'i1', clientId: 'wire-client', clientHost: '/127.0.0.1' },
        { memberId: two.memberId, groupInstanceId: null },
      ]);
      const metadata = members.map((one: Answer) => one.memberMetadata);
      expect(metadata).toEqual([protocol('range', 'one').metadata, protocol('range', 'two').metadata]);
      expect(members.map((one: Answer) => String(one.memberAssignment))).toEqual(['0', '1']);
    });

    test('follows a group through its states', async () => {
      const group = newName('group');
      const one = await newMember(subject, group);
      await one.join();
      expect(await describeGroup(group)).toMatchObject({ groupState: 'CompletingRebalance', protocolData: '' });
      await one.sync([[one, 'all']]);
      expect((await describeGroup(group)).groupState).toBe('Stable');
      const two = await newMember(subject, group);
      const joining = two.join();
      await one.untilHeartbeat('REBALANCE_IN_PROGRESS');
      expect((await describeGroup(group)).groupState).toBe('PreparingRebalance');
      await one.leave();
      await joining;
      await two.leave();
      expect(await describeGroup(group)).toMatchObject({ groupState: 'Empty', protocolType: 'consumer', members: [] });
    });

    test('shows a group that has only offsets as empty, and an unknown one as dead', async () => {
      const [group, topic] = [newName('group'), await newTopic(subject)];
      await commitOffsets(await wireClient(subject), group, [{ topic, offset: 1 }]);
      expect(await describeGroup(group)).toMatchObject({ error: 'NONE', groupState: 'Empty', protocolType: '' });
      expect(await describeGroup(newName('unknown'))).toMatchObject({ error: 'NONE', groupState: 'Dead', members: [] });
    });
  });

  describe('ListGroups', () => {
    test('lists groups with members or offsets, by state if wanted', async () => {
      const [offsetsOnly, topic] = [newName('group'), await newTopic(subject)];
      await commitOffsets(await wireClient(subject), offsetsOnly, [{ topic, offset: 1 }]);
      const { groupId } = await groupOfOne(subject, newName('group'), { protocolType: 'connect' });
      const names = [offsetsOnly, groupId];
      const both = await list(names);
      expect(both).toHaveLength(2);
      expect(both).toEqual(
        expect.arrayContaining([
          [offsetsOnly, '', 'Empty'],
          [groupId, 'connect', 'Stable'],
        ]),
      );
      expect(await list(names, ['Stable'])).toEqual([[groupId, 'connect', 'Stable']]);
      expect(await list(names, ['empty'])).toEqual([[offsetsOnly, '', 'Empty']]);
      expect(await list(names, ['Dead', 'PreparingRebalance'])).toEqual([]);
    });
  });

  describe('DeleteGroups', () => {
    test('removes an empty group with its offsets', async () => {
      const topic = await newTopic(subject);
      const member = await groupOfOne(subject, newName('group'));
      const { groupId, client } = member;
      await member.commit({ topic, offset: 5 });
      expect(await remove(groupId)).toEqual(['NON_EMPTY_GROUP']);
      await member.leave();
      expect(await remove(groupId)).toEqual(['NONE']);
      expect((await describeGroup(groupId)).groupState).toBe('Dead');
      expect(await committedOffset(client, groupId, topic)).toMatchObject({ offset: -1 });
      expect(await list([groupId])).toEqual([]);
    });

    test('refuses what is not there, and removes the others', async () => {
      const [group, topic] = [newName('group'), await newTopic(subject)];
      await commitOffsets(await wireClient(subject), group, [{ topic, offset: 1 }]);
      expect(await remove(newName('unknown'), group)).toEqual(['GROUP_ID_NOT_FOUND', 'NONE']);
    });
  });

  describe('a group without a name', () => {
    test('cannot be joined or spoken of, and is not there', async () => {
      const nameless = await newMember(subject, '');
      nameless.memberId = 'somebody';
      expect((await nameless.join()).error).toBe('INVALID_GROUP_ID');
      expect(await nameless.heartbeat()).toBe('INVALID_GROUP_ID');
      expect(await nameless.leave()).toBe('INVALID_GROUP_ID');
      expect((await describeGroup('')).groupState).toBe('Dead');
      expect(await remove('')).toEqual(['GROUP_ID_NOT_FOUND']);
    });
  });

  describe('kafkajs', () => {
    test('shares partitions between consumers, and takes over those of one that leaves', async () => {
      const kafka = kafkaOf(subject);
      const [topic, groupId] = [await newTopic(subject, { partitions: 2 }), newName('group')];
      const producer = await producerOf(kafka);
      const one = await consume(kafka, { groupId, topic });
      const two = await consume(kafka, { groupId, topic });
      const send = (value: string) =>
        producer.send({ topic, messages: [0, 1].map((partition) => ({ partition, value })) });
      await send('shared');
      await Promise.all([one.until(1), two.until(1)]);
      const seen = [...one.messages, ...two.messages].map(({ partition }) => partition);
      expect(new Set(seen)).toEqual(new Set([0, 1]));

      await two.consumer.disconnect();
      const before = one.messages.length;
      await send('alone');
      await one.until(before + 2);
      expect(one.messages.slice(-2).map(({ value }) => String(value))).toEqual(['alone', 'alone']);
    });

    test('goes on from the committed offset in another consumer of the group', async () => {
      const kafka = kafkaOf(subject);
      const [topic, groupId] = [await newTopic(subject), newName('group')];
      const producer = await producerOf(kafka);
      await producer.send({ topic, messages: [{ value: 'one' }, { value: 'two' }] });
      const first = await consume(kafka, { groupId, topic });
      await first.until(2);
      await first.consumer.commitOffsets([{ topic, partition: 0, offset: '2' }]);
      await first.consumer.disconnect();
      await producer.send({ topic, messages: [{ value: 'three' }] });
      const second = await consume(kafka, { groupId, topic });
      expect(await second.until(1)).toEqual(['three']);
    });
  });
}
