/**
 * A worker in a process of its own whose memory is measured: `node --expose-gc memory-worker.ts <plan as JSON>`. It runs
 * one sink into a destination that does as the plan says, and prints a line of JSON (`Sample`) every second.
 */
import { startWorker } from '../../src/runtime/worker/worker.ts';
import { defineErrorHandler, defineSink } from '../../src/sdk/index.ts';
import { registryOf } from '../helpers/runtime/plugins.ts';
import { noReferences, workerSettings } from '../helpers/runtime/worker-settings.ts';

export interface MemoryPlan {
  readonly broker: { readonly host: string; readonly port: number };
  readonly config: Readonly<Record<string, string>>;
  /** What the destination does with a batch: takes it, takes it so many ms later, or never. */
  readonly destination: 'open' | 'shut' | { readonly delayMs: number };
}

export interface Sample {
  /** The most that the process has ever had, in bytes. */
  readonly peakRss: number;
  /** Objects of JavaScript and buffers that are alive: after a garbage collection. */
  readonly alive: number;
  readonly sockets: number;
  /** Records that the destination has taken. */
  readonly taken: number;
  /** `connect_buffered_bytes`. */
  readonly buffered: number;
  readonly state: string;
  readonly trace?: string | undefined;
}

const plan = JSON.parse(process.argv[2] ?? '') as MemoryPlan;
let taken = 0;

const measured = defineSink({
  name: 'measured',
  version: '1.0.0',
  summary: 'Counts what it is given',
  config: { properties: {} },
  open: () => ({
    async write({ records }) {
      if (plan.destination === 'shut') await new Promise(() => {});
      else if (plan.destination !== 'open') {
        const { delayMs } = plan.destination;
        await new Promise((resolve) => setTimeout(resolve, delayMs));
      }
      taken += records.length;
    },
  }),
});

const slowHandler = defineErrorHandler({
  name: 'slow-handler',
  version: '1.0.0',
  summary: 'Takes its time for every batch of rejects',
  config: { properties: {} },
  open: () => ({
    async handle() {
      await new Promise((resolve) => setTimeout(resolve, 500));
    },
  }),
});

const worker = startWorker({
  settings: workerSettings(plan.broker, { logLevel: 'warn' }),
  plugins: registryOf(measured, slowHandler),
  references: noReferences,
  write: ({ message }) => console.error(message),
});
await worker.ready;
await worker.create('snk', { 'connector.class': 'measured', 'task.isolation': 'none', ...plan.config });

setInterval(async () => {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  const [task] = worker.status('snk').tasks;
  const sample: Sample = {
    peakRss: process.resourceUsage().maxRSS * 1024,
    alive: heapUsed + external,
    sockets: process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length,
    taken,
    buffered: Number((await worker.metrics.text()).match(/^connect_buffered_bytes\{.*\} (\S+)$/m)?.[1] ?? 0),
    state: task?.state ?? 'NONE',
    trace: task?.trace,
  };
  console.log(JSON.stringify(sample));
}, 1_000);
