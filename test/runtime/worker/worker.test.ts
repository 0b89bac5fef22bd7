import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createReferences } from '../../../src/runtime/config/references.ts';
import { createPluginRegistry } from '../../../src/runtime/plugins/registry.ts';
import { eventually } from '../../helpers/eventually.ts';
import { brokerForTest, clientOf, createTopic, produce, readAll, textOf } from '../../helpers/runtime/kafka.ts';
import { numbersSource } from '../../helpers/runtime/numbers-source.ts';
import { perfectDestination } from '../../helpers/runtime/perfect-destination.ts';
import { registryOf } from '../../helpers/runtime/plugins.ts';
import { type TestWorker, workerForTest } from '../../helpers/runtime/worker.ts';
import { tempFolder } from '../../helpers/temp-folder.ts';

const quick = { 'task.isolation': 'none', 'errors.retry.delay.max.ms': '50' };
const sourceConfig = { ...quick, 'connector.class': 'numbers', 'transaction.linger.ms': '5' };
const sinkConfig = {
  ...quick,
  'connector.class': 'perfect',
  topics: 'numbers',
  'batch.linger.ms': '20',
  'errors.tolerance': 'all',
};

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

/** A worker that is ready, with a source of `count` numbers and a perfect destination to be used as `numbers` and `perfect`. */
async function scene({ count = 100, dataDir }: { readonly count?: number; readonly dataDir?: string } = {}) {
  const broker = await brokerForTest(dataDir === undefined ? {} : { dataDir });
  const source = numbersSource({ topic: 'numbers', count });
  const destination = perfectDestination();
  const plugins = registryOf(source.plugin, destination.plugin);
  const start = () => workerForTest({ broker, plugins });
  const worker = start();
  await worker.ready;
  return { broker, source, destination, plugins, start, worker };
}

const running = (worker: TestWorker, name: string) =>
  eventually(() => expect(worker.status(name).connector.state).toBe('RUNNING'));

const numbersIn = ({ rows }: ReturnType<typeof perfectDestination>) =>
  rows.map(({ value }) => (value as { readonly n: number }).n);

