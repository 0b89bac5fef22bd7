import type { ConfigSchema } from './config.ts';
import type { MetricDefinitions } from './context.ts';
import type { ContextOf, PluginDefinition } from './plugin.ts';
import type { RawRecord, RejectedRecord } from './records.ts';

export interface ErrorHandlerTask {
  /**
   * Takes what a stage refused. What it answers the runtime writes to Kafka, in one transaction with the progress of
   * the task. A handler that stores elsewhere answers nothing, and is durable when it resolves (at least once).
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: a handler that answers nothing simply does not return
  handle(rejected: readonly RejectedRecord[], signal: AbortSignal): Promise<readonly RawRecord[] | void>;
  /** How topics are created that it names and that are missing. */
  readonly topics?: {
    readonly partitions?: number | undefined;
    /** Left out: 3, or the number of brokers if less. */
    readonly replicationFactor?: number | undefined;
  };
  close?(): Promise<void> | void;
}

/** Its configuration stands among the connector's own: its keys begin with `errors.`. */
export interface ErrorHandlerDefinition<
  S extends ConfigSchema = ConfigSchema,
  M extends MetricDefinitions = MetricDefinitions,
> extends PluginDefinition<S, M, ContextOf<S, M>, ErrorHandlerTask> {}

export type ErrorHandlerPlugin = ErrorHandlerDefinition & { readonly kind: 'error-handler' };

/**
 * Defines an error handler (`errors.handler`): the default export of its module.
 *
 * @example
 * export default defineErrorHandler({
 *   name: 'morgue',
 *   version: '1.0.0',
 *   summary: 'Sends rejected records to one topic',
 *   config: { properties: { 'errors.morgue.topic': { type: 'string', default: 'morgue', description: 'Where to' } } },
 *   open: ({ config }) => ({
 *     async handle(rejected) {
 *       return rejected.map(({ key, value, error }) => ({
 *         topic: config['errors.morgue.topic'],
 *         key,
 *         value,
 *         headers: [['reason', error.message]],
 *       }));
 *     },
 *   }),
 * });
 */
export function defineErrorHandler<
  const S extends ConfigSchema,
  const M extends MetricDefinitions = Record<never, never>,
>(definition: ErrorHandlerDefinition<S, M>): ErrorHandlerPlugin {
  return { ...definition, kind: 'error-handler' } as unknown as ErrorHandlerPlugin;
}
