import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createReferences } from '../../../src/runtime/config/references.ts';
import { createPluginRegistry } from '../../../src/runtime/plugins/registry.ts';
import { eventually } from '../../helpers/eventually.ts';
import { brokerForTest, clientOf, readAll, textOf } from '../../helpers/runtime/kafka.ts';
import { workerForTest } from '../../helpers/runtime/worker.ts';
import { tempFolder } from '../../helpers/temp-folder.ts';

const sourceOf = (read: string, metrics: object = {}) => `
import { defineSource } from 'caves-connect/sdk';
export default defineSource({
  name: 'outside', version: '1.0.0', summary: 'A plugin of an outside author',
  config: { properties: {} }, initialOffset: { next: 0 }, metrics: ${JSON.stringify(metrics)},
  open: ({ log, metrics }) => ({
    async *read({ offset, signal }) {
      ${read}
    },
  }),
});`;

/** A worker that is ready, and what runs a source with this \`read\` in a thread of its own. */
async function scene(read: string, metrics: object = {}) {
  const folder = tempFolder();
  const path = join(folder, 'outside.ts');
  writeFileSync(path, sourceOf(read, metrics));
  const broker = await brokerForTest();
  const worker = workerForTest({ broker, plugins: createPluginRegistry({ folder }), shutdownTimeoutMs: 200 });
  await worker.ready;
  const put = () => worker.put('src', { 'connector.class': path }, { fromFile: { folder } });
  const become = async (state: 'PAUSED' | 'STARTED') => {
    await worker.setTargetState('src', state);
    const shown = state === 'PAUSED' ? state : 'RUNNING';
    await eventually(() => expect(worker.status('src').connector.state).toBe(shown));
  };
  return { broker, worker, put, path, become };
}

/** Whether something accepts connections at a port. */
function answers(port: number): Promise<boolean> {
  const answer = Promise.withResolvers<boolean>();
  const socket = connect(port, '127.0.0.1', () => answer.resolve(true));
  socket.on('error', () => answer.resolve(false));
  return answer.promise.finally(() => socket.destroy());
}

const counting = `
      for (let next = offset.next; next < 50 && !signal.aborted; ) {
        const n = next++;
        yield { records: [{ topic: 'numbers', value: { n } }], offset: { next } };
      }
      log.info('done');`;

