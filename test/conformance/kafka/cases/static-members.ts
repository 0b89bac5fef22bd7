import { describe, expect, test } from 'vitest';
import type { Answer } from '../../../embedded/kafka/wire-client.ts';
import { groupOfOne, joinTo, leave, newMember, protocol } from '../member.ts';
import { newName } from '../names.ts';
import { newTopic } from '../requests.ts';
import type { Subject } from '../subject.ts';

const i1 = { groupInstanceId: 'i1' };
const i2 = { groupInstanceId: 'i2' };

export function staticMembers(subject: Subject): void {
  describe('a static member', () => {
    test('joins without being told an id first', async () => {
      const member = await newMember(subject, newName('group'), i1);
      const joined = await member.ask();
      expect(joined).toMatchObject({ error: 'NONE', generationId: 1 });
      expect(joined.memberId).toMatch(/^i1-/);
      expect(joined.members).toMatchObject([{ groupInstanceId: 'i1' }]);
    });

    test('that comes back keeps its assignment, without a rebalance', async () => {
      const group = newName('group');
      const [one, two] = [await groupOfOne(subject, group, i1), await newMember(subject, group, i2)];
      await joinTo([one], two);

      const back = await newMember(subject, group, i2);
      const joined = await back.join();

      expect(joined).toMatchObject({ error: 'NONE', generationId: 2, leader: one.memberId, members: [] });
      expect(joined.memberId).not.toBe(two.memberId);
      expect(await back.sync()).toEqual({ error: 'NONE', assignment: '1' });
      expect([await one.heartbeat(), await back.heartbeat()]).toEqual(['NONE', 'NONE']);
    });

    test('that comes back as the leader is told to leave the assignments as they are', async () => {
      const group = newName('group');
      const [one, two] = [await groupOfOne(subject, group, i1), await newMember(subject, group, i2)];
      await joinTo([one], two);
      const back = await newMember(subject, group, i1);
      const joined = await back.join();
      expect(joined).toMatchObject({ generationId: 2, leader: back.memberId, skipAssignment: true });
      expect(joined.members.map(({ memberId }: Answer) => memberId).sort()).toEqual(
        [back.memberId, two.memberId].sort(),
      );
      expect(await back.sync()).toEqual({ error: 'NONE', assignment: '0' });
    });

    test('that comes back with something else to say begins no rebalance, as long as the protocol stays', async () => {
      const group = newName('group');
      const options = { protocols: [protocol('a'), protocol('b')] };
      const one = await groupOfOne(subject, group, { ...i1, ...options });
      await joinTo([one], await newMember(subject, group, { ...i2, ...options }));
      const same = await newMember(subject, group, { ...i2, protocols: [protocol('a', 'new'), protocol('b')] });
      expect(await same.join()).toMatchObject({ error: 'NONE', generationId: 2, protocolName: 'a' });

      const other = await newMember(subject, group, { ...i2, protocols: [protocol('b')] });
      const joining = other.join();
      await one.untilHeartbeat('REBALANCE_IN_PROGRESS');
      await one.join();

      expect(await joining).toMatchObject({ error: 'NONE', generationId: 3, protocolName: 'b' });
    });

    test('fences its old self', async () => {
      const [group, topic] = [newName('group'), await newTopic(subject)];
      const old = await groupOfOne(subject, group, i1);
      await (await newMember(subject, group, i1)).join();
      expect(await old.heartbeat()).toBe('FENCED_INSTANCE_ID');
      expect(await old.commit({ topic, offset: 1 })).toBe('FENCED_INSTANCE_ID');
      expect((await old.sync()).error).toBe('FENCED_INSTANCE_ID');
      expect((await old.join()).error).toBe('FENCED_INSTANCE_ID');
      expect(await old.leave()).toBe('FENCED_INSTANCE_ID');
    });

    test('fences its old self that waits for the others', async () => {
      const group = newName('group');
      const first = await groupOfOne(subject, group, i1);
      const old = await newMember(subject, group, i2);
      const waiting = old.join();
      await first.untilHeartbeat('REBALANCE_IN_PROGRESS');

      const joining = (await newMember(subject, group, i2)).join();

      expect((await waiting).error).toBe('FENCED_INSTANCE_ID');
      await first.join();
      expect((await joining).error).toBe('NONE');
    });

    test('cannot take the place of another one by its own id', async () => {
      const member = await groupOfOne(subject, newName('group'), i1);
      const thief = await newMember(subject, member.groupId, i1);
      thief.memberId = 'somebody-else';
      expect((await thief.join()).error).toBe('FENCED_INSTANCE_ID');
      const unknown = await newMember(subject, member.groupId, { groupInstanceId: 'i9' });
      unknown.memberId = 'somebody-else';
      expect((await unknown.join()).error).toBe('UNKNOWN_MEMBER_ID');
    });

    test('is dropped at the end of its session like any other', async () => {
      const group = newName('group');
      const lasting = await groupOfOne(subject, group, i1);
      const silent = await newMember(subject, group, { ...i2, sessionTimeoutMs: 300 });
      await joinTo([lasting], silent);
      await lasting.untilHeartbeat('REBALANCE_IN_PROGRESS');
      expect((await lasting.join()).members).toHaveLength(1);
    });

    test('is taken out by its instance id, alone or with others', async () => {
      const group = newName('group');
      const [one, two] = [await groupOfOne(subject, group, i1), await newMember(subject, group, i2)];
      await joinTo([one], two);
      const out = (groupInstanceId: string, memberId = '') => ({ groupInstanceId, memberId });
      const left = await leave(one.client, group, [out('i1'), out('i2', 'somebody-else'), out('i9'), out('i2')]);
      expect(left).toEqual(['NONE', 'FENCED_INSTANCE_ID', 'UNKNOWN_MEMBER_ID', 'NONE']);
      expect(await one.heartbeat()).toBe('UNKNOWN_MEMBER_ID');
    });
  });
}
