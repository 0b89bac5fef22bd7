/** Services that are not there, refuse us, or have no room: who is at fault, and how it goes on. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startBroker } from '../../src/embedded/kafka/index.ts';
import { startWarehouse } from '../../src/embedded/snowflake/index.ts';
import { eventually } from '../helpers/eventually.ts';
import { limitedFolder, whyNoLimitedFolder } from '../helpers/limited-folder.ts';
import { expectNoStack, givenFolder, givenServices, restOf, type Services, traceOfFailure } from './bad-input.ts';

const timeout = 60_000;

const source = (topic: string) => `{connector.class: wine-sales-generator, topic: ${topic}, generation.delay.ms: 10}`;

test('a Kafka that is not there is named and tried again; REST answers; all goes on when it comes', {
  timeout,
}, async () => {
  const gone = await startBroker();
  await gone.close();
  const address = `127.0.0.1:${gone.port}`;
  const worker = givenFolder({
    'caves.yaml': `worker: {bootstrap.servers: "${address}", rest.port: 0, metrics.port: 0}\nconnectors:\n  wine: ${source('sales')}\n`,
  }).start('start', 'caves.yaml');

  const rest = await restOf(worker);
  expect(worker.stdout()).toContain('wine waits for Kafka');
  await worker.prints(
    new RegExp(`kafka +WARN Kafka at ${address} does not answer .*trying again.*bootstrap\\.servers`),
  );
  expect((await fetch(`${rest}/health`)).status).toBe(503);
  expect(await (await fetch(`${rest}/connectors`)).json()).toEqual([]);
  const refused = await fetch(`${rest}/connectors/other/config`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ 'connector.class': 'wine-sales-generator', topic: 'other' }),
  });
  expect(refused.status).toBe(503);
  expect(await refused.json()).toMatchObject({ message: expect.stringContaining(address) });

  const broker = await startBroker({ port: gone.port });
  onTestFinished(() => broker.close());
  await worker.prints(`Kafka at ${address} answers again`, 20_000);
  await worker.prints('Event 1 sent');
  await eventually(async () => (await fetch(`${rest}/health`)).status === 200);
  worker.child.kill('SIGTERM');
  const { code, stdout, stderr } = await worker.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.match(/does not answer/g), 'one line for one change').toHaveLength(1);
  expectNoStack(stdout);
});

describe('a sink that Snowflake refuses is FAILED, with the key and the way out', () => {
  /** What the terminal says, and what the status says, of a sink that cannot be. */
  async function failureOf({ worker, snowflake }: Services, password = 'caves') {
    const sink = { 'connector.class': 'snowflake-variant', topics: 'sales', snowflake };
    const connectors = `connectors:\n  wine: ${source('sales')}\n  cellar: ${JSON.stringify(sink)}\n`;
    const files = { 'caves.yaml': `${worker}\n${connectors}` };
    const running = givenFolder(files, { SNOWFLAKE_PASSWORD: password }).start('start', 'caves.yaml');
    const [message = ''] = (await traceOfFailure(running, 'cellar')).split('\n');
    await running.prints('ERROR cellar|task-0 FAILED: ');
    const [line = ''] = /ERROR cellar\|task-0 FAILED: .*/.exec(running.stdout()) ?? [];
    await running.prints(/wine\|task-0 {2}.* Event \d+ sent/);
    running.child.kill('SIGTERM');
    const { code, stdout, stderr } = await running.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expectNoStack(stdout);
    expect(message).toContain(line.replace('ERROR cellar|task-0 FAILED: ', ''));
    return line;
  }

  test('for a wrong password, which is not shown', { timeout }, async () => {
    const line = await failureOf(await givenServices(), 'Pinard1855');
    expect(line).toMatch(/Incorrect username or password .*Check snowflake\.user \(caves\) and snowflake\.password/);
    expect(line).not.toContain('Pinard1855');
  });

  test('for a warehouse that is not there', { timeout }, async () => {
    const line = await failureOf(await givenServices({ warehouses: ['OTHER_WH'] }));
    expect(line).toMatch(/The warehouse COMPUTE_WH does not exist, .*set snowflake\.warehouse \(SNOWFLAKE_WAREHOUSE\)/);
  });

  test('for missing privileges, at the start or at the first batch', { timeout }, async () => {
    const services = await givenServices();
    services.warehouse.hooks.failStatement(/^CREATE/, 'privileges', { times: 10, message: 'Insufficient privileges' });
    expect(await failureOf(services)).toMatch(/Insufficient privileges .*Grant .* CREATE TABLE on the schema/);
    services.warehouse.hooks.clear();
    services.warehouse.hooks.failStatement(/INSERT INTO/, 'privileges', {
      times: 2,
      message: 'Insufficient privileges',
    });
    expect(await failureOf(services)).toMatch(/Writing a batch: Insufficient privileges .*INSERT and SELECT/);
  });
});

