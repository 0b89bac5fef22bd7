import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { batchOf, type OpenedSink, openSink } from 'caves-connect/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import sink from '../../../connectors/snowflake-variant/index.ts';
import { pluginErrorCode } from '../../../src/sdk/errors.ts';
import { type Network, startNetwork } from './network.ts';
import { order, orders, sales, useWarehouse } from './warehouse.ts';

const warehouse = useWarehouse();
const { signal } = new AbortController();
const modes = ['one.request', 'four.requests'];

/** A task that owns the partition of the orders. */
async function openTask(changed: Readonly<Record<string, unknown>> = {}): Promise<OpenedSink> {
  const opened = await openSink(sink, { config: warehouse.config(changed) });
  await opened.task.positions?.([sales], signal);
  return opened;
}

describe.each(modes)('snowflake-variant on a bad network, in %s', (mode) => {
  let network: Network;
  const openAt = () => openTask({ 'snowflake.url': network.url, 'snowflake.transaction.mode': mode });
  beforeEach(async () => {
    network = await startNetwork(warehouse.url);
  });
  afterEach(async () => {
    await network.close();
  });
  test('finds out that a batch was committed whose answer was lost, and does not write it twice', async () => {
    const { write, close } = await openAt();
    network.lose('answer', /COMMIT/);
    await write(batchOf(orders(10)));
    expect(network.lost).toBeGreaterThan(0);
    network.heal();
    await write(batchOf(orders(10, 10n)));
    expect(await warehouse.countRows()).toBe(20);
    await close();
  });

  test('asks for another try when a batch never arrived, and writes it once then', async () => {
    const { write, close } = await openAt();
    network.lose('request', /COMMIT/);
    await expect(write(batchOf(orders(10)))).rejects.toHaveProperty('code', 'RETRIABLE');
    expect(await warehouse.countRows()).toBe(0);
    network.heal();
    await write(batchOf(orders(10)));
    expect(await warehouse.countRows()).toBe(10);
    await close();
  });

  test('remembers a commit in doubt until it can ask', async () => {
    const { write, close } = await openAt();
    network.lose('answer', /COMMIT|SELECT KAFKA_TOPIC/);
    await expect(write(batchOf(orders(10)))).rejects.toHaveProperty('code', 'RETRIABLE');
    network.heal();
    await write(batchOf(orders(10)));
    expect(await warehouse.countRows()).toBe(10);
    await close();
  });

  test('writes a batch once whose first attempt was still under way when it asked', async () => {
    const { write, close } = await openAt();
    warehouse.hooks.slowStatement(/^COMMIT/, 700);
    network.lose('patience', /COMMIT/);
    const first = write(batchOf(orders(10)));
    await Promise.allSettled([first]);
    network.heal();
    await first.catch(() => write(batchOf(orders(10))));
    await write(batchOf(orders(10, 10n)));
    expect(await warehouse.countRows()).toBe(20);
    await close();
  });

  test('moves positions without rows the same way', async () => {
    const { task, write, close } = await openAt();
    network.lose('answer', /UPDATE/);
    await write({ records: [], positions: [{ ...sales, next: 5n }] });
    network.heal();
    expect(await task.positions?.([sales], signal)).toEqual([{ next: 5n }]);
    await close();
  });

  test('stops waiting when it is told to stop, and the next task finds out', async () => {
    const stop = new AbortController();
    const { task, close } = await openAt();
    const writing = task.write(batchOf(orders(10)), stop.signal);
    stop.abort(new Error('stopped'));
    await expect(writing).rejects.toThrow('stopped');
    await close();
    const next = await openSink(sink, { config: warehouse.config() });
    const [position] = (await next.task.positions?.([sales], signal)) ?? [];
    expect(await warehouse.countRows()).toBe(position === undefined ? 0 : 10);
    await next.close();
  });
});

