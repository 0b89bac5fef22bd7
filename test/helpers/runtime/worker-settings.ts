/** The settings of a worker on an embedded broker. Knows nothing of vitest: a process of its own can use it. */
import type { WorkerSettings } from '../../../src/runtime/config/model.ts';
import { createReferences } from '../../../src/runtime/config/references.ts';

export const noReferences = createReferences({ env: {}, folder: '/nowhere', folders: [] });

export function workerSettings(
  { host, port }: { readonly host: string; readonly port: number },
  given: Partial<WorkerSettings> = {},
): WorkerSettings {
  return {
    groupId: 'caves',
    kafka: { brokers: [`${host}:${port}`], clientId: 'worker', ssl: false },
    embeddedKafka: false,
    rest: { host: '127.0.0.1', port: 8083, explicit: false },
    metrics: { host: '127.0.0.1', port: 8000, explicit: false },
    pluginPath: [],
    unknownKeys: 'error',
    envAllow: [],
    dataDir: '/nowhere',
    logLevel: 'debug',
    shutdownTimeoutMs: 5_000,
    ...given,
  };
}
