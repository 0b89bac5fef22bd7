/** A worker on an embedded broker, closed with the test. */
import { onTestFinished } from 'vitest';
import type { WorkerSettings } from '../../../src/runtime/config/model.ts';
import type { References } from '../../../src/runtime/config/references.ts';
import type { LogEntry } from '../../../src/runtime/log.ts';
import type { PluginRegistry } from '../../../src/runtime/plugins/registry.ts';
import { startWorker, type Worker } from '../../../src/runtime/worker/worker.ts';
import { noReferences, workerSettings } from './worker-settings.ts';

export interface TestWorker extends Worker {
  readonly log: readonly LogEntry[];
}

export function workerForTest({
  broker,
  plugins,
  references = noReferences,
  ...given
}: Partial<WorkerSettings> & {
  readonly broker: { readonly host: string; readonly port: number };
  readonly plugins: PluginRegistry;
  readonly references?: References;
}): TestWorker {
  const log: LogEntry[] = [];
  const worker = startWorker({
    settings: workerSettings(broker, given),
    plugins,
    references,
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
