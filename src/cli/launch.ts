/**
 * The life of `caves-connect start`:
 *
 * 1. the embedded services that the configuration needs, side by side with the worker's own start;
 * 2. the worker, then REST and metrics, which answer even while Kafka is not there;
 * 3. the connectors of the file are created, or changed to what it says; with `prune` all others are deleted;
 * 4. one summary, then the log, until a stop signal or, with `exitWhenDone`, until everything is settled;
 * 5. a clean stop: no new work, open batches finished, within the worker's `shutdown.timeout`.
 *
 * What the parts are comes in as `Parts`, so that this order can be tested without them.
 */
import { basename, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Embedded, EmbeddedOptions } from '../embedded/services.ts';
import type { LoadedFile, WorkerSettings } from '../runtime/config/model.ts';
import type { Connect } from '../runtime/connect.ts';
import { createLogger, type LogEntry, type LogWriter } from '../runtime/log.ts';
import type { Logger } from '../sdk/index.ts';
import { exitCodes } from './errors.ts';
import {
  type FileCluster,
  failedConnectors,
  putConnectors,
  statesOf,
  waitForStates,
  withWarehouse,
} from './file-connectors.ts';
import type { StopSignals } from './stop-signals.ts';
import { formatSummary, type Summary } from './summary.ts';

/** A worker as `start` drives it. */
export interface LaunchedWorker extends FileCluster, Pick<Connect, 'health'> {
  /** Takes the address of its REST API as its id. */
  advertise(address: string): void;
  /** Resolves when Kafka has answered; rejects when that can never be. */
  readonly ready: Promise<void>;
  /** Resolves when all sources are finished and everything is settled. */
  idle(): Promise<void>;
  /** Finishes what is open and resolves. */
  close(): Promise<void>;
}

export interface Server {
  readonly url: string;
  close(): Promise<void>;
}

/** What a worker's process is made of. */
export interface Parts<W extends LaunchedWorker> {
  /** Loads code that the others need, while the embedded services start. */
  preload(): Promise<void>;
  embedded(options: EmbeddedOptions): Promise<Embedded>;
  worker(settings: WorkerSettings): Promise<W>;
  rest(worker: W, settings: WorkerSettings): Promise<Server>;
  metrics(worker: W, settings: WorkerSettings): Promise<Server>;
}

export interface LaunchOptions<W extends LaunchedWorker> {
  readonly file: LoadedFile;
  /** The connectors that write to the embedded warehouse. */
  readonly warehouseUsers: ReadonlySet<string>;
  /** Makes the parts; what they log goes to `write`. */
  readonly openParts: (write: LogWriter) => Parts<W>;
  readonly signals: StopSignals;
  readonly write: LogWriter;
  readonly print: (line: string) => void;
  readonly version: string;
  readonly exitWhenDone: boolean;
  /** Shows the worker at work, from the summary until the stop: a function that ends it. */
  readonly show?: ((worker: W) => () => void) | undefined;
  /** Connectors that the file does not name are deleted. */
  readonly prune: boolean;
}

/** How long the summary waits for the connectors, and how long a stop may go over the worker's own limit. */
const summaryPatienceMs = 700;
const stopGraceMs = 1000;

/** Runs a worker until it is stopped or done, and answers the exit code. */
export async function launch<W extends LaunchedWorker>(options: LaunchOptions<W>): Promise<number> {
  const { file, signals, print } = options;
  const log = holdLog(options.write);
  const opened: (() => Promise<void>)[] = [];
  const stopped = signals.first.then((signal) => ({ signal }));

  try {
    const running = start(options, opened, log.write);
    const started = await Promise.race([running, stopped]);
    if ('signal' in started) {
      print(`stopping before the start was complete (${started.signal})`);
      // The start may still open parts; they are closed as soon as it has.
      void running.catch(() => {});
      await Promise.race([running.catch(() => {}), delay(file.worker.shutdownTimeoutMs), signals.second]);
      return await stop(options, opened);
    }
    for (const line of formatSummary(started.summary)) print(line);
    log.release();
    const hide = options.show?.(started.worker);
    const done = started.connectorsPut.then(() => (options.exitWhenDone ? started.worker.idle() : never));
    const reason = await Promise.race([done.then(() => 'done' as const), stopped]).finally(hide);
    print(
      reason === 'done'
        ? 'all sources are finished and everything is settled: stopping'
        : `stopping: finishing the open batches… (${reason.signal}; once more ends at once)`,
    );
    const failed = options.exitWhenDone && failedConnectors(started.worker).length > 0;
    const code = await stop(options, opened);
    return failed ? exitCodes.failed : code;
  } catch (error) {
    await stop({ ...options, print: () => {} }, opened).catch(() => {});
    throw error;
  } finally {
    log.release();
  }
}

