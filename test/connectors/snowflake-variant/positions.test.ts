import { batchOf, type OpenedSink, openSink } from 'caves-connect/testing';
import { describe, expect, test } from 'vitest';
import sink from '../../../connectors/snowflake-variant/index.ts';
import { startNetwork } from './network.ts';
import { orders, sales, useWarehouse } from './warehouse.ts';

const warehouse = useWarehouse();
const { signal } = new AbortController();
const other = { ...sales, partition: 1 };

const open = (changed: Readonly<Record<string, unknown>> = {}): Promise<OpenedSink> =>
  openSink(sink, { config: warehouse.config(changed) });

const storedOf = async (): Promise<unknown> =>
  warehouse.query(
    `SELECT KAFKA_PARTITION, NEXT_OFFSET FROM ${warehouse.schema}."CAVES_CONNECT_POSITIONS_test" ORDER BY KAFKA_PARTITION`,
  );

describe('positions that are set', () => {
  test('by a task that has asked for some of them are not set at all', async () => {
    const { task, write, close } = await open();
    await task.positions?.([sales], signal);
    await write(batchOf(orders(10)));
    const both = [
      { ...sales, next: 3n },
      { ...other, next: 4n },
    ];
    await expect(task.alterPositions?.(both, signal)).rejects.toThrow(/sales_events-1 was never asked for/);
    expect(await storedOf()).toEqual([['0', '10']]);
    await write(batchOf(orders(10, 10n)));
    await task.positions?.([other], signal);
    await task.alterPositions?.(both, signal);
    expect(await storedOf()).toEqual([
      ['0', '3'],
      ['1', '4'],
    ]);
    await close();
  });

  test('by a task that has asked for them are set, also when the answer of the first try was lost', async () => {
    const network = await startNetwork(warehouse.url);
    const { task, write, close } = await open({ 'snowflake.url': network.url });
    await task.positions?.([sales], signal);
    await write(batchOf(orders(10)));
    network.lose('answer', /UPDATE/);
    const altered = [{ ...sales, next: undefined }];
    await expect(task.alterPositions?.(altered, signal)).rejects.toHaveProperty('code', 'RETRIABLE');
    network.heal();
    await task.alterPositions?.(altered, signal);
    await write(batchOf(orders(5)));
    expect(await storedOf()).toEqual([['0', '5']]);
    await close();
    await network.close();
  });

  test('by a task that another one has followed are not set, also when the answer of the first try was lost', async () => {
    const network = await startNetwork(warehouse.url);
    const { task, close } = await open({ 'snowflake.url': network.url });
    await task.positions?.([sales], signal);
    network.lose('answer', /UPDATE/);
    const altered = [{ ...sales, next: 3n }];
    await expect(task.alterPositions?.(altered, signal)).rejects.toHaveProperty('code', 'RETRIABLE');
    network.heal();
    const next = await open();
    expect(await next.task.positions?.([sales], signal)).toEqual([{ next: 3n }]);
    await expect(task.alterPositions?.(altered, signal)).rejects.toHaveProperty('code', 'FENCED');
    await next.close();
    await close();
    await network.close();
  });
});