describe.each(modes)('snowflake-variant when Snowflake fails, in %s', (mode) => {
  const openAt = () => openTask({ 'snowflake.transaction.mode': mode });

  test.each([
    ['a value that does not fit', 'notNumeric', 'BATCH_REJECTED'],
    ['JSON that it cannot read', 'notJson', 'BATCH_REJECTED'],
    ['a lock', 'lockTimeout', 'RETRIABLE'],
    ['a missing privilege', 'privileges', 'CONFIG'],
    ['a table that was dropped', 'objectMissing', 'CONFIG'],
    ['an error inside Snowflake', 'internal', undefined],
  ] as const)('leaves nothing of a batch behind after %s, and can go on', async (_, error, code) => {
    const { write, close } = await openAt();
    // In one request it is met first without, then with its code.
    warehouse.hooks.failStatement(/INSERT INTO/, error, { times: mode === 'one.request' ? 2 : 1 });
    const thrown: unknown = await write(batchOf(orders(10))).catch((reason: unknown) => reason);
    expect(thrown).toBeInstanceOf(Error);
    expect(pluginErrorCode(thrown)).toBe(code);
    expect(await warehouse.countRows()).toBe(0);
    await write(batchOf(orders(10)));
    expect(await warehouse.countRows()).toBe(10);
    await close();
  });

  test.each([/^UPDATE/, /^INSERT INTO/, /^COMMIT/])(
    'writes a batch once whose transaction is lost before %s',
    async (step) => {
      const { write, close } = await openAt();
      warehouse.hooks.loseTransaction(step);
      // One request is tried again step by step at once; steps are tried again by the runtime.
      const writing = write(batchOf(orders(10)));
      if (mode === 'one.request') await writing;
      else {
        await expect(writing).rejects.toHaveProperty('code', 'RETRIABLE');
        expect(await warehouse.countRows()).toBe(0);
        await write(batchOf(orders(10)));
      }
      await write(batchOf(orders(10, 10n)));
      expect(await warehouse.countRows()).toBe(20);
      await close();
    },
  );

  test('waits its turn while others hold the lock, and writes a batch once after LOCK_TIMEOUT', async () => {
    const { write, close } = await openAt();
    warehouse.hooks.failStatement(/^UPDATE/, 'lockTimeout', { times: mode === 'one.request' ? 2 : 1 });
    await expect(write(batchOf(orders(10)))).rejects.toThrow(/000625.*SYSTEM\$ABORT_TRANSACTION/);
    await write(batchOf(orders(10)));
    expect(await warehouse.countRows()).toBe(10);
    await close();
  });

  test('logs in again after its session was ended, and writes each batch once', async () => {
    const { write, close, recorded } = await openAt();
    warehouse.hooks.inject({ kind: 'query', effect: 'lose', times: 1, matching: /COMMIT/ });
    await expect(write(batchOf(orders(10)))).rejects.toHaveProperty('code', 'RETRIABLE');
    await write(batchOf(orders(10)));
    await write(batchOf(orders(10, 10n)));
    expect(await warehouse.countRows()).toBe(20);
    expect(recorded.logs.filter((line) => line.message.startsWith('✅ Connected to Snowflake')).length).toBe(2);
    await close();
  });

  test.each([
    ['an expired session', { effect: 'expire' }],
    ['a busy server', { effect: 'status', status: 503 }],
    ['a connection that broke after the work', { effect: 'cut-after' }],
  ] as const)('writes a batch once, over %s', async (_, fault) => {
    const { write, close } = await openAt();
    warehouse.hooks.inject({ kind: 'query', times: 1, matching: /COMMIT/, ...fault });
    await write(batchOf(orders(10)));
    expect(await warehouse.countRows()).toBe(10);
    await close();
  });
});

describe('the driver of snowflake-variant', () => {
  test('says so when an answer is overdue', async () => {
    const { write, close, recorded } = await openTask();
    warehouse.hooks.slowStatement(/INSERT INTO/, 5500);
    await write(batchOf(orders(1)));
    expect(recorded.logs.at(-1)).toMatchObject({
      level: 'warn',
      message: 'Snowflake has not answered for 5 s; still waiting',
    });
    await close();
  });

  test('writes nothing to the terminal and leaves no file behind', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'caves-sink-'));
    const script = `
      import { writeBatches } from ${JSON.stringify(new URL('../../../src/testing/index.ts', import.meta.url).href)};
      import sink from ${JSON.stringify(new URL('../../../connectors/snowflake-variant/index.ts', import.meta.url).href)};
      await writeBatches(sink, { config: ${JSON.stringify(warehouse.config())}, records: [${JSON.stringify(order(1))}] });
      await writeBatches(sink, { config: ${JSON.stringify(warehouse.config({ 'snowflake.password': 'no' }))} }).catch(() => {});
    `;
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      cwd: folder,
    });
    expect({ stdout, stderr, files: await readdir(folder) }).toEqual({ stdout: '', stderr: '', files: [] });
    expect(await warehouse.countRows()).toBe(1);
    await rm(folder, { recursive: true });
  });
});