interface Started<W> {
  readonly worker: W;
  readonly summary: Summary;
  /** Resolves when the cluster has the file's connectors; rejects when it refuses one. */
  readonly connectorsPut: Promise<void>;
}

const never = new Promise<never>(() => {});

/** Keeps log lines back until the summary is on the terminal, so that it comes first. */
function holdLog(write: LogWriter): { readonly write: LogWriter; release(): void } {
  let held: LogEntry[] | undefined = [];
  return {
    write: (entry) => (held ? held.push(entry) : write(entry)),
    release() {
      const entries = held ?? [];
      held = undefined;
      for (const entry of entries) write(entry);
    },
  };
}

async function start<W extends LaunchedWorker>(
  options: LaunchOptions<W>,
  opened: (() => Promise<void>)[],
  write: LogWriter,
): Promise<Started<W>> {
  const { file, warehouseUsers } = options;
  const parts = options.openParts(write);
  const log = createLogger(write, 'embedded services', file.worker.logLevel);
  const joining = joinServices(options, parts, log);
  const [services] = await Promise.all([joining, parts.preload()]);
  if (services) opened.unshift(() => services.release());
  const settings = services?.kafka ? withBroker(file.worker, services.kafka) : file.worker;

  const worker = await parts.worker(settings);
  opened.unshift(() => worker.close());
  const [rest, metrics] = await Promise.all([parts.rest(worker, settings), parts.metrics(worker, settings)]);
  worker.advertise(new URL(rest.url).host);
  opened.unshift(
    () => rest.close(),
    () => metrics.close(),
  );

  const warehouse = services?.snowflake?.url;
  const connectors = withWarehouse(file, warehouseUsers, warehouse);
  const connectorsPut = putConnectors(worker, connectors, file.file, options);
  await Promise.race([connectorsPut.then(() => waitForStates(worker, summaryPatienceMs)), delay(summaryPatienceMs)]);
  return {
    worker,
    connectorsPut,
    summary: {
      version: options.version,
      startedInMs: performance.now(),
      kafka: settings.kafka.brokers.join(','),
      embeddedKafka: services?.kafka !== undefined,
      embeddedWarehouse: warehouse,
      sql: warehouse && countRows(options),
      dataDir: file.worker.dataDir,
      connectors: statesOf(worker, connectors),
      health: worker.health(),
      rest: rest.url,
      metrics: metrics.url,
    },
  };
}

/** The arguments of `sql` that count what the first of the warehouse's connectors has written. */
function countRows({ file, warehouseUsers }: Pick<LaunchOptions<LaunchedWorker>, 'file' | 'warehouseUsers'>): string {
  const table = file.connectors.find(({ name }) => warehouseUsers.has(name))?.config['snowflake.table'];
  // Without a file it looks into the usual folder.
  const where = basename(file.worker.dataDir) === '.caves' ? '' : `--config ${relative('', file.file)} `;
  return `${where}"SELECT COUNT(*) FROM ${table ?? 'RAW_EVENTS_STREAM'}"`;
}

async function joinServices<W extends LaunchedWorker>(
  { file, warehouseUsers }: LaunchOptions<W>,
  parts: Parts<W>,
  log: Logger,
): Promise<Embedded | undefined> {
  const asked = { kafka: file.worker.embeddedKafka, snowflake: warehouseUsers.size > 0 };
  return asked.kafka || asked.snowflake ? parts.embedded({ dataDir: file.worker.dataDir, log, ...asked }) : undefined;
}

const withBroker = (settings: WorkerSettings, { host, port }: { readonly host: string; readonly port: number }) => ({
  ...settings,
  kafka: { ...settings.kafka, brokers: [`${host}:${port}`] },
});

/** Closes what was opened, in order, within the worker's time; a second signal ends the wait. */
type Stopping = Pick<LaunchOptions<LaunchedWorker>, 'file' | 'signals' | 'print'>;

async function stop({ file, signals, print }: Stopping, opened: (() => Promise<void>)[]): Promise<number> {
  const limit = file.worker.shutdownTimeoutMs + stopGraceMs;
  const closeAll = async () => {
    for (let close = opened.shift(); close; close = opened.shift()) await close();
    return 'closed' as const;
  };
  const end = await Promise.race([
    closeAll(),
    signals.second.then(() => 'interrupted' as const),
    delay(limit, 'late' as const, { ref: false }),
  ]);
  if (end === 'closed') {
    print('stopped');
    return exitCodes.fine;
  }
  print(
    end === 'interrupted'
      ? 'ended at once: what was open is done again at the next start, nothing is lost'
      : `not everything stopped within ${limit / 1000} seconds: what was open is done again at the next start, nothing is lost`,
  );
  return end === 'interrupted' ? exitCodes.interrupted : exitCodes.failed;
}
