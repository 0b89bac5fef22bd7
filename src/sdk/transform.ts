import type { ConfigSchema } from './config.ts';
import type { MetricDefinitions } from './context.ts';
import type { ContextOf, PluginDefinition } from './plugin.ts';
import type { SinkRecord, SourceRecord } from './records.ts';

export interface TransformTask {
  /**
   * Answers one entry for each record, in order: the record itself, a changed copy, undefined to filter it out, or an
   * `Error` to send it to the error handler. A changed `value` must be a new object; the runtime then drops the bytes.
   */
  apply<R extends SourceRecord | SinkRecord>(records: readonly R[]): readonly (R | undefined | Error)[];
  close?(): Promise<void> | void;
}

export interface TransformDefinition<
  S extends ConfigSchema = ConfigSchema,
  M extends MetricDefinitions = MetricDefinitions,
> extends PluginDefinition<S, M, ContextOf<S, M>, TransformTask> {}

export type TransformPlugin = TransformDefinition & { readonly kind: 'transform' };

/**
 * Defines a transform (`transforms: a,b` and `transforms.a.type`): the default export of its module.
 *
 * @example
 * export default defineTransform({
 *   name: 'reroute',
 *   version: '1.0.0',
 *   summary: 'Puts a prefix before the topic',
 *   config: { properties: { prefix: { type: 'string', description: 'What to put' } }, required: ['prefix'] },
 *   open: ({ config }) => ({
 *     apply: (records) => records.map((record) => ({ ...record, topic: config.prefix + record.topic })),
 *   }),
 * });
 */
export function defineTransform<const S extends ConfigSchema, const M extends MetricDefinitions = Record<never, never>>(
  definition: TransformDefinition<S, M>,
): TransformPlugin {
  return { ...definition, kind: 'transform' } as unknown as TransformPlugin;
}
