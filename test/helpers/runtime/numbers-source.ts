/** A source that counts: number n of partition p is a record `{ partition: p, n }`, from 0 up to `count` − 1. */
import { defineSource, type SourceBatch, type SourceRecord } from '../../../src/sdk/index.ts';

type CountOffset = { readonly next: number };

export interface NumbersOptions {
  readonly name?: string;
  readonly topic: string;
  readonly count: number;
  /** Records in one read. */
  readonly step?: number;
  readonly partitions?: readonly string[];
  readonly recordOf?: (partition: string, n: number) => Partial<SourceRecord>;
  /** Called before each read; may wait or throw. */
  readonly beforeRead?: (partition: string, next: number, signal: AbortSignal) => Promise<void> | void;
}

export function numbersSource(options: NumbersOptions) {
  const { name = 'numbers', topic, count, step = 10, partitions } = options;
  const state = { opened: 0, closed: 0, reads: [] as { readonly partition: string; readonly from: number }[] };
  const plugin = defineSource({
    name,
    version: '1.0.0',
    summary: 'Counts',
    config: { properties: {} },
    initialOffset: { next: 0 },
    open() {
      state.opened++;
      return {
        ...(partitions === undefined ? {} : { partitions: () => partitions }),
        async *read({ partition, offset, signal }): AsyncGenerator<SourceBatch<CountOffset>> {
          state.reads.push({ partition, from: offset.next });
          for (let n = offset.next; n < count && !signal.aborted; ) {
            await options.beforeRead?.(partition, n, signal);
            const end = Math.min(n + step, count);
            const records: SourceRecord[] = [];
            for (; n < end; n++) {
              records.push({ topic, key: partition, value: { partition, n }, ...options.recordOf?.(partition, n) });
            }
            yield { records, offset: { next: end } };
          }
        },
        close() {
          state.closed++;
        },
      };
    },
  });
  return { plugin, state };
}
