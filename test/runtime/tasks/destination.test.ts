import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { writeDurably } from '../../../src/runtime/tasks/destination.ts';
import {
  BatchRejectedError,
  InvalidRecordsError,
  type Position,
  RetriableError,
  type SinkRecord,
  type SinkTask,
} from '../../../src/sdk/index.ts';

const signal = new AbortController().signal;
const policy = { timeoutMs: -1, maxDelayMs: 1 };

const record = (partition: number, offset: number, value: SinkRecord['value'] = null): SinkRecord => ({
  topic: 't',
  partition,
  offset: BigInt(offset),
  timestamp: 0,
  key: null,
  value,
  headers: {},
  type: undefined,
  bytes: undefined,
});

/** A sink that keeps rows and positions, and lets `refuse` throw before anything is written. */
function sinkWith(refuse: (records: readonly SinkRecord[], call: number) => void, withPositions = true) {
  const rows: SinkRecord[] = [];
  const moves: Position[] = [];
  const refused: SinkRecord[] = [];
  let calls = 0;
  const sink: SinkTask = {
    ...(withPositions ? { positions: async () => [] } : {}),
    async write({ records, positions }) {
      refuse(records, ++calls);
      rows.push(...records);
      moves.push(...positions);
    },
  };
  const write = (records: readonly SinkRecord[], positions: readonly Position[], given = policy) =>
    writeDurably(records, positions, {
      sink,
      positionAfter: ({ topic, partition, offset }) => ({ topic, partition, next: offset + 1n }),
      policy: given,
      abort: signal,
      giveUp: signal,
      onRetry: () => undefined,
      onRefused: async (all) => {
        refused.push(...all.map((one) => one.record));
      },
    });
  return { write, rows, moves, refused, calls: () => calls };
}

const endOf = (records: readonly SinkRecord[]): Position[] =>
  [...Map.groupBy(records, ({ partition }) => partition)].map(([partition, of]) => ({
    topic: 't',
    partition,
    next: (of.at(-1)?.offset ?? 0n) + 5n,
  }));

/** Records of three partitions in any order of arrival, some of them bad. */
const batches = fc
  .array(fc.record({ partition: fc.nat(2), bad: fc.boolean(), gap: fc.nat(3) }), { maxLength: 40 })
  .map((drawn) => {
    const next = [0, 0, 0];
    return drawn.map(({ partition, bad, gap }) => {
      const offset = (next[partition] ?? 0) + gap;
      next[partition] = offset + 1;
      return record(partition, offset, bad);
    });
  });

const isBad = ({ value }: SinkRecord) => value === true;

/** What must hold whatever was refused: all others once and in order, the bad ones once, positions never back. */
function checkOutcome(
  records: readonly SinkRecord[],
  { rows, moves, refused }: Pick<ReturnType<typeof sinkWith>, 'rows' | 'moves' | 'refused'>,
): void {
  expect(rows).toEqual(records.filter((one) => !isBad(one)));
  expect(refused).toEqual(records.filter(isBad));
  for (const [partition, of] of Map.groupBy(moves, (move) => move.partition)) {
    const nexts = of.map(({ next }) => next);
    expect(nexts).toEqual(nexts.toSorted((a, b) => Number(a - b)));
    expect(nexts.at(-1)).toBe(endOf(records).find((end) => end.partition === partition)?.next);
  }
  expect(new Set(moves.map(({ partition }) => partition))).toEqual(new Set(records.map(({ partition }) => partition)));
}

describe('writing a batch until it is durable', () => {
  test('finds exactly the bad records of a refused batch by halving it', async () => {
    await fc.assert(
      fc.asyncProperty(batches, async (records) => {
        const destination = sinkWith((of) => {
          if (of.some(isBad)) throw new BatchRejectedError('one of them');
        });

        await destination.write(records, endOf(records));

        checkOutcome(records, destination);
      }),
    );
  });

  test('takes out exactly the records that the sink names', async () => {
    await fc.assert(
      fc.asyncProperty(batches, fc.boolean(), async (records, oneByOne) => {
        const destination = sinkWith((of) => {
          const bad = of.flatMap((one, i) => (isBad(one) ? [i] : []));
          const named = oneByOne ? bad.slice(0, 1) : bad;
          if (named.length > 0) throw new InvalidRecordsError(new Map(named.map((i) => [i, 'bad'])));
        });

        await destination.write(records, endOf(records));

        checkOutcome(records, destination);
      }),
    );
  });

  test('holds to both while the destination is in trouble now and then', async () => {
    await fc.assert(
      fc.asyncProperty(batches, fc.infiniteStream(fc.boolean()), async (records, weather) => {
        let trouble = 0;
        const destination = sinkWith((of) => {
          if (weather.next().value && trouble++ < 3) throw new RetriableError('503');
          trouble = 0;
          const bad = of.flatMap((one, i) => (isBad(one) ? [i] : []));
          if (bad.length > 2) throw new BatchRejectedError('some of them');
          if (bad.length > 0) throw new InvalidRecordsError(new Map(bad.map((i) => [i, 'bad'])));
        });

        await destination.write(records, endOf(records));

        checkOutcome(records, destination);
      }),
      { numRuns: 30 },
    );
  });

  test('moves the positions though there are no records', async () => {
    const destination = sinkWith(() => undefined);
    const positions = [{ topic: 't', partition: 0, next: 7n }];

    await destination.write([], positions);

    expect(destination.moves).toEqual(positions);
  });

  test('does not bother a sink without positions, or one whose positions stay, with an empty batch', async () => {
    const without = sinkWith(() => undefined, false);
    await without.write([], [{ topic: 't', partition: 0, next: 7n }]);
    const staying = sinkWith(() => undefined);
    await staying.write([], []);

    expect([without.calls(), staying.calls()]).toEqual([0, 0]);
  });

  test('gives up a sink that names records that are not in the batch', async () => {
    const destination = sinkWith(() => {
      throw new InvalidRecordsError(new Map([[99, 'not there']]));
    });

    await expect(destination.write([record(0, 0)], [])).rejects.toThrow(
      'The sink named record 99 of a batch of 1 as invalid',
    );
  });

  test('gives up a sink that refuses an empty batch', async () => {
    const destination = sinkWith(() => {
      throw new BatchRejectedError('always');
    });

    await expect(destination.write([record(0, 0)], endOf([record(0, 0)]))).rejects.toThrow('always');
    expect(destination.refused).toHaveLength(1);
  });

  test('throws what the sink throws for good, and what lasts longer than the policy allows', async () => {
    const broken = sinkWith(() => {
      throw 'no error at all';
    });
    await expect(broken.write([record(0, 0)], [])).rejects.toThrow('no error at all');

    const slow = sinkWith(() => {
      throw new RetriableError('503');
    });
    await expect(slow.write([record(0, 0)], [], { timeoutMs: 20, maxDelayMs: 5 })).rejects.toThrow('503');
    expect(slow.calls()).toBeGreaterThan(1);
  });
});
