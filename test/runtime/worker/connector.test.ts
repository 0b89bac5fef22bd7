import { describe, expect, test } from 'vitest';
import type { ConnectorEntry } from '../../../src/runtime/cluster/config-log.ts';
import type { ResolvedConnector, RuntimeSettings } from '../../../src/runtime/config/model.ts';
import type { ConnectorStatus } from '../../../src/runtime/connect.ts';
import { ConnectError } from '../../../src/runtime/errors.ts';
import type { RunningTask, TaskDescription } from '../../../src/runtime/tasks/task.ts';
import { fromText, toText } from '../../../src/runtime/tasks/thread-messages.ts';
import { type ConnectorOptions, startConnector } from '../../../src/runtime/worker/connector.ts';
import { ConfigError } from '../../../src/sdk/index.ts';
import { eventually } from '../../helpers/eventually.ts';

interface Given {
  readonly kind?: 'source' | 'sink';
  readonly tasksMax?: number;
  readonly entry?: Partial<ConnectorEntry>;
  readonly restart?: RuntimeSettings['errors']['restart'];
  /** Called before each task starts; what it throws is what the task's start throws. */
  readonly beforeTask?: (description: TaskDescription) => void;
  /** Called before the configuration is resolved; what it throws is what is wrong with it. */
  readonly beforeResolve?: () => void;
}

const noRestarts = { max: 0, delayMs: 1, delayMaxMs: 1, resetMs: 1000 };

