import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  compilationError,
  SNOWFLAKE_ERRORS,
  SnowflakeError,
  type SnowflakeErrorName,
  unknownConstruct,
} from '../../../src/embedded/snowflake/errors.ts';

const sources = join(import.meta.dirname, '../../../src/embedded/snowflake');

describe('errors', () => {
  test('have a code of six digits and an SQL state of five characters', () => {
    for (const [name, { code, sqlState }] of Object.entries(SNOWFLAKE_ERRORS)) {
      expect(code, name).toMatch(/^\d{6}$/);
      expect(sqlState, name).toMatch(/^[0-9A-Z]{5}$/);
    }
  });

  test('that the table holds are used somewhere', () => {
    const text = readdirSync(sources, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('errors.ts'))
      .map((name) => readFileSync(join(sources, name), 'utf8'))
      .concat(readFileSync(join(sources, 'errors.ts'), 'utf8').split('class SnowflakeError')[1] ?? '')
      .concat(readFileSync(join(sources, 'engine/errors-duckdb.ts'), 'utf8'))
      .join('\n');
    // Asked for by tests of what a client does with it.
    const forTests: readonly SnowflakeErrorName[] = ['privileges'];
    const unused = Object.keys(SNOWFLAKE_ERRORS).filter(
      (name) => !forTests.includes(name as SnowflakeErrorName) && !new RegExp(`['@]${name}['@]`).test(text),
    );
    expect(unused).toEqual([]);
  });

  test('of compilation say so before their reason', () => {
    expect(compilationError('invalidIdentifier', "invalid identifier 'A'")).toMatchObject({
      code: '000904',
      sqlState: '42000',
      message: "SQL compilation error:\ninvalid identifier 'A'",
      line: -1,
      position: -1,
    });
  });

  test('of unknown constructs name them and the way out', () => {
    expect(unknownConstruct('COPY')).toMatchObject({
      code: '000002',
      message: expect.stringMatching(/does not know COPY\. .*real Snowflake account/),
    });
  });

  test('because of another one keep its place and its message', () => {
    const inner = new SnowflakeError('syntax', 'no', { line: 3, position: 7 });
    expect(inner.within('inMultiStatement', 'In the second statement:')).toMatchObject({
      code: '100132',
      line: 3,
      position: 7,
      message: 'In the second statement:\nno',
    });
  });
});
