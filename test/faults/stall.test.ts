/** Tasks that stand still though there is work for them: said in the status, the metrics and the log, then restarted. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { createPluginRegistry } from '../../src/runtime/plugins/registry.ts';
import { RetriableError } from '../../src/sdk/index.ts';
import { eventually } from '../helpers/eventually.ts';
import {
  brokerForTest,
  clientOf,
  committedOffset,
  createTopic,
  produce,
  readAll,
  type TestClient,
  textOf,
} from '../helpers/runtime/kafka.ts';
import { perfectDestination } from '../helpers/runtime/perfect-destination.ts';
import { registryOf } from '../helpers/runtime/plugins.ts';
import { startTask } from '../helpers/runtime/tasks.ts';
import { type TestWorker, workerForTest } from '../helpers/runtime/worker.ts';
import { tempFolder } from '../helpers/temp-folder.ts';

const soon = { 'stall.timeout.ms': '1000', 'errors.restart.delay.ms': '50', 'batch.linger.ms': '10' };
/** For a machine that is busy with other things. */
const patience = { timeout: 30_000 };
vi.setConfig({ testTimeout: 90_000 });

/** A worker with a sink `snk` on the topic `wines`, into a destination that does as the test says. */
async function scene({ partitions = 1 } = {}) {
  const broker = await brokerForTest();
  const client = clientOf(broker);
  await createTopic(client, 'wines', partitions);
  const destination = perfectDestination();
  const worker = workerForTest({ broker, plugins: registryOf(destination.plugin), shutdownTimeoutMs: 500 });
  await worker.ready;
  const create = (config: Readonly<Record<string, string>> = {}) =>
    worker.create('snk', {
      'connector.class': 'perfect',
      topics: 'wines',
      'task.isolation': 'none',
      ...soon,
      ...config,
    });
  const state = () => worker.status('snk').tasks[0];
  const settledAt = (next: bigint, partition = 0) =>
    eventually(
      async () => expect(await committedOffset(client, 'connect-snk', 'wines', partition)).toBe(next),
      patience,
    );
  return { broker, client, destination, worker, create, state, settledAt };
}

const numbered = (from: number, to: number, partition = 0) =>
  Array.from({ length: to - from }, (_, i) => ({ partition, value: JSON.stringify({ n: from + i }) }));

const never = () => new Promise<never>(() => {});

const lines = ({ log }: TestWorker, text: string) => log.filter(({ message }) => message.includes(text));

const stalledSeconds = async ({ metrics }: TestWorker) =>
  Number((await metrics.text()).match(/^connect_task_stalled_seconds\{.*\} (\S+)$/m)?.[1]);