test('a Snowflake that is not there is named once and tried again until it comes', { timeout }, async () => {
  const { worker, snowflake, warehouse } = await givenServices();
  await warehouse.close();
  const sink = { 'connector.class': 'snowflake-variant', topics: 'sales', snowflake };
  const connectors = `connectors:\n  wine: ${source('sales')}\n  cellar: ${JSON.stringify(sink)}\n`;
  const running = givenFolder({ 'caves.yaml': `${worker}\n${connectors}` }).start('start', 'caves.yaml');
  await running.prints(
    new RegExp(`cellar\\|task-0 {2}WARN .*trying again: Connecting .* Tried ${warehouse.url} .*attempt=1`),
  );
  const again = await startWarehouse({ port: warehouse.port });
  onTestFinished(() => again.close());
  await running.prints(/cellar\|task-0 {2}📊 Events consumed: \d+ \| Inserted: [1-9]/u, 20_000);
  for (const line of ['🚀 Starting Kafka Consumer', '✅ Connected to Snowflake']) {
    expect(running.stdout().split(line), line).toHaveLength(2);
  }
  running.child.kill('SIGTERM');
  expect(await running.ended).toMatchObject({ code: 0, stderr: '' });
});

const unable = whyNoLimitedFolder();

describe.skipIf(unable)(`a data folder ${unable ? `(skipped: ${unable})` : ''}`, () => {
  function givenWine(dataDir: string) {
    return givenFolder({
      'caves.yaml': `worker: {rest.port: 0, metrics.port: 0, data.dir: ${dataDir}}\nconnectors:\n  wine: ${source('sales')}\n`,
    });
  }
  function given(options: string): string {
    const { path, release } = limitedFolder(options);
    onTestFinished(release);
    return path;
  }

  test.each([
    ['on a read-only file system', 'ro', /it is on a read-only file system/],
    ['on a full disk', 'size=4k,nr_inodes=2', /the disk is full/],
  ])('%s ends the start with one line', async (_, options, reason) => {
    const dataDir = given(options);
    const folder = givenWine(join(dataDir, 'caves'));
    const { code, stdout, stderr } = await folder.run('start', 'caves.yaml');
    expect(stderr).toMatch(/^The embedded services cannot keep their data in .*: .*data\.dir in the worker's.*\n$/);
    expect(stderr).toMatch(reason);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });

  test('on a disk that fills up in full flow is named, and all goes on when there is room', { timeout }, async () => {
    const dataDir = given('size=3m');
    const worker = givenWine(dataDir).start('start', 'caves.yaml');
    await worker.prints(/Event \d+ sent/);
    const ballast = join(dataDir, 'ballast');
    fill(ballast);
    await worker.prints(/WARN Cannot write .*: the disk is full: make room, the broker then goes on/, 20_000);
    expect(worker.child.exitCode).toBeNull();
    const sent = lastEvent(worker.stdout());
    rmSync(ballast);
    await eventually(() => lastEvent(worker.stdout()) > sent + 5);
    worker.child.kill('SIGTERM');
    const { code, stdout, stderr } = await worker.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expectNoStack(stdout);
  });
});

/** Takes all the room that is left on a small disk. */
function fill(file: string): void {
  expect(() => writeFileSync(file, Buffer.alloc(1 << 24, 1))).toThrow('ENOSPC');
}

const lastEvent = (stdout: string) => Number([...stdout.matchAll(/Event (\d+) sent/g)].at(-1)?.[1] ?? 0);