/** A connector whose tasks end when the test says so. */
function scene({
  kind = 'source',
  tasksMax = 1,
  entry = {},
  restart = noRestarts,
  beforeTask,
  beforeResolve,
}: Given = {}) {
  let endsWhenStopped = false;
  const events: string[] = [];
  const published: ConnectorStatus[] = [];
  const ends: PromiseWithResolvers<Error | undefined>[] = [];
  const stalls: Parameters<ConnectorOptions['startTask']>[1][] = [];
  const options: ConnectorOptions = {
    name: 'wine',
    entry: { config: {}, targetState: 'STARTED', tasks: tasksMax, ...entry },
    workerId: 'w',
    groupId: 'g',
    resolve: async () => {
      beforeResolve?.();
      return {
        settings: { tasksMax, errors: { restart } },
        connector: { plugin: { kind, version: '1.0.0' } },
      } as unknown as ResolvedConnector;
    },
    fence: async (ids) => void (ids.length > 0 && events.push(`fence ${ids.join(' ')}`)),
    commitTasks: async (count) => void events.push(`commit ${count}`),
    startTask: (description, onStall) => {
      stalls[description.task] = onStall;
      beforeTask?.(description);
      events.push(`start ${description.task}`);
      const end = Promise.withResolvers<Error | undefined>();
      ends[description.task] = end;
      const stop = () => {
        events.push(`stop ${description.task}`);
        if (endsWhenStopped) end.resolve(undefined);
      };
      return { ended: end.promise, stop, abort: () => undefined } as unknown as RunningTask;
    },
    onTaskEnded: ({ task }, error) => events.push(`ended ${task} ${error?.message}`),
    onChange: (status) => published.push(status),
    stopWithinMs: 1000,
  };
  const connector = startConnector(options);
  const started = () => eventually(() => expect(connector.status.connector.state).not.toBe('UNASSIGNED'));
  const endWhenStopped = () => {
    endsWhenStopped = true;
  };
  return { connector, started, events, published, ends, stalls, endWhenStopped };
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

describe('a task that stands still', () => {
  const report = { reason: 'wines-0 stands.', stoodMs: 60_000, overdue: false };
  const restart = { ...noRestarts, max: 1 };

  test('is RUNNING and says since when, until it goes on', async () => {
    const { connector, stalls, started, published } = scene();
    await started();
    const about = Date.now() - 60_000;

    stalls[0]?.(report);
    expect(connector.status.tasks[0]).toMatchObject({ state: 'RUNNING', stalled: { reason: 'wines-0 stands.' } });
    expect(Math.abs(Date.parse(connector.status.tasks[0]?.stalled?.since ?? '') - about)).toBeLessThan(1_000);
    stalls[0]?.(undefined);

    expect(connector.status.tasks[0]).not.toHaveProperty('stalled');
    expect(published.at(-2)?.tasks[0]).toHaveProperty('stalled');
    expect(published.at(-1)?.tasks[0]).not.toHaveProperty('stalled');
  });

  test('for too long is started again without being waited for, and what it still does is no news', async () => {
    const { connector, stalls, ends, started, events } = scene({ restart });
    await started();
    const [former, end] = [stalls[0], ends[0]];

    former?.({ ...report, overdue: true });
    await eventually(() => expect(events.filter((event) => event === 'start 0')).toHaveLength(2));
    former?.({ ...report, overdue: true });
    former?.(undefined);
    end?.resolve(new Error('torn'));
    await end?.promise;

    await eventually(() => expect(connector.status.tasks[0]).toMatchObject({ state: 'RUNNING', restarts: 1 }));
    expect(events.filter((event) => event.startsWith('ended'))).toEqual([
      expect.stringMatching(/^ended 0 wines-0 stands\. The task is started again/),
    ]);
    expect(connector.status.tasks[0]).not.toHaveProperty('stalled');
  });

  test('for too long is FAILED when it has no restarts left', async () => {
    const { connector, stalls, started } = scene();
    await started();

    stalls[0]?.({ ...report, overdue: true });

    expect(connector.status.tasks[0]).toMatchObject({ state: 'FAILED', trace: expect.stringMatching(/^StalledError/) });
    await connector.stop(0);
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

describe('tasks that are started again', () => {
  test('by hand are RESTARTING until the former ones have ended', async () => {
    const { connector, ends, started, events } = scene({ tasksMax: 2 });
    await started();

    connector.restartTasks([1]);
    connector.restartTasks([1]);
    expect(statesOf(connector.status)).toEqual([
      [0, 'RUNNING'],
      [1, 'RESTARTING'],
    ]);
    ends[1]?.resolve(undefined);

    await eventually(() => expect(statesOf(connector.status)[1]).toEqual([1, 'RUNNING']));
    expect(events).toEqual(['start 0', 'start 1', 'stop 1', 'start 1']);
  });

  test('by hand are not started once the connector is to stop', async () => {
    const { connector, ends, started, events, endWhenStopped } = scene();
    await started();
    connector.restartTasks([0]);
    endWhenStopped();
    const stopped = connector.stop(1000);
    ends[0]?.resolve(undefined);
    await stopped;
    expect(events.filter((event) => event === 'start 0')).toHaveLength(1);
  });

  test('by themselves say how often and when next, and run again', async () => {
    const { connector, ends, started, published, events } = scene({
      restart: { ...noRestarts, max: 2, delayMs: 50, delayMaxMs: 50 },
    });
    await started();

    const began = Date.now();
    ends[0]?.resolve(new Error('torn'));
    const states = () => published.flatMap(({ tasks }) => tasks);
    await eventually(() =>
      expect(states().map(({ state }) => state)).toEqual(['RUNNING', 'FAILED', 'RESTARTING', 'RUNNING']),
    );
    expect(events).toEqual(['start 0', 'ended 0 torn', 'stop 0', 'start 0']);
    expect(states()[1]).toMatchObject({ restarts: 1, trace: expect.stringContaining('torn') });
    expect(Date.parse(states()[1]?.next_restart ?? '')).toBeGreaterThanOrEqual(began + 50);
    expect(connector.status.tasks[0]).toMatchObject({ restarts: 1 });
    expect(connector.status.tasks[0]).not.toHaveProperty('trace');
    expect(connector.status.tasks[0]).not.toHaveProperty('next_restart');
  });

  test('by themselves stay FAILED when the budget is used up', async () => {
    const { connector, ends, started, events } = scene({ restart: { ...noRestarts, max: 2, resetMs: 60_000 } });
    await started();
    for (let starts = 1; starts <= 3; starts++) {
      await eventually(() => expect(events.filter((event) => event === 'start 0')).toHaveLength(starts));
      ends[0]?.resolve(new Error(`torn ${starts}`));
    }
    await eventually(() => expect(events).toContain('ended 0 torn 3'));
    await eventually(() => expect(connector.status.tasks[0]).toMatchObject({ state: 'FAILED', restarts: 2 }));
    expect(connector.status.tasks[0]).not.toHaveProperty('next_restart');
  });

  test('by themselves are not those whose configuration is wrong', async () => {
    const { connector, ends, started } = scene({ restart: { ...noRestarts, max: 5 } });
    await started();
    ends[0]?.resolve(new ConfigError('wrong password'));
    await eventually(() => expect(connector.status.tasks[0]?.state).toBe('FAILED'));
    expect(connector.status.tasks[0]).not.toHaveProperty('next_restart');
  });

  test.for([
    ['a plugin', new ConfigError('wrong password')],
    ['the runtime', new ConnectError('INVALID_CONFIG', 'wrong password')],
  ] as const)('show no frames with an error that was foreseen by %s, also out of a thread', async ([, error]) => {
    const { connector, ends, started } = scene();
    await started();
    ends[0]?.resolve(fromText(structuredClone(toText(error))));
    await eventually(() => expect(connector.status.tasks[0]?.state).toBe('FAILED'));
    expect(connector.status.tasks[0]?.trace).toBe(`${error.name}: wrong password`);
  });

  test('see what their configuration refers to as it is by then', async () => {
    let password = 'old';
    const started: string[] = [];
    let resolvedWith = '';
    const {
      connector,
      ends,
      endWhenStopped,
      started: running,
    } = scene({
      beforeResolve: () => {
        resolvedWith = password;
      },
      beforeTask: () => void started.push(resolvedWith),
    });
    await running();
    password = 'new';
    endWhenStopped();
    ends[0]?.resolve(new Error('wrong password'));
    await eventually(() => expect(connector.status.tasks[0]?.state).toBe('FAILED'));
    connector.restartTasks([0]);
    await eventually(() => expect(connector.status.tasks[0]?.state).toBe('RUNNING'));
    expect(started).toEqual(['old', 'new']);
  });

  test.for(['beforeResolve', 'beforeTask'] as const)('are FAILED when that throws: %s', async (moment) => {
    let calls = 0;
    const { connector, ends, started, events } = scene({
      [moment]: () => {
        if (++calls === 2) throw new Error('the file of the password is gone');
      },
    });
    await started();
    ends[0]?.resolve(undefined);
    connector.restartTasks([0]);
    await eventually(() =>
      expect(connector.status.tasks[0]).toMatchObject({ state: 'FAILED', trace: expect.stringContaining('is gone') }),
    );
    expect(events.at(-1)).toBe('ended 0 the file of the password is gone');

    connector.restartTasks([0]);
    await eventually(() => expect(connector.status.tasks[0]?.state).toBe('RUNNING'));
    expect(connector.status.tasks[0]).not.toHaveProperty('trace');
  });

  test('by hand have all of their restarts again', async () => {
    const { connector, ends, started, events } = scene({ restart: { ...noRestarts, max: 1, resetMs: 60_000 } });
    await started();
    const starts = () => events.filter((event) => event === 'start 0').length;
    ends[0]?.resolve(new Error('torn'));
    await eventually(() => expect(starts()).toBe(2));
    ends[0]?.resolve(new Error('torn again'));
    await eventually(() => expect(connector.status.tasks[0]).toMatchObject({ state: 'FAILED', restarts: 1 }));

    connector.restartTasks([0]);
    await eventually(() => expect(starts()).toBe(3));
    expect(connector.status.tasks[0]).not.toHaveProperty('restarts');
    ends[0]?.resolve(new Error('torn once more'));
    await eventually(() => expect(starts()).toBe(4));
  });

  test('are RUNNING, also those of a connector that could not start all of them', async () => {
    let mayFail = true;
    const { connector, ends, started } = scene({
      tasksMax: 2,
      beforeTask: ({ task }) => {
        if (task === 1 && mayFail) throw new Error('no memory');
      },
    });
    await started();
    mayFail = false;
    ends[0]?.resolve(undefined);
    connector.restartTasks([0]);
    await eventually(() => expect(statesOf(connector.status)).toEqual([[0, 'RUNNING']]));
    expect(connector.status.tasks[0]).not.toHaveProperty('trace');
  });
});
