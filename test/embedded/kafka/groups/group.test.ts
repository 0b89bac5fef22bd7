import { describe, expect, test } from 'vitest';
import type { Broker } from '../../../../src/embedded/kafka/index.ts';
import { brokerForTest, createTopic, kafkaOf } from '../clients.ts';
import { type Answer, wireClient } from '../wire-client.ts';

const range = { name: 'range', metadata: Buffer.from('subscribed') };

/** A member that joins and syncs by single requests. */
async function member(broker: Broker, options: { groupInstanceId?: string; sessionTimeoutMs?: number } = {}) {
  const client = await wireClient(broker);
  const { groupInstanceId = null, sessionTimeoutMs = 10_000 } = options;
  let memberId = '';
  let generationId = -1;
  const who = () => ({ groupId: 'g', memberId, generationId, groupInstanceId });
  return {
    who,
    async join(protocols = [range]): Promise<Answer> {
      const ask = () =>
        client.request('JoinGroup', 9, {
          ...who(),
          sessionTimeoutMs,
          rebalanceTimeoutMs: 5000,
          protocolType: 'consumer',
          protocols,
        });
      let answer = await ask();
      if (answer.errorCode === 79) {
        memberId = answer.memberId;
        answer = await ask();
      }
      ({ memberId, generationId } = answer);
      return answer;
    },
    sync: (assignments: ReadonlyArray<{ memberId: string; assignment: Buffer }> = []): Promise<Answer> =>
      client.request('SyncGroup', 5, { ...who(), protocolType: 'consumer', protocolName: 'range', assignments }),
    heartbeat: async (): Promise<number> => (await client.request('Heartbeat', 4, who())).errorCode,
    commit: async (offset: number): Promise<number> => {
      const answer = await client.request('OffsetCommit', 8, {
        ...who(),
        generationIdOrMemberEpoch: generationId,
        topics: [{ name: 't', partitions: [{ partitionIndex: 0, committedOffset: offset, committedMetadata: null }] }],
      });
      return answer.topics[0].partitions[0].errorCode;
    },
    leave: (): Promise<Answer> =>
      client.request('LeaveGroup', 5, { groupId: 'g', members: [{ memberId, groupInstanceId }] }),
  };
}

async function brokerWithTopic(): Promise<Broker> {
  const broker = await brokerForTest();
  await createTopic(kafkaOf(broker), 't');
  return broker;
}

async function eventually(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition()));
}

describe('a group', () => {
  test('gives each member what the leader assigned to it', async () => {
    const broker = await brokerWithTopic();
    const [one, two] = [await member(broker), await member(broker)];
    await one.join();
    const second = two.join();
    await eventually(async () => (await one.heartbeat()) === 27);
    const [first] = await Promise.all([one.join(), second]);
    expect(first.leader).toBe(one.who().memberId);
    expect(first.members.map(({ metadata }: Answer) => String(metadata))).toEqual(['subscribed', 'subscribed']);
    expect((await second).members).toEqual([]);

    const waiting = two.sync();
    await one.sync([
      { memberId: one.who().memberId, assignment: Buffer.from('first') },
      { memberId: two.who().memberId, assignment: Buffer.from('second') },
    ]);

    expect(String((await waiting).assignment)).toBe('second');
    expect(String((await two.sync()).assignment)).toBe('second');
    expect([await one.heartbeat(), await two.heartbeat()]).toEqual([0, 0]);
  });

  test('refuses commits of an older generation and of strangers', async () => {
    const broker = await brokerWithTopic();
    const one = await member(broker);
    await one.join();
    await one.sync([]);
    expect(await one.commit(1)).toBe(0);
    const stranger = await member(broker);
    expect(await stranger.commit(2)).toBe(25);

    const two = await member(broker);
    const joined = two.join();
    await eventually(async () => (await one.heartbeat()) === 27);
    const stale = { ...one.who() };
    await Promise.all([one.join(), joined]);

    expect(one.who().generationId).toBe(stale.generationId + 1);
    expect(await one.commit(3)).toBe(27);
    await one.sync([]);
    expect(await one.commit(3)).toBe(0);
  });

  test('goes on without a member whose session has ended', async () => {
    const broker = await brokerWithTopic();
    const [lasting, silent] = [await member(broker), await member(broker, { sessionTimeoutMs: 200 })];
    await lasting.join();
    const joining = silent.join();
    await eventually(async () => (await lasting.heartbeat()) === 27);
    await Promise.all([lasting.join(), joining]);
    await Promise.all([lasting.sync([]), silent.sync()]);

    await eventually(async () => (await lasting.heartbeat()) === 27);

    const alone = await lasting.join();
    expect(alone.members).toHaveLength(1);
    expect(await silent.heartbeat()).toBe(25);
  });

  test('refuses a member that has no protocol in common', async () => {
    const broker = await brokerWithTopic();
    await (await member(broker)).join();
    const odd = await (await member(broker)).join([{ name: 'other', metadata: Buffer.alloc(0) }]);
    expect(odd.errorCode).toBe(23);
  });
});

describe('a static member', () => {
  test('that comes back keeps its assignment without a rebalance, and its old self is fenced', async () => {
    const broker = await brokerWithTopic();
    const before = await member(broker, { groupInstanceId: 'i1' });
    const joined = await before.join();
    await before.sync([{ memberId: before.who().memberId, assignment: Buffer.from('mine') }]);

    const after = await member(broker, { groupInstanceId: 'i1' });
    const rejoined = await after.join();

    expect(rejoined).toMatchObject({ generationId: joined.generationId, skipAssignment: true });
    expect(String((await after.sync()).assignment)).toBe('mine');
    expect(await before.heartbeat()).toBe(82);
    expect(await after.heartbeat()).toBe(0);
  });

  test('leaves by its instance id', async () => {
    const broker = await brokerWithTopic();
    const one = await member(broker, { groupInstanceId: 'i1' });
    await one.join();
    const client = await wireClient(broker);
    const left = await client.request('LeaveGroup', 5, {
      groupId: 'g',
      members: [{ memberId: '', groupInstanceId: 'i1' }],
    });
    expect(left.members).toMatchObject([{ errorCode: 0, groupInstanceId: 'i1' }]);
    expect(await one.heartbeat()).toBe(25);
  });
});
