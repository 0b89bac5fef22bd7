/** What the runtime hands to a plugin when it opens it: who it is, its typed configuration, and four plain tools. */

/** One line per call; `fields` are for machines and appear after the message. Levels as usual. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
export type LogFields = Readonly<Record<string, unknown>>;

/** A metric that a plugin declares. Names are Prometheus names in base units (`_seconds`, `_bytes`, `_total`). */
export interface MetricDefinition {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** Further labels; `connector` and `task` are always there. Their values must be few and known. */
  readonly labels?: readonly string[];
  /** Upper bounds of a histogram. */
  readonly buckets?: readonly number[];
}
export type MetricDefinitions = Readonly<Record<string, MetricDefinition>>;
export type LabelValues = Readonly<Record<string, string>>;

/** Call these once per batch, not once per record. */
export type Metrics<M extends MetricDefinitions> = {
  readonly [K in keyof M]: M[K]['type'] extends 'counter'
    ? { add(amount: number, labels?: LabelValues): void }
    : M[K]['type'] extends 'gauge'
      ? { set(value: number, labels?: LabelValues): void }
      : { observe(value: number, labels?: LabelValues): void };
};

export interface Context<Config, M extends MetricDefinitions = MetricDefinitions> {
  /** The connector's name. */
  readonly connector: string;
  /** The task's number, from 0. */
  readonly task: number;
  readonly config: Config;
  /** Aborted when the task is to stop: pass it to everything that waits. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly metrics: Metrics<M>;
}
