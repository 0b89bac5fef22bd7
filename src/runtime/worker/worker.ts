/**
 * The worker: Kafka Connect's operations over the state of the cluster, and the connectors that run here. It starts at
 * once and becomes ready when Kafka answers; until then reads answer what is known and writes are NOT_READY.
 *
 * One worker for now: the work is not yet dealt out over a group (DESIGN.md, decision 5).
 */
import { openCluster } from '../cluster/cluster.ts';
import { commitRecord, connectorRecord, targetStateRecord } from '../cluster/config-log.ts';
import type { Examination } from '../config/examine.ts';
import { examineConnector, invalidConfigMessage } from '../config/lint.ts';
import type { FlatConfig, ResolvedConnector, TargetState, WorkerSettings } from '../config/model.ts';
import type { References } from '../config/references.ts';
import { resolveConnector } from '../config/resolve.ts';
import type { Connect, ConnectorInfo, ConnectorStatus, WriteOptions } from '../connect.ts';
import { ConnectError, connectErrors } from '../errors.ts';
import { createKafkaClient } from '../kafka/client.ts';
import { classifyKafkaError } from '../kafka/errors.ts';
import { openTransactions } from '../kafka/producer.ts';
import { createLogger, type LogWriter } from '../log.ts';
import { createRegistry, type Registry } from '../metrics/registry.ts';
import type { PluginRegistry } from '../plugins/registry.ts';
import { withRetries } from '../retry.ts';
import { version } from '../version.ts';
import { sameConfig, startConnector } from './connector.ts';
import { createReconciler } from './reconciler.ts';
import { isSettled } from './settled.ts';
import { createTaskLauncher } from './task-launcher.ts';

export interface WorkerOptions {
  readonly settings: WorkerSettings;
  readonly plugins: PluginRegistry;
  readonly references: References;
  readonly write: LogWriter;
}

export interface Worker extends Connect {
  readonly metrics: Registry;
  /** Resolves when Kafka has answered and the log has been read; rejects when that can never be. */
  readonly ready: Promise<void>;
  /** The address under which its REST API answers, which is its id in the cluster; until told, the configured one. */
  advertise(address: string): void;
  /** Resolves when all sources are finished and all that they wrote is settled by the sinks. */
  idle(): Promise<void>;
  /** Stops every connector gracefully, then lets go of Kafka. */
  close(): Promise<void>;
}