describe('a task in a thread of its own', () => {
  test('does what others do: it writes, finishes, logs, counts, and goes on after a restart', async () => {
    const { broker, worker, put, become } = await scene(counting);
    await put();
    await worker.idle();
    await become('PAUSED');
    await become('STARTED');
    await eventually(() => expect(worker.log.filter(({ message }) => message === 'done')).toHaveLength(2));
    await worker.idle();

    const values = (await readAll(clientOf(broker), 'numbers')).map(({ value }) => JSON.parse(textOf(value) ?? ''));
    expect(values.map(({ n }) => n)).toEqual(Array.from({ length: 50 }, (_, n) => n));
    await worker.close();
    expect(await worker.metrics.text()).toMatch(/connect_records_written_total\{.*connector="src".*\} 50/);
  });

  test('fails alone, with the trace of what it threw', async () => {
    const { worker, put } = await scene("throw new Error('torn', { cause: new Error('too thin') });");
    await put();
    await eventually(() => expect(worker.status('src').tasks[0]?.state).toBe('FAILED'));

    expect(worker.status('src').tasks[0]?.trace).toMatch(/^Error: torn\nCaused by: Error: too thin/);
  });

  test('is not restarted when it says that its configuration is wrong, and shows no frames for that', async () => {
    const { worker, put } = await scene(`
      const { ConfigError } = await import('caves-connect/sdk');
      throw new ConfigError('The password is wrong: set CELLAR_PASSWORD');`);
    await put();
    await eventually(() => expect(worker.status('src').tasks[0]?.state).toBe('FAILED'));

    const [task] = worker.status('src').tasks;
    expect(task?.trace).toBe('ConfigError: The password is wrong: set CELLAR_PASSWORD');
    expect(task).not.toHaveProperty('next_restart');
    expect(task).not.toHaveProperty('restarts');
  });

  test('waits for its offsets while Kafka gets over something', async () => {
    const { broker, worker, put } = await scene(counting);
    const hook = broker.hooks.fail({ api: 'Produce', topic: 'caves-offsets', error: 'UNKNOWN_PRODUCER_ID' });
    await put();
    await hook.done;
    await eventually(() => expect(worker.log.some(({ message }) => message === 'done')).toBe(true));

    expect(worker.status('src').tasks[0]).not.toHaveProperty('restarts');
    expect(worker.log.filter(({ message }) => message.includes('FAILED'))).toEqual([]);
  });

  test('fails alone when it throws where nobody can catch it', async () => {
    const { worker, put } = await scene(
      "setTimeout(() => { throw new Error('from a timer'); }); await new Promise(() => {});",
    );
    await put();
    await eventually(() => expect(worker.status('src').tasks[0]?.state).toBe('FAILED'));

    expect(worker.status('src').tasks[0]?.trace).toMatch(/The thread of the task failed: from a timer/);
    expect(worker.health().status).toBe('healthy');
  });

  test('ends though it spins for ever', async () => {
    const { worker, put } = await scene("log.info('spinning'); yield { records: [], offset }; for (;;);");
    await put();
    await eventually(() => expect(worker.log.some(({ message }) => message === 'spinning')).toBe(true));

    await worker.remove('src');

    expect(worker.connectors()).toEqual([]);
  });

  test('leaves nothing behind, also when its plugin has forgotten to close what it opened', async () => {
    const { worker, put, become } = await scene(`
      const { createServer } = await import('node:net');
      const server = createServer().listen(0, '127.0.0.1', () => log.info('open', { port: server.address().port }));
      await new Promise((resolve) => signal.addEventListener('abort', resolve));`);
    await put();
    const port = await eventually(() => {
      const { fields } = worker.log.find(({ message }) => message === 'open') ?? {};
      expect(fields?.['port']).toBeGreaterThan(0);
      return Number(fields?.['port']);
    });
    expect(await answers(port)).toBe(true);

    await become('PAUSED');

    await eventually(async () => expect(await answers(port)).toBe(false));
  });

  test('counts what an edited plugin counts, though the worker has loaded it before', async () => {
    const { worker, put, path, become } = await scene(counting);
    await put();
    await worker.idle();
    await become('PAUSED');
    const metrics = { cellar_visits_total: { type: 'counter', help: 'Visits.' } };
    writeFileSync(path, sourceOf("metrics.cellar_visits_total.add(3); log.info('visited');", metrics));
    await become('STARTED');

    await eventually(async () =>
      expect(await worker.metrics.text()).toMatch(/cellar_visits_total\{connector="src",task="0"\} 3/),
    );
    expect(worker.status('src').tasks[0]?.state).toBe('RUNNING');
  });

  test('fails alone when an edited plugin declares a metric in another way than the worker knows it', async () => {
    const { worker, put, path, become } = await scene(counting, { cellar_visits_total: { type: 'counter', help: '' } });
    await put();
    await worker.idle();
    await become('PAUSED');
    const metrics = { cellar_visits_total: { type: 'counter', help: '', labels: ['room'] } };
    writeFileSync(path, sourceOf('', metrics));
    await become('STARTED');

    await eventually(() => expect(worker.status('src').tasks[0]?.state).toBe('FAILED'));
    expect(worker.status('src').tasks[0]?.trace).toMatch(/declare the metric cellar_visits_total differently/);
    expect(worker.health().status).toBe('healthy');
  });

  test('loads the plugin that a variable names', async () => {
    const { broker, path } = await scene(counting);
    const references = createReferences({ env: { PLUGIN: path }, folder: '/nowhere', folders: [] });
    const worker = workerForTest({ broker, plugins: createPluginRegistry(), references, groupId: 'other' });
    await worker.ready;
    await worker.put('src', { 'connector.class': `\${env:PLUGIN}` }, { fromFile: { folder: '/nowhere' } });
    await worker.idle();

    expect(await readAll(clientOf(broker), 'numbers')).toHaveLength(50);
  });
});
