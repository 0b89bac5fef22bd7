import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Engine, openEngine } from '../../../../src/embedded/snowflake/engine/duckdb.ts';

/** Days of work. */
const ENDLESS = 'SELECT count(*) FROM range(3000000) a, range(3000000) b';

describe('a statement with a signal', () => {
  let engine: Engine;

  beforeAll(async () => {
    engine = await openEngine({ dataDir: undefined, memoryLimit: '100MB', threads: 1 });
  });
  afterAll(() => engine.close());

  test.each<[string, (abort: () => void) => void]>([
    ['before it is sent', (abort) => abort()],
    ['before a thread has taken it', (abort) => process.nextTick(abort)],
    ['as soon as a thread may have taken it', (abort) => setImmediate(abort)],
    ['in the midst of its work', (abort) => setTimeout(abort, 20)],
  ])('ends when it is aborted %s', async (_, when) => {
    const connection = await engine.connect();
    const abort = new AbortController();
    when(() => abort.abort());
    await expect(connection.run(ENDLESS, [], abort.signal)).rejects.toThrow(/Interrupted/);
    expect((await connection.run('SELECT 42 AS a')).columns).toEqual([[42]]);
    connection.close();
  });

  test('leaves the next one alone', async () => {
    const connection = await engine.connect();
    const abort = new AbortController();
    await connection.run('SELECT 1', [], abort.signal);
    const next = connection.run('SELECT count(*) AS n FROM range(20000000)');
    abort.abort();
    expect((await next).columns).toEqual([[20_000_000n]]);
    connection.close();
  });
});
