/**
 * The metrics of one task: plain numbers in plain arrays, with handles that are bound once and used per batch.
 * Nothing here knows Prometheus; a snapshot goes to the registry once a second.
 *
 * Series are bounded: a metric has at most {@link MAX_SERIES} label combinations in a task, what comes after them is
 * counted under the label value `other`.
 */
import type { LabelValues, MetricDefinitions, Metrics } from '../../sdk/index.ts';
import type { Counter, Gauge, Histogram, MetricSpec, MetricsSnapshot, Sample, TaskMetrics } from './model.ts';

/** Enough for the lag of a thousand partitions; an unbounded label (an id, an error text) ends here. */
export const MAX_SERIES = 1000;
const OVERFLOW = 'other';

interface Series {
  readonly labels: LabelValues;
  readonly handle: Counter & Gauge & Histogram;
  sample(): Sample;
}

interface Family {
  readonly spec: MetricSpec;
  readonly series: Map<string, Series>;
}

/**
 * The metrics of a task over the given specs. A series exists, with 0, from the moment its handle is bound: bind what
 * a dashboard should see on a fresh start. Unknown names, wrong types and wrong labels throw: they are slips of code.
 *
 * @example
 * const metrics = createTaskMetrics([...taskSpecs, ...specsOf(plugin.metrics ?? {})], { connector: 'wine', task: 0 });
 * const consumed = metrics.counter(taskTable.eventsConsumed.name, { topic: 'sales_events', event_type: 'ORDER_CREATED' });
 * consumed.add(100);
 */
export function createTaskMetrics(
  specs: readonly MetricSpec[],
  base: { readonly connector: string; readonly task: number },
): TaskMetrics {
  const families = new Map<string, Family>(specs.map((spec) => [spec.name, { spec, series: new Map() }]));
  const refreshers: (() => void)[] = [];
  const baseLabels = { connector: base.connector, task: String(base.task) };

  function handle(type: MetricSpec['type'], name: string, labels: LabelValues = {}): Series['handle'] {
    const family = families.get(name);
    if (family === undefined) throw new Error(`There is no metric ${name}: declare it in the plugin's metrics.`);
    if (family.spec.type !== type) throw new Error(`The metric ${name} is a ${family.spec.type}, not a ${type}.`);
    return seriesOf(family, labels).handle;
  }

  function seriesOf({ spec, series }: Family, labels: LabelValues): Series {
    const key = keyOf(spec, labels);
    const known = series.get(key);
    if (known !== undefined) return known;
    if (series.size >= MAX_SERIES) {
      const rest = Object.fromEntries(spec.labels.map((label) => [label, OVERFLOW]));
      const overflow = series.get(keyOf(spec, rest));
      if (overflow !== undefined) return overflow;
      labels = rest;
    }
    const made = createSeries(spec, { ...baseLabels, ...labels });
    series.set(keyOf(spec, labels), made);
    return made;
  }

  return {
    counter: (name, labels) => handle('counter', name, labels),
    gauge: (name, labels) => handle('gauge', name, labels),
    histogram: (name, labels) => handle('histogram', name, labels),
    beforeSnapshot: (refresh) => void refreshers.push(refresh),
    snapshot(): MetricsSnapshot {
      for (const refresh of refreshers) refresh();
      const samples: Sample[] = [];
      for (const { series } of families.values()) for (const one of series.values()) samples.push(one.sample());
      return samples;
    },
  };
}

/**
 * A plugin's view of its task's metrics (`ctx.metrics`): a property for each metric that it declared, labels by the
 * call, as `label` lets them be shown. The specs of `definitions` must be among those that `metrics` was made with.
 */
export function bindPluginMetrics<M extends MetricDefinitions>(
  metrics: TaskMetrics,
  definitions: M,
  label: (value: string) => string = (same) => same,
): Metrics<M> {
  const shown = (values: LabelValues = {}): LabelValues =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, label(String(value))]));
  const bound = Object.entries(definitions).map(([name, { type, labels = [] }]) => {
    if (labels.length === 0) return [name, metrics[type](name)];
    return [
      name,
      {
        add: (amount: number, values?: LabelValues) => metrics.counter(name, shown(values)).add(amount),
        set: (value: number, values?: LabelValues) => metrics.gauge(name, shown(values)).set(value),
        observe: (value: number, values?: LabelValues) => metrics.histogram(name, shown(values)).observe(value),
      },
    ];
  });
  return Object.fromEntries(bound) as Metrics<M>;
}

function keyOf(spec: MetricSpec, labels: LabelValues): string {
  let key = '';
  for (const label of spec.labels) {
    const value = labels[label];
    if (value === undefined) throw new Error(`The metric ${spec.name} needs the label ${label}.`);
    key += `${value}\0`;
  }
  if (Object.keys(labels).length !== spec.labels.length) {
    const odd = Object.keys(labels).find((label) => !spec.labels.includes(label));
    throw new Error(`The metric ${spec.name} has no label ${odd}; it has ${spec.labels.join(', ') || 'none'}.`);
  }
  return key;
}

function createSeries(spec: MetricSpec, labels: LabelValues): Series {
  const bounds = spec.buckets ?? [];
  const counts = new Array<number>(bounds.length + 1).fill(0);
  let value = 0;
  let count = 0;
  const handle: Series['handle'] = {
    add(amount) {
      if (!(amount >= 0)) throw new RangeError(`The counter ${spec.name} cannot take ${amount}.`);
      value += amount;
    },
    set(to) {
      value = to;
    },
    // What is negative or no number counts as 0, so that the sum never falls: ages are measured against other clocks.
    observe(observed, times = 1) {
      const clamped = Number.isFinite(observed) ? Math.max(observed, 0) : 0;
      const bucket = bucketOf(bounds, clamped);
      counts[bucket] = (counts[bucket] ?? 0) + times;
      count += times;
      value += clamped * times;
    },
  };
  const sample =
    spec.type === 'histogram'
      ? () => ({ name: spec.name, labels, value, count, buckets: counts.slice() })
      : () => ({ name: spec.name, labels, value });
  return { labels, handle, sample };
}

/** The index of the first bound that is not below the value; the number of bounds when all are. */
function bucketOf(bounds: readonly number[], value: number): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((bounds[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
