/**
 * The worker: Kafka Connect's operations over the state of the cluster, and the connectors that run here. It starts at
 * once and becomes ready when Kafka answers; until then reads answer what is known and writes are NOT_READY.
 *
 * One worker for now: the work is not yet dealt out over a group (DESIGN.md, decision 5).
 */
import { openCluster } from '../cluster/cluster.ts';
import { commitRecord } from '../cluster/config-log.ts';
import { describePlugin, validateConfig } from '../config/describe.ts';
import type { Examination } from '../config/examine.ts';
import { examineConnector, invalidConfigMessage } from '../config/lint.ts';
import type { FlatConfig, ResolvedConnector, WorkerSettings } from '../config/model.ts';
import type { References } from '../config/references.ts';
import { resolveConnector } from '../config/resolve.ts';
import type { Connect, ConnectorStatus, WriteOptions } from '../connect.ts';
import { ConnectError, connectErrors } from '../errors.ts';
import { createKafkaClient } from '../kafka/client.ts';
import { classifyKafkaError } from '../kafka/errors.ts';
import { openTransactions } from '../kafka/producer.ts';
import { createLogger, type LogWriter } from '../log.ts';
import { createLogLevels, type LogLevels } from '../log-levels.ts';
import { createRegistry, type Registry } from '../metrics/registry.ts';
import type { PluginRegistry } from '../plugins/registry.ts';
import { withRetries } from '../retry.ts';
import { version } from '../version.ts';
import { createConfigure } from './configure.ts';
import { startConnector } from './connector.ts';
import { createConnectorOffsets } from './connector-offsets.ts';
import { createHealth } from './health.ts';
import { createLatestRecords } from './latest-records.ts';
import { createLoggers } from './loggers.ts';
import { createLookup } from './lookup.ts';
import { answered, createOffsetRequests } from './offset-requests.ts';
import { createOldOffsets } from './old-offsets.ts';
import { createAlterPositions } from './positions.ts';
import { createReconciler } from './reconciler.ts';
import { createRestarts } from './restarts.ts';
import { isSettled } from './settled.ts';
import { createTally } from './tally.ts';
import { createTaskLauncher } from './task-launcher.ts';

