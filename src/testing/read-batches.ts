import type { SourceBatch, SourceContext, SourceOffset, SourcePlugin, SourceTask } from '../sdk/index.ts';
import { type ContextOptions, contextFor, type Recorded } from './context.ts';

export interface ReadBatchesOptions extends ContextOptions {
  /** Where to begin. Default: the source's `initialOffset`. */
  readonly offset?: SourceOffset;
  /** What to read. Default: the first of the source's partitions. */
  readonly partition?: string;
  /** Stop after so many batches, or earlier when the partition ends. */
  readonly count: number;
}

/**
 * Opens a source, reads batches of one partition and closes it again.
 *
 * @example
 * const batches = await readBatches(counter, { config: { topic: 'numbers' }, offset: { next: 7 }, count: 2 });
 * console.log(batches[0].records[0].value, batches[1].offset); // { n: 7 } { next: 9 }
 */
export async function readBatches(source: SourcePlugin, options: ReadBatchesOptions): Promise<readonly SourceBatch[]> {
  const { task, close } = await openSource(source, options);
  try {
    const partition = options.partition ?? (await partitionsOf(task))[0] ?? '0';
    return await takeBatches(task, { partition, offset: options.offset ?? source.initialOffset, count: options.count });
  } finally {
    await close();
  }
}

/** A source that runs, and what it says. */
export interface OpenedSource {
  readonly task: SourceTask;
  readonly recorded: Recorded;
  /** Ends it as the runtime does: aborts its signal first. */
  close(): Promise<void>;
}

/** Opens a source, for tests that {@link readBatches} is too short for. */
export async function openSource(source: SourcePlugin, options: ContextOptions): Promise<OpenedSource> {
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([stop.signal, options.signal]);
  const { ctx, recorded } = contextFor(source, { ...options, signal });
  const sourceContext: SourceContext<typeof ctx.config> = { ...ctx, requestReconfiguration: () => {} };
  const task = await source.open(sourceContext);
  return {
    task,
    recorded,
    async close() {
      stop.abort();
      await task.close?.();
    },
  };
}

export async function partitionsOf(task: SourceTask): Promise<readonly string[]> {
  return (await task.partitions?.(new AbortController().signal)) ?? ['0'];
}

/** The next `count` batches of a partition, fewer if it ends. The reader is aborted and closed afterwards. */
export async function takeBatches(
  task: SourceTask,
  from: { readonly partition: string; readonly offset: SourceOffset; readonly count: number },
): Promise<readonly SourceBatch[]> {
  const stop = new AbortController();
  const batches: SourceBatch[] = [];
  if (from.count <= 0) return batches;
  for await (const batch of task.read({ partition: from.partition, offset: from.offset, signal: stop.signal })) {
    batches.push(batch);
    if (batches.length >= from.count) break;
  }
  stop.abort();
  return batches;
}
