import type { SinkPlugin } from 'caves-connect/sdk';
import { batchOf, checkSink, openSink, readBatches, sinkRecord, writeBatches } from 'caves-connect/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import sink from '../../../connectors/snowflake-variant/index.ts';
import generator from '../../../connectors/wine-sales-generator/index.ts';
import { order, orders, sales, useWarehouse } from './warehouse.ts';

const warehouse = useWarehouse();
const { signal } = new AbortController();
let config: Readonly<Record<string, unknown>>;
beforeEach(() => {
  config = warehouse.config();
});

describe('snowflake-variant', () => {
  test.each(['one.request', 'four.requests'])('keeps the contract of a sink, in %s', async (mode) => {
    // The table is there before the check counts its rows.
    await writeBatches(sink, { config });
    const { passed, skipped } = await checkSink(sink, {
      config: { ...config, 'snowflake.transaction.mode': mode },
      values: [order(1), order(2), order(3)],
      refused: { event_type: 'x'.repeat(51) },
      rows: warehouse.countRows,
    });
    expect(skipped).toEqual([]);
    expect(passed).toContain('a task cannot write once another one has asked for its positions');
  });

  test('makes the tables of the owners, and says where it is connected', async () => {
    const { logs } = await writeBatches(sink, { config });
    expect(logs.map((line) => line.message)).toEqual([
      '🚀 Starting Kafka Consumer for Snowflake ingestion',
      `✅ Connected to Snowflake: ${warehouse.schema}`,
    ]);
    const columns = async (name: string) =>
      (await warehouse.query(`DESCRIBE TABLE ${warehouse.schema}.${name}`)).map((row) => [row[0], row[1]]);
    const events = [
      ['EVENT_TYPE', 'VARCHAR(50)'],
      ['PRODUCT_ID', 'NUMBER(38,0)'],
      ['CUSTOMER_ID', 'NUMBER(38,0)'],
      ['EVENT_METADATA', 'OBJECT'],
      ['EVENT_CONTENT', 'VARIANT'],
    ];
    expect(await columns('RAW_EVENTS_STREAM')).toEqual([...events, ['INGESTION_TIME', 'TIMESTAMP_LTZ(9)']]);
    expect(await columns('stg_raw_events_stream')).toEqual(events);
  });

  test('writes each field to its column, numbers as they came', async () => {
    const content = '{"price":18.50,"id":12345678901234567890,"name":"Chardonnay Réserve 🥂","none":null}';
    const bytes = Buffer.from(
      `{"event_type":"ORDER_CREATED","product_id":1015,"customer_id":42,"event_metadata":{"source":"test"},"event_content":${content}}`,
    );
    const adjustment = { event_type: 'INVENTORY_ADJUSTED', product_id: 1001, event_metadata: {}, event_content: null };
    const records = [sinkRecord({ event_type: 'ORDER_CREATED' }, { bytes }), sinkRecord(adjustment, { offset: 1n })];
    await writeBatches(sink, { config, records });
    const rows = await warehouse.query(
      `SELECT EVENT_TYPE, PRODUCT_ID, CUSTOMER_ID, EVENT_METADATA:source::VARCHAR, EVENT_CONTENT:id::VARCHAR,
        EVENT_CONTENT:price::DECIMAL(10,2), EVENT_CONTENT:name::VARCHAR,
        INGESTION_TIME > DATEADD(minute, -1, CURRENT_TIMESTAMP()) FROM ${warehouse.schema}.RAW_EVENTS_STREAM ORDER BY PRODUCT_ID DESC`,
    );
    expect(rows).toEqual([
      ['ORDER_CREATED', '1015', '42', 'test', '12345678901234567890', '18.50', 'Chardonnay Réserve 🥂', 'TRUE'],
      ['INVENTORY_ADJUSTED', '1001', null, null, null, null, null, 'TRUE'],
    ]);
  });

  test('writes what the generator makes', async () => {
    const batches = await readBatches(generator, { config: { 'generation.delay.ms': 0 }, count: 4 });
    const values = batches.flatMap((batch) => batch.records.map((record) => record.value));
    await writeBatches(sink, { config, records: values });
    expect(await warehouse.countRows()).toBe(2000);
    const [row] = await warehouse.query(
      `SELECT SUM(EVENT_CONTENT:total_price::DECIMAL(10,2)) FROM ${warehouse.schema}.RAW_EVENTS_STREAM WHERE EVENT_TYPE = 'ORDER_CREATED'`,
    );
    const cents = values.reduce<number>((sum, value) => {
      const { event_content } = value as { event_content: { total_price?: number } };
      return sum + Math.round((event_content.total_price ?? 0) * 100);
    }, 0);
    expect(row?.[0]).toBe((cents / 100).toFixed(2));
  });

  test('writes a batch of more than 5000 records in one transaction', async () => {
    await writeBatches(sink, { config, records: orders(5200) });
    expect(await warehouse.countRows()).toBe(5200);
  });

  test('names the records that the table cannot take, and writes none of the batch', async () => {
    const records = [...orders(3), sinkRecord('text', { ...sales, offset: 3n })];
    await expect(writeBatches(sink, { config, records })).rejects.toMatchObject({
      code: 'INVALID_RECORDS',
      reasons: new Map([[3, 'the value is a string, not an object']]),
    });
    expect(await warehouse.countRows()).toBe(0);
  });

  test('goes on from the position where the last task stopped', async () => {
    await writeBatches(sink, { config, records: orders(3) });
    const { positions } = await writeBatches(sink, {
      config,
      batches: [{ records: [], positions: [{ ...sales, next: 3n }] }],
    });
    expect(positions).toEqual([{ ...sales, next: 3n }]);
  });

  test('keeps the last record with its position, also in a table that an older version has made', async () => {
    const table = `${warehouse.schema}."CAVES_CONNECT_POSITIONS_test"`;
    await writeBatches(sink, { config });
    await warehouse.query(`DROP TABLE ${table}`);
    await warehouse.query(`CREATE TABLE ${table} (KAFKA_TOPIC VARCHAR, KAFKA_PARTITION INTEGER, NEXT_OFFSET INTEGER,
      OWNER VARCHAR, ATTEMPT VARCHAR, MOVED_AT TIMESTAMP_LTZ)`);
    await warehouse.query(`INSERT INTO ${table} VALUES ('sales_events', 0, 3, 'older', NULL, CURRENT_TIMESTAMP())`);

    const older = await openSink(sink, { config });
    expect(await older.task.positions?.([sales], signal)).toEqual([{ next: 3n }]);
    const last = { offset: 4n, timestamp: 1_764_000_000_123 };
    await older.write({ records: orders(2, 3n), positions: [{ ...sales, next: 9n, last }] });
    await older.close();

    const newer = await openSink(sink, { config });
    expect(await newer.task.positions?.([sales], signal)).toEqual([{ next: 9n, last }]);
    await newer.close();
  });

  test('keeps positions apart by connector', async () => {
    await writeBatches(sink, { config, connector: 'one', records: orders(3) });
    const { task, close } = await openSink(sink, { config, connector: 'other' });
    expect(await task.positions?.([sales], signal)).toEqual([undefined]);
    await close();
  });

  test('moves the positions of several partitions together, or none of them', async () => {
    const partitions = [0, 1].map((partition) => ({ topic: 'sales_events', partition }));
    const first = await openSink(sink, { config });
    await first.task.positions?.(partitions, signal);
    const second = await openSink(sink, { config });
    await second.task.positions?.([{ topic: 'sales_events', partition: 1 }], signal);
    const records = partitions.map((partition) => sinkRecord(order(1), { ...partition, offset: 0n }));
    await expect(first.write(batchOf(records))).rejects.toThrow(
      /^sales_events-1 is at -1 by test-0-.* another task writes this partition now/,
    );
    expect(await warehouse.countRows()).toBe(0);
    await first.write(batchOf(records.slice(0, 1)));
    expect(await warehouse.countRows()).toBe(1);
    await Promise.all([first.close(), second.close()]);
  });

  test('warns of a staging table that is not empty, and gauges its rows', async () => {
    await writeBatches(sink, { config });
    await warehouse.query(`INSERT INTO ${warehouse.schema}.stg_raw_events_stream (EVENT_TYPE) VALUES ('A'), ('B')`);
    const { logs, metrics } = await writeBatches(sink, { config });
    expect(logs.find((line) => line.level === 'warn')?.message).toBe(
      '⚠️ The staging table stg_raw_events_stream has 2 rows and should be empty. This sink does not use it. ' +
        `If nobody needs them: TRUNCATE TABLE ${warehouse.schema}.stg_raw_events_stream;`,
    );
    expect(metrics).toEqual([{ metric: 'snowflake_staging_rows', value: 2, labels: {} }]);
  });

  test('counts what it inserts, by event type', async () => {
    const records = [...orders(3), sinkRecord(order(3), { ...sales, offset: 3n, type: 'INVENTORY_ADJUSTED' })];
    const { metrics, logs } = await writeBatches(sink, { config, records });
    expect(metrics).toMatchObject([
      { metric: 'snowflake_staging_rows', value: 0 },
      { metric: 'kafka_events_inserted_snowflake_total', value: 3, labels: { event_type: 'ORDER_CREATED' } },
      { metric: 'kafka_events_inserted_snowflake_total', value: 1, labels: { event_type: 'INVENTORY_ADJUSTED' } },
      { metric: 'kafka_snowflake_insert_rows', value: 4 },
      { metric: 'snowflake_insert_duration_seconds' },
    ]);
    expect(logs.at(-1)?.message).toBe('📊 Events consumed: 4 | Inserted: 4 | DLQ: 0 | Total: 4');
  });
});

