import { expect, test } from 'vitest';
import { brokerForTest } from '../clients.ts';
import { wireClient } from '../wire-client.ts';

test('the group protocol of KIP-848 is refused with the way out', async () => {
  const answer = await (await wireClient(await brokerForTest())).request('ConsumerGroupHeartbeat', 1, {
    groupId: 'readers',
    memberId: 'me',
    memberEpoch: 0,
    instanceId: null,
    rackId: null,
    rebalanceTimeoutMs: 1000,
    subscribedTopicNames: ['wines'],
    serverAssignor: null,
    topicPartitions: [],
  });
  expect(answer.errorCode).toBe(35);
  expect(answer.errorMessage).toContain('group.protocol=classic');
  expect(answer.assignment).toBe(null);
});
