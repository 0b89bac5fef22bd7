/** A worker in memory for the tests of REST: keeps what it is told, validates a few keys, starts nothing. */
import { invalidConfigMessage } from '../../src/runtime/config/lint.ts';
import type { FlatConfig, TargetState } from '../../src/runtime/config/model.ts';
import type {
  ConfigVersion,
  Connect,
  ConnectorInfo,
  ConnectorOffset,
  ConnectorState,
  ConnectorStatus,
  Health,
  LoggerLevel,
  RequestedOffset,
} from '../../src/runtime/connect.ts';
import { ConnectError } from '../../src/runtime/errors.ts';
import { sinkMove, sourceMove } from '../../src/runtime/worker/requested-offsets.ts';
import { keysOf, lint, plugins, typeOf, validate } from './in-memory-plugins.ts';

interface Entry {
  readonly config: FlatConfig;
  readonly target: TargetState;
  readonly history: readonly ConfigVersion[];
  /** Traces of what failed: of the connector, and of tasks by their number. */
  readonly failures: { readonly connector?: string; readonly tasks?: Readonly<Record<number, string>> };
  readonly topics: readonly string[];
  readonly offsets: readonly ConnectorOffset[];
}

export interface InMemoryConnect extends Connect {
  /** What `health()` answers from now on. */
  becomes(health: Health): void;
  /** What every write throws from now on. */
  fails(error: unknown): void;
  /** Makes a task, or without a number the connector, FAILED. */
  breaks(name: string, trace: string, task?: number): void;
  /** Where a connector is from now on. */
  reaches(name: string, offsets: readonly ConnectorOffset[]): void;
}

const states: Readonly<Record<TargetState, ConnectorState>> = {
  STARTED: 'RUNNING',
  PAUSED: 'PAUSED',
  STOPPED: 'STOPPED',
};

