import type { ConfigOf, ConfigSchema } from './config.ts';
import type { Context, MetricDefinitions } from './context.ts';
import type { PluginDefinition } from './plugin.ts';
import type { Mark, Position, SinkRecord, TopicPartition } from './records.ts';

/** What a sink task has done since it started; read it, do not keep it. */
export interface SinkTotals {
  /** Records read from Kafka. */
  readonly consumed: number;
  /** Records durable in the destination. */
  readonly written: number;
  /** Records that went to the error handler. */
  readonly rejected: number;
}

export interface SinkContext<C, M extends MetricDefinitions = MetricDefinitions> extends Context<C, M> {
  readonly totals: SinkTotals;
}

/** A batch over all partitions of the task. `records` may be empty while positions move on (all rejected or filtered). */
export interface SinkBatch {
  readonly records: readonly SinkRecord[];
  /** The next offset of each partition in the batch, and the last record before it. */
  readonly positions: readonly Position[];
}

export interface SinkTask {
  /**
   * The next offset of each partition where the destination keeps it, in the order asked; undefined where it keeps
   * none yet. Asked whenever partitions are assigned, so it is also the place to fence an older task. A sink that has
   * it and moves positions with the rows is exactly-once; one that leaves it out is at-least-once.
   *
   * One that also keeps `last` of a position answers it as a {@link Mark}: by it the runtime notices a topic that was
   * deleted and made again, however long the new one is. Without it only a position beyond the end is noticed.
   */
  positions?(
    partitions: readonly TopicPartition[],
    signal: AbortSignal,
  ): Promise<readonly (bigint | Mark | undefined)[]>;
  /**
   * Sets positions; undefined forgets one. What was kept of their last records is forgotten.
   *
   * Called by hand (REST's offsets PATCH and DELETE) while the connector is STOPPED, on a task that never asked for
   * `positions`: then it sets them whoever has them. Called by a task that has asked for them when their topic was made
   * again (`topic.recreated: reset`): then it throws `FencedError` where another task has asked since, or where they are
   * not where this task left them, and sets none.
   */
  alterPositions?(
    positions: readonly (TopicPartition & { readonly next: bigint | undefined })[],
    signal: AbortSignal,
  ): Promise<void>;
  /**
   * All of the batch is durable when it resolves, nothing of it when it throws. Never called again before it has ended.
   * `signal` is aborted only when the task must end at once: a stop waits for the open batch.
   */
  write(batch: SinkBatch, signal: AbortSignal): Promise<void>;
  /** Called once, after the last `write` has ended. */
  close?(): Promise<void> | void;
}

export interface SinkDefinition<S extends ConfigSchema = ConfigSchema, M extends MetricDefinitions = MetricDefinitions>
  extends PluginDefinition<S, M, SinkContext<ConfigOf<S>, M>, SinkTask> {}

export type SinkPlugin = SinkDefinition & { readonly kind: 'sink' };

/**
 * Defines a sink connector: the default export of its module. Its life:
 *
 * 1. `open` connects. It may throw `RetriableError` (called again) or `ConfigError` (the task is FAILED).
 * 2. `positions` is asked for the assigned partitions, each time they are assigned.
 * 3. `write` is called with one batch after another, never two at once.
 * 4. `close`, also after a failure.
 *
 * @example
 * export default defineSink({
 *   name: 'console',
 *   version: '1.0.0',
 *   summary: 'Prints records',
 *   config: { properties: {} },
 *   open: ({ log }) => ({
 *     async write({ records }) {
 *       for (const record of records) log.info(jsonText(record));
 *     },
 *   }),
 * });
 */
export function defineSink<const S extends ConfigSchema, const M extends MetricDefinitions = Record<never, never>>(
  definition: SinkDefinition<S, M>,
): SinkPlugin {
  return { ...definition, kind: 'sink' } as unknown as SinkPlugin;
}
