import type { ErrorHandlerPlugin, RawRecord, RejectedRecord } from '../sdk/index.ts';
import { type ContextOptions, contextFor } from './context.ts';

export interface HandleRejectedOptions extends ContextOptions {
  readonly rejected: readonly RejectedRecord[];
}

/**
 * Opens an error handler, gives it rejected records and closes it again. Answers what the runtime would write to Kafka.
 *
 * @example
 * const [letter] = await handleRejected(dlq, { rejected: [rejectedRecord('{', { origin: { topic: 'sales' } })] });
 * console.log(letter.topic); // sales.dlq
 */
export async function handleRejected(
  handler: ErrorHandlerPlugin,
  options: HandleRejectedOptions,
): Promise<readonly RawRecord[]> {
  const { ctx } = contextFor(handler, options);
  const task = await handler.open(ctx);
  try {
    return (await task.handle(options.rejected, ctx.signal)) ?? [];
  } finally {
    await task.close?.();
  }
}
