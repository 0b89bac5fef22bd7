import { BatchRejectedError, defineSink, type JsonValue, type SinkBatch, type SinkPlugin } from 'caves-connect/sdk';
import { checkSink, writeBatches } from 'caves-connect/testing';
import { describe, expect, test } from 'vitest';

/** What a destination in memory does wrong, on purpose. */
interface Flaws {
  readonly halfWrites?: boolean;
  readonly fences?: boolean;
  readonly forgetsEmptyBatches?: boolean;
}

/** A destination in memory: rows and positions, moved together, owned by the task that asked last. */
function memory({ halfWrites = false, fences = true, forgetsEmptyBatches = false }: Flaws = {}) {
  const rows: JsonValue[] = [];
  const positions = new Map<string, bigint>();
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
    for (const position of batch.positions) positions.set(key(position), position.next);
  };

  const sink: SinkPlugin = defineSink({
    name: 'memory',
    version: '1.0.0',
    summary: 'Keeps rows in memory',
    config: { properties: {} },
    open() {
      const task = {};
      return {
        async positions(asked) {
          for (const partition of asked) owners.set(key(partition), task);
          return asked.map((partition) => positions.get(key(partition)));
        },
        async alterPositions(altered) {
          for (const { next, ...partition } of altered) {
            if (next === undefined) positions.delete(key(partition));
            else positions.set(key(partition), next);
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
