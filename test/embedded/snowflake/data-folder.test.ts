import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startWarehouse, type Warehouse } from '../../../src/embedded/snowflake/index.ts';
import { eventually } from '../../helpers/eventually.ts';
import { connect, connectReady } from './driver.ts';

/** A warehouse in a process of its own, to be killed. */
function startProcess(dataDir: string): Promise<{ process: ChildProcess; warehouse: Warehouse }> {
  const child = fork(join(import.meta.dirname, 'warehouse-process.ts'), [dataDir], { stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.once('message', (url) => resolve({ process: child, warehouse: { url } as Warehouse }));
    child.once('exit', (code) => reject(new Error(`the warehouse ended with ${code}`)));
  });
}

function kill(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}

describe('a data folder', () => {
  let dataDir: string;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'warehouse-'));
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  test('keeps databases, tables and their types over a restart', async () => {
    await using warehouse = await startWarehouse({ dataDir });
    const client = await connectReady(warehouse);
    await client.run('CREATE TABLE T (A VARCHAR(3) NOT NULL, O OBJECT, "lower Case" NUMBER(10,2))');
    await client.run(`INSERT INTO T SELECT 'abc', OBJECT_CONSTRUCT('k', 1), 1.5`);
    await warehouse.close();

    await using again = await startWarehouse({ dataDir });
    const reader = await connect(again);
    expect(await reader.run('SELECT * FROM T')).toEqual([{ A: 'abc', O: { k: 1 }, 'lower Case': 1.5 }]);
    const columns = await reader.run('DESCRIBE TABLE T');
    expect(columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'A VARCHAR(3)',
      'O OBJECT',
      'lower Case NUMBER(10,2)',
    ]);
    expect(await reader.errorOf("INSERT INTO T (A) VALUES ('abcd')")).toMatchObject({ code: '100078' });
  });

  test('holds what was committed before a kill, and nothing else', async () => {
    const { process: child, warehouse } = await startProcess(dataDir);
    const client = await connectReady(warehouse);
    await client.run('CREATE TABLE T (A INTEGER)');
    await client.run('BEGIN');
    await client.run('INSERT INTO T VALUES (1), (2)');
    await client.run('COMMIT');
    await client.run('BEGIN');
    await client.run('INSERT INTO T VALUES (3)');
    await kill(child);

    await using again = await startWarehouse({ dataDir });
    expect(await (await connect(again)).run('SELECT A FROM T ORDER BY A')).toEqual([{ A: 1 }, { A: 2 }]);
  });

  test('belongs to one process, and says whose it is', async () => {
    const { process: child } = await startProcess(dataDir);
    const second = await startWarehouse({ dataDir });
    await expect(second.ready).rejects.toThrow(`${dataDir} is in use by process ${child.pid}`);
    await second.close();
    await kill(child);
    await using third = await startWarehouse({ dataDir });
    await third.ready;
  });

  test.each([0, 20])(
    'is free for another process once it is closed, also while %i sessions log in',
    async (sessions) => {
      const first = await startWarehouse({ dataDir });
      await connectReady(first);
      const logins = Array.from({ length: sessions }, () => connect(first, { sfRetryMaxLoginRetries: 1 }));
      const ended = Promise.allSettled(logins);
      if (sessions > 0) await eventually(() => first.hooks.requests.login > 1);
      await first.close();
      const { process: child, warehouse } = await startProcess(dataDir);
      expect(await (await connect(warehouse)).run('SELECT CURRENT_SCHEMA() AS S')).toEqual([{ S: 'RAW_DATA' }]);
      await kill(child);
      await ended;
    },
  );

  test('belongs to one warehouse of a process', async () => {
    await using first = await startWarehouse({ dataDir });
    await first.ready;
    await using second = await startWarehouse({ dataDir });
    await expect(second.ready).rejects.toThrow('in use by this process');
  });

  test('loses the file of a dropped database', async () => {
    await using warehouse = await startWarehouse({ dataDir });
    const client = await connectReady(warehouse);
    await client.run('CREATE DATABASE OTHER');
    await client.run('DROP DATABASE OTHER');
    await client.run('CREATE DATABASE OTHER');
    expect((await client.run('SHOW DATABASES')).map(({ name }) => name)).toEqual(['OTHER', 'WINE_SALES_DB']);
    expect(await client.run('SHOW TABLES IN DATABASE OTHER')).toEqual([]);
  });
});
