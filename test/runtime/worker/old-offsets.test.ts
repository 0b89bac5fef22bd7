import { describe, expect, test } from 'vitest';
import { eventually } from '../../helpers/eventually.ts';
import { brokerForTest, clientOf, createTopic, produce } from '../../helpers/runtime/kafka.ts';
import { perfectDestination } from '../../helpers/runtime/perfect-destination.ts';
import { registryOf } from '../../helpers/runtime/plugins.ts';
import { resume, stop } from '../../helpers/runtime/source-and-sink.ts';
import { type TestWorker, workerForTest } from '../../helpers/runtime/worker.ts';

const config = {
  'task.isolation': 'none',
  'connector.class': 'perfect',
  topics: 'wines',
  'batch.linger.ms': '20',
  'errors.restart.max': '0',
};

async function scene() {
  const broker = await brokerForTest();
  const client = clientOf(broker);
  await createTopic(client, 'wines');
  const destination = perfectDestination();
  const worker = workerForTest({ broker, plugins: registryOf(destination.plugin) });
  await worker.ready;
  const fill = (life: string, count: number) =>
    produce(
      client,
      'wines',
      Array.from({ length: count }, (_, n) => ({ partition: 0, value: JSON.stringify(`${life}${n}`) })),
    );
  return { client, destination, worker, fill };
}

const warningsOf = ({ log }: TestWorker) => log.filter(({ level }) => level === 'warn').map(({ message }) => message);
const valuesIn = ({ rows }: ReturnType<typeof perfectDestination>) => rows.map(({ value }) => value);
const numbered = (life: string, count: number) => Array.from({ length: count }, (_, n) => `${life}${n}`);

describe('a sink that is created under the name of a deleted one', () => {
  test('is said, once, to go on where that one stopped, with the way to begin anew', async () => {
    const { destination, worker, fill } = await scene();
    await fill('a', 10);
    await worker.put('snk', config);
    await worker.idle();
    await worker.put('snk', { ...config, 'batch.size': '7' });
    await worker.idle();
    expect(warningsOf(worker)).toEqual([]);
    await worker.remove('snk');

    await worker.create('snk', config);
    await fill('b', 5);
    await worker.idle();

    expect(warningsOf(worker)).toEqual([
      'snk goes on where a connector of this name has got to: wines-0 at 10. If that one was deleted and this one is to ' +
        'begin anew, stop it (PUT /connectors/snk/stop), forget its offsets (DELETE /connectors/snk/offsets) and resume ' +
        'it. If that one runs in another cluster (group.id), they share these offsets: give this one another name',
    ]);
    expect(valuesIn(destination)).toEqual([...numbered('a', 10), ...numbered('b', 5)]);

    await stop(worker, 'snk');
    await worker.resetOffsets('snk');
    await resume(worker, 'snk');
    await eventually(() => expect(valuesIn(destination)).toHaveLength(30));
  });

  test('is warned of a position that only the destination still has', async () => {
    const { destination, worker, fill } = await scene();
    await fill('a', 10);
    destination.restore({ topic: 'wines', partition: 0 }, { next: 4n });

    await worker.create('snk', config);
    await worker.idle();

    expect(warningsOf(worker)).toEqual([
      'wines-0: the destination is at 4, but the group has no offset: rows below are not written again, rejects are ' +
        'looked for from 0 on. To begin elsewhere, stop the connector and move its offsets (REST: PATCH or DELETE …/offsets)',
    ]);
    expect(valuesIn(destination)).toEqual(numbered('a', 10).slice(4));
  });
});

describe('a sink that failed since its topic was made again', () => {
  test.each([
    ['DELETE', 0],
    ['PATCH', 3],
  ] as const)('goes on when its offsets were changed by %s, as its error says', async (way, from) => {
    const { client, destination, worker, fill } = await scene();
    await fill('old', 10);
    await worker.create('snk', config);
    await worker.idle();
    await stop(worker, 'snk');
    await (await client.admin()).deleteTopics({ topics: ['wines'] });
    await createTopic(client, 'wines');
    await fill('new', 12);
    await worker.setTargetState('snk', 'STARTED');
    const trace = await eventually(() => {
      const [task] = worker.status('snk').tasks;
      expect(task?.state).toBe('FAILED');
      return task?.trace;
    });
    expect(trace).toContain(`PATCH /connectors/snk/offsets`);

    await stop(worker, 'snk');
    const partition = { kafka_topic: 'wines', kafka_partition: 0 };
    if (way === 'DELETE') await worker.resetOffsets('snk');
    else await worker.alterOffsets('snk', [{ partition, offset: { kafka_offset: from } }]);
    await resume(worker, 'snk');
    await worker.idle();

    expect(valuesIn(destination)).toEqual([...numbered('old', 10), ...numbered('new', 12).slice(from)]);
  });
});
