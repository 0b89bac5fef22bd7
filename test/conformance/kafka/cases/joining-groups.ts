import { describe, expect, test } from 'vitest';
import type { Answer } from '../../../embedded/kafka/wire-client.ts';
import { groupOfOne, joinTo, newMember, protocol, saidBy, syncAll } from '../member.ts';
import { newName } from '../names.ts';
import type { Subject } from '../subject.ts';

export function joiningGroups(subject: Subject): void {
  describe('JoinGroup', () => {
    test('first tells a new member the id to join with', async () => {
      const member = await newMember(subject, newName('group'));
      const told = await member.ask();
      expect(told).toMatchObject({ error: 'MEMBER_ID_REQUIRED', generationId: -1, members: [] });
      expect(told.memberId).toMatch(/^wire-client-.{36}$/);
      member.memberId = told.memberId;
      expect(await member.ask()).toMatchObject({
        error: 'NONE',
        generationId: 1,
        protocolType: 'consumer',
        protocolName: 'range',
        leader: told.memberId,
        memberId: told.memberId,
        skipAssignment: false,
        members: [{ memberId: told.memberId, groupInstanceId: null, metadata: protocol('range').metadata }],
      });
    });

    test('takes members of older clients without that detour', async () => {
      const member = await newMember(subject, newName('group'));
      expect(await member.ask({ version: 3 })).toMatchObject({ error: 'NONE', generationId: 1 });
    });

    test('waits for the members that are there to come again, and counts a generation', async () => {
      const group = newName('group');
      const one = await groupOfOne(subject, group);
      const two = await newMember(subject, group);
      const second = two.join();
      await one.untilHeartbeat('REBALANCE_IN_PROGRESS');

      const first = await one.join();

      expect(first).toMatchObject({ generationId: 2, leader: one.memberId });
      expect(first.members.map(({ memberId }: Answer) => memberId).sort()).toEqual([one.memberId, two.memberId].sort());
      expect(await second).toMatchObject({ generationId: 2, leader: one.memberId, members: [] });
    });

    test('answers a follower that asks again with the generation as it is', async () => {
      const group = newName('group');
      const [leader, follower] = [await groupOfOne(subject, group), await newMember(subject, group)];
      await joinTo([leader], follower);
      expect(await follower.join()).toMatchObject({ error: 'NONE', generationId: 2, members: [] });
      expect(await leader.heartbeat()).toBe('NONE');
    });

    test('begins a rebalance when the leader asks again, or a follower with something new to say', async () => {
      const group = newName('group');
      const [leader, follower] = [await groupOfOne(subject, group), await newMember(subject, group)];
      await joinTo([leader], follower);
      const again = leader.join();
      await follower.untilHeartbeat('REBALANCE_IN_PROGRESS');
      await Promise.all([again, follower.join()]);
      await syncAll([leader, follower]);
      expect(leader.generationId).toBe(3);

      const changed = follower.join({ protocols: [protocol('range', 'something new')] });
      await leader.untilHeartbeat('REBALANCE_IN_PROGRESS');
      const { members } = await leader.join();
      expect((await changed).generationId).toBe(4);
      expect(saidBy(members)).toEqual(['something new', 'subscribed']);
    });

    test('answers a member that asks again before the assignments are there with the same generation', async () => {
      const member = await newMember(subject, newName('group'));
      await member.join();
      expect(await member.join()).toMatchObject({ error: 'NONE', generationId: 1 });
    });

    test.each([
      ['an id that nobody was given', { memberId: 'nobody' }, {}, 'UNKNOWN_MEMBER_ID'],
      ['no group id', { groupId: '' }, {}, 'INVALID_GROUP_ID'],
      ['no protocols', {}, { protocols: [] }, 'INCONSISTENT_GROUP_PROTOCOL'],
      ['no protocol type', {}, { protocolType: '' }, 'INCONSISTENT_GROUP_PROTOCOL'],
      ['a session too short', {}, { sessionTimeoutMs: 9 }, 'INVALID_SESSION_TIMEOUT'],
      ['a session too long', {}, { sessionTimeoutMs: 1_800_001 }, 'INVALID_SESSION_TIMEOUT'],
    ])(
      'refuses %s',
      async (_what, {
        memberId = '',
        groupId = newName('group'),
      }: { memberId?: string; groupId?: string }, options, error) => {
        const member = await newMember(subject, groupId, options);
        member.memberId = memberId;
        expect(await member.join()).toMatchObject({ error, generationId: -1 });
      },
    );

    test('refuses an id that nobody was given in a group with members, too', async () => {
      const { groupId } = await groupOfOne(subject, newName('group'));
      const stranger = await newMember(subject, groupId);
      stranger.memberId = 'nobody';
      expect((await stranger.join()).error).toBe('UNKNOWN_MEMBER_ID');
    });
  });

  describe('the protocol of a group', () => {
    test('is one that all members have, the one that most of them want', async () => {
      const group = newName('group');
      const first = await groupOfOne(subject, group, { protocols: ['a', 'b', 'c'].map((name) => protocol(name)) });
      const second = await newMember(subject, group, { protocols: ['c', 'b'].map((name) => protocol(name)) });
      await joinTo([first], second);
      const third = await newMember(subject, group, { protocols: ['c', 'b', 'x'].map((name) => protocol(name)) });
      const joining = third.join();
      await Promise.all([first, second].map((one) => one.untilHeartbeat('REBALANCE_IN_PROGRESS')));
      const answers = await Promise.all([joining, first.join(), second.join()]);
      expect(answers.map(({ protocolName }) => protocolName)).toEqual(['c', 'c', 'c']);
    });

    test('gives the leader what each member says for it', async () => {
      const group = newName('group');
      const one = await groupOfOne(subject, group, { protocols: [protocol('a', 'one a'), protocol('b', 'one b')] });
      const two = await newMember(subject, group, { protocols: [protocol('b', 'two b')] });
      const joining = two.join();
      await one.untilHeartbeat('REBALANCE_IN_PROGRESS');
      const { members } = await one.join();
      await joining;
      expect(saidBy(members)).toEqual(['one b', 'two b']);
    });

    test.each([
      ['that does not have any of the others', { protocols: [protocol('other')] }],
      ['of another type', { protocolType: 'connect' }],
    ])('keeps a member out %s', async (_what, options) => {
      const member = await groupOfOne(subject, newName('group'));
      const odd = await newMember(subject, member.groupId, options);
      expect((await odd.join()).error).toBe('INCONSISTENT_GROUP_PROTOCOL');
      expect(await member.heartbeat()).toBe('NONE');
    });

    test('is chosen anew when the group is empty', async () => {
      const member = await groupOfOne(subject, newName('group'));
      await member.leave();
      const other = await newMember(subject, member.groupId, { protocolType: 'connect', protocols: [protocol('x')] });
      expect(await other.join()).toMatchObject({ error: 'NONE', protocolType: 'connect', protocolName: 'x' });
    });
  });

  describe('SyncGroup', () => {
    test('gives each member what the leader assigned to it, as often as it asks', async () => {
      const group = newName('group');
      const [one, two] = [await groupOfOne(subject, group), await newMember(subject, group)];
      const joining = two.join();
      await one.untilHeartbeat('REBALANCE_IN_PROGRESS');
      await Promise.all([joining, one.join()]);
      const waiting = two.sync();
      const assignments = [
        [one, 'first'],
        [two, 'second'],
      ] as const;
      expect(await one.sync(assignments)).toEqual({ error: 'NONE', assignment: 'first' });
      expect(await waiting).toEqual({ error: 'NONE', assignment: 'second' });
      expect(await two.sync()).toEqual({ error: 'NONE', assignment: 'second' });
      expect(await one.sync([[one, 'other']])).toEqual({ error: 'NONE', assignment: 'first' });
    });

    test('gives a member nothing that the leader left out', async () => {
      const member = await newMember(subject, newName('group'));
      await member.join();
      expect(await member.sync([])).toEqual({ error: 'NONE', assignment: '' });
    });

    test('refuses what does not belong to the generation', async () => {
      const member = await newMember(subject, newName('group'));
      await member.join();
      expect((await member.sync([], { generationId: 0 })).error).toBe('ILLEGAL_GENERATION');
      expect((await member.sync([], { generationId: 2 })).error).toBe('ILLEGAL_GENERATION');
      const asOther = { protocolType: 'connect', protocolName: 'range' };
      expect((await member.sync([], asOther)).error).toBe('INCONSISTENT_GROUP_PROTOCOL');
      const asAnother = { protocolType: 'consumer', protocolName: 'sticky' };
      expect((await member.sync([], asAnother)).error).toBe('INCONSISTENT_GROUP_PROTOCOL');
      const asNone = { protocolType: null, protocolName: null };
      expect((await member.sync([], asNone)).error).toBe('INCONSISTENT_GROUP_PROTOCOL');
      const stranger = await newMember(subject, member.groupId);
      expect((await stranger.sync([], asOther)).error).toBe('UNKNOWN_MEMBER_ID');
      const lost = await newMember(subject, newName('unknown'));
      expect((await lost.sync([], asOther)).error).toBe('UNKNOWN_MEMBER_ID');
    });

    test('sends members back when another rebalance begins', async () => {
      const group = newName('group');
      const [one, two] = [await groupOfOne(subject, group), await newMember(subject, group)];
      const joining = two.join();
      await one.untilHeartbeat('REBALANCE_IN_PROGRESS');
      await Promise.all([joining, one.join()]);
      const waiting = two.sync();

      await one.leave();

      expect((await waiting).error).toBe('REBALANCE_IN_PROGRESS');
      expect((await two.sync()).error).toBe('REBALANCE_IN_PROGRESS');
    });
  });
}
