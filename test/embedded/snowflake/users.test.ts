import { expect, test } from 'vitest';
import { openUsers, type User } from '../../../src/embedded/snowflake/users.ts';
import { tempFolder } from '../../helpers/temp-folder.ts';

test('users that several sessions change at the same time are all kept', async () => {
  const options = { dataDir: tempFolder(), user: 'caves', password: 'caves', publicKey: undefined };
  const users = openUsers(options);
  await Promise.all(Array.from({ length: 30 }, (_, n) => users.save(`U${n}`, { comment: 'x'.repeat(n * 10_000) })));
  await Promise.all([users.drop('U0'), users.save('U1', { comment: 'last' }), users.drop('U2')]);
  const again = openUsers(options).list();
  const shown = (each: User) => [each.name, each.comment];
  expect(again.map(shown)).toEqual(users.list().map(shown));
  expect(again).toHaveLength(29);
});
