import { connect as connectSocket } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWarehouse, type Warehouse } from '../../../src/embedded/snowflake/index.ts';
import { type Client, connect, connectReady } from './driver.ts';

const TOKENS =
  `SELECT FROM T WHERE A B V ( ) , . : :: INT VARCHAR VARIANT + - * / || = < ' 'x' 1 2.5 COUNT SUM CASE WHEN THEN
  ELSE END AND OR NOT IN BETWEEN LIKE IS NULL GROUP BY ORDER LIMIT WITH AS X FLATTEN TABLE LATERAL INPUT => PARSE_JSON [ ] 0
  UNION ALL VALUES INSERT INTO UPDATE SET DELETE MERGE USING ON MATCHED CREATE ALTER COLUMN ADD SHOW TABLES DESCRIBE OVER
  PARTITION QUALIFY ROW_NUMBER IFF DATEADD hour CAST OBJECT_CONSTRUCT ; ? :1 $ @ { } \\ LISTAGG WITHIN EXISTS DISTINCT TOP
  EXCLUDE JOIN LEFT INTERVAL DATE EXTRACT $V IDENTIFIER RESULT_SCAN LAST_QUERY_ID() CURRENT_TRANSACTION() PARAMETERS
  VARIABLES LOCKS UNSET SYSTEM$CANCEL_QUERY SYSTEM$ABORT_TRANSACTION('1') QUERY_HISTORY INFORMATION_SCHEMA`.split(
    /\s+/,
  );

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
      'ALTER SESSION SET',
      'SET V =',
      'SHOW',
      'SELECT * FROM TABLE',
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

  describe('on the wire', () => {
    let token: string;

    const post = async (path: string, body: unknown): Promise<{ status: number; text: string }> => {
      const response = await fetch(`${warehouse.url}${path}`, {
        method: 'POST',
        headers: { authorization: `Snowflake Token="${token}"` },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
      return { status: response.status, text: await response.text() };
    };

    beforeAll(async () => {
      const login = { data: { LOGIN_NAME: 'caves', PASSWORD: 'caves', ACCOUNT_NAME: 'embedded' } };
      const { text } = await post('/session/v1/login-request?databaseName=WINE_SALES_DB', login);
      token = (JSON.parse(text) as { data: { token: string } }).data.token;
    });

    const json = fc.jsonValue({ maxDepth: 2 });
    const bind = fc.oneof(json, fc.record({ type: fc.oneof(json, fc.constantFrom('FIXED', 'TEXT')), value: json }));
    const bodies = fc.oneof(
      json,
      fc.record(
        {
          sqlText: fc.oneof(json, fc.constantFrom('SELECT ?', 'SELECT 1; SELECT ?', 'INSERT INTO T (A) VALUES (?)')),
          bindings: fc.oneof(json, fc.record({ 1: bind, 2: bind }, { requiredKeys: [] })),
          parameters: fc.oneof(
            json,
            fc.dictionary(fc.constantFrom('MULTI_STATEMENT_COUNT', 'LOCK_TIMEOUT', 'X'), json),
          ),
          asyncExec: json,
          describeOnly: json,
          bindStage: fc.constantFrom(null, undefined, '@s'),
          data: json,
          requestId: json,
        },
        { requiredKeys: [] },
      ),
    );
    const paths = fc.constantFrom(
      '/queries/v1/query-request?requestId=',
      '/queries/v1/abort-request?requestId=',
      '/session/v1/login-request?requestId=',
      '/session/token-request?requestId=',
      '/session/heartbeat?requestId=',
      '/telemetry/send?requestId=',
      '/session?delete=false&requestId=',
    );

    test('any JSON in any request gets an answer in JSON that is no internal error', async () => {
      let last = 0;
      await fc.assert(
        fc.asyncProperty(paths, bodies, async (path, body) => {
          const { status, text } = await post(`${path}fuzz-${++last}`, body);
          const answer = JSON.parse(text) as { code?: string; message?: string; success: boolean };
          expect([200, 400]).toContain(status);
          expect(answer.code, answer.message).not.toBe('000603');
          expect(answer.message ?? '').not.toMatch(/\n\s+at |undefined|TypeError|object Object/);
        }),
        { numRuns: 400 },
      );
      expect(await client.run('SELECT 1 AS A')).toEqual([{ A: 1 }]);
    });

    test('any bytes on the socket harm nobody else', async () => {
      const bytes = fc.oneof(
        fc.uint8Array({ minLength: 1, maxLength: 400 }),
        fc
          .tuple(fc.constantFrom('POST', 'GET', 'PUT', 'XX'), fc.nat(2_000_000_000), fc.string())
          .map(([method, length, rest]) =>
            Buffer.from(
              `${method} /queries/v1/query-request HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\n\r\n${rest}`,
            ),
          ),
      );
      await fc.assert(
        fc.asyncProperty(bytes, async (sent) => {
          const socket = connectSocket(warehouse.port, '127.0.0.1');
          await new Promise<void>((resolve) => {
            socket.on('error', () => resolve());
            socket.on('close', () => resolve());
            socket.write(sent, () => socket.destroy());
          });
        }),
        { numRuns: 200 },
      );
      expect(await client.run('SELECT 1 AS A')).toEqual([{ A: 1 }]);
    });

    test('a thousand connections that say nothing leave the others served', async () => {
      const sockets = Array.from({ length: 1000 }, () => connectSocket(warehouse.port, '127.0.0.1'));
      await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
      expect(await client.run('SELECT 1 AS A')).toEqual([{ A: 1 }]);
      for (const socket of sockets) socket.destroy();
    });
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
