/**
 * The cases on a real account of Snowflake, which is right where anybody differs.
 *
 * Needs CAVES_SNOWFLAKE: the driver's connection options as JSON, of a role that may create the database CONFORMANCE (it
 * is used and left there). Costs a few cents of an X-Small warehouse.
 */
import type { ConnectionOptions } from 'snowflake-sdk';
import { describe, expect, test } from 'vitest';
import { connectWith } from '../../embedded/snowflake/driver.ts';
import { answerOf, like } from './account.ts';
import { pageOf, promised } from './case.ts';
import { subjects } from './cases/index.ts';

const options = process.env.CAVES_SNOWFLAKE;

describe('Snowflake', () => {
  if (options === undefined) return test.skip('a real account (skipped: CAVES_SNOWFLAKE is not set)');
  for (const each of Object.values(subjects).flat()) {
    test(each.name, { timeout: 60_000 }, async () => {
      const account = JSON.parse(options) as ConnectionOptions;
      const client = await connectWith({ ...account, representNullAsStringNull: false });
      expect(promised(like(await answerOf(client, each), each), each), pageOf(each)).toEqual(promised(each, each));
    });
  }
});
