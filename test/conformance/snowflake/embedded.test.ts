/** The cases on the embedded warehouse. A case that says what is lacking must fail: when it does not, its mark goes. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWarehouse, type Warehouse } from '../../../src/embedded/snowflake/index.ts';
import { connect } from '../../embedded/snowflake/driver.ts';
import { answerOf, like } from './account.ts';
import { pageOf, promised } from './case.ts';
import { subjects } from './cases/index.ts';

let warehouse: Warehouse;
beforeAll(async () => {
  warehouse = await startWarehouse();
});
afterAll(() => warehouse.close());

describe.each(Object.entries(subjects))('the embedded warehouse: %s', (_, cases) => {
  for (const each of cases) {
    const run = async () => {
      const client = await connect(warehouse, { representNullAsStringNull: false });
      return promised(like(await answerOf(client, each), each), each);
    };
    if (each.embedded === undefined) {
      test(each.name, async () => {
        expect(await run(), pageOf(each)).toEqual(promised(each, each));
      });
    } else {
      test(`${each.name} (not yet: ${each.embedded})`, async () => {
        expect(await run(), 'it works now: take its mark away').not.toEqual(promised(each, each));
      });
    }
  }
});

test('each case has a name of its own, a page and something to expect', () => {
  const all = Object.values(subjects).flat();
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  for (const each of all) {
    expect(pageOf(each)).toMatch(/^https:\/\/docs\.snowflake\.com\/en\/[a-z0-9_/-]+$/);
    expect(each.rows ?? each.columns ?? each.error, each.name).toBeDefined();
  }
});
