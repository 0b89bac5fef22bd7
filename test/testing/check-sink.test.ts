import {
  BatchRejectedError,
  defineSink,
  FencedError,
  type JsonValue,
  type Mark,
  type SinkBatch,
  type SinkPlugin,
} from 'caves-connect/sdk';
import { checkSink, writeBatches } from 'caves-connect/testing';
import { describe, expect, test } from 'vitest';

/** What a destination in memory does wrong, on purpose. */
interface Flaws {
  readonly halfWrites?: boolean;
  readonly fences?: boolean;
  readonly forgetsEmptyBatches?: boolean;
  readonly fencesAlter?: boolean;
  readonly keepsLast?: 'yes' | 'for ever' | 'no';
}

/** A destination in memory: rows and positions, moved together, owned by the task that asked last. */
function memory({
  halfWrites = false,
  fences = true,
  forgetsEmptyBatches = false,
  fencesAlter = true,
  keepsLast = 'yes',
}: Flaws = {}) {
  const rows: JsonValue[] = [];
  const positions = new Map<string, Mark>();
  const owners = new Map<string, object>();
  const key = ({ topic, partition }: { topic: string; partition: number }) => `${topic}-${partition}`;

  const write = (task: object, batch: SinkBatch): void => {
    if (fences && batch.positions.some((position) => owners.get(key(position)) !== task)) throw new Error('fenced');
    const refused = batch.records.findIndex((record) => record.value === 'refused');
    if (refused >= 0) {
      if (halfWrites) rows.push(...batch.records.slice(0, refused).map((record) => record.value));
      throw new BatchRejectedError('refused');
    }
    if (forgetsEmptyBatches && batch.records.length === 0) return;
    rows.push(...batch.records.map((record) => record.value));
    for (const { next, last, ...at } of batch.positions) {
      const before = keepsLast === 'for ever' ? positions.get(key(at))?.last : undefined;
      positions.set(key(at), keepsLast === 'no' ? { next } : { next, last: last ?? before });
    }
  };

  const sink: SinkPlugin = defineSink({
    name: 'memory',
    version: '1.0.0',
    summary: 'Keeps rows in memory',
    config: { properties: {} },
    open() {
      const task = {};
      const has = new Set<string>();
      return {
        async positions(asked) {
          for (const partition of asked) {
            owners.set(key(partition), task);
            has.add(key(partition));
          }
          return asked.map((partition) => positions.get(key(partition)));
        },
        async alterPositions(altered) {
          const lost = altered.some((at) => has.has(key(at)) && owners.get(key(at)) !== task);
          if (fencesAlter && lost) throw new FencedError('fenced');
          for (const { next, ...partition } of altered) {
            if (next === undefined) positions.delete(key(partition));
            else positions.set(key(partition), { next });
          }
        },
        write: async (batch) => write(task, batch),
      };
    },
  });
  return { sink, rows };
}

const check = (flaws: Flaws = {}) => {
  const { sink, rows } = memory(flaws);
  return checkSink(sink, { values: [1, 2, 3], refused: 'refused', rows: async () => rows.length });
};

describe('checkSink', () => {
  test('tells what it saw kept', async () => {
    const { passed, skipped } = await check();
    expect(skipped).toEqual([]);
    expect(passed).toContain('a task cannot write once another one has asked for its positions');
    expect(passed).toContain('a forgotten position is undefined');
  });

  test('catches a write that leaves a part of a refused batch behind', async () => {
    await expect(check({ halfWrites: true })).rejects.toThrow(
      'after the refused batch the destination has 6 new rows instead of 3',
    );
  });

  test('catches a sink that lets a replaced task write', async () => {
    await expect(check({ fences: false })).rejects.toThrow('the write of the older task resolved');
  });

  test('catches a sink that does not move positions without records', async () => {
    await expect(check({ forgetsEmptyBatches: true })).rejects.toThrow('the position is 3, not 13');
  });

  test('catches a sink that lets a replaced task set positions back', async () => {
    await expect(check({ fencesAlter: false })).rejects.toThrow('the older task set it back, or threw undefined');
  });

  test('catches a sink that keeps the last record of a position it was moved from', async () => {
    await expect(check({ keepsLast: 'for ever' })).rejects.toThrow('the last record is still 2');
  });

  test('says of a sink without the last record what is not noticed', async () => {
    const { skipped } = await check({ keepsLast: 'no' });
    expect(skipped).toEqual([
      expect.stringContaining('it keeps the next offset alone: a recreated topic is noticed by its end only'),
    ]);
  });

  test('says what it could not try', async () => {
    const rows: JsonValue[] = [];
    const plain = defineSink({
      name: 'plain',
      version: '1.0.0',
      summary: 'Keeps no positions',
      config: { properties: {} },
      open: () => ({
        async write({ records }) {
          rows.push(...records.map((record) => record.value));
        },
      }),
    });
    const { skipped } = await checkSink(plain, { values: [1, 2], rows: async () => rows.length });
    expect(skipped).toHaveLength(2);
  });
});

describe('writeBatches', () => {
  test('writes bare values as records and tells the positions afterwards', async () => {
    const { sink, rows } = memory();
    const { positions } = await writeBatches(sink, { records: [{ n: 1 }, { n: 2 }] });
    expect(rows).toEqual([{ n: 1 }, { n: 2 }]);
    expect(positions).toEqual([{ topic: 'test', partition: 0, next: 2n }]);
  });
});
