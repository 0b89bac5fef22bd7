/** A worker in memory for the tests of REST: keeps what it is told, validates a few keys, starts nothing. */
import { invalidConfigMessage } from '../../src/runtime/config/lint.ts';
import type { FlatConfig, Lint, TargetState } from '../../src/runtime/config/model.ts';
import type { Connect, ConnectorInfo, ConnectorState, Health } from '../../src/runtime/connect.ts';
import { ConnectError } from '../../src/runtime/errors.ts';

interface Entry {
  config: FlatConfig;
  target: TargetState;
}

export interface InMemoryConnect extends Connect {
  /** What `health()` answers from now on. */
  becomes(health: Health): void;
  /** What every write throws from now on. */
  fails(error: unknown): void;
}

const classes = { 'wine-sales-generator': 'source', 'snowflake-variant': 'sink' } as const;
const states: Readonly<Record<TargetState, ConnectorState>> = {
  STARTED: 'RUNNING',
  PAUSED: 'PAUSED',
  STOPPED: 'STOPPED',
};

export function createInMemoryConnect(): InMemoryConnect {
  const entries = new Map<string, Entry>();
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
  const typeOf = ({ 'connector.class': name = '' }: FlatConfig) =>
    classes[name as keyof typeof classes] ?? ('unknown' as const);
  const infoOf = (name: string): ConnectorInfo => {
    const { config, target } = entryOf(name);
    const tasks = target === 'STOPPED' ? [] : [{ connector: name, task: 0 }];
    return { name, config, tasks, type: typeOf(config) };
  };
  const assertWell = () => {
    if (failure !== undefined) throw failure;
  };
  const assertValid = (config: FlatConfig) => {
    assertWell();
    const lints = lint(config);
    if (lints.some(({ level }) => level === 'error')) {
      throw new ConnectError('INVALID_CONFIG', invalidConfigMessage(lints));
    }
  };

  return {
    becomes: (next) => {
      health = next;
    },
    fails: (error) => {
      failure = error;
    },
    server: () => ({ version: '0.1.0', commit: 'abc', kafka_cluster_id: 'cluster' }),
    health: () => health,
    connectors: () => [...entries.keys()],
    connector: infoOf,
    status(name) {
      const { config, target } = entryOf(name);
      const own = { state: states[target], worker_id: '127.0.0.1:8083', version: '0.1.0' };
      const tasks = infoOf(name).tasks.map(({ task }) => ({ id: task, ...own }));
      return { name, connector: own, tasks, type: typeOf(config) };
    },
    async create(name, config, target = 'STARTED') {
      assertValid(config);
      if (entries.has(name)) throw new ConnectError('ALREADY_EXISTS', `Connector ${name} already exists`);
      entries.set(name, { config, target });
      return infoOf(name);
    },
    async put(name, config) {
      assertValid(config);
      const created = !entries.has(name);
      entries.set(name, { config, target: entries.get(name)?.target ?? 'STARTED' });
      return { created, info: infoOf(name) };
    },
    async remove(name) {
      assertWell();
      entryOf(name);
      entries.delete(name);
    },
    async setTargetState(name, target) {
      assertWell();
      entries.set(name, { ...entryOf(name), target });
    },
    plugins: () => [
      { class: 'wine-sales-generator', type: 'source', version: '1.0.0', summary: 'Wine sales' },
      { class: 'snowflake-variant', type: 'sink', version: '1.0.0', summary: 'Snowflake' },
      { class: 'dlq', type: 'error-handler', version: '1.0.0', summary: 'Dead letters' },
      { class: 'mask', type: 'transform', version: '1.0.0', summary: 'Masks fields' },
    ],
    lint: async (_name, config) => lint(config),
  };
}

function lint(config: FlatConfig): readonly Lint[] {
  const lints: Lint[] = [];
  if (!Object.hasOwn(classes, config['connector.class'] ?? '')) {
    lints.push({ level: 'error', code: 'unknown-plugin', message: 'There is no such plugin', key: 'connector.class' });
  }
  if (Number(config['tasks.max'] ?? 1) < 1) {
    lints.push({ level: 'error', code: 'wrong-type', message: 'tasks.max must be at least 1', key: 'tasks.max' });
  }
  if (config['old.key'] !== undefined) {
    lints.push({ level: 'warning', code: 'unknown-key', message: 'old.key is of no use', key: 'old.key' });
  }
  return lints;
}