describe('a worker', () => {
  test('moves what a source reads to a sink, and says when all is settled', async () => {
    const { worker, destination } = await scene();
    await worker.put('src', sourceConfig);
    await worker.put('snk', sinkConfig);

    await worker.idle();

    expect(numbersIn(destination)).toEqual(upTo(100));
  });

  test('tells what it has', async () => {
    const { worker } = await scene();

    const created = await worker.create('snk', { ...sinkConfig, 'tasks.max': '2' });
    await running(worker, 'snk');

    expect(created).toMatchObject({ name: 'snk', config: { name: 'snk', topics: 'numbers' } });
    expect(worker.connectors()).toEqual(['snk']);
    expect(worker.connector('snk')).toMatchObject({
      type: 'sink',
      tasks: [
        { connector: 'snk', task: 0 },
        { connector: 'snk', task: 1 },
      ],
    });
    const state = { state: 'RUNNING', worker_id: '127.0.0.1:8083', version: '1.0.0' };
    expect(worker.status('snk')).toEqual({
      name: 'snk',
      type: 'sink',
      connector: state,
      tasks: [
        { id: 0, ...state },
        { id: 1, ...state },
      ],
    });
    expect(worker.health().status).toBe('healthy');
    expect(worker.server().kafka_cluster_id).not.toBe('');
  });

  test('refuses what does not exist, what exists already and what is not valid', async () => {
    const { worker } = await scene();
    await worker.create('snk', sinkConfig);

    await expect(worker.create('snk', sinkConfig)).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    await expect(worker.create('bad', { ...sinkConfig, topicz: 'x' })).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
    });
    await expect(worker.remove('nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(worker.setTargetState('nobody', 'PAUSED')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(() => worker.status('nobody')).toThrow('No status found for connector nobody');
    expect(() => worker.connector('nobody')).toThrow('Connector nobody not found');
    expect(worker.connectors()).toEqual(['snk']);
  });

  test('restarts nothing for a configuration that is there already, and everything of it for another', async () => {
    const { worker, destination } = await scene();
    expect(await worker.put('snk', sinkConfig)).toMatchObject({ created: true });
    await eventually(() => expect(destination.opened).toBe(1));

    expect(await worker.put('snk', { ...sinkConfig })).toMatchObject({ created: false });
    expect(await worker.put('snk', { ...sinkConfig, 'batch.size': '7' })).toMatchObject({ created: false });
    await eventually(() => expect(destination.opened).toBe(2));

    expect(worker.connector('snk').config['batch.size']).toBe('7');
    await eventually(() => expect(destination.open).toBe(1));
  });

  test('pauses, resumes and stops a connector', async () => {
    const { worker, destination } = await scene();
    await worker.put('src', sourceConfig);
    await worker.put('snk', sinkConfig);
    await worker.idle();

    await worker.setTargetState('snk', 'PAUSED');
    await eventually(() => expect(worker.status('snk').connector.state).toBe('PAUSED'));
    expect(worker.status('snk').tasks.map(({ state }) => state)).toEqual(['PAUSED']);
    expect(destination.open).toBe(0);

    await worker.setTargetState('snk', 'STOPPED');
    await eventually(() => expect(worker.status('snk').connector.state).toBe('STOPPED'));
    expect(worker.status('snk').tasks).toEqual([]);

    await worker.setTargetState('snk', 'STARTED');
    await running(worker, 'snk');
    await eventually(() => expect(destination.open).toBe(1));
    expect(numbersIn(destination)).toEqual(upTo(100));
  });

  test('creates a connector that is not to run', async () => {
    const { worker, destination } = await scene();

    await worker.create('snk', sinkConfig, 'STOPPED');

    await eventually(() => expect(worker.status('snk').connector.state).toBe('STOPPED'));
    expect(destination.opened).toBe(0);
  });

  test('removes a connector: its tasks have ended when it is gone', async () => {
    const { worker, destination } = await scene();
    await worker.put('snk', sinkConfig);
    await eventually(() => expect(destination.open).toBe(1));

    await worker.remove('snk');

    expect(destination.open).toBe(0);
    expect(worker.connectors()).toEqual([]);
    expect(() => worker.status('snk')).toThrow('No status found');
  });

  test('says why a task has failed, in its status and in the status topic', async () => {
    const { worker, destination, broker } = await scene();
    destination.faults.beforeWrite = () => {
      throw new Error('the table is gone', { cause: new Error('somebody dropped it') });
    };
    await worker.put('src', sourceConfig);
    await worker.put('snk', sinkConfig);

    await eventually(() => expect(worker.status('snk').tasks[0]?.state).toBe('FAILED'));

    expect(worker.status('snk').connector.state).toBe('RUNNING');
    expect(worker.status('snk').tasks[0]?.trace).toMatch(
      /^Error: the table is gone\nCaused by: Error: somebody dropped it/,
    );
    const client = clientOf(broker);
    await eventually(async () => {
      const last = (await readAll(client, 'caves-status')).findLast(({ key }) => textOf(key) === 'status-task-snk-0');
      expect(JSON.parse(textOf(last?.value) ?? 'null')).toMatchObject({ state: 'FAILED', generation: 0 });
    });
    await worker.idle();
  });

  test('runs with fewer and more tasks than before', async () => {
    const { worker, destination, source } = await scene();
    await worker.put('src', { ...sourceConfig, 'tasks.max': '3', 'topic.creation.default.partitions': '3' });
    await worker.put('snk', { ...sinkConfig, 'tasks.max': '3' });
    await worker.idle();

    await worker.put('src', { ...sourceConfig, 'tasks.max': '1' });
    await eventually(() => expect(worker.status('src').tasks).toHaveLength(1));
    await worker.put('snk', { ...sinkConfig, 'tasks.max': '2' });
    await eventually(() => expect(worker.status('snk').tasks).toHaveLength(2));
    await worker.idle();

    expect(worker.status('src').tasks.map(({ state }) => state)).toEqual(['RUNNING']);
    expect(numbersIn(destination).sort((a, b) => a - b)).toEqual(upTo(100));
    expect(source.state.opened).toBe(4);
  });

  test('knows how many tasks there are also where a variable says it, and fences them when there are more', async () => {
    const broker = await brokerForTest();
    const source = numbersSource({ topic: 'numbers', count: 100 });
    const references = createReferences({ env: { TASKS: '2' }, folder: '/nowhere', folders: [] });
    const worker = workerForTest({ broker, plugins: registryOf(source.plugin), references });
    await worker.ready;
    const fromFile = { fromFile: { folder: '/nowhere' } };
    await worker.put('src', { ...sourceConfig, 'tasks.max': `\${env:TASKS}` }, fromFile);
    await running(worker, 'src');
    const client = clientOf(broker);
    const committed = async () =>
      (await readAll(client, 'caves-configs'))
        .filter(({ key }) => textOf(key) === 'commit-src')
        .map(({ value }) => textOf(value));
    expect(await committed()).toEqual(['{"tasks":2}']);
    const fenced = [0, 1].map((task) => {
      const topic = `caves-src-${task}`;
      return broker.hooks.fail({ api: 'InitProducerId', topic, error: 'INVALID_PRODUCER_ID_MAPPING' });
    });

    await worker.put('src', { ...sourceConfig, 'tasks.max': '3' });

    await Promise.all(fenced.map(({ done }) => done));
    await eventually(() => expect(worker.status('src').tasks).toHaveLength(3));
    await eventually(async () => expect(await committed()).toEqual(['{"tasks":2}', '{"tasks":3}']));
    await worker.idle();
  });

  test('counts and reports on for a task whose predecessor was left behind and ends later', async () => {
    const { broker, destination, plugins } = await scene();
    const released = Promise.withResolvers<void>();
    destination.faults.beforeClose = () => {
      delete destination.faults.beforeClose;
      return released.promise;
    };
    const worker = workerForTest({ broker, plugins, groupId: 'other', shutdownTimeoutMs: 0 });
    await worker.ready;
    await worker.put('src', sourceConfig);
    await worker.put('snk', sinkConfig);
    await worker.idle();
    await worker.put('snk', { ...sinkConfig, 'batch.size': '30' });
    await eventually(() => expect(destination.open).toBe(2));

    released.resolve();
    await eventually(() => expect(destination.open).toBe(1));
    await produce(clientOf(broker), 'numbers', [{ value: '{"n":100}' }]);

    await eventually(async () =>
      expect(await worker.metrics.text()).toMatch(/kafka_events_consumed_total\{.*connector="snk".*\} 101\n/),
    );
    expect(numbersIn(destination)).toEqual(upTo(101));
    expect(worker.status('snk').tasks.map(({ state }) => state)).toEqual(['RUNNING']);
  });

  test('goes on where another worker has ended', async () => {
    const { worker, start, destination, source } = await scene({ count: 500 });
    await worker.put('src', sourceConfig);
    await worker.put('snk', sinkConfig);
    await eventually(() => expect(destination.rows.length).toBeGreaterThan(0));
    await worker.close();
    expect(destination.open).toBe(0);
    expect(source.state.closed).toBe(1);

    const next = start();
    await next.ready;
    await eventually(() => expect(next.connectors()).toEqual(['src', 'snk']));
    await next.idle();

    expect(numbersIn(destination)).toEqual(upTo(500));
  });

  test('waits for Kafka with the fencing of tasks that are no more', async () => {
    const { broker, worker } = await scene();
    await worker.put('src', { ...sourceConfig, 'tasks.max': '3' });
    await worker.idle();
    // The hook looks for a name anywhere in the request: here it is the transactional id.
    const hook = broker.hooks.fail({
      api: 'InitProducerId',
      topic: 'caves-src-2',
      error: 'INVALID_PRODUCER_ID_MAPPING',
      times: 2,
    });

    await worker.put('src', { ...sourceConfig, 'tasks.max': '1' });
    await hook.done;

    await eventually(() => expect(worker.status('src').tasks).toHaveLength(1));
    expect(worker.status('src').connector.state).toBe('RUNNING');
  });

  test('starts a connector though a broker goes away while the tasks before are fenced', async () => {
    const { broker, worker } = await scene();
    await worker.put('src', { ...sourceConfig, 'tasks.max': '2' });
    await worker.idle();
    let described = false;
    let cuts = 0;
    broker.hooks.watch({
      arrived(request) {
        described ||= request.api === 'DescribeTransactions' && request.names('caves-src-1');
        return described && request.api === 'Metadata' && cuts++ === 0 ? { kind: 'cut', when: 'before' } : undefined;
      },
    });

    await worker.put('src', { ...sourceConfig, 'tasks.max': '1' });

    await eventually(() => expect(worker.status('src').tasks).toHaveLength(1));
    expect(cuts).toBeGreaterThan(0);
    expect(worker.status('src').connector.state).toBe('RUNNING');
  });

  test('closes though a destination answers nothing any more, not even to its signal', async () => {
    const { broker, destination, plugins } = await scene();
    const writing = Promise.withResolvers<void>();
    destination.faults.beforeWrite = () => {
      writing.resolve();
      return new Promise(() => undefined);
    };
    const worker = workerForTest({ broker, plugins, groupId: 'other', shutdownTimeoutMs: 50 });
    await worker.ready;
    await worker.put('src', sourceConfig);
    await worker.put('snk', sinkConfig);
    await writing.promise;

    await worker.close();

    expect(worker.log.filter(({ message }) => message.includes('FAILED'))).toEqual([]);
  });

  test('leaves nothing behind that keeps its process alive', async () => {
    const module = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
    const script = `
      import { noReferences, workerSettings } from ${module('../../helpers/runtime/worker-settings.ts')};
      import { numbersSource } from ${module('../../helpers/runtime/numbers-source.ts')};
      import { perfectDestination } from ${module('../../helpers/runtime/perfect-destination.ts')};
      import { registryOf } from ${module('../../helpers/runtime/plugins.ts')};
      import { startBroker } from ${module('../../../src/embedded/kafka/index.ts')};
      import { startWorker } from ${module('../../../src/runtime/worker/worker.ts')};
      const broker = await startBroker({});
      const source = numbersSource({ topic: 'numbers', count: 100 });
      const plugins = registryOf(source.plugin, perfectDestination().plugin);
      const settings = workerSettings(broker);
      const worker = startWorker({ settings, plugins, references: noReferences, write: () => undefined });
      await worker.ready;
      await worker.put('src', ${JSON.stringify(sourceConfig)});
      await worker.put('snk', ${JSON.stringify(sinkConfig)});
      await worker.idle();
      await worker.close();
      await broker.close();
      console.log('closed');
    `;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output: string[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(String(chunk)));
    onTestFinished(() => void child.kill('SIGKILL'));

    await eventually(() => expect(output.join('')).toContain('closed'));
    await eventually(() => expect(child.exitCode).toBe(0), { timeout: 4_000 });
  });

  test('lives though a folder of plugins is none', async () => {
    const broker = await brokerForTest();
    const file = join(tempFolder(), 'plugins');
    writeFileSync(file, '');
    const worker = workerForTest({ broker, plugins: createPluginRegistry({ pluginPath: [file] }) });
    await worker.ready;

    await eventually(() =>
      expect(worker.log).toContainEqual(
        expect.objectContaining({ level: 'warn', message: `plugin.path: ${file} is no folder.` }),
      ),
    );
    expect(worker.plugins().map((plugin) => plugin.class)).toContain('dlq');
  });

  test('closes as often as it is told to, and takes no more writes', async () => {
    const { worker } = await scene();

    await Promise.all([worker.close(), worker.close()]);

    await expect(worker.create('snk', sinkConfig)).rejects.toMatchObject({ code: 'NOT_READY' });
  });
});

