import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type LaunchedWorker, type LaunchOptions, launch, type Parts } from '../../src/cli/launch.ts';
import { takeStopSignals } from '../../src/cli/stop-signals.ts';
import type { LoadedFile } from '../../src/runtime/config/model.ts';
import type { ConnectorState, Health } from '../../src/runtime/connect.ts';
import { ConnectError } from '../../src/runtime/errors.ts';
import type { LogWriter } from '../../src/runtime/log.ts';
import { eventually } from '../helpers/eventually.ts';

const file: LoadedFile = {
  file: '/project/wine.yaml',
  worker: {
    groupId: 'caves-connect',
    kafka: { brokers: ['127.0.0.1:19092'], clientId: 'caves-connect', ssl: false },
    embeddedKafka: true,
    rest: { host: '127.0.0.1', port: 8083, explicit: false },
    metrics: { host: '127.0.0.1', port: 8000, explicit: false },
    pluginPath: [],
    unknownKeys: 'error',
    envAllow: [],
    dataDir: '/project/.caves',
    logLevel: 'info',
    shutdownTimeoutMs: 5000,
  },
  connectors: [
    { name: 'source', config: { 'connector.class': 'a' } },
    { name: 'sink', config: { 'connector.class': 'b' }, initialState: 'PAUSED' },
  ],
  lints: [],
};

/** A worker and its surroundings that do what a test tells them, and remember the order of things. */
function stage(health: Health = { status: 'healthy', message: 'fine' }) {
  const events: string[] = [];
  const states = new Map<string, ConnectorState>();
  const configs = new Map<string, Readonly<Record<string, string>>>();
  const kafka = Promise.withResolvers<void>();
  const idle = Promise.withResolvers<void>();
  const closing = { wait: Promise.resolve() };
  kafka.promise.catch(() => {});
  const stored = (name: string, config: Readonly<Record<string, string>>, state: ConnectorState) => {
    configs.set(name, config);
    states.set(name, state);
    return { name, config, tasks: [], type: 'sink' as const };
  };
  const info = { worker_id: 'w', version: '1' };
  const worker: LaunchedWorker = {
    remove: async (name) => {
      events.push(`remove ${name}`);
      states.delete(name);
    },
    advertise: () => {},
    ready: kafka.promise,
    idle: () => idle.promise,
    async close() {
      events.push('worker closing');
      await closing.wait;
      events.push('worker closed');
    },
    health: () => health,
    connectors: () => [...states.keys()],
    status(name) {
      const state = states.get(name) ?? 'UNASSIGNED';
      return { name, connector: { state, ...info }, tasks: [{ id: 0, state, ...info }], type: 'sink' };
    },
    async put(name, config, { initialState } = {}) {
      events.push(`put ${name}`);
      const created = !states.has(name);
      const initial = initialState === 'PAUSED' ? 'PAUSED' : 'RUNNING';
      return { created, info: stored(name, config, states.get(name) ?? initial) };
    },
  };
  const server = (name: string) => async () => {
    events.push(`${name} listens`);
    return {
      url: `http://127.0.0.1/${name}`,
      async close() {
        events.push(`${name} closed`);
      },
    };
  };
  const parts: Parts<LaunchedWorker> = {
    preload: async () => {},
    async embedded({ kafka, snowflake }) {
      events.push('services joined');
      return {
        pid: 1,
        kafka: kafka ? { host: '127.0.0.1', port: 29092 } : undefined,
        snowflake: snowflake ? { url: 'http://127.0.0.1:29080' } : undefined,
        async release() {
          events.push('services left');
        },
      };
    },
    async worker({ kafka }) {
      events.push(`worker on ${kafka.brokers.join()}`);
      return worker;
    },
    rest: server('rest'),
    metrics: server('metrics'),
  };

  const terminal = new EventEmitter();
  const signals = takeStopSignals(terminal);
  const lines: string[] = [];
  let log: LogWriter | undefined;
  function run(changes: Partial<LaunchOptions<LaunchedWorker>> = {}, changedParts: Partial<typeof parts> = {}) {
    const code = launch({
      file,
      warehouseUsers: new Set(),
      openParts(write) {
        log = write;
        return { ...parts, ...changedParts };
      },
      signals,
      write: ({ message }) => lines.push(message),
      print: (line) => lines.push(line),
      version: '1.2.3',
      exitWhenDone: false,
      prune: false,
      ...changes,
    });
    code.catch(() => {});
    return code;
  }
  const interrupt = () => terminal.emit('SIGINT', 'SIGINT');
  const logs = (message: string) => log?.({ time: 0, level: 'info', scope: 'x', message, fields: {} });
  return { events, states, configs, kafka, idle, closing, lines, run, interrupt, logs, worker };
}

