/**
 * What a sink task holds, measured from outside in a process of its own. `CAVES_MEMORY_MINUTES=10` keeps the destination
 * shut for so long while the topic goes on filling.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { startBroker } from '../../src/embedded/kafka/index.ts';
import { committedOffsets } from '../../src/runtime/kafka/offsets.ts';
import { defineSource } from '../../src/sdk/index.ts';
import { eventually } from '../helpers/eventually.ts';
import { append, batchOf } from '../helpers/record-batches.ts';
import { brokerForTest, clientOf, committedOffset, readAll } from '../helpers/runtime/kafka.ts';
import { perfectDestination } from '../helpers/runtime/perfect-destination.ts';
import { registryOf } from '../helpers/runtime/plugins.ts';
import { workerForTest } from '../helpers/runtime/worker.ts';
import { tempFolder } from '../helpers/temp-folder.ts';
import type { MemoryPlan, Sample } from './memory-worker.ts';

const minutesShut = Number(process.env['CAVES_MEMORY_MINUTES'] ?? 0);
const MiB = 1024 * 1024;
/** For a machine that is busy with other things. */
const patience = { timeout: 270_000, interval: 200 };
vi.setConfig({ testTimeout: 300_000 + minutesShut * 60_000 });

/** A broker that keeps its log on the disk, with a topic `wines`. */
async function scene({ partitions = 4 } = {}) {
  const broker = await startBroker({ dataDir: tempFolder() });
  onTestFinished(() => broker.close());
  const client = clientOf(broker);
  const admin = await client.admin();
  const configEntries = [{ name: 'max.message.bytes', value: String(32 * MiB) }];
  await admin.createTopics({ topics: [{ topic: 'wines', numPartitions: partitions, configEntries }] });
  return { broker, client };
}

interface MeasuredWorker {
  readonly first: Sample;
  readonly last: Sample;
  readonly samples: number;
}

/** @param heapMiB what V8 may take for objects: beyond it the process dies */
async function measure(heapMiB: number, plan: Omit<MemoryPlan, 'broker'> & { readonly broker: MemoryPlan['broker'] }) {
  const entry = fileURLToPath(new URL('./memory-worker.ts', import.meta.url));
  const { host, port } = plan.broker;
  const child = spawn(
    process.execPath,
    ['--expose-gc', `--max-old-space-size=${heapMiB}`, entry, JSON.stringify({ ...plan, broker: { host, port } })],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const gone = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await gone;
  });
  let errors = '';
  child.stderr.on('data', (text) => {
    errors += text;
  });
  const samples: Sample[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => samples.push(JSON.parse(line)));
  const check = () => {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`the worker has died: ${errors.slice(-2000)}`);
  };
  const until = (condition: (worker: MeasuredWorker) => void) =>
    eventually(() => {
      check();
      const [first, last] = [samples[0], samples.at(-1)];
      if (first === undefined || last === undefined) throw new Error(`no sample yet: ${errors.slice(-2000)}`);
      const worker = { first, last, samples: samples.length };
      condition(worker);
      return worker;
    }, patience);
  await until(() => undefined);
  return { until };
}

const grown = ({ first, last }: MeasuredWorker) => (last.peakRss - first.peakRss) / MiB;

const wide = JSON.stringify({ text: 'x'.repeat(10_000) });
const base = { topics: 'wines', 'batch.linger.ms': '50', 'stall.timeout.ms': '0' };

describe('a topic many times larger than what a task may hold', () => {
  test.for<[string, Omit<MemoryPlan, 'broker'>]>([
    ['while the destination takes nothing', { destination: 'shut', config: base }],
    [
      'while the error handler takes its time for every reject',
      {
        destination: 'open',
        config: {
          ...base,
          'errors.tolerance': 'all',
          'errors.handler': 'slow-handler',
          'value.schemas.field': 'type',
          'value.schemas': '{"a":{}}',
        },
      },
    ],
  ])('is left in Kafka %s', async ([, plan]) => {
    const { broker } = await scene();
    const batch = await batchOf(Array.from({ length: 80 }, () => wide));
    const fill = (times: number) =>
      Promise.all([0, 1, 2, 3].map((partition) => append(broker, { topic: 'wines', partition, batch, times })));
    const worker = await measure(96, { broker, ...plan });

    await fill(80);
    const { samples } = await worker.until(({ last }) => expect(last.buffered).toBeGreaterThan(8 * MiB));
    const end = performance.now() + minutesShut * 60_000;
    do {
      await fill(1);
      await new Promise((resolve) => setTimeout(resolve, 100));
    } while (performance.now() < end);
    const measured = await worker.until((now) => expect(now.samples).toBeGreaterThan(samples + 3));

    // 16 MiB in the feed, one fetch, the batch that is filled and the one that is written; and what is garbage yet.
    expect(grown(measured)).toBeLessThan(120);
    expect((measured.last.alive - measured.first.alive) / MiB).toBeLessThan(60);
    expect(measured.last.buffered).toBeLessThan(20 * MiB);
    expect(measured.last.state).toBe('RUNNING');
  });
});

test('a million tiny records, packed tightly, are read piece by piece', async () => {
  const { broker } = await scene();
  const values = Array.from({ length: 10_000 }, (_, n) => JSON.stringify({ n, ok: true }));
  const batch = await batchOf(values, { compression: 'gzip' });
  await Promise.all([0, 1, 2, 3].map((partition) => append(broker, { topic: 'wines', partition, batch, times: 25 })));

  const config = { ...base, 'batch.size': '20000' };
  const worker = await measure(256, { broker, destination: 'open', config });
  const measured = await worker.until(({ last }) => expect(last.taken).toBe(1_000_000));

  expect(grown(measured)).toBeLessThan(200);
  expect(measured.last.state).toBe('RUNNING');
});