describe('without Kafka', () => {
  test('a worker answers what it knows, refuses writes, and gets ready when Kafka comes', async () => {
    const elsewhere = await brokerForTest();
    await elsewhere.close();
    const { plugin } = numbersSource({ topic: 'numbers', count: 10 });
    const worker = workerForTest({ broker: elsewhere, plugins: registryOf(plugin) });

    expect(worker.health().status).toBe('starting');
    expect(worker.connectors()).toEqual([]);
    await expect(worker.create('src', sourceConfig)).rejects.toMatchObject({ code: 'NOT_READY' });

    await brokerForTest({ port: elsewhere.port });
    await worker.ready;
    await worker.create('src', sourceConfig);
    await worker.idle();
  });

  test('a worker that never saw Kafka can be closed', async () => {
    const elsewhere = await brokerForTest();
    await elsewhere.close();
    const worker = workerForTest({ broker: elsewhere, plugins: registryOf() });

    await worker.close();
  });

  test('a write is TIMED_OUT when Kafka has gone', async () => {
    const { broker, worker } = await scene();
    await broker.close();

    await expect(worker.create('snk', sinkConfig)).rejects.toMatchObject({ code: 'TIMED_OUT' });
  });

  test('all flows on within five seconds after Kafka has come back, once and in order', async () => {
    const dataDir = tempFolder();
    const first = await brokerForTest({ dataDir });
    let produced = 0;
    const source = numbersSource({
      topic: 'numbers',
      count: 1_000_000,
      step: 5,
      beforeRead: async (_partition, next) => {
        produced = next;
        await new Promise((resolve) => setImmediate(resolve));
      },
    });
    const destination = perfectDestination();
    const worker = workerForTest({ broker: first, plugins: registryOf(source.plugin, destination.plugin) });
    await worker.ready;
    await worker.put('src', sourceConfig);
    await worker.put('snk', sinkConfig);

    let broker = first;
    let isIdle = false;
    void worker.idle().then(() => {
      isIdle = true;
    });
    for (let round = 0; round < 2; round++) {
      const before = destination.rows.length;
      await eventually(() => expect(destination.rows.length).toBeGreaterThan(before + 100));
      await broker.close();
      await eventually(() => expect(worker.health().status).toBe('unhealthy'));
      broker = await brokerForTest({ dataDir, port: first.port });
      const back = { rows: destination.rows.length, produced };
      await eventually(() => expect(destination.rows.length).toBeGreaterThan(back.rows + 100), { timeout: 5_000 });
    }

    expect(isIdle).toBe(false);
    expect(worker.status('src').tasks[0]?.state).toBe('RUNNING');
    expect(worker.status('snk').tasks[0]?.state).toBe('RUNNING');
    await worker.close();
    expect(numbersIn(destination)).toEqual(upTo(destination.rows.length));
  });
});

describe('a worker under a sink of rejects', () => {
  test('counts what it moved and what it refused', async () => {
    const { broker, worker, destination } = await scene();
    const client = clientOf(broker);
    await createTopic(client, 'numbers');
    await produce(client, 'numbers', [{ value: '{"n":0}' }, { value: 'bad' }, { value: '{"n":1}' }]);
    await worker.put('snk', sinkConfig);
    await eventually(() => expect(numbersIn(destination)).toEqual([0, 1]));
    await worker.idle();
    await worker.close();

    const text = await worker.metrics.text();
    expect(text).toMatch(/kafka_events_consumed_total\{.*connector="snk".*\} 3/);
    expect(text).toMatch(/kafka_events_dlq_total\{.*connector="snk".*\} 1/);
  });
});
