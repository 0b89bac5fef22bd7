/**
 * Batches that the warehouse refuses: records that pass every check before it, in a table whose columns are narrower than
 * those that the sink makes itself. Exactly these are found by halving and go to the dead letter queue, with the reason;
 * the others are once in the table, also when the task ends in the midst of it.
 */
import { type Embedded, startEmbedded } from 'caves-connect/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadDriver } from '../../connectors/snowflake-variant/driver.ts';
import snowflakeVariant from '../../connectors/snowflake-variant/index.ts';
import { eventually } from '../helpers/eventually.ts';
import { clientOf, committedOffset, createTopic, produce, readAll } from '../helpers/runtime/kafka.ts';
import { registryOf } from '../helpers/runtime/plugins.ts';
import { startTask, stopped } from '../helpers/runtime/tasks.ts';

const event = (n: number) => ({
  event_type: 'ORDER_CREATED',
  product_id: 1000 + (n % 50),
  customer_id: 7,
  event_metadata: { event_id: `${n}` },
  event_content: { n },
});
/** What the warehouse refuses, and the beginning of its reason. */
const faults = new Map<number, readonly [event: object, reason: RegExp]>([
  [3, [{ ...event(3), product_id: 123_456 }, /out of representable range.* value 123456 \(100046\)/]],
  [64, [{ ...event(64), event_type: 'ORDER_CREATED_'.repeat(3) }, /too long.*\(100078\)/]],
  [65, [{ ...event(65), event_content: { note: '\ud800' } }, /Error parsing JSON.*\(100069\)/]],
  [131, [{ ...event(131), event_metadata: null }, /NULL.*\(100072\)/]],
  [199, [{ ...event(199), product_id: -123_456 }, /out of representable range.* value -123456 \(100046\)/]],
]);
const count = 200;
const good = Array.from({ length: count }, (_, n) => n).filter((n) => !faults.has(n));
const patience = { timeout: 60_000 };

let embedded: Embedded;
let query: (sql: string) => Promise<readonly (readonly unknown[])[]>;
beforeAll(async () => {
  embedded = await startEmbedded();
  query = await connect(embedded.snowflake.url);
});
afterAll(() => embedded.close());

async function connect(accessUrl: string) {
  const driver = await loadDriver();
  const connection = driver.createConnection({
    account: 'embedded',
    username: 'caves',
    password: 'caves',
    accessUrl,
    rowMode: 'array',
  });
  await new Promise<void>((resolve, reject) => connection.connect((error) => (error ? reject(error) : resolve())));
  return (sqlText: string) =>
    new Promise<readonly (readonly unknown[])[]>((resolve, reject) => {
      connection.execute({
        sqlText,
        complete: (error, _, rows) => (error ? reject(error) : resolve((rows ?? []) as unknown as unknown[][])),
      });
    });
}

/** A topic of 200 events, five of which the table does not take, and a sink in a schema of its own. */
async function scene(name: string, mode: string) {
  const [host = '', port = ''] = (embedded.kafka.brokers[0] ?? '').split(':');
  const address = { host, port: Number(port) };
  const client = clientOf(address);
  const topic = `events_${name}`;
  const schema = `WINE_SALES_DB.${name.toUpperCase()}`;
  await query('CREATE DATABASE IF NOT EXISTS WINE_SALES_DB');
  await query(`CREATE SCHEMA ${schema}`);
  await query(`CREATE TABLE ${schema}.RAW_EVENTS_STREAM (EVENT_TYPE VARCHAR(20), PRODUCT_ID NUMBER(4,0),
    CUSTOMER_ID INTEGER, EVENT_METADATA OBJECT NOT NULL, EVENT_CONTENT VARIANT, INGESTION_TIME TIMESTAMP_LTZ)`);
  await createTopic(client, topic);
  const values = Array.from({ length: count }, (_, n) => JSON.stringify(faults.get(n)?.[0] ?? event(n)));
  await produce(
    client,
    topic,
    values.map((value) => ({ partition: 0, value })),
  );
  const start = () =>
    startTask({
      client: clientOf(address),
      registry: registryOf(snowflakeVariant),
      name,
      config: {
        'connector.class': 'snowflake-variant',
        topics: topic,
        'errors.tolerance': 'all',
        'batch.size': String(count),
        'snowflake.account': 'embedded',
        'snowflake.user': 'caves',
        'snowflake.password': 'caves',
        'snowflake.url': embedded.snowflake.url,
        'snowflake.schema': name.toUpperCase(),
        'snowflake.transaction.mode': mode,
      },
    });
  return {
    start,
    settled: () =>
      eventually(
        async () => expect(await committedOffset(client, `connect-${name}`, topic)).toBe(BigInt(count)),
        patience,
      ),
    written: async () =>
      (await query(`SELECT EVENT_CONTENT:n::INTEGER FROM ${schema}.RAW_EVENTS_STREAM ORDER BY 1`)).map(([n]) =>
        Number(n),
      ),
    dead: async () =>
      (await readAll(client, `${topic}.dlq`)).map(({ headers }) => ({
        offset: Number(headers?.['__connect.errors.offset']),
        stage: String(headers?.['__connect.errors.stage']),
        reason: String(headers?.['__connect.errors.exception.message']),
      })),
  };
}

describe.each(['one.request', 'four.requests'])('records that the warehouse refuses, in %s', (mode) => {
  const name = mode.replace('.', '_');

  test('go to the dead letter queue once, with the reason; the others are once in the table', async () => {
    const { start, settled, written, dead } = await scene(name, mode);

    const task = await start();
    await Promise.race([settled(), task.ended]);
    await stopped(task);

    expect(await written()).toEqual(good);
    const letters = await dead();
    expect(letters.map(({ offset }) => offset)).toEqual([...faults.keys()]);
    for (const { offset, stage, reason } of letters) {
      expect(stage).toBe('TASK_PUT');
      expect(reason).toMatch(faults.get(offset)?.[1] ?? '');
    }
  });

  test('are found also by those who come after a task that ended in the midst', async () => {
    const { start, settled, written, dead } = await scene(`${name}_killed`, mode);

    // Each life gets a part further.
    for (const rows of [1, 120]) {
      const task = await start();
      await eventually(async () => expect((await written()).length).toBeGreaterThanOrEqual(rows), patience);
      task.abort();
      await task.ended;
    }
    await start();
    await settled();

    expect(await written()).toEqual(good);
    // At least once, as for everything that only the destination finds: readers drop repetitions by their origin.
    expect([...new Set((await dead()).map(({ offset }) => offset))].sort((a, b) => a - b)).toEqual([...faults.keys()]);
  });
});
