/** A recreated topic, from the embedded broker into the embedded warehouse: what the table holds in the end. */
import { type Embedded, startEmbedded } from 'caves-connect/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import snowflakeVariant from '../../connectors/snowflake-variant/index.ts';
import { openSession } from '../../connectors/snowflake-variant/session.ts';
import { eventually } from '../helpers/eventually.ts';
import { clientOf, committedOffset, createTopic, produce } from '../helpers/runtime/kafka.ts';
import { registryOf } from '../helpers/runtime/plugins.ts';
import { startTask, stopped } from '../helpers/runtime/tasks.ts';

let embedded: Embedded;
beforeAll(async () => {
  embedded = await startEmbedded();
});
afterAll(() => embedded.close());

const topic = 'wines';
const events = (life: string, count: number) =>
  Array.from({ length: count }, (_, n) => ({
    partition: 0,
    value: JSON.stringify({ event_type: 'ORDER_CREATED', product_id: 1000, event_content: { id: `${life}${n}` } }),
  }));
const ids = (life: string, count: number) => Array.from({ length: count }, (_, n) => `${life}${n}`);

test('the table has all of both topics, once, and the position is of the new one', async () => {
  const [host = '', port = ''] = (embedded.kafka.brokers[0] ?? '').split(':');
  const client = clientOf({ host, port: Number(port) });
  const account = {
    'snowflake.account': 'embedded',
    'snowflake.user': 'caves',
    'snowflake.password': 'caves',
    'snowflake.url': embedded.snowflake.url,
  };
  const config = { 'connector.class': 'snowflake-variant', topics: topic, 'batch.linger.ms': '20', ...account };
  const start = (own: Readonly<Record<string, string>> = {}) =>
    startTask({
      client: clientOf({ host, port: Number(port) }),
      registry: registryOf(snowflakeVariant),
      name: 'snk',
      config: { ...config, ...own },
    });
  const settled = (next: bigint) =>
    eventually(async () => expect(await committedOffset(client, 'connect-snk', topic)).toBe(next), { timeout: 60_000 });
  await createTopic(client, topic);
  await produce(client, topic, events('old', 50));
  const first = await start();
  await settled(50n);
  await stopped(first);

  await (await client.admin()).deleteTopics({ topics: [topic] });
  await createTopic(client, topic);
  await produce(client, topic, events('new', 80));
  const failed = await start();
  expect((await failed.ended)?.message).toMatch(/^Of wines-0 the position is 50, after the record 49 of/);
  const task = await start({ 'topic.recreated': 'reset' });
  await settled(80n);
  await stopped(task);

  const signal = new AbortController().signal;
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const session = await openSession(
    { ...account, 'snowflake.transaction.mode': 'one.request' } as unknown as Parameters<typeof openSession>[0],
    { queryTag: 'test', log },
    signal,
  );
  const query = async (sql: string) => (await session.execute(sql, [], signal)).rows;
  const schema = 'WINE_SALES_DB.RAW_DATA';
  const rows = await query(`SELECT EVENT_CONTENT:id::VARCHAR FROM ${schema}.RAW_EVENTS_STREAM`);
  const position = await query(`SELECT NEXT_OFFSET, LAST_OFFSET FROM ${schema}."CAVES_CONNECT_POSITIONS_snk"`);
  await session.close();
  expect(rows.map(([id]) => id).toSorted()).toEqual([...ids('old', 50), ...ids('new', 80)].toSorted());
  expect(position).toEqual([['80', '79']]);
});
