/** A worker on an embedded broker, closed with the test. */
import { onTestFinished } from 'vitest';
import type { WorkerSettings } from '../../../src/runtime/config/model.ts';
import type { LogEntry } from '../../../src/runtime/log.ts';
import type { PluginRegistry } from '../../../src/runtime/plugins/registry.ts';
import { startWorker, type Worker } from '../../../src/runtime/worker.ts';
import { noReferences } from './tasks.ts';

export interface TestWorker extends Worker {
  readonly log: readonly LogEntry[];
}

export function workerForTest(options: {
  readonly broker: { readonly host: string; readonly port: number };
  readonly plugins: PluginRegistry;
  readonly groupId?: string;
  readonly shutdownTimeoutMs?: number;
}): TestWorker {
  const { host, port } = options.broker;
  const log: LogEntry[] = [];
  const settings: WorkerSettings = {
    groupId: options.groupId ?? 'caves',
    kafka: { brokers: [`${host}:${port}`], clientId: 'worker', ssl: false },
    embeddedKafka: false,
    rest: { host: '127.0.0.1', port: 8083, explicit: false },
    metrics: { host: '127.0.0.1', port: 8000, explicit: false },
    pluginPath: [],
    envAllow: [],
    dataDir: '/nowhere',
    logLevel: 'debug',
    shutdownTimeoutMs: options.shutdownTimeoutMs ?? 5_000,
  };
  const worker = startWorker({
    settings,
    plugins: options.plugins,
    references: noReferences,
    write: (entry) => log.push(entry),
  });
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= worker.close();
    return closing;
  };
  onTestFinished(close);
  return { ...worker, close, log };
}
