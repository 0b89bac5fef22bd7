import { describe, expect, test } from 'vitest';
import { wireClient } from '../../../embedded/kafka/wire-client.ts';
import { groupOfOne, joinTo, leave, newMember, protocol, saidBy, syncAll } from '../member.ts';
import { newName } from '../names.ts';
import { newTopic } from '../requests.ts';
import type { Subject } from '../subject.ts';

export function rebalances(subject: Subject): void {
  describe('Heartbeat', () => {
    test('tells a member how its group stands', async () => {
      const group = newName('group');
      const one = await newMember(subject, group);
      await one.join();
      expect(await one.heartbeat()).toBe('NONE');
      await one.sync([[one, 'all']]);
      expect(await one.heartbeat()).toBe('NONE');
      expect(await one.heartbeat(0)).toBe('ILLEGAL_GENERATION');
      expect(await one.heartbeat(7)).toBe('ILLEGAL_GENERATION');
      const stranger = await newMember(subject, group);
      expect(await stranger.heartbeat(1)).toBe('UNKNOWN_MEMBER_ID');
      const lost = await newMember(subject, newName('unknown'));
      expect(await lost.heartbeat(1)).toBe('UNKNOWN_MEMBER_ID');
    });

    test('keeps a session alive, and without it the group goes on alone', async () => {
      const group = newName('group');
      const lasting = await groupOfOne(subject, group);
      const silent = await newMember(subject, group, { sessionTimeoutMs: 1_000 });
      await joinTo([lasting], silent);
      const start = performance.now();
      while (performance.now() - start < 1_500) expect(await silent.heartbeat()).toBe('NONE');

      await lasting.untilHeartbeat('REBALANCE_IN_PROGRESS');

      expect(await silent.heartbeat()).toBe('UNKNOWN_MEMBER_ID');
      expect((await lasting.join()).members).toHaveLength(1);
    });
  });

  describe('a rebalance', () => {
    test('has patience with members that wait for their assignments, however short their sessions are', async () => {
      const group = newName('group');
      const leader = await groupOfOne(subject, group);
      const waiting = await newMember(subject, group, { sessionTimeoutMs: 200 });
      const joining = waiting.join();
      await leader.untilHeartbeat('REBALANCE_IN_PROGRESS');
      await Promise.all([joining, leader.join()]);
      const syncing = waiting.sync();
      const start = performance.now();
      while (performance.now() - start < 600) expect(await leader.heartbeat()).toBe('NONE');
      await leader.sync([[waiting, 'patience']]);
      expect(await syncing).toEqual({ error: 'NONE', assignment: 'patience' });
    });

    test('waits for members that were told an id and have not joined with it yet', async () => {
      const group = newName('group');
      const one = await groupOfOne(subject, group);
      const told = await newMember(subject, group);
      told.memberId = (await told.ask()).memberId;
      const joining = one.join();
      await told.join();
      expect((await joining).members).toHaveLength(2);
      expect(one.generationId).toBe(2);
    });

    test('does not wait for an id that nobody has used within its session', async () => {
      const group = newName('group');
      const one = await groupOfOne(subject, group);
      const lost = await newMember(subject, group, { sessionTimeoutMs: 300 });
      lost.memberId = (await lost.ask()).memberId;
      expect((await one.join()).members).toHaveLength(1);
      expect((await lost.ask()).error).toBe('UNKNOWN_MEMBER_ID');
    });

    test('drops members that do not come again in its time, although they send heartbeats', async () => {
      const group = newName('group');
      const slow = await groupOfOne(subject, group, { rebalanceTimeoutMs: 500 });
      const eager = await newMember(subject, group, { rebalanceTimeoutMs: 500 });
      const joining = eager.join();
      await slow.untilHeartbeat('UNKNOWN_MEMBER_ID');
      expect(await joining).toMatchObject({ error: 'NONE', leader: eager.memberId });
      expect((await joining).members).toHaveLength(1);
    });

    test('drops members that joined and do not sync in its time, although they send heartbeats', async () => {
      const group = newName('group');
      const options = { rebalanceTimeoutMs: 800 };
      const [one, two] = [await groupOfOne(subject, group, options), await newMember(subject, group, options)];
      const joining = two.join();
      await one.untilHeartbeat('REBALANCE_IN_PROGRESS');
      await Promise.all([joining, one.join()]);
      await one.sync([[one, 'all']]);
      await two.untilHeartbeat('UNKNOWN_MEMBER_ID');
      expect(await one.heartbeat()).toBe('REBALANCE_IN_PROGRESS');
    });

    test('takes commits of the generation before while members join, and none until all are assigned', async () => {
      const [group, topic] = [newName('group'), await newTopic(subject)];
      const [one, two] = [await groupOfOne(subject, group), await newMember(subject, group)];
      const joining = two.join();
      await one.untilHeartbeat('REBALANCE_IN_PROGRESS');
      expect(await one.commit({ topic, offset: 1 })).toBe('NONE');
      await Promise.all([joining, one.join()]);
      expect(await one.commit({ topic, offset: 2 })).toBe('REBALANCE_IN_PROGRESS');
      await syncAll([one, two]);
      expect(await one.commit({ topic, offset: 3 })).toBe('NONE');
      one.generationId--;
      expect(await one.commit({ topic, offset: 4 })).toBe('ILLEGAL_GENERATION');
    });

    test('in two steps moves a partition while the others go on, as cooperative consumers do it', async () => {
      const [group, topic] = [newName('group'), await newTopic(subject, { partitions: 2 })];
      const owning = (what: string) => ({ protocols: [protocol('cooperative-sticky', what)] });
      const one = await groupOfOne(subject, group, owning('owns 0 1'));
      const two = await newMember(subject, group, owning('owns nothing'));
      const joining = two.join();
      await one.untilHeartbeat('REBALANCE_IN_PROGRESS');
      expect(await one.commit({ topic, partition: 1, offset: 5 })).toBe('NONE');
      await Promise.all([joining, one.join()]);
      const first = two.sync();
      await one.sync([
        [one, 'keep 0'],
        [two, ''],
      ]);
      expect((await first).assignment).toBe('');

      // It has given up partition 1 and comes again to say so.
      const revoked = one.join(owning('owns 0'));
      await two.untilHeartbeat('REBALANCE_IN_PROGRESS');
      expect(await two.commit({ topic, partition: 0, offset: 1 })).toBe('NONE');
      const [leader] = await Promise.all([revoked, two.join(owning('owns nothing'))]);
      expect(saidBy(leader.members)).toEqual(['owns 0', 'owns nothing']);
      const second = two.sync();
      await one.sync([
        [one, 'keep 0'],
        [two, 'take 1'],
      ]);
      expect((await second).assignment).toBe('take 1');
      expect(one.generationId).toBe(3);
    });
  });

  describe('LeaveGroup', () => {
    test('makes the others share anew, under another leader if need be', async () => {
      const group = newName('group');
      const [one, two] = [await groupOfOne(subject, group), await newMember(subject, group)];
      await joinTo([one], two);
      expect(await one.leave()).toBe('NONE');
      expect(await two.heartbeat()).toBe('REBALANCE_IN_PROGRESS');
      expect(await two.join()).toMatchObject({ generationId: 3, leader: two.memberId });
      expect(await one.heartbeat()).toBe('UNKNOWN_MEMBER_ID');
    });

    test('lets a rebalance go on that waits for nobody else', async () => {
      const group = newName('group');
      const [one, two] = [await groupOfOne(subject, group), await newMember(subject, group)];
      const joining = two.join();
      await one.untilHeartbeat('REBALANCE_IN_PROGRESS');
      await one.leave();
      expect(await joining).toMatchObject({ error: 'NONE', leader: two.memberId });
    });

    test('refuses who is no member', async () => {
      const { groupId, client, memberId } = await groupOfOne(subject, newName('group'));
      const nobody = { memberId: 'nobody', groupInstanceId: null };
      expect(await leave(client, groupId, [nobody, { memberId, groupInstanceId: null }])).toEqual([
        'UNKNOWN_MEMBER_ID',
        'NONE',
      ]);
      const unknown = await leave(await wireClient(subject), newName('unknown'), [nobody]);
      expect(unknown).toEqual(['UNKNOWN_MEMBER_ID']);
    });

    test('takes back an id that a member was told and has not joined with', async () => {
      const member = await newMember(subject, newName('group'));
      member.memberId = (await member.ask()).memberId;
      expect(await member.leave()).toBe('NONE');
      expect((await member.ask()).error).toBe('UNKNOWN_MEMBER_ID');
    });
  });
}
