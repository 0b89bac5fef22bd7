import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWarehouse, type Warehouse } from '../../../src/embedded/snowflake/index.ts';
import { type Client, connect, connectReady } from './driver.ts';

const TOKENS =
  `SELECT FROM T WHERE A B V ( ) , . : :: INT VARCHAR VARIANT + - * / || = < ' 'x' 1 2.5 COUNT SUM CASE WHEN THEN
  ELSE END AND OR NOT IN BETWEEN LIKE IS NULL GROUP BY ORDER LIMIT WITH AS X FLATTEN TABLE LATERAL INPUT => PARSE_JSON [ ] 0
  UNION ALL VALUES INSERT INTO UPDATE SET DELETE MERGE USING ON MATCHED CREATE ALTER COLUMN ADD SHOW TABLES DESCRIBE OVER
  PARTITION QUALIFY ROW_NUMBER IFF DATEADD hour CAST OBJECT_CONSTRUCT ; ? :1 $ @ { } \\ LISTAGG WITHIN EXISTS DISTINCT TOP
  EXCLUDE JOIN LEFT INTERVAL DATE EXTRACT`.split(/\s+/);

describe('bad input', () => {
  let warehouse: Warehouse;
  let client: Client;

  beforeAll(async () => {
    warehouse = await startWarehouse();
    client = await connectReady(warehouse);
    await client.run('CREATE TABLE T (A INTEGER, B VARCHAR(3), V VARIANT)');
  });
  afterAll(() => warehouse.close());

  test('any words in any order get an answer, or an error of Snowflake that is not an internal one', async () => {
    const start = fc.constantFrom(
      'SELECT',
      'SELECT A FROM T WHERE',
      'INSERT INTO T',
      'UPDATE T SET A =',
      'MERGE INTO T',
      'ALTER TABLE T',
    );
    const words = fc.array(fc.constantFrom(...TOKENS), { minLength: 1, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(start, words, async (first, rest) => {
        const options = { binds: ['1'], parameters: { MULTI_STATEMENT_COUNT: 0 } };
        const code = await client.execute(`${first} ${rest.join(' ')}`, options).then(
          () => 'ok',
          (error) => String(error.code),
        );
        expect(code).toMatch(/^(ok|\d{6})$/);
        expect(code).not.toBe('000603');
      }),
      { numRuns: 300 },
    );
    await client.run('SELECT 1');
  });

  test.each([
    ['no JSON', '{"data":'],
    ['no object', '[]'],
    ['null', 'null'],
    ['nothing', ''],
  ])('a login of %s is refused', async (_, body) => {
    const response = await fetch(`${warehouse.url}/session/v1/login-request`, { method: 'POST', body });
    const answer = (await response.json()) as { success: boolean; message: string };
    expect(answer.success).toBe(false);
    expect(answer.message).not.toContain('at ');
  });

  test('a request without a session is refused', async () => {
    const response = await fetch(`${warehouse.url}/queries/v1/query-request?requestId=x`, {
      method: 'POST',
      body: JSON.stringify({ sqlText: 'SELECT 1' }),
    });
    expect(await response.json()).toMatchObject({ success: false, code: '390104' });
  });

  test('many sessions may create the same things at once', async () => {
    await using fresh = await startWarehouse();
    const clients = await Promise.all(Array.from({ length: 6 }, () => connect(fresh)));
    await Promise.all(
      clients.map(async (each) => {
        await each.run('CREATE DATABASE IF NOT EXISTS D');
        await each.run('CREATE SCHEMA IF NOT EXISTS D.S');
        await each.run('CREATE TABLE IF NOT EXISTS D.S.T (A INT)');
        await each.run('INSERT INTO D.S.T VALUES (1)');
      }),
    );
    expect(await clients[0]?.run('SELECT COUNT(*) AS N FROM D.S.T')).toEqual([{ N: 6 }]);
  });
});
