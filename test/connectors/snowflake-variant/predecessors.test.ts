import { batchOf, openSink } from 'caves-connect/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import sink from '../../../connectors/snowflake-variant/index.ts';
import { transactionName } from '../../../connectors/snowflake-variant/predecessors.ts';
import type { Session } from '../../../connectors/snowflake-variant/session.ts';
import { startNetwork } from './network.ts';
import { orders, sales, useWarehouse } from './warehouse.ts';

const warehouse = useWarehouse();
const { signal } = new AbortController();
const steps = { 'snowflake.transaction.mode': 'four.requests' };
const other = { ...sales, partition: 1 };

const openTask = (changed = {}) => openSink(sink, { config: warehouse.config({ ...steps, ...changed }) });
const endedIn = (logs: readonly { readonly message: string }[]) =>
  logs.filter(({ message }) => /^Ended transaction \d+ of session \d+,/.test(message));

/** Sessions of tasks that are no more, and of others. */
let sessions: Session[];
beforeEach(() => {
  sessions = [];
});
afterEach(() => Promise.all(sessions.map((session) => session.close())));

async function begin(name: string): Promise<Session> {
  const session = await warehouse.openSession();
  sessions.push(session);
  await session.execute(`BEGIN NAME ${name}`, [], signal);
  return session;
}

async function ownerOf({ partition }: typeof sales): Promise<string> {
  const sql = `SELECT OWNER FROM ${warehouse.schema}."CAVES_CONNECT_POSITIONS_test" WHERE KAFKA_PARTITION = ${partition}`;
  return (await warehouse.query(sql))[0]?.[0] ?? '';
}

/** Names of the transactions that are open. */
const open = async () => (await warehouse.query('SHOW TRANSACTIONS')).map((row) => row[3]);

describe('a task that takes partitions over', () => {
  test('ends the transaction of the task that had them, and no other', async () => {
    const first = await openTask();
    await first.task.positions?.([sales], signal);
    const second = await openTask();
    await second.task.positions?.([other], signal);
    const name = transactionName(await ownerOf(sales), 'four.requests');
    const others = [transactionName(await ownerOf(other), 'four.requests'), 'NIGHTLY'];
    for (const each of [name, ...others]) await begin(each);

    const { task, recorded, close } = await openTask();
    await task.positions?.([sales], signal);
    expect(await open()).toEqual(others);
    expect(endedIn(recorded.logs)).toHaveLength(1);
    await Promise.all([close(), first.close(), second.close()]);
  });

  test('also when it sets positions by hand', async () => {
    const first = await openTask();
    await first.task.positions?.([sales], signal);
    await first.write(batchOf(orders(10)));
    const holder = await begin(transactionName(await ownerOf(sales), 'four.requests'));
    await holder.execute(`UPDATE ${warehouse.schema}."CAVES_CONNECT_POSITIONS_test" SET NEXT_OFFSET = 7`, [], signal);

    const { task, close } = await openTask();
    await task.alterPositions?.([{ ...sales, next: 3n }], signal);
    expect(await task.positions?.([sales], signal)).toMatchObject([{ next: 3n }]);
    await Promise.all([close(), first.close()]);
  });

  test('lets a transaction of one request come to its end', async () => {
    const first = await openTask();
    await first.task.positions?.([sales], signal);
    const holder = await begin(transactionName(await ownerOf(sales), 'one.request'));
    const { task, recorded, close } = await openTask();
    const asked = task.positions?.([sales], signal);
    const stopWatching = warehouse.hooks.watch({
      done: ({ sqlText }) => void (sqlText.startsWith('SHOW TRANSACTIONS') && holder.execute('COMMIT', [], signal)),
    });
    await asked;
    stopWatching();
    expect(endedIn(recorded.logs)).toEqual([]);
    await Promise.all([close(), first.close()]);
  });

  test('names the transaction and the way out when it may not end it', async () => {
    const first = await openTask();
    await first.task.positions?.([sales], signal);
    await begin(transactionName(await ownerOf(sales), 'four.requests'));
    warehouse.hooks.failStatement(/ABORT_TRANSACTION/, 'privileges');
    const { task, recorded, close } = await openTask();
    await task.positions?.([sales], signal);
    expect(recorded.logs.filter(({ level }) => level === 'warn')).toMatchObject([
      {
        message: expect.stringMatching(
          /transaction (\d+) of session \d+.*SYSTEM\$ABORT_TRANSACTION\(\1\).*ACCOUNTADMIN/,
        ),
      },
    ]);
    await Promise.all([close(), first.close()]);
  });
});

test('a task ends its own transaction when it has lost the session that began it', async () => {
  const network = await startNetwork(warehouse.url);
  const { task, write, recorded, close } = await openTask({ 'snowflake.url': network.url });
  await task.positions?.([sales], signal);
  network.lose('answer', /UPDATE/);
  warehouse.hooks.inject({ kind: 'close', effect: 'cut-before', times: 1 });
  await expect(write(batchOf(orders(10)))).rejects.toHaveProperty('code', 'RETRIABLE');
  network.heal();
  await write(batchOf(orders(10)));
  expect(await warehouse.countRows()).toBe(10);
  expect(endedIn(recorded.logs)).toHaveLength(1);
  await close();
  await network.close();
});
