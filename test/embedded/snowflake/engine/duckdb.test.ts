import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Engine, openEngine } from '../../../../src/embedded/snowflake/engine/duckdb.ts';
import { tempFolder } from '../../../helpers/temp-folder.ts';

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

describe('a folder of databases', () => {
  const open = (dataDir: string): Promise<Engine> => openEngine({ dataDir, memoryLimit: '100MB', threads: 1 });

  test('belongs to the first of two that open it at the same time', async () => {
    const dataDir = tempFolder();
    const [first, second] = await Promise.allSettled([open(dataDir), open(dataDir)]);
    expect(second).toMatchObject({ reason: { message: expect.stringContaining('in use by this process') } });
    if (first.status === 'fulfilled') await first.value.close();
  });

  test('can be opened when what kept it from being opened is gone', async () => {
    const dataDir = tempFolder();
    await writeFile(join(dataDir, 'BROKEN.duckdb'), 'no database'.repeat(1000));
    await expect(open(dataDir)).rejects.toThrow('BROKEN.duckdb');
    await rm(join(dataDir, 'BROKEN.duckdb'));
    await (await open(dataDir)).close();
  });
});

describe('an engine that is closed', () => {
  test('waits for what runs on its connections, and refuses what comes then', async () => {
    const engine = await openEngine({ dataDir: undefined, memoryLimit: '100MB', threads: 1 });
    const connection = await engine.connect();
    const running = connection.run('SELECT count(*)::INT AS n FROM range(20000000)');
    const connecting = engine.connect();
    const closing = engine.close();
    await expect(connection.run('SELECT 1')).rejects.toThrow('closed');
    await expect(engine.connect()).rejects.toThrow('closed');
    expect((await running).columns).toEqual([[20_000_000]]);
    await closing;
    (await connecting).close();
    connection.close();
  });
});

test('what does not fit into the memory goes to the data folder, and into no other', async () => {
  const dataDir = tempFolder();
  const engine = await openEngine({ dataDir, memoryLimit: '100MB', threads: 1 });
  const connection = await engine.connect();
  const { columns } = await connection.run("SELECT current_setting('temp_directory')");
  expect(columns).toEqual([[join(dataDir, 'spilled')]]);
  const sorted = await connection.run(
    'SELECT count(*)::INT FROM (SELECT repeat(hash(i)::VARCHAR, 10) AS t FROM range(1000000) r(i) ORDER BY t LIMIT 900000)',
  );
  expect(sorted.columns).toEqual([[900_000]]);
  connection.close();
  await engine.close();
});
