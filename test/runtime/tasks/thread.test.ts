import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createPluginRegistry } from '../../../src/runtime/plugins/registry.ts';
import { eventually } from '../../helpers/eventually.ts';
import { brokerForTest, clientOf, readAll, textOf } from '../../helpers/runtime/kafka.ts';
import { workerForTest } from '../../helpers/runtime/worker.ts';
import { tempFolder } from '../../helpers/temp-folder.ts';

const sourceOf = (read: string) => `
import { defineSource } from 'caves-connect/sdk';
export default defineSource({
  name: 'outside', version: '1.0.0', summary: 'A plugin of an outside author',
  config: { properties: {} }, initialOffset: { next: 0 },
  open: ({ log }) => ({
    async *read({ offset, signal }) {
      ${read}
    },
  }),
});`;

/** A worker that is ready, and what runs a source with this \`read\` in a thread of its own. */
async function scene(read: string) {
  const folder = tempFolder();
  const path = join(folder, 'outside.ts');
  writeFileSync(path, sourceOf(read));
  const broker = await brokerForTest();
  const worker = workerForTest({ broker, plugins: createPluginRegistry({ folder }), shutdownTimeoutMs: 200 });
  await worker.ready;
  const put = () => worker.put('src', { 'connector.class': path }, { fromFile: { folder } });
  return { broker, worker, put };
}

const counting = `
      for (let next = offset.next; next < 50 && !signal.aborted; ) {
        const n = next++;
        yield { records: [{ topic: 'numbers', value: { n } }], offset: { next } };
      }
      log.info('done');`;

describe('a task in a thread of its own', () => {
  test('does what others do: it writes, finishes, logs, counts, and goes on after a restart', async () => {
    const { broker, worker, put } = await scene(counting);
    await put();
    await worker.idle();
    await worker.setTargetState('src', 'PAUSED');
    await eventually(() => expect(worker.status('src').connector.state).toBe('PAUSED'));
    await worker.setTargetState('src', 'STARTED');
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
});
