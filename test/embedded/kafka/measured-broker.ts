/**
 * A broker in a process of its own that tells, when asked, how much memory it holds, and what went wrong in it that
 * nobody had foreseen; run with `--expose-gc`.
 */

import { startBroker } from '../../../src/embedded/kafka/index.ts';

const surprises: string[] = [];
const log = (line: string): void => {
  // The words of the dispatcher and of the connection for what only a bug brings about.
  if (/unexpected error|v\d+ failed:/.test(line)) surprises.push(line);
};
const broker = await startBroker({ autoCreateTopics: true, log });
process.on('message', () => {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  process.send?.({ held: heapUsed + arrayBuffers, rss, surprises });
});
process.send?.(broker.port);
