/**
 * Kills a sink between the steps of a batch, where its transaction holds locks at the warehouse, and lets another one take
 * over at once. The warehouse would end such a transaction by itself after five minutes: longer than any of these tests
 * may take.
 */
import { openSink } from 'caves-connect/testing';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import sink from '../../connectors/snowflake-variant/index.ts';
import { startWarehouse, type Warehouse } from '../../src/embedded/snowflake/index.ts';
import { type Client, connectReady } from '../embedded/snowflake/driver.ts';
import { killSinkAt, type Mode, type Step, sinkConfig } from './killed-sink.ts';
import { batchSize, ordersFrom, partition } from './sink-process.ts';

interface Moment extends Step {
  readonly when: string;
  readonly mode: Mode;
  /** How many batches are in the table when the successor has taken over: one was there before. */
  readonly batches: 1 | 2;
  /** Whether the dead one's transaction is still open then, and has to be ended. */
  readonly leavesLocks: boolean;
}

const insert = /^INSERT INTO/;
const moments: readonly Moment[] = [
  { when: 'before BEGIN', mode: 'four.requests', stage: 'arrived', sql: /^BEGIN/, batches: 1, leavesLocks: false },
  { when: 'after BEGIN', mode: 'four.requests', stage: 'done', sql: /^BEGIN/, batches: 1, leavesLocks: true },
  { when: 'after UPDATE', mode: 'four.requests', stage: 'done', sql: /^UPDATE/, batches: 1, leavesLocks: true },
  { when: 'after INSERT', mode: 'four.requests', stage: 'done', sql: insert, batches: 1, leavesLocks: true },
  { when: 'after COMMIT', mode: 'four.requests', stage: 'done', sql: /^COMMIT/, batches: 2, leavesLocks: false },
  { when: 'before its request', mode: 'one.request', stage: 'arrived', sql: /^BEGIN/, batches: 1, leavesLocks: false },
  {
    when: 'while its request runs',
    mode: 'one.request',
    stage: 'statement',
    sql: insert,
    batches: 2,
    leavesLocks: false,
    trouble: (hooks) => hooks.slowStatement(insert, 700),
  },
  { when: 'before its answer', mode: 'one.request', stage: 'done', sql: /^BEGIN/, batches: 2, leavesLocks: false },
  {
    when: 'after its request has failed half-way',
    mode: 'one.request',
    stage: 'arrived',
    sql: /^ROLLBACK/,
    batches: 1,
    leavesLocks: true,
    trouble: (hooks) => hooks.failStatement(insert, 'notNumeric'),
  },
];

let warehouse: Warehouse;
let observer: Client;
beforeEach(async () => {
  warehouse = await startWarehouse();
  observer = await connectReady(warehouse);
});
afterEach(() => warehouse.close());

async function rowsOnce(): Promise<readonly number[]> {
  const rows = await observer.run('SELECT EVENT_CONTENT:n::INTEGER AS N FROM RAW_EVENTS_STREAM ORDER BY N');
  return rows.map(({ N }) => Number(N));
}

const upTo = (batches: number) => Array.from({ length: batches * batchSize }, (_, n) => n);
const times: string[] = [];
afterAll(() => console.log(`Time from a kill to the next batch in the table:\n${times.join('\n')}`));

describe('a sink that takes over from one that was killed', () => {
  test.each(moments)('$when, in $mode, goes on at once, every row once', { timeout: 120_000 }, async (moment) => {
    await killSinkAt(moment, moment.mode, warehouse);
    const began = performance.now();
    const open = await observer.run('SHOW TRANSACTIONS');
    const { task, write, close, recorded } = await openSink(sink, { config: sinkConfig(warehouse, moment.mode) });
    const [stored] = (await task.positions?.([partition], new AbortController().signal)) ?? [];
    const next = BigInt(moment.batches * batchSize);
    expect(stored).toMatchObject({ next });
    await write(ordersFrom(next));
    times.push(`${moment.mode}, ${moment.when}: ${Math.round(performance.now() - began)} ms`);
    await close();

    expect(await rowsOnce()).toEqual(upTo(moment.batches + 1));
    const ended = recorded.logs.filter(({ message }) => message.startsWith('Ended transaction'));
    expect(ended).toHaveLength(moment.leavesLocks ? 1 : 0);
    if (moment.leavesLocks) expect(open).toHaveLength(1);
    expect(await observer.run('SHOW TRANSACTIONS')).toEqual([]);
    expect(await observer.run('SHOW LOCKS')).toEqual([]);
  });
});

test.each([
  ['one.request', 1],
  ['four.requests', 4],
] as const)('in %s a batch is %d request(s) to the warehouse', async (mode, requests) => {
  const { task, write, close } = await openSink(sink, { config: sinkConfig(warehouse, mode) });
  await task.positions?.([partition], new AbortController().signal);
  const before = warehouse.hooks.requests.query;
  for (let batch = 0n; batch < 5n; batch++) await write(ordersFrom(batch * BigInt(batchSize)));
  expect(warehouse.hooks.requests.query - before).toBe(5 * requests);
  expect(await rowsOnce()).toEqual(upTo(5));
  await close();
});
