/** What a worker's process is really made of; each part is loaded when it is first needed. */
import type { LoadedProject } from '../runtime/config/load.ts';
import { createLogger, type LogWriter } from '../runtime/log.ts';
import type { Worker } from '../runtime/worker/worker.ts';
import type { Parts } from './launch.ts';

/** The parts for the connectors of a file. */
export function openParts({ worker, registry: plugins, references }: LoadedProject, write: LogWriter): Parts<Worker> {
  const log = createLogger(write, 'rest', worker.logLevel);
  return {
    async preload() {
      await Promise.all([import('../runtime/worker/worker.ts'), import('../rest/server.ts')]);
    },
    async embedded(options) {
      const { ensureEmbedded } = await import('../embedded/services.ts');
      return ensureEmbedded(options);
    },
    async worker(settings) {
      const { startWorker } = await import('../runtime/worker/worker.ts');
      return startWorker({ settings, plugins, references, write });
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
