import { expect, test } from 'vitest';
import { brokerForTest } from '../clients.ts';
import { type Answer, wireClient } from '../wire-client.ts';

test('an unknown group is dead, and from version 6 on an error', async () => {
  const client = await wireClient(await brokerForTest());
  const describe = async (version: number): Promise<Answer> =>
    (await client.request('DescribeGroups', version, { groups: ['nobody'] })).groups[0];

  expect(await describe(5)).toMatchObject({ errorCode: 0, groupState: 'Dead' });
  expect(await describe(6)).toMatchObject({ errorCode: 69, groupState: 'Dead', errorMessage: expect.any(String) });
});