describe('snowflake-variant with a wrong configuration', () => {
  const failure = async (changed: Readonly<Record<string, unknown>>, plugin: SinkPlugin = sink) =>
    writeBatches(plugin, { config: { ...config, ...changed } }).then(
      () => undefined,
      (error: unknown) => error,
    );

  test('says which key holds the wrong password', async () => {
    expect(await failure({ 'snowflake.password': 'wrong' })).toMatchObject({
      code: 'CONFIG',
      key: 'snowflake.password',
      message: expect.stringContaining('Check snowflake.user (caves) and snowflake.password'),
    });
  });

  test('says which key names the missing warehouse', async () => {
    warehouse.hooks.failStatement(/USE WAREHOUSE/, 'objectMissingInUse');
    expect(await failure({})).toMatchObject({
      code: 'CONFIG',
      key: 'snowflake.warehouse',
      message: expect.stringMatching(
        /^The warehouse COMPUTE_WH does not exist, or the default role of caves may not use/,
      ),
    });
  });

  test('goes on without the privilege to create what is there, and names the privileges that are missing', async () => {
    await writeBatches(sink, { config });
    warehouse.hooks.failStatement(/^CREATE/, 'privileges', { times: 5 });
    expect(await failure({})).toBeUndefined();
    warehouse.hooks.failStatement(/DESCRIBE/, 'privileges');
    expect(await failure({})).toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining('Grant the default role of caves USAGE on the database and schema'),
    });
  });

  test('names the privilege that it lacks to create what is missing', async () => {
    warehouse.hooks.failStatement(/^CREATE/, 'privileges', {
      times: 10,
      message: 'Insufficient privileges on SECRETS',
    });
    const error = await failure({ 'snowflake.schema': 'SECRETS' });
    warehouse.hooks.clear();
    expect(error).toMatchObject({
      code: 'CONFIG',
      message: expect.stringMatching(
        /Insufficient privileges on SECRETS \(003001\)\. Grant .*CREATE TABLE on the schema/,
      ),
    });
  });

  test('says that the schema is missing and may not be made', async () => {
    expect(await failure({ 'snowflake.create.objects': false, 'snowflake.schema': 'NOWHERE' })).toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining('snowflake.create.objects: true'),
    });
  });

  test('refuses names that are none, and a log-in without a secret, before it connects', async () => {
    expect(await failure({ 'snowflake.table': 'a; DROP TABLE b' })).toHaveProperty(
      'message',
      expect.stringContaining('snowflake.table: "a; DROP TABLE b" is no Snowflake name'),
    );
    const { 'snowflake.password': _, ...without } = config;
    await expect(writeBatches(sink, { config: without })).rejects.toThrow('snowflake.password: is missing');
  });

  test('says that a private key cannot be read', async () => {
    expect(await failure({ 'snowflake.private.key': 'nonsense' })).toMatchObject({
      code: 'CONFIG',
      key: 'snowflake.private.key',
    });
  });

  test('tries again when nobody answers', async () => {
    expect(await failure({ 'snowflake.url': 'http://127.0.0.1:1' })).toMatchObject({
      code: 'RETRIABLE',
      message: expect.stringContaining('Tried http://127.0.0.1:1'),
    });
  });
});
