import type { ConfigOf, ConfigSchema } from './config.ts';
import type { Context, MetricDefinitions } from './context.ts';
import type { PluginDefinition } from './plugin.ts';
import type { JsonValue, SourceRecord } from './records.ts';

/** Where a source stands in one of its partitions: a JSON object of the source's own making. */
export type SourceOffset = { readonly [key: string]: JsonValue };

export interface SourceContext<C, M extends MetricDefinitions = MetricDefinitions> extends Context<C, M> {
  /** To be called when what `partitions()` answers has changed: the runtime asks again and deals the partitions anew. */
  requestReconfiguration(): void;
}

/** Records that belong together, and the offset from which reading goes on once they are in Kafka. */
export interface SourceBatch<O extends SourceOffset = SourceOffset> {
  readonly records: readonly SourceRecord[];
  readonly offset: O;
}

export interface SourceTask<O extends SourceOffset = SourceOffset> {
  /**
   * What can be read independently; the runtime deals them out: partition i to task i mod tasks.
   * Left out: one partition named `0`.
   */
  partitions?(signal: AbortSignal): Promise<readonly string[]> | readonly string[];
  /**
   * Reads one partition from `offset` on. Each yielded batch is written in a Kafka transaction together with its
   * offset (exactly once). After any failure the generator is closed and `read` is called again from the last
   * committed offset. Returning means that the partition is finished: the task stays RUNNING and idle.
   * When `signal` is aborted, return soon; what was yielded before is still written.
   */
  read(from: {
    readonly partition: string;
    readonly offset: O;
    readonly signal: AbortSignal;
  }): AsyncIterable<SourceBatch<O>>;
  /** Called once, after the last `read` has ended. */
  close?(): Promise<void> | void;
}

export interface SourceDefinition<
  S extends ConfigSchema = ConfigSchema,
  O extends SourceOffset = SourceOffset,
  M extends MetricDefinitions = MetricDefinitions,
> extends PluginDefinition<S, M, SourceContext<ConfigOf<S>, M>, SourceTask<O>> {
  /** Where a partition begins that has no committed offset. */
  readonly initialOffset: O;
  /**
   * What is wrong with an offset that somebody sets by hand (REST's offsets PATCH); undefined when `read` can begin
   * there. Without it every JSON object is taken, and `read` is the first to see it.
   */
  checkOffset?(offset: SourceOffset): string | undefined;
}

export type SourcePlugin = SourceDefinition & { readonly kind: 'source' };

/**
 * Defines a source connector: the default export of its module.
 *
 * @example
 * export default defineSource({
 *   name: 'counter',
 *   version: '1.0.0',
 *   summary: 'Counts from one, for ever',
 *   config: { properties: { topic: { type: 'string', description: 'Where to' } }, required: ['topic'] },
 *   initialOffset: { next: 1 },
 *   open: ({ config }) => ({
 *     async *read({ offset, signal }) {
 *       for (let n = offset.next; !signal.aborted; n++) {
 *         yield { records: [{ topic: config.topic, key: `${n}`, value: { n } }], offset: { next: n + 1 } };
 *       }
 *     },
 *   }),
 * });
 */
export function defineSource<
  const S extends ConfigSchema,
  O extends SourceOffset,
  const M extends MetricDefinitions = Record<never, never>,
>(definition: SourceDefinition<S, O, M>): SourcePlugin {
  return { ...definition, kind: 'source' } as unknown as SourcePlugin;
}
