import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startWarehouse, type Warehouse } from '../../../src/embedded/snowflake/index.ts';
import { eventually } from '../../helpers/eventually.ts';
import { type Client, connect, connectReady } from './driver.ts';

describe('the endpoint', () => {
  let warehouse: Warehouse;
  let client: Client;

  beforeAll(async () => {
    warehouse = await startWarehouse();
    client = await connectReady(warehouse);
    await client.run('CREATE TABLE T (A INTEGER)');
  });
  afterEach(() => warehouse.hooks.clear());
  afterAll(() => warehouse.close());

  const count = async () => Number((await client.run('SELECT COUNT(*) AS N FROM T'))[0]?.N);

  test('refuses a wrong password', async () => {
    await expect(connect(warehouse, { password: 'wrong' })).rejects.toMatchObject({ code: '390100' });
  });

  test('has the warehouses that it was given', async () => {
    await using small = await startWarehouse({ warehouses: ['SMALL'] });
    const active = await connectReady(small, { warehouse: 'small' });
    await active.run('CREATE TABLE T (A INT)');
    const idle = await connectReady(small, { warehouse: 'NOSUCH' });
    expect(await idle.errorOf('SELECT * FROM T')).toMatchObject({ code: '000606', sqlState: '57P03' });
    expect(await idle.errorOf('USE WAREHOUSE NOSUCH')).toMatchObject({ code: '002043' });
    await idle.run('USE WAREHOUSE SMALL');
    expect(await idle.run('SELECT * FROM T')).toEqual([]);
  });

  test('answers a repeated request from memory', async () => {
    const requestId = randomUUID();
    const before = await count();
    const first = await client.execute('INSERT INTO T VALUES (1)', { requestId });
    const again = await client.execute('INSERT INTO T VALUES (1)', { requestId });
    expect(again.statement.getNumUpdatedRows()).toBe(1);
    expect(again.statement.getQueryId()).toBe(first.statement.getQueryId());
    expect(await count()).toBe(before + 1);
  });

  test('answers a request that is repeated while the first still runs', async () => {
    const requestId = randomUUID();
    const before = await count();
    warehouse.hooks.slowStatement(/VALUES \(2\)/, 100);
    const both = await Promise.all([
      client.execute('INSERT INTO T VALUES (2)', { requestId }),
      client.execute('INSERT INTO T VALUES (2)', { requestId }),
    ]);
    expect(both.map(({ statement }) => statement.getNumUpdatedRows())).toEqual([1, 1]);
    expect(await count()).toBe(before + 1);
  });

  test.each([
    ['answered 503', { effect: 'status', status: 503 }],
    ['answered 429', { effect: 'status', status: 429 }],
    ['cut before the work', { effect: 'cut-before' }],
    ['cut after the work', { effect: 'cut-after' }],
    ['sent with an expired token', { effect: 'expire' }],
  ] as const)('does the work once when the request is %s', async (_, fault) => {
    const before = await count();
    warehouse.hooks.inject({ kind: 'query', times: 1, matching: /VALUES \(3\)/, ...fault });
    const { statement } = await client.execute('INSERT INTO T VALUES (3)');
    expect(statement.getNumUpdatedRows()).toBe(1);
    expect(await count()).toBe(before + 1);
  });

  test('tells a client that its session is gone, and has rolled back', async () => {
    const doomed = await connectReady(warehouse);
    const before = await count();
    await doomed.run('BEGIN');
    await doomed.run('INSERT INTO T VALUES (4)');
    warehouse.hooks.inject({ kind: 'query', times: 1, effect: 'lose' });
    // The driver turns 390111 into its own "connection terminated".
    expect(await doomed.errorOf('COMMIT')).toMatchObject({ code: 407002 });
    expect(await count()).toBe(before);
  });

  test('fails a statement with the code that a test asks for', async () => {
    warehouse.hooks.failStatement(/INSERT/, 'noWarehouse');
    expect(await client.errorOf('INSERT INTO T VALUES (5)')).toMatchObject({ code: '000606', sqlState: '57P03' });
    await client.run('INSERT INTO T VALUES (5)');
  });

  test('cancels a statement', async () => {
    const started = new Promise<string>((resolve, reject) => {
      const statement = client.connection.execute({
        sqlText:
          'SELECT COUNT(*) FROM TABLE(GENERATOR(ROWCOUNT => 3000000)) A, TABLE(GENERATOR(ROWCOUNT => 3000000)) B',
        complete: (error) => (error ? resolve(String(error.code)) : reject(new Error('it ended'))),
      });
      eventually(() => expect(warehouse.hooks.statements.at(-1)).toContain('GENERATOR')).then(() =>
        statement.cancel(() => {}),
      );
    });
    expect(await started).toBe('000604');
    expect(await client.run('SELECT 1 AS A')).toEqual([{ A: 1 }]);
  });

  test('runs a statement in the background', async () => {
    const { statement } = await client.execute('SELECT 42 AS A', { asyncExec: true });
    const queryId = statement.getQueryId();
    const result = await client.connection.getResultsFromQueryId({ queryId } as never);
    const rows: unknown[] = [];
    for await (const row of result.streamRows() as AsyncIterable<unknown>) rows.push(row);
    expect(rows).toEqual([{ A: 42 }]);
  });

  test('keeps a session alive by heartbeats', async () => {
    expect(await client.connection.isValidAsync()).toBe(true);
  });

  test('describes a statement without running it', async () => {
    const before = await count();
    const inserted = await client.execute('INSERT INTO T VALUES (6)', { describeOnly: true });
    const selected = await client.execute('SELECT A, A::STRING AS S FROM T', { describeOnly: true });
    expect(inserted.rows).toBeDefined();
    expect(selected.statement.getColumns()?.map((column) => `${column.getName()} ${column.getType()}`)).toEqual([
      'A fixed',
      'S text',
    ]);
    expect(selected.rows).toEqual([]);
    expect(await count()).toBe(before);
  });

  test('asks for the right number of statements', async () => {
    expect(await client.errorOf('SELECT 1; SELECT 2')).toMatchObject({ code: '000008', sqlState: '0A000' });
    expect(await client.runAll("SELECT ';' AS A; -- ; \n SELECT $$;$$ AS B;", 0)).toEqual([[{ A: ';' }], [{ B: ';' }]]);
  });

  test('answers 404 where it serves nothing, and says what', async () => {
    const response = await fetch(`${warehouse.url}/v2/streaming/hostname`);
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('GET /v2/streaming/hostname');
  });
});
