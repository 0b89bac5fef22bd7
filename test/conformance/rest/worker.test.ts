/** The cases against a worker as it runs. */
import { replay } from './replay.ts';
import { startWorkerWithRest, workerPlugins } from './worker.ts';

replay({
  name: 'a worker on the embedded broker',
  plugins: workerPlugins,
  worker: 'ours',
  start: startWorkerWithRest,
});
