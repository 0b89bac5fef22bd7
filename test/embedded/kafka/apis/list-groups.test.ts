import { expect, test } from 'vitest';
import { brokerForTest, createTopic, kafkaOf } from '../clients.ts';
import { wireClient } from '../wire-client.ts';

test('groups are listed by state and by type, in any case', async () => {
  const broker = await brokerForTest();
  await createTopic(kafkaOf(broker), 'wines');
  const client = await wireClient(broker);
  const partitions = [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }];
  const alone = { groupId: 'readers', generationIdOrMemberEpoch: -1, memberId: '' };
  await client.request('OffsetCommit', 8, { ...alone, topics: [{ name: 'wines', partitions }] });
  const list = async (statesFilter: readonly string[], typesFilter: readonly string[]): Promise<readonly object[]> =>
    (await client.request('ListGroups', 5, { statesFilter, typesFilter })).groups;
  const readers = [expect.objectContaining({ groupId: 'readers', groupState: 'Empty', groupType: 'Classic' })];

  expect(await list([], [])).toEqual(readers);
  expect(await list(['empty'], ['classic'])).toEqual(readers);
  expect(await list(['Stable'], [])).toEqual([]);
  expect(await list([], ['consumer'])).toEqual([]);
});
