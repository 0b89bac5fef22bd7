import { describe, expect, test } from 'vitest';
import type { ConnectorEntry } from '../../../src/runtime/cluster/config-log.ts';
import type { ResolvedConnector } from '../../../src/runtime/config/model.ts';
import type { ConnectorStatus } from '../../../src/runtime/connect.ts';
import type { RunningTask, TaskDescription } from '../../../src/runtime/tasks/task.ts';
import { type ConnectorOptions, startConnector } from '../../../src/runtime/worker/connector.ts';
import { eventually } from '../../helpers/eventually.ts';

interface Given {
  readonly kind?: 'source' | 'sink';
  readonly tasksMax?: number;
  readonly entry?: Partial<ConnectorEntry>;
  /** Called before each task starts; what it throws is what the task's start throws. */
  readonly beforeTask?: (description: TaskDescription) => void;
}

/** A connector whose tasks end when the test says so. */
function scene({ kind = 'source', tasksMax = 1, entry = {}, beforeTask }: Given = {}) {
  const events: string[] = [];
  const published: ConnectorStatus[] = [];
  const ends: PromiseWithResolvers<Error | undefined>[] = [];
  const options: ConnectorOptions = {
    name: 'wine',
    entry: { config: {}, targetState: 'STARTED', tasks: tasksMax, ...entry },
    workerId: 'w',
    groupId: 'g',
    resolve: async () =>
      ({ settings: { tasksMax }, connector: { plugin: { kind, version: '1.0.0' } } }) as unknown as ResolvedConnector,
    fence: async (ids) => void (ids.length > 0 && events.push(`fence ${ids.join(' ')}`)),
    commitTasks: async (count) => void events.push(`commit ${count}`),
    startTask: (description) => {
      beforeTask?.(description);
      events.push(`start ${description.task}`);
      const end = Promise.withResolvers<Error | undefined>();
      ends[description.task] = end;
      return { ended: end.promise, stop: () => undefined, abort: () => undefined } as unknown as RunningTask;
    },
    onTaskEnded: ({ task }, error) => events.push(`ended ${task} ${error?.message}`),
    onChange: (status) => published.push(status),
  };
  const connector = startConnector(options);
  const started = () => eventually(() => expect(connector.status.connector.state).not.toBe('UNASSIGNED'));
  return { connector, started, events, published, ends };
}

const statesOf = ({ tasks }: ConnectorStatus) => tasks.map(({ id, state }) => [id, state]);

describe('a connector', () => {
  test('lists no task as RUNNING that could not be started', async () => {
    const { connector, started } = scene({
      tasksMax: 3,
      beforeTask: ({ task }) => {
        if (task === 1) throw new Error('two plugins declare a metric differently');
      },
    });
    await started();

    expect(connector.status.connector).toMatchObject({ state: 'FAILED', trace: expect.stringContaining('a metric') });
    expect(statesOf(connector.status)).toEqual([[0, 'RUNNING']]);
  });

  test('tells of a task that fails', async () => {
    const { ends, started, events, published } = scene({ tasksMax: 2 });
    await started();
    ends[1]?.resolve(new Error('torn'));

    await eventually(() => expect(events.at(-1)).toBe('ended 1 torn'));
    await eventually(() =>
      expect(statesOf(published.at(-1) as ConnectorStatus)).toEqual([
        [0, 'RUNNING'],
        [1, 'FAILED'],
      ]),
    );
  });

  test('says nothing any more of a task that was left behind', async () => {
    const { connector, ends, started, events, published } = scene();
    await started();
    await connector.stop(0);
    const before = { events: events.length, published: published.length };

    ends[0]?.resolve(new Error('fenced by my successor'));
    await ends[0]?.promise;
    await Promise.resolve();

    expect({ events: events.length, published: published.length }).toEqual(before);
    expect(statesOf(connector.status)).toEqual([[0, 'RUNNING']]);
  });
});

describe('the tasks of the generation before', () => {
  test.for([
    ['more', 2, 4, ['fence g-wine-0 g-wine-1', 'commit 4']],
    ['fewer', 3, 1, ['fence g-wine-0 g-wine-1 g-wine-2', 'commit 1']],
    ['as many', 2, 2, []],
  ] as const)('are fenced, all of them, before there are %s', async ([, tasks, tasksMax, expected]) => {
    const { started, events } = scene({ tasksMax, entry: { tasks } });
    await started();

    expect(events).toEqual([...expected, ...Array.from({ length: tasksMax }, (_, task) => `start ${task}`)]);
  });

  test('of a sink are fenced partition by partition, by its tasks', async () => {
    const { started, events } = scene({ kind: 'sink', tasksMax: 1, entry: { tasks: 2 } });
    await started();

    expect(events).toEqual(['commit 1', 'start 0']);
  });

  test('are fenced when the connector starts, not while it is paused', async () => {
    const { started, events } = scene({ tasksMax: 1, entry: { tasks: 2, targetState: 'PAUSED' } });
    await started();

    expect(events).toEqual([]);
  });
});