export function createInMemoryConnect(): InMemoryConnect {
  const entries = new Map<string, Entry>();
  const loggers = new Map<string, LoggerLevel>(
    ['root', 'connect.worker', 'connect.kafka'].map((name) => [name, { level: 'INFO', last_modified: null }]),
  );
  let health: Health = {
    status: 'healthy',
    message: 'Worker has completed startup and is ready to handle requests.',
  };
  let failure: unknown;

  const entryOf = (name: string): Entry => {
    const entry = entries.get(name);
    if (entry === undefined) throw new ConnectError('NOT_FOUND', 'Not there');
    return entry;
  };
  const change = (name: string, changes: Partial<Entry>) => {
    assertWell();
    entries.set(name, { ...entryOf(name), ...changes });
  };
  const infoOf = (name: string): ConnectorInfo => {
    const { config, target } = entryOf(name);
    const count = target === 'STOPPED' ? 0 : Number(config['tasks.max'] ?? 1);
    const tasks = Array.from({ length: count }, (_, task) => ({ connector: name, task }));
    return { name, config, tasks, type: typeOf(config) };
  };
  const statusOf = (name: string): ConnectorStatus => {
    const { config, target, failures } = entryOf(name);
    const state = (trace: string | undefined) => ({
      state: trace === undefined ? states[target] : ('FAILED' as const),
      worker_id: '127.0.0.1:8083',
      version: '0.1.0',
      ...(trace !== undefined && { trace }),
    });
    const tasks = infoOf(name).tasks.map(({ task }) => ({ id: task, ...state(failures.tasks?.[task]) }));
    return { name, connector: state(failures.connector), tasks, type: typeOf(config) };
  };
  const taskOf = (name: string, task: number) => {
    const found = statusOf(name).tasks.find(({ id }) => id === task);
    if (found === undefined) throw new ConnectError('NOT_FOUND', 'No such task');
    return found;
  };
  const write = (name: string, config: FlatConfig, target: TargetState): ConnectorInfo => {
    assertWell();
    const lints = lint(config);
    if (lints.some(({ level }) => level === 'error')) {
      throw new ConnectError('INVALID_CONFIG', invalidConfigMessage(lints));
    }
    const before = entries.get(name);
    const topics = (config['topic'] ?? config['topics'])?.split(',') ?? [];
    const history = [{ config, timestamp: Date.now() }, ...(before?.history ?? [])].slice(0, 20);
    entries.set(name, { failures: {}, topics, offsets: [], ...before, config, target, history });
    return infoOf(name);
  };
  const assertWell = () => {
    if (failure !== undefined) throw failure;
  };
  const assertStopped = (name: string) => {
    if (entryOf(name).target === 'STOPPED') return;
    throw new ConnectError(
      'BAD_REQUEST',
      'Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the ' +
        `specified connector by issuing a 'PUT' request to the '/connectors/${name}/stop' endpoint`,
    );
  };

  return {
    becomes: (next) => {
      health = next;
    },
    fails: (error) => {
      failure = error;
    },
    breaks(name, trace, task) {
      const { failures } = entryOf(name);
      const tasks = task === undefined ? failures.tasks : { ...failures.tasks, [task]: trace };
      change(name, {
        failures: { ...failures, ...(task === undefined && { connector: trace }), ...(tasks && { tasks }) },
      });
    },
    reaches: (name, offsets) => change(name, { offsets }),

    server: () => ({ version: '0.1.0', commit: 'abc', kafka_cluster_id: 'cluster' }),
    health: () => health,
    checkHealth: async () => health,
    connectors: () => [...entries.keys()],
    connector: infoOf,
    status: statusOf,
    flow: (name) => ({ endpoint: `place of ${name}`, topics: entryOf(name).topics, rejects_to: null }),
    async create(name, config, target = 'STARTED') {
      if (entries.has(name)) throw new ConnectError('ALREADY_EXISTS', `Connector ${name} already exists`);
      return write(name, config, target);
    },
    async put(name, config) {
      const created = !entries.has(name);
      return { created, info: write(name, config, entries.get(name)?.target ?? 'STARTED') };
    },
    async patch(name, changes) {
      const { config, target } = entryOf(name);
      const merged = Object.entries({ ...config, ...changes }).filter(([, value]) => value !== null);
      return write(name, Object.fromEntries(merged) as FlatConfig, target);
    },
    async remove(name) {
      assertWell();
      entryOf(name);
      entries.delete(name);
    },
    setTargetState: async (name, target) => change(name, { target }),
    history: (name) => entryOf(name).history,

    async restart(name, { includeTasks, onlyFailed }) {
      const { connector, tasks, ...status } = statusOf(name);
      const isMeant = ({ state }: { readonly state: ConnectorState }) => !onlyFailed || state === 'FAILED';
      const again = <T extends { readonly state: ConnectorState }>(one: T, included: boolean): T =>
        included && isMeant(one) ? { ...one, state: 'RESTARTING' } : one;
      const left = tasks.filter((task) => task.trace !== undefined && !(includeTasks && isMeant(task)));
      change(name, { failures: { tasks: Object.fromEntries(left.map(({ id, trace }) => [id, trace as string])) } });
      return { ...status, connector: again(connector, true), tasks: tasks.map((task) => again(task, includeTasks)) };
    },
    async restartTask(name, task) {
      taskOf(name, task);
      const { failures } = entryOf(name);
      const { [task]: _, ...tasks } = failures.tasks ?? {};
      change(name, { failures: { ...failures, tasks } });
    },
    tasks: (name) => infoOf(name).tasks.map((id) => ({ id, config: entryOf(name).config })),
    taskStatus: taskOf,

    topics: (name) => entryOf(name).topics,
    async latestRecords(topic, limit) {
      assertWell();
      if (![...entries.values()].some(({ topics }) => topics.includes(topic))) {
        throw new ConnectError('NOT_FOUND', `No connector reads, writes or rejects to a topic ${topic}`);
      }
      const record = { partition: 0, timestamp: 1, key: 'k', value: '{"a":1}', value_bytes: 7, headers: [] };
      return [9, 8, 7].slice(0, limit).map((offset) => ({ ...record, offset }));
    },
    resetTopics: async (name) => change(name, { topics: [] }),

    offsets: async (name) => entryOf(name).offsets,
    async alterOffsets(name, altered) {
      assertStopped(name);
      const isSink = typeOf(entryOf(name).config) === 'sink';
      const moves = altered.map((one) => (isSink ? sinkEntry(one) : sourceEntry(one)));
      const key = ({ partition }: ConnectorOffset) => JSON.stringify(Object.entries(partition).sort());
      const byPartition = new Map([...entryOf(name).offsets, ...moves].map((one) => [key(one), one]));
      change(name, { offsets: [...byPartition.values()].filter(({ offset }) => offset !== null) });
      return { byPlugin: true };
    },
    async resetOffsets(name) {
      assertStopped(name);
      change(name, { offsets: [] });
      return { byPlugin: true };
    },

    plugins: () => plugins,
    async pluginConfig(plugin) {
      const keys = keysOf(plugin);
      if (keys === undefined) throw new ConnectError('NOT_FOUND', 'No such plugin');
      return keys;
    },
    validate: async (plugin, config) => validate(plugin, config),
    lint: async (_name, config) => lint(config),

    loggers: () => Object.fromEntries(loggers),
    async setLoggerLevel(logger, level) {
      assertWell();
      const names = [...loggers.keys()].filter((name) => name === logger || name.startsWith(`${logger}.`));
      for (const name of names) loggers.set(name, { level, last_modified: Date.now() });
      return names;
    },
  };
}

function sinkEntry(requested: RequestedOffset): ConnectorOffset {
  const { topic, partition, next } = sinkMove(requested);
  const offset = next === undefined ? null : { kafka_offset: Number(next) };
  return { partition: { kafka_topic: topic, kafka_partition: partition }, offset };
}

function sourceEntry(requested: RequestedOffset): ConnectorOffset {
  const [partition, offset] = sourceMove(requested, {});
  return { partition: { partition }, offset };
}
