/**
 * Metrics of a task as plain numbers: counted without a call into a library on the hot path, sent as one snapshot a
 * second (over a thread's port if need be), and rendered by the worker's registry.
 */

export interface MetricSpec {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  readonly buckets?: readonly number[];
}

export interface Counter {
  add(amount: number): void;
}
export interface Gauge {
  set(value: number): void;
}
export interface Histogram {
  /** Adds `times` observations of `value`. */
  observe(value: number, times?: number): void;
}

/** Handles are bound once per task and label combination, then used per batch. */
export interface TaskMetrics {
  counter(name: string, labels?: Readonly<Record<string, string>>): Counter;
  gauge(name: string, labels?: Readonly<Record<string, string>>): Gauge;
  histogram(name: string, labels?: Readonly<Record<string, string>>): Histogram;
  /** Called before each snapshot: brings up to date what changes by itself, such as an age. */
  beforeSnapshot(refresh: () => void): void;
  snapshot(): MetricsSnapshot;
}

/** One series: cumulative, structured-cloneable. `buckets[i]` counts observations in (bound i-1, bound i]; the last is +Inf. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly count?: number;
  readonly buckets?: readonly number[];
}
export type MetricsSnapshot = readonly Sample[];
