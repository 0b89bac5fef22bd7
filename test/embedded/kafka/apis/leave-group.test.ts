import { expect, test } from 'vitest';
import { brokerForTest } from '../clients.ts';
import { wireClient } from '../wire-client.ts';

test('a static member can be removed by its instance id alone, and is answered under that name', async () => {
  const client = await wireClient(await brokerForTest());
  await client.request('JoinGroup', 5, {
    groupId: 'readers',
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10_000,
    memberId: '',
    groupInstanceId: 'one',
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
  });
  const [one, two] = ['one', 'two'].map((groupInstanceId) => ({ memberId: '', groupInstanceId }));

  const answer = await client.request('LeaveGroup', 5, { groupId: 'readers', members: [one, two] });

  expect(answer.members).toEqual([
    { ...one, errorCode: 0 },
    { ...two, errorCode: 25 },
  ]);
  expect((await client.request('DescribeGroups', 5, { groups: ['readers'] })).groups[0].members).toEqual([]);
});