/** Lets the time between two signals pass without waiting for it. */
let now = 0;
beforeEach(() => {
  now = 0;
  const real = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => real() + now);
  onTestFinished(() => void vi.restoreAllMocks());
});
afterEach(() => vi.restoreAllMocks());
const later = (ms: number) => {
  now += ms;
};

describe('a start on a terminal', () => {
  test('shows the worker from the summary until it is to stop', async () => {
    const { kafka, lines, run, interrupt, worker } = stage();
    kafka.resolve();
    const shown: (LaunchedWorker | 'hidden')[] = [];
    const code = run({
      show(present) {
        shown.push(present);
        return () => shown.push('hidden');
      },
    });
    await eventually(() => expect(shown).toEqual([worker]));
    expect(lines[0]).toContain('ready in');

    interrupt();
    await code;
    expect(shown).toEqual([worker, 'hidden']);
    expect(lines.at(-1)).toBe('stopped');
  });
});

describe('a start', () => {
  test('joins the services first, then opens the worker on it, then what it answers on', async () => {
    const { events, kafka, lines, run, interrupt } = stage();
    kafka.resolve();
    const code = run();
    await eventually(() => lines.length > 0);
    expect(events).toEqual([
      'services joined',
      'worker on 127.0.0.1:29092',
      'rest listens',
      'metrics listens',
      'put source',
      'put sink',
    ]);
    interrupt();
    await code;
  });

  test('says in ten lines what runs where, before any line of the log', async () => {
    const { kafka, lines, run, interrupt, logs } = stage();
    kafka.resolve();
    const code = run({ warehouseUsers: new Set(['sink']) }, {});
    logs('a line of the log');
    await eventually(() => lines.includes('a line of the log'));
    const summary = lines.slice(0, lines.indexOf('a line of the log'));
    expect(summary.length).toBeLessThanOrEqual(10);
    expect(summary[0]).toMatch(/^caves-connect 1\.2\.3 {2}ready in \d+ ms$/);
    const text = summary.join('\n');
    for (const part of [
      '127.0.0.1:29092  embedded',
      'http://127.0.0.1:29080  embedded',
      'for development and tests only',
      'source RUNNING, sink PAUSED',
      'http://127.0.0.1/rest',
      'http://127.0.0.1/metrics',
      'Next       npx caves-connect sql "SELECT COUNT(*) FROM RAW_EVENTS_STREAM"',
    ]) {
      expect(text).toContain(part);
    }
    interrupt();
    await code;
  });

  test('goes on when Kafka goes away while it creates its connectors', async () => {
    const { events, kafka, lines, run, interrupt, worker } = stage();
    const put = worker.put;
    let refusals = 0;
    worker.put = async (...given) => {
      if (++refusals <= 2) throw new ConnectError('NOT_READY', 'Kafka does not take the change now');
      return put(...given);
    };
    kafka.resolve();
    const code = run();
    await eventually(() => expect(events).toContain('put sink'));
    expect(events.filter((event) => event === 'put source')).toHaveLength(1);
    await eventually(() => lines.length > 0);
    interrupt();
    expect(await code).toBe(0);
  });

  test('leaves a connector that someone paused as it is', async () => {
    const { events, states, kafka, lines, run, interrupt } = stage();
    states.set('sink', 'STOPPED');
    kafka.resolve();
    const code = run();
    await eventually(() => lines.some((line) => line.includes('sink STOPPED')));
    expect(events).toContain('put sink');
    interrupt();
    await code;
  });

  test('tells the sinks of the embedded warehouse where it is when that is not the usual place', async () => {
    const { configs, kafka, lines, run, interrupt } = stage();
    kafka.resolve();
    const code = run({ warehouseUsers: new Set(['sink']) });
    await eventually(() => lines.length > 0);
    expect(configs.get('sink')).toHaveProperty(['snowflake.url'], 'http://127.0.0.1:29080');
    expect(configs.get('source')).not.toHaveProperty(['snowflake.url']);
    interrupt();
    await code;
  });

  test('goes on with the table of the sink and the folder of its warehouse', async () => {
    const { kafka, lines, run, interrupt } = stage();
    kafka.resolve();
    const connectors = [{ name: 'sink', config: { 'connector.class': 'b', 'snowflake.table': 'CELLAR' } }];
    const elsewhere = { ...file, file: 'configs/mine.yaml', connectors, worker: { ...file.worker, dataDir: '/data' } };
    const code = run({ file: elsewhere, warehouseUsers: new Set(['sink']) });
    await eventually(() => lines.length > 0);
    expect(lines.join('\n')).toContain(
      'npx caves-connect sql --config configs/mine.yaml "SELECT COUNT(*) FROM CELLAR"',
    );
    interrupt();
    await code;
  });

  test('answers on REST and says so while Kafka is not there', async () => {
    const { events, lines, run, interrupt } = stage({ status: 'starting', message: 'not yet' });
    const code = run();
    await eventually(() => lines.some((line) => line.includes('http://127.0.0.1/rest')));
    expect(events).not.toContain('put source');
    expect(lines[0]).toMatch(/^caves-connect 1\.2\.3 {2}started in \d+ ms$/);
    expect(lines).toContain('  Connectors source waits for Kafka, sink waits for Kafka');
    expect(lines).toContain('  Health     starting: not yet');
    interrupt();
    expect(await code).toBe(0);
  });

  test('that fails closes what it had opened and reports the reason', async () => {
    const { events, run } = stage();
    const rest = async () => {
      throw new Error('rest.port: the port is in use');
    };
    await expect(run({}, { rest })).rejects.toThrow('the port is in use');
    expect(events).toContain('worker closed');
    expect(events.at(-1)).toBe('services left');
  });

  test('ends with the reason when the cluster refuses a connector', async () => {
    const { events, kafka, run } = stage();
    kafka.reject(new ConnectError('INVALID_CONFIG', 'topics is missing'));
    await expect(run()).rejects.toThrow('topics is missing');
    expect(events.at(-1)).toBe('services left');
  });
});

