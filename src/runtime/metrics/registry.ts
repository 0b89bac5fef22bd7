/**
 * The worker's metrics as Prometheus reads them: what tasks have sent, what the worker's state says, and the process's
 * own event loop, heap and garbage collection. The only file that knows prom-client, which renders the text; the
 * numbers stay in the ledger, since prom-client has no way to take a histogram that was counted elsewhere.
 */
import { collectDefaultMetrics, type Metric, Registry as PromRegistry } from 'prom-client';
import { createLedger } from './ledger.ts';
import type { MetricSpec, MetricsSnapshot, Sample } from './model.ts';
import { taskSpecs, workerTable } from './table.ts';
import { type WorkerState, workerSamples } from './worker-state.ts';

export interface Registry {
  /** Makes a plugin's metrics known (`specsOf`), before its first task starts. Again with the same specs is harmless. */
  declare(specs: readonly MetricSpec[]): void;
  /** The task's latest snapshot; `task` is any key that is unique in the worker, such as `wine-sink-0`. */
  update(task: string, snapshot: MetricsSnapshot): void;
  /** The task has ended. Its counts stay, for its next start; its gauges go. */
  remove(task: string): void;
  /** The connector was deleted: its series go. */
  forget(connector: string): void;
  /** The series of a task's metric as of now, what ended tasks have counted among them. */
  samples(metric: string): readonly Sample[];
  readonly contentType: string;
  /** The answer to `GET /metrics`. */
  text(): Promise<string>;
}

/** Gauges of prom-client whose names claim to be counters; `nodejs_active_resources` and the like say the same by type. */
const misnamed = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** @param worker the worker's state, asked at every scrape; left out: no `connect_worker_…` and `…_state` series */
export function createRegistry(options: { readonly worker?: () => WorkerState } = {}): Registry {
  const prometheus = new PromRegistry();
  const specs = new Map<string, MetricSpec>();
  const ledger = createLedger((name) => specs.get(name)?.type);
  /** As of the scrape under way: one look at the worker serves all its metrics. */
  let ofWorker: ReadonlyMap<string, readonly Sample[]> = new Map();

  function register(spec: MetricSpec, samples: () => readonly Sample[]): void {
    prometheus.registerMetric(metricOf(spec, samples));
  }

  function declare(declared: readonly MetricSpec[]): void {
    for (const spec of declared) {
      const known = specs.get(spec.name);
      if (known !== undefined && !isSame(known, spec)) {
        throw new Error(
          `Two plugins declare the metric ${spec.name} differently: rename it in one of them. ` +
            'If they are two versions of one, because its file was edited, start the worker again.',
        );
      }
      if (known !== undefined) continue;
      specs.set(spec.name, spec);
      register(spec, () => ledger.samples(spec.name));
    }
  }

  declare(taskSpecs);
  const { worker } = options;
  if (worker !== undefined) {
    for (const spec of Object.values(workerTable)) {
      register(spec, () => ofWorker.get(spec.name) ?? []);
    }
  }
  collectDefaultMetrics({ register: prometheus });
  for (const name of misnamed) prometheus.removeSingleMetric(name);

  return {
    declare,
    update: ledger.update,
    remove: ledger.remove,
    forget: ledger.forget,
    samples: ledger.samples,
    contentType: prometheus.contentType,
    text() {
      if (worker !== undefined) ofWorker = Map.groupBy(workerSamples(worker()), ({ name }) => name);
      return prometheus.metrics();
    },
  };
}

/** A metric as prom-client's registry asks for it: an object with `get()`. Its types only know its own classes. */
function metricOf(spec: MetricSpec, samples: () => readonly Sample[]): Metric {
  const { name, help, type } = spec;
  return {
    name,
    help,
    type,
    aggregator: 'sum',
    get: async () => ({ name, help, type, aggregator: 'sum', values: samples().flatMap((one) => lines(spec, one)) }),
  } as unknown as Metric;
}

interface Line {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A sample's lines: one, or those of a histogram, whose buckets are cumulative in the text. */
function lines({ name, buckets: bounds }: MetricSpec, { labels, value, count = 0, buckets }: Sample): readonly Line[] {
  if (bounds === undefined || buckets === undefined) return [{ metricName: name, labels, value }];
  let below = 0;
  return [
    ...buckets.map((times, i) => {
      below += times;
      return { metricName: `${name}_bucket`, labels: { ...labels, le: String(bounds[i] ?? '+Inf') }, value: below };
    }),
    { metricName: `${name}_sum`, labels, value },
    { metricName: `${name}_count`, labels, value: count },
  ];
}

const isSame = (a: MetricSpec, b: MetricSpec): boolean =>
  a.type === b.type && `${a.labels}` === `${b.labels}` && `${a.buckets}` === `${b.buckets}`;