export function startWorker({ settings, plugins, references, write }: WorkerOptions): Worker {
  const { groupId, logLevel: level, shutdownTimeoutMs: stopWithinMs } = settings;
  let workerId = `${settings.rest.host}:${settings.rest.port}`;
  const log = createLogger(write, 'worker', level);
  const client = createKafkaClient(settings.kafka, createLogger(write, 'kafka', level));
  const registry = createRegistry({ worker: () => ({ version, workerId, ...statesOf(names().map(status)) }) });
  let closed = false;
  const closing = new AbortController();

  const cluster = openCluster({
    client,
    groupId,
    replicationFactor: settings.replicationFactor,
    log,
    onChange: (name) => reconciler.changed(name),
  });
  const tasks = createTaskLauncher({ cluster, client, kafka: settings.kafka, plugins, registry, write, level });
  const reconciler = createReconciler({
    entries: cluster.configs.entries,
    stopWithinMs,
    log,
    start: (name, entry) =>
      startConnector({
        name,
        entry,
        workerId,
        groupId,
        resolve: () => resolveConnector(name, entry.config, plugins, references),
        fence: async (ids) => void (await Promise.all(ids.map(fenceTask))),
        commitTasks: (count) => commitTasks(name, count),
        startTask: (description) => tasks.start(description, () => reconciler.restart(name)),
        onTaskEnded: (description, error) => {
          if (error !== undefined) log.error(`${name}|task-${description.task} FAILED: ${error.message}`);
        },
        onChange: publish,
      }),
    onRemoved: ({ status: { name, tasks: of } }) => {
      registry.forget(name);
      cluster.statuses.connector(name, null);
      for (const { id } of of) cluster.statuses.task(name, id, null);
    },
  });
  // For the list of plugins; what a connector needs is loaded when it is needed.
  plugins.discover().then(
    (faults) => {
      for (const { message } of faults) log.warn(message);
    },
    (error: Error) => log.warn(`The plugins cannot be listed: ${error.message}`),
  );
  const ready = cluster.ready.then(() => {
    for (const name of cluster.configs.entries.keys()) reconciler.changed(name);
  });
  ready.catch(() => undefined);

  /** For as long as Kafka needs to answer: a connector that is not fenced must not start. */
  const whenKafkaAnswers = (call: () => Promise<void>) =>
    withRetries(call, {
      policy: { timeoutMs: -1, maxDelayMs: 2_000 },
      signal: closing.signal,
      retriable: (error) =>
        error instanceof ConnectError ? connectErrors[error.code].retriable : classifyKafkaError(error) === 'retriable',
      onRetry: (error) => client.connection.failed(error),
    });

  const fenceTask = (id: string) => whenKafkaAnswers(async () => (await openTransactions(client, id)).close());

  const commitTasks = (name: string, count: number) =>
    whenKafkaAnswers(() => cluster.configs.write((entries) => (entries.has(name) ? [commitRecord(name, count)] : [])));

  function publish({ name, connector, tasks: of }: ConnectorStatus): void {
    if (connector.state === 'FAILED') log.error(`${name} FAILED: ${connector.trace ?? 'no reason given'}`);
    cluster.statuses.connector(name, connector);
    for (const { id, ...state } of of) cluster.statuses.task(name, id, state);
  }

  function statesOf(all: readonly ConnectorStatus[]) {
    return {
      connectors: all.map(({ name, type, connector }) => ({ name, type, state: connector.state })),
      tasks: all.flatMap(({ name, tasks: of }) =>
        of.map(({ id, state }) => ({
          connector: name,
          task: id,
          state,
          restarts: Math.max(tasks.starts(name, id) - 1, 0),
        })),
      ),
    };
  }

  const names = () => [...cluster.configs.entries.keys()];

  function entryOf(name: string, words: string) {
    const entry = cluster.configs.entries.get(name);
    if (entry === undefined) throw new ConnectError('NOT_FOUND', words);
    return entry;
  }

  function status(name: string): ConnectorStatus {
    entryOf(name, `No status found for connector ${name}`);
    const unassigned = { state: 'UNASSIGNED', worker_id: workerId, version: null } as const;
    return reconciler.running.get(name)?.status ?? { name, connector: unassigned, tasks: [], type: 'unknown' };
  }

  function info(name: string): ConnectorInfo {
    const { config } = entryOf(name, `Connector ${name} not found`);
    const { tasks: of, type } = status(name);
    const kind = plugins.get(config['connector.class'] ?? '')?.kind;
    return {
      name,
      config,
      tasks: of.map(({ id }) => ({ connector: name, task: id })),
      type: type === 'unknown' && (kind === 'source' || kind === 'sink') ? kind : type,
    };
  }

  const examination = (name: string, config: FlatConfig, { fromFile }: WriteOptions = {}): Promise<Examination> =>
    examineConnector(name, { ...config, name }, plugins, { references, fromFile });

  function mustBeReady(): void {
    if (cluster.isReady && !closed) return;
    throw new ConnectError(
      'NOT_READY',
      `The worker is not ready: it waits for Kafka at ${settings.kafka.brokers.join(', ')}.`,
    );
  }

  async function check(name: string, config: FlatConfig, options?: WriteOptions): Promise<ResolvedConnector> {
    mustBeReady();
    const { lints, resolved } = await examination(name, config, options);
    if (resolved === undefined) throw new ConnectError('INVALID_CONFIG', invalidConfigMessage(lints));
    return resolved;
  }

  return {
    metrics: registry,
    ready,
    advertise(address) {
      workerId = address;
    },
    server: () => ({ version, commit: 'unknown', kafka_cluster_id: cluster.id }),
    health() {
      if (!cluster.isReady) return { status: 'starting', message: 'Worker is still starting up.' };
      return client.connection.reachable
        ? { status: 'healthy', message: 'Worker has completed startup and is ready to handle requests.' }
        : { status: 'unhealthy', message: 'Worker was unable to reach Kafka and may be unable to handle requests.' };
    },
    connectors: names,
    connector: info,
    status,
    plugins: () => plugins.list(),
    lint: async (name, config) => (await examination(name, config)).lints,
    async create(name, config, initialState = 'STARTED', options) {
      const { settings: of } = await check(name, config, options);
      await cluster.configs.write((entries) => {
        if (entries.has(name)) throw new ConnectError('ALREADY_EXISTS', `Connector ${name} already exists`);
        return creation(name, { ...config, name }, initialState, of.tasksMax);
      });
      return info(name);
    },
    async put(name, config, options) {
      const { settings: of } = await check(name, config, options);
      let created = false;
      await cluster.configs.write((entries) => {
        const before = entries.get(name);
        created = before === undefined;
        const next = { ...config, name };
        if (before === undefined) return creation(name, next, 'STARTED', of.tasksMax);
        return sameConfig(before.config, next) ? [] : [connectorRecord(name, next)];
      });
      return { created, info: info(name) };
    },
    async remove(name) {
      mustBeReady();
      await cluster.configs.write(() => {
        entryOf(name, `Connector ${name} not found`);
        return [connectorRecord(name, null), targetStateRecord(name, null), commitRecord(name, null)];
      });
      await reconciler.settled(name);
    },
    async setTargetState(name, state) {
      mustBeReady();
      await cluster.configs.write(() => {
        const { targetState } = entryOf(name, `Unknown connector ${name}`);
        return targetState === state ? [] : [targetStateRecord(name, state)];
      });
    },
    async idle() {
      await ready;
      // While Kafka does not answer nobody can say that all is settled.
      const settled = () =>
        isSettled(client, [...reconciler.running.values()]).catch((error) => {
          if (classifyKafkaError(error) === 'retriable') return false;
          throw error;
        });
      while (!closed && !(await settled())) {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    async close() {
      closed = true;
      closing.abort(new Error('the worker is closing'));
      await reconciler.close();
      tasks.close();
      await cluster.close();
      await client.close();
    },
  };
}

/** The records of a new connector. Of one that is changed the number of tasks stays until those before are fenced. */
function creation(name: string, config: FlatConfig, state: TargetState, tasks: number) {
  return [targetStateRecord(name, state), commitRecord(name, tasks), connectorRecord(name, config)];
}
