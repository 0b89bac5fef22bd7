/**
 * What lies between Kafka and a sink task: fetched batches in order of arrival, bounded by bytes. When it is full the
 * consumer is paused, when it is half empty again it is resumed: a slow destination stops the fetch, not the process.
 */
import type { FetchedBatch } from '../kafka/consumer-model.ts';
import { sizeOfRecord } from '../kafka/record-size.ts';

export interface Feed {
  push(batch: FetchedBatch): void;
  /** The next fetched batch; undefined when `deadline` (ms of `performance.now()`) has come or somebody called `wake`. */
  take(deadline: number | undefined): Promise<FetchedBatch | undefined>;
  /** Drops all of it: the partitions were taken away. */
  clear(): void;
  /** Ends a waiting `take`. */
  wake(): void;
  readonly bytes: number;
  readonly empty: boolean;
}

export function createFeed(options: {
  readonly maxBytes: number;
  readonly pause: () => void;
  readonly resume: () => void;
}): Feed {
  const { maxBytes, pause, resume } = options;
  let queue: { readonly batch: FetchedBatch; readonly size: number }[] = [];
  let bytes = 0;
  let paused = false;
  let wakeUp: (() => void) | undefined;

  const wake = () => wakeUp?.();
  const next = () => {
    const first = queue.shift();
    if (first === undefined) return undefined;
    bytes -= first.size;
    if (paused && bytes <= maxBytes / 2) {
      paused = false;
      resume();
    }
    return first.batch;
  };

  return {
    get bytes() {
      return bytes;
    },
    get empty() {
      return queue.length === 0;
    },
    push(batch) {
      const size = sizeOf(batch);
      queue.push({ batch, size });
      bytes += size;
      if (!paused && bytes >= maxBytes) {
        paused = true;
        pause();
      }
      wake();
    },
    async take(deadline) {
      if (queue.length > 0) return next();
      const waitMs = deadline === undefined ? undefined : deadline - performance.now();
      if (waitMs !== undefined && waitMs <= 0) return undefined;
      await new Promise<void>((resolve) => {
        const timer = waitMs === undefined ? undefined : setTimeout(resolve, waitMs);
        wakeUp = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      wakeUp = undefined;
      return next();
    },
    clear() {
      queue = [];
      bytes = 0;
      // A new assignment begins unpaused.
      paused = false;
      wake();
    },
    wake,
  };
}

function sizeOf({ messages }: FetchedBatch): number {
  let size = 0;
  for (const message of messages) size += sizeOfRecord(message);
  return size;
}