export interface WorkerOptions {
  readonly settings: WorkerSettings;
  readonly plugins: PluginRegistry;
  readonly references: References;
  readonly write: LogWriter;
  /** The levels of everybody who writes there; left out: those of the worker alone. */
  readonly levels?: LogLevels;
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

export function startWorker({ settings, plugins, references, write, ...given }: WorkerOptions): Worker {
  const { groupId, unknownKeys, shutdownTimeoutMs: stopWithinMs } = settings;
  const levels = given.levels ?? createLogLevels(settings.logLevel);
  let workerId = `${settings.rest.host}:${settings.rest.port}`;
  const log = createLogger(write, 'worker', levels);
  const client = createKafkaClient(settings.kafka, createLogger(write, 'kafka', levels));
  const registry = createRegistry({
    worker: () => ({ version, workerId, threads: tasks.threads, ...lookup.states() }),
  });
  const tally = createTally();
  let closed = false;
  const closing = new AbortController();

  const cluster = openCluster({
    client,
    groupId,
    replicationFactor: settings.replicationFactor,
    log,
    onChange: entryChanged,
    onLoggerLevel: (logger, level) => loggers.apply(logger, level),
  });
  const tasks = createTaskLauncher({ cluster, client, kafka: settings.kafka, plugins, registry, write, levels });
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
        stopWithinMs,
        resolve: () => resolveConnector(name, entry.config, plugins, references),
        fence: async (ids) => void (await Promise.all(ids.map(fenceTask))),
        commitTasks: (count) => commitTasks(name, count),
        startTask: (description, onStall) =>
          tasks.start(description, { requestReconfiguration: () => reconciler.restart(name), onStall }),
        onTaskEnded: (description, error) => {
          if (error === undefined) return;
          tally.failed(name, description.task);
          log.error(`${name}|task-${description.task} FAILED: ${error.message}`);
        },
        onChange: publish,
      }),
    onRemoved: ({ status: { name, tasks: of } }) => {
      registry.forget(name);
      tally.forget(name);
      cluster.statuses.connector(name, null);
      for (const { id } of of) cluster.statuses.task(name, id, null);
      // What could not be written is of a connector that is not there: nobody asks for it.
      cluster.activeTopics.reset(name).catch(() => undefined);
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
    for (const name of cluster.configs.entries.keys()) entryChanged(name);
  });
  ready.catch(() => undefined);

  function entryChanged(name: string): void {
    const entry = cluster.configs.entries.get(name);
    if (entry !== undefined) tally.configured(name, entry.config);
    reconciler.changed(name);
  }

  /** For as long as Kafka needs to answer: a connector that is not fenced must not start. */
  const whenKafkaAnswers = (call: () => Promise<void>) =>
    withRetries(call, {
      policy: { timeoutMs: -1, maxDelayMs: 2_000 },
      signal: closing.signal,
      retriable: (error) =>
        error instanceof ConnectError ? connectErrors[error.code].retriable : classifyKafkaError(error) === 'retriable',
      onRetry: client.connection.failed,
    });

  const fenceTask = (id: string) => whenKafkaAnswers(async () => (await openTransactions(client, id)).close());

  const commitTasks = (name: string, count: number) =>
    whenKafkaAnswers(() => cluster.configs.write((entries) => (entries.has(name) ? [commitRecord(name, count)] : [])));

  function publish({ name, connector, tasks: of }: ConnectorStatus): void {
    if (connector.state === 'FAILED') log.error(`${name} FAILED: ${connector.trace ?? 'no reason given'}`);
    cluster.statuses.connector(name, connector);
    for (const { id, ...state } of of) cluster.statuses.task(name, id, state);
  }

  const lookup = createLookup({
    entries: cluster.configs.entries,
    running: (name) => reconciler.running.get(name),
    seenTopics: cluster.activeTopics.of,
    starts: tasks.starts,
    tally,
    plugins,
    workerId: () => workerId,
  });
  const { entryOf, info, status } = lookup;

  function examination(name: string, config: FlatConfig, { fromFile }: WriteOptions = {}): Promise<Examination> {
    const present = cluster.configs.entries.get(name)?.config;
    return examineConnector(name, { ...config, name }, plugins, { references, fromFile, unknownKeys, present });
  }

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
    // Those about a file are told when it is read; an answer of REST has no room for them.
    if (!options?.fromFile) for (const { message } of lints) log.warn(`${name}: ${message}`);
    return resolved;
  }

  const health = createHealth({
    isReady: () => cluster.isReady,
    connection: client.connection,
    ask: async () => (await client.admin()).fetchTopicOffsets(cluster.topics.configs),
  });
  const records = createLatestRecords({
    client,
    groupId,
    log,
    flows: () => lookup.names().map(lookup.flow),
    mustBeReady,
  });
  const loggers = createLoggers({ levels, configs: () => cluster.configs, mustBeReady });
  const settled = (name: string) => reconciler.settled(name);
  const offsets = createConnectorOffsets({
    client,
    groupId,
    offsetsTopic: cluster.topics.offsets,
    committed: cluster.committedOffsets,
    alterPositions: createAlterPositions({
      logOf: (name) => createLogger(write, name, levels),
      closing: closing.signal,
    }),
  });
  const offsetRequests = createOffsetRequests({
    offsets,
    mustBeReady,
    entryOf: (name) => entryOf(name, `Connector ${name} not found`),
    resolve: (name, config) => resolveConnector(name, config, plugins, references),
    reconciler,
  });

  return {
    metrics: registry,
    ready,
    advertise(address) {
      workerId = address;
    },
    server: () => ({ version, commit: 'unknown', kafka_cluster_id: cluster.id }),
    health: health.known,
    checkHealth: health.check,
    connectors: lookup.names,
    connector: lookup.info,
    status: lookup.status,
    flow: lookup.flow,
    tasks: lookup.tasks,
    taskStatus: lookup.taskStatus,
    latestRecords: records.latest,
    ...createConfigure({
      configs: cluster.configs,
      check,
      mustBeReady,
      beforeCreation: createOldOffsets(client, log),
      info,
      settled,
    }),
    ...createRestarts({ reconciler, mustBeReady, mustExist: entryOf, status }),
    topics: (name) => cluster.activeTopics.of(name),
    async resetTopics(name) {
      mustBeReady();
      await answered('resetting topics', () => cluster.activeTopics.reset(name));
    },
    ...offsetRequests,
    plugins: () => plugins.list(),
    pluginConfig: (plugin) => describePlugin(plugin, plugins),
    validate: (plugin, config) => validateConfig(plugin, config, plugins, { references, unknownKeys }),
    lint: async (name, config) => (await examination(name, config)).lints,
    loggers: loggers.loggers,
    setLoggerLevel: loggers.setLoggerLevel,
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
      await records.close();
      await cluster.close();
      await client.close();
    },
  };
}