describe('a thousand partitions', () => {
  test('need few connections', async () => {
    const { broker } = await scene({ partitions: 1_000 });
    const batch = await batchOf(['{"n":1}']);
    for (let partition = 0; partition < 1_000; partition += 50)
      await append(broker, { topic: 'wines', partition, batch });

    const worker = await measure(128, { broker, destination: 'open', config: base });
    let most = 0;
    const measured = await worker.until(({ last }) => {
      most = Math.max(most, last.sockets);
      expect(last.taken).toBe(20);
    });

    expect(most).toBeLessThan(40);
    expect(grown(measured)).toBeLessThan(120);
    expect(measured.last.state).toBe('RUNNING');
  });

  test('need few connections where each has a transactional id for its rejects, rejects, and a second owner', async () => {
    const { broker, client } = await scene({ partitions: 1_000 });
    const batch = await batchOf(['not JSON', '{"n":1}']);
    for (let partition = 0; partition < 1_000; partition++) await append(broker, { topic: 'wines', partition, batch });

    const dlq = { 'errors.tolerance': 'all', 'errors.deadletterqueue.topic.name': 'wines.dlq' };
    // The first of two tasks has all of them for a moment: the other one fences it for its half.
    const config = { ...base, ...dlq, 'tasks.max': '2' };
    const worker = await measure(256, { broker, destination: 'open', config });
    let most = 0;
    await worker.until(({ last }) => {
      most = Math.max(most, last.sockets);
      // A destination that keeps no positions is given some twice.
      expect(last.taken).toBeGreaterThanOrEqual(1_000);
    });
    await eventually(async () => {
      const of = await committedOffsets(client, 'connect-snk', [{ topic: 'wines', partition: 0 }]);
      expect([...of.values()].filter(({ next }) => next === 2n)).toHaveLength(1_000);
    }, patience);
    const measured = await worker.until(() => undefined);

    expect(await readAll(client, 'wines.dlq')).toHaveLength(1_000);
    expect(most).toBeLessThan(40);
    expect(grown(measured)).toBeLessThan(120);
    expect((measured.last.alive - measured.first.alive) / MiB).toBeLessThan(40);
    expect(measured.last.state).toBe('RUNNING');
  });
});

describe('an event of ten megabytes', () => {
  const text = 'x'.repeat(10_000_000);
  const large = defineSource({
    name: 'large',
    version: '1.0.0',
    summary: 'One large event, and a small one',
    config: { properties: {} },
    initialOffset: { next: 0 },
    open: () => ({
      async *read({ offset }) {
        if (offset['next'] !== 0) return;
        const records = [
          { topic: 'wines', key: 'l', value: { type: 'a', text } },
          { topic: 'wines', key: 's', value: { type: 'a', text: '' } },
        ];
        yield { records, offset: { next: 1 } };
      },
    }),
  });
  const valid = { 'value.schemas.field': 'type', 'value.schemas': '{"a":{"type":"object","required":["text"]}}' };
  const isolated = { 'task.isolation': 'none' };

  test('goes through source, topic and validation into the destination, where the topic takes it', async () => {
    const { broker, client } = await scene({ partitions: 1 });
    const { plugin, rows } = perfectDestination();
    const worker = workerForTest({ broker, plugins: registryOf(plugin, large) });
    await worker.ready;
    await worker.create('src', { 'connector.class': 'large', ...isolated, ...valid });
    await worker.create('snk', { 'connector.class': 'perfect', topics: 'wines', ...isolated, ...valid });

    await eventually(() => expect(rows).toHaveLength(2), patience);
    expect(rows[0]?.value).toEqual({ type: 'a', text });
    await eventually(
      async () => expect(await committedOffset(client, 'connect-snk', 'wines')).toBeGreaterThan(1n),
      patience,
    );
  });

  test('that a sink rejects arrives whole in the dead letter queue', async () => {
    const { broker, client } = await scene({ partitions: 1 });
    const { plugin } = perfectDestination();
    await append(broker, { topic: 'wines', batch: await batchOf([text]) });
    const worker = workerForTest({ broker, plugins: registryOf(plugin) });
    await worker.ready;
    const dlq = { 'errors.tolerance': 'all', 'errors.deadletterqueue.topic.name': 'wines.dlq' };
    await worker.create('snk', { 'connector.class': 'perfect', topics: 'wines', ...isolated, ...dlq });

    await eventually(async () => expect(await committedOffset(client, 'connect-snk', 'wines')).toBe(1n), patience);
    const [reject] = await readAll(client, 'wines.dlq');
    expect(reject?.value).toHaveLength(10_000_000);
  });

  test('is refused in clear words where the topic does not take it', async () => {
    const broker = await brokerForTest();
    const worker = workerForTest({ broker, plugins: registryOf(large) });
    await worker.ready;
    await worker.create('src', { 'connector.class': 'large', ...isolated, 'errors.restart.max': '0' });

    await eventually(() => expect(worker.status('src').tasks[0]?.state).toBe('FAILED'), patience);
    expect(worker.status('src').tasks[0]?.trace).toMatch(
      /wines.*100\d{5} bytes; max\.message\.bytes of the topic says/,
    );
  });
});