/** Calls now and then until the test says that it is enough: the topic goes on filling. */
async function whileFilling<T>(fill: (n: number) => Promise<void>, work: () => Promise<T>): Promise<T> {
  let isEnough = false;
  const filling = (async () => {
    for (let n = 0; !isEnough; n++) {
      await fill(n);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  try {
    return await work();
  } finally {
    isEnough = true;
    await filling;
  }
}

describe('a sink whose write never comes back', () => {
  test('says so, is restarted, and goes on: every record once', async () => {
    const { client, destination, worker, create, state, settledAt } = await scene();
    let calls = 0;
    destination.faults.beforeWrite = () => (++calls === 1 ? never() : undefined);
    await produce(client, 'wines', numbered(0, 20));
    await create();

    await eventually(
      () => expect(state()?.stalled?.reason).toMatch(/wines-0 stands at offset 0 for \d s, 20 behind/),
      patience,
    );
    expect(state()).toMatchObject({ state: 'RUNNING', stalled: { since: expect.stringMatching(/^\d{4}-.*Z$/) } });
    expect(await stalledSeconds(worker)).toBeGreaterThan(0.4);

    await settledAt(20n);
    await eventually(() => expect(state()).toMatchObject({ state: 'RUNNING', restarts: 1 }), patience);
    expect(state()).not.toHaveProperty('stalled');
    expect(await stalledSeconds(worker)).toBe(0);
    expect(destination.rows.map(({ value }) => (value as { readonly n: number }).n)).toEqual([...Array(20).keys()]);
    expect(lines(worker, 'stands still')).toHaveLength(1);
    expect(lines(worker, 'FAILED')).toHaveLength(1);
  });

  test('FAILED when its restarts are used up, with what stood still as its trace', async () => {
    const { client, destination, create, state } = await scene();
    destination.faults.beforeWrite = never;
    await produce(client, 'wines', numbered(0, 5));
    await create({ 'errors.restart.max': '0' });

    await eventually(() => expect(state()?.state).toBe('FAILED'), patience);

    expect(state()?.trace).toMatch(
      /^StalledError: wines-0 stands at offset 0 for \d s, 5 behind its end.*stall\.timeout\.ms/,
    );
    expect(state()?.trace?.split('\n')).toHaveLength(1);
  });

  test('says so and is left alone without a time-out; then it goes on, and that is said as well', async () => {
    const { client, destination, worker, create, state, settledAt } = await scene();
    const gate = Promise.withResolvers<void>();
    destination.faults.beforeWrite = () => gate.promise;
    await produce(client, 'wines', numbered(0, 5));
    await create({ 'stall.timeout.ms': '3600', 'errors.restart.max': '0' });
    await eventually(() => expect(state()?.stalled).toBeDefined(), patience);

    gate.resolve();

    await settledAt(5n);
    await eventually(() => expect(state()).not.toHaveProperty('stalled'), patience);
    expect(state()?.state).toBe('RUNNING');
    expect(lines(worker, 'flows again')).toHaveLength(1);
  });

  test('keeps no worker from closing', async () => {
    const { client, destination, worker, create, state } = await scene();
    destination.faults.beforeWrite = never;
    destination.faults.beforeClose = never;
    await produce(client, 'wines', numbered(0, 5));
    await create();
    await eventually(() => expect(state()?.restarts).toBe(1), patience);

    await worker.close();

    expect(destination.open, 'left behind').toBeGreaterThan(0);
  });
});

describe('a sink whose open never comes back', () => {
  test('says so and is restarted', async () => {
    const { client, destination, create, state, settledAt } = await scene();
    let opens = 0;
    destination.faults.beforeOpen = () => (++opens === 1 ? never() : undefined);
    await produce(client, 'wines', numbered(0, 5));
    await create();

    await eventually(() => expect(state()?.stalled?.reason).toMatch(/Opening its plugins/), patience);

    await settledAt(5n);
    expect(state()).toMatchObject({ state: 'RUNNING', restarts: 1 });
  });
});

describe('a destination that answers with errors', () => {
  test('makes the task say so, but is not a reason to restart it: that is for errors.retry.timeout', async () => {
    const { client, destination, worker, create, state, settledAt } = await scene();
    let fails = 0;
    destination.faults.beforeWrite = () => {
      if (++fails <= 60) throw new RetriableError('503');
    };
    await produce(client, 'wines', numbered(0, 5));
    await create({ 'errors.retry.delay.max.ms': '100' });

    await eventually(() => expect(state()?.stalled?.reason).toMatch(/the last try failed with: 503/), patience);

    await settledAt(5n);
    expect(state()).toMatchObject({ state: 'RUNNING' });
    expect(state()).not.toHaveProperty('restarts');
    expect(lines(worker, 'FAILED')).toEqual([]);
  });
});

describe('a consumer that gets nothing though the topic fills', () => {
  test('is noticed and its task restarted', async () => {
    const { broker, client, worker, create, state, settledAt } = await scene();
    await produce(client, 'wines', numbered(0, 5));
    await create();
    await settledAt(5n);

    const mute = broker.hooks.delay({ api: 'Fetch', topic: 'wines', ms: 3_600_000, times: 1_000 });
    await whileFilling(
      (n) => produce(client, 'wines', numbered(5 + n, 6 + n)),
      async () => {
        await eventually(
          () => expect(state()?.stalled?.reason).toMatch(/wines-0 stands.*nothing more of it is delivered/),
          patience,
        );
        await eventually(() => expect(state()?.restarts).toBeGreaterThan(0), patience);
        mute.remove();
        await eventually(
          async () => expect(await committedOffset(client, 'connect-snk', 'wines')).toBeGreaterThan(5n),
          patience,
        );
      },
    );
    expect(lines(worker, 'stands still').length).toBeGreaterThan(0);
  });

  test('of one partition among healthy ones, names it', async () => {
    const broker = await brokerForTest();
    const client = clientOf(broker);
    await createTopic(client, 'wines', 2);
    const { plugin } = perfectDestination();
    const config = { 'connector.class': 'perfect', topics: 'wines', ...soon, 'stall.timeout.ms': '4000' };
    const task = await startTask({ client: forgetful(client, 1), registry: registryOf(plugin), name: 'snk', config });

    await whileFilling(
      (n) => produce(client, 'wines', [...numbered(n, n + 1, 0), ...numbered(n, n + 1, 1)]),
      () => eventually(() => expect(task.stalls.at(-1)).toMatchObject({ overdue: true }), patience),
    );

    expect(task.stalls.map((stall) => stall?.reason)).toEqual([
      expect.stringMatching(/^wines-1 stands at offset 0 .*nothing more of it is delivered/),
      expect.stringMatching(/^wines-1 stands at offset 0/),
    ]);
    expect(await committedOffset(client, 'connect-snk', 'wines', 0)).toBeGreaterThan(0n);
  });
});

/** A client whose consumers never ask for one of their partitions, without a word. */
function forgetful(client: TestClient, partition: number): TestClient {
  const consumer: TestClient['consumer'] = (options) => {
    const made = client.consumer(options);
    made.on(made.events.FETCH_START, () => made.pause([{ topic: 'wines', partitions: [partition] }]));
    return made;
  };
  return { ...client, consumer };
}

describe('a task in a thread that spins', () => {
  test('is noticed from outside, and restarted', async () => {
    const folder = tempFolder();
    const path = join(folder, 'spins.ts');
    const spun = join(folder, 'spun');
    writeFileSync(
      path,
      `import { existsSync, writeFileSync } from 'node:fs';
       import { defineSource } from 'caves-connect/sdk';
       export default defineSource({
         name: 'spins', version: '1.0.0', summary: 'Spins once', config: { properties: {} }, initialOffset: { next: 0 },
         open: () => ({
           async *read({ offset }) {
             if (!existsSync(${JSON.stringify(spun)})) {
               writeFileSync(${JSON.stringify(spun)}, '');
               for (;;);
             }
             if (offset.next === 0) yield { records: [{ topic: 'numbers', value: 1 }], offset: { next: 1 } };
           },
         }),
       });`,
    );
    const broker = await brokerForTest();
    const worker = workerForTest({ broker, plugins: createPluginRegistry({ folder }), shutdownTimeoutMs: 500 });
    await worker.ready;
    await worker.put('src', { 'connector.class': path, ...spinsSoon }, { fromFile: { folder } });
    const state = () => worker.status('src').tasks[0];

    await eventually(() => expect(state()?.stalled?.reason).toMatch(/Its thread has said nothing for/), patience);
    await eventually(() => expect(state()).toMatchObject({ state: 'RUNNING', restarts: 1 }), patience);
    await worker.idle();

    const values = (await readAll(clientOf(broker), 'numbers')).map(({ value }) => textOf(value));
    expect(values).toEqual(['1']);
  });
});

/** A thread needs a while to start on a loaded machine. */
const spinsSoon = { 'stall.timeout.ms': '6000', 'errors.restart.delay.ms': '50' };
