import type { SinkRecord, SourceRecord, TransformPlugin } from '../sdk/index.ts';
import { type ContextOptions, contextFor } from './context.ts';

export interface ApplyTransformOptions<R> extends ContextOptions {
  readonly records: readonly R[];
}

/**
 * Opens a transform, applies it to records and closes it again. Throws when it does not answer one entry a record.
 *
 * @example
 * const [moved] = await applyTransform(reroute, { config: { prefix: 'eu.' }, records: [{ topic: 'sales', value: 1 }] });
 * console.log(moved.topic); // eu.sales
 */
export async function applyTransform<R extends SourceRecord | SinkRecord>(
  transform: TransformPlugin,
  options: ApplyTransformOptions<R>,
): Promise<readonly (R | undefined | Error)[]> {
  const { records, ...contextOptions } = options;
  const { ctx } = contextFor(transform, contextOptions);
  const task = await transform.open(ctx);
  try {
    const answered = task.apply(records);
    if (answered.length !== records.length) {
      throw new Error(`${transform.name} answered ${answered.length} entries for ${records.length} records`);
    }
    return answered;
  } finally {
    await task.close?.();
  }
}
