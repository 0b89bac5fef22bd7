/** What a worker's process is really made of; each part is loaded when it is first needed. */
import type { LoadedProject } from '../runtime/config/load.ts';
import type { ResolvedConnector } from '../runtime/config/model.ts';
import { createLogger, type LogWriter } from '../runtime/log.ts';
import { createLogLevels } from '../runtime/log-levels.ts';
import type { Worker } from '../runtime/worker/worker.ts';
import type { Parts } from './launch.ts';

/** The parts for the connectors of a file. */
export function openParts(
  { worker, registry: plugins, references }: LoadedProject,
  connectors: readonly ResolvedConnector[],
  write: LogWriter,
): Parts<Worker> {
  const levels = createLogLevels(worker.logLevel);
  const log = createLogger(write, 'rest', levels);

  /** Not awaited, and nothing that would fail here: who needs what is loaded waits for it and tells its errors. */
  function preloadPlugins(): void {
    for (const { connector, settings } of connectors) {
      if (settings.taskIsolation === 'none') connector.plugin.preload?.().catch(() => {});
    }
  }

  return {
    async preload() {
      await Promise.all([import('../runtime/worker/worker.ts'), import('../rest/server.ts')]);
    },
    async embedded(options) {
      const { ensureEmbedded } = await import('../embedded/services.ts');
      // An import keeps the thread busy: not before the request is on its way.
      return ensureEmbedded({ ...options, onAsked: () => setImmediate(preloadPlugins) });
    },
    async worker(settings) {
      const { startWorker } = await import('../runtime/worker/worker.ts');
      const started = await startWorker({ settings, plugins, references, write, levels });
      preloadPlugins();
      return started;
    },
    async rest(connect, { rest }) {
      const { startRest } = await import('../rest/server.ts');
      return startRest({ ...rest, connect, registry: connect.metrics, log });
    },
    async metrics({ metrics: registry }, { metrics }) {
      const { startMetricsServer } = await import('../rest/server.ts');
      const server = await startMetricsServer({ ...metrics, registry, log });
      return { ...server, url: `${server.url}/metrics` };
    },
  };
}
