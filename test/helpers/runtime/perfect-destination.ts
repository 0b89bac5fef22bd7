/**
 * A destination that keeps every promise: rows and positions move together or not at all, by compare-and-set, and only
 * for the task that asked for the positions last. It outlives tasks and workers, and does what a test tells it to
 * before and after a write.
 */
import {
  defineSink,
  FencedError,
  type Mark,
  type Position,
  type SinkBatch,
  type SinkRecord,
  type TopicPartition,
} from '../../../src/sdk/index.ts';

export interface Row {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly value: SinkRecord['value'];
  readonly record: SinkRecord;
}

export interface Faults {
  /** Before anything is written: what it throws is what the runtime gets. */
  beforeWrite?: (batch: SinkBatch, signal: AbortSignal) => Promise<void> | void;
  /** After all is durable: what it throws is an answer that was lost. */
  afterWrite?: (batch: SinkBatch) => Promise<void> | void;
  beforeOpen?: () => Promise<void> | void;
  beforePositions?: (signal: AbortSignal) => Promise<void> | void;
  beforeAlter?: (altered: readonly TopicPartition[]) => Promise<void> | void;
  /** After positions were set: what it throws is an answer that was lost. */
  afterAlter?: () => Promise<void> | void;
  beforeClose?: () => Promise<void> | void;
}

export interface PerfectDestination {
  readonly rows: readonly Row[];
  readonly positions: ReadonlyMap<string, bigint>;
  /** Puts a position back, or away, as who restores the destination from a copy does. */
  restore(at: TopicPartition, mark: Mark | undefined): void;
  readonly writes: readonly SinkBatch[];
  readonly faults: Faults;
  /** How many tasks are open, and how many writes are under way at most. */
  readonly open: number;
  readonly opened: number;
  readonly mostAtOnce: number;
  readonly plugin: ReturnType<typeof defineSink>;
}

const keyOf = ({ topic, partition }: TopicPartition) => `${topic}-${partition}`;

export function perfectDestination(name = 'perfect'): PerfectDestination {
  const rows: Row[] = [];
  const marks = new Map<string, Mark>();
  const owners = new Map<string, symbol>();
  const writes: SinkBatch[] = [];
  const faults: Faults = {};
  const counts = { open: 0, opened: 0, underWay: new Map<symbol, number>(), mostAtOnce: 0 };

  function move(task: symbol, known: Map<string, bigint>, batch: SinkBatch): void {
    for (const { next, ...at } of batch.positions) {
      const key = keyOf(at);
      const previous = known.get(key);
      if (previous === undefined) throw new Error(`${key} was never asked for`);
      if (owners.get(key) !== task) throw new Error(`${key}: another task writes this partition now`);
      if (next < previous) throw new Error(`${key} would go back from ${previous} to ${next}`);
      if ((marks.get(key)?.next ?? 0n) !== previous) throw new Error(`${key} is not where this task has left it`);
    }
    for (const record of batch.records) {
      const { topic, partition, offset, value } = record;
      rows.push({ topic, partition, offset, value, record });
    }
    for (const { next, last, ...at } of batch.positions) {
      marks.set(keyOf(at), { next, last });
      known.set(keyOf(at), next);
    }
  }

  return {
    rows,
    get positions() {
      return new Map([...marks].map(([key, { next }]) => [key, next]));
    },
    restore(at, mark) {
      if (mark === undefined) marks.delete(keyOf(at));
      else marks.set(keyOf(at), mark);
    },
    writes,
    faults,
    get open() {
      return counts.open;
    },
    get opened() {
      return counts.opened;
    },
    get mostAtOnce() {
      return counts.mostAtOnce;
    },
    plugin: defineSink({
      name,
      version: '1.0.0',
      summary: 'Keeps rows and positions in memory',
      config: { properties: {} },
      async open() {
        await faults.beforeOpen?.();
        const task = Symbol(name);
        const known = new Map<string, bigint>();
        counts.open++;
        counts.opened++;
        return {
          async positions(partitions, signal) {
            await faults.beforePositions?.(signal);
            return partitions.map((at) => {
              owners.set(keyOf(at), task);
              const mark = marks.get(keyOf(at));
              known.set(keyOf(at), mark?.next ?? 0n);
              return mark;
            });
          },
          async write(batch, signal) {
            const underWay = (counts.underWay.get(task) ?? 0) + 1;
            counts.underWay.set(task, underWay);
            counts.mostAtOnce = Math.max(counts.mostAtOnce, underWay);
            try {
              await faults.beforeWrite?.(batch, signal);
              move(task, known, batch);
              writes.push(batch);
              await faults.afterWrite?.(batch);
            } finally {
              counts.underWay.set(task, underWay - 1);
            }
          },
          async alterPositions(altered) {
            await faults.beforeAlter?.(altered);
            for (const at of altered) {
              const asked = known.get(keyOf(at));
              if (asked === undefined) continue;
              const isOurs = owners.get(keyOf(at)) === task && (marks.get(keyOf(at))?.next ?? 0n) === asked;
              if (!isOurs) throw new FencedError(`${keyOf(at)}: another task writes this partition now`);
            }
            for (const { next, ...at } of altered) {
              if (next === undefined) marks.delete(keyOf(at));
              else marks.set(keyOf(at), { next });
            }
            await faults.afterAlter?.();
          },
          async close() {
            await faults.beforeClose?.();
            counts.open--;
          },
        };
      },
    }),
  };
}

/** A destination without positions: at least once, as a plain HTTP endpoint would be. */
export function plainDestination(name = 'plain') {
  const rows: SinkRecord[] = [];
  return {
    rows,
    plugin: defineSink({
      name,
      version: '1.0.0',
      summary: 'Keeps rows in memory',
      config: { properties: {} },
      open: () => ({
        async write({ records }) {
          rows.push(...records);
        },
      }),
    }),
  };
}

export const positionsOf = (positions: readonly Position[]): Record<string, bigint> =>
  Object.fromEntries(positions.map((position) => [keyOf(position), position.next]));