describe('a stop', () => {
  test('closes REST, then the worker, then leaves the services, and is fine', async () => {
    const { events, kafka, lines, run, interrupt } = stage();
    kafka.resolve();
    const code = run();
    await eventually(() => lines.length > 0);
    const before = events.length;
    interrupt();
    expect(await code).toBe(0);
    expect(events.slice(before)).toEqual([
      'rest closed',
      'metrics closed',
      'worker closing',
      'worker closed',
      'services left',
    ]);
    expect(lines.slice(-2)).toEqual([
      'stopping: finishing the open batches… (SIGINT; once more ends at once)',
      'stopped',
    ]);
  });

  test('ends at once at a second signal', async () => {
    const { closing, kafka, lines, run, interrupt } = stage();
    kafka.resolve();
    closing.wait = new Promise(() => {});
    const code = run();
    await eventually(() => lines.length > 0);
    interrupt();
    await eventually(() => lines.some((line) => line.startsWith('stopping')));
    later(1000);
    interrupt();
    expect(await code).toBe(130);
    expect(lines.at(-1)).toContain('ended at once');
  });

  test('does not wait longer than it was allowed, and says so', async () => {
    const { closing, kafka, lines, run, interrupt } = stage();
    kafka.resolve();
    closing.wait = new Promise(() => {});
    const code = run({ file: { ...file, worker: { ...file.worker, shutdownTimeoutMs: 10 } } });
    await eventually(() => lines.length > 0);
    interrupt();
    expect(await code).toBe(1);
    expect(lines.at(-1)).toContain('not everything stopped within');
  });
});

describe('with exit when done', () => {
  test('it stops by itself when everything is settled', async () => {
    const { idle, kafka, lines, run } = stage();
    kafka.resolve();
    const code = run({ exitWhenDone: true });
    await eventually(() => lines.length > 0);
    idle.resolve();
    expect(await code).toBe(0);
    expect(lines).toContain('all sources are finished and everything is settled: stopping');
  });

  test('it fails when a connector has failed', async () => {
    const { idle, kafka, states, lines, run } = stage();
    kafka.resolve();
    const code = run({ exitWhenDone: true });
    await eventually(() => lines.length > 0);
    states.set('sink', 'FAILED');
    idle.resolve();
    expect(await code).toBe(1);
  });
});
