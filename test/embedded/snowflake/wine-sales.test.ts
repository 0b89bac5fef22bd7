import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWarehouse, type Warehouse } from '../../../src/embedded/snowflake/index.ts';
import { adjustmentsByType, salesByChannel, topProducts } from '../../helpers/analysis-queries.ts';
import { type Client, connect, connectReady } from './driver.ts';

const RAW_EVENTS_STREAM = `CREATE TABLE IF NOT EXISTS RAW_EVENTS_STREAM (
    EVENT_TYPE VARCHAR(50),        -- 'ORDER_CREATED', 'INVENTORY_ADJUSTED'
    PRODUCT_ID INTEGER,             -- Index pour analytics produit
    CUSTOMER_ID INTEGER,            -- Index pour analytics client
    EVENT_METADATA OBJECT,          -- Métadonnées (timestamp, source, etc.)
    EVENT_CONTENT VARIANT,          -- JSON complet de l'événement
    INGESTION_TIME TIMESTAMP_LTZ    -- Timestamp d'ingestion automatique
);`;

const INSERT = `INSERT INTO RAW_EVENTS_STREAM
  (EVENT_TYPE, PRODUCT_ID, CUSTOMER_ID, EVENT_METADATA, EVENT_CONTENT, INGESTION_TIME)
  SELECT value:event_type::STRING, value:product_id::INTEGER, value:customer_id::INTEGER,
         value:event_metadata::OBJECT, value:event_content, CURRENT_TIMESTAMP()
  FROM TABLE(FLATTEN(INPUT => PARSE_JSON(?)))`;

const MOVE = 'UPDATE POSITIONS SET NEXT = ?, WRITER = ? WHERE TOPIC = ? AND PARTITION_ID = ? AND NEXT = ?';

interface Event {
  readonly event_type: string;
  readonly product_id: number;
  readonly customer_id: number | null;
  readonly event_metadata: object;
  readonly event_content: Readonly<Record<string, unknown>>;
}

function event(n: number): Event {
  const order = n % 10 < 7;
  const event_metadata = { event_id: `e-${n}`, timestamp: '2026-01-01T00:00:00Z', source: 'test', version: '1.0' };
  const event_content = order
    ? {
        product_name: `Merlot ${n % 4} 🍷`,
        quantity: (n % 6) + 1,
        total_price: (1000 + n * (1 + (n % 4))) / 100,
        sales_channel: n % 3 === 0 ? 'E-com' : 'Store',
      }
    : { adjustment_type: n % 2 === 0 ? 'LOSS' : 'RESTOCK', quantity_change: n % 2 === 0 ? -3 : 12 };
  return {
    event_type: order ? 'ORDER_CREATED' : 'INVENTORY_ADJUSTED',
    product_id: 1000 + (n % 50),
    customer_id: order ? n % 150 : null,
    event_metadata,
    event_content,
  };
}

const events = Array.from({ length: 1000 }, (_, n) => event(n));
const cents = (content: Event['event_content']): number => Math.round(Number(content.total_price) * 100);

function grouped<T>(of: readonly Event[], key: (event: Event) => string, fold: (events: Event[]) => T): Map<string, T> {
  const groups = Map.groupBy(of, key);
  return new Map([...groups].map(([name, members]) => [name, fold(members)]));
}

describe('the wine sales job on the embedded warehouse', () => {
  let warehouse: Warehouse;
  let client: Client;

  beforeAll(async () => {
    warehouse = await startWarehouse();
    client = await connectReady(warehouse);
    await client.run(RAW_EVENTS_STREAM);
    await client.run(
      'CREATE TABLE IF NOT EXISTS POSITIONS (TOPIC VARCHAR, PARTITION_ID INTEGER, NEXT INTEGER, WRITER VARCHAR)',
    );
    await client.run("INSERT INTO POSITIONS (TOPIC, PARTITION_ID, NEXT) VALUES ('sales_events', 0, 0)");
  });

  afterAll(async () => {
    await client.destroy();
    await warehouse.close();
  });

  test('writes a batch and its position in one transaction of four requests', async () => {
    const batch = events.slice(0, 500);
    await client.run('BEGIN');
    const moved = await client.execute(MOVE, { binds: ['500', 'a', 'sales_events', '0', '0'] });
    const inserted = await client.execute(INSERT, { binds: [JSON.stringify(batch)] });
    await client.run('COMMIT');

    expect(moved.statement.getNumUpdatedRows()).toBe(1);
    expect(inserted.statement.getNumUpdatedRows()).toBe(500);
  });

  test('writes a batch and its position in one request, with binds over the whole text', async () => {
    const guarded = `${INSERT} WHERE (SELECT COUNT(*) FROM POSITIONS WHERE WRITER = ?) = 1`;
    const binds = ['1000', 'b', 'sales_events', '0', '500', JSON.stringify(events.slice(500)), 'b'];
    const results = await client.runAll(`BEGIN; ${MOVE}; ${guarded}; COMMIT`, 4, binds);

    expect(results[1]?.[0]).toEqual({ 'number of rows updated': 1, 'number of multi-joined rows updated': 0 });
    expect(results[2]?.[0]).toEqual({ 'number of rows inserted': 500 });
  });

  test('writes nothing when the position was moved by another writer', async () => {
    const guarded = `${INSERT} WHERE (SELECT COUNT(*) FROM POSITIONS WHERE WRITER = ?) = 1`;
    const binds = ['1500', 'zombie', 'sales_events', '0', '500', JSON.stringify(events.slice(0, 500)), 'zombie'];
    const results = await client.runAll(`BEGIN; ${MOVE}; ${guarded}; COMMIT`, 4, binds);

    expect(results[1]?.[0]).toMatchObject({ 'number of rows updated': 0 });
    expect(results[2]?.[0]).toEqual({ 'number of rows inserted': 0 });
    expect(await client.run('SELECT COUNT(*) AS N FROM RAW_EVENTS_STREAM')).toEqual([{ N: 1000 }]);
    expect(await client.run('SELECT NEXT, WRITER FROM POSITIONS')).toEqual([{ NEXT: 1000, WRITER: 'b' }]);
  });

  test('gives back the event as it was sent', async () => {
    const [row] = await client.run("SELECT * FROM RAW_EVENTS_STREAM WHERE EVENT_METADATA:event_id::STRING = 'e-7'");
    const { event_type, product_id, event_metadata, event_content } = event(7);

    expect(row).toMatchObject({
      EVENT_TYPE: event_type,
      PRODUCT_ID: product_id,
      CUSTOMER_ID: null,
      EVENT_METADATA: event_metadata,
      EVENT_CONTENT: event_content,
    });
    expect(Math.abs(Date.now() - Number(row?.INGESTION_TIME))).toBeLessThan(60_000);
  });

  test('answers the top ten products', async () => {
    const rows = await client.run(topProducts);
    const orders = events.filter((each) => each.event_type === 'ORDER_CREATED');
    const expected = grouped(
      orders,
      (each) => String(each.event_content.product_name),
      (each) => ({ ORDERS: each.length, REVENUE: each.reduce((sum, one) => sum + cents(one.event_content), 0) / 100 }),
    );

    expect(rows).toEqual(
      [...expected].map(([PRODUCT, sums]) => ({ PRODUCT, ...sums })).sort((a, b) => b.REVENUE - a.REVENUE),
    );
  });

  test('answers the sales by channel of the last 24 hours', async () => {
    const rows = await client.run(salesByChannel);
    const orders = events.filter((each) => each.event_type === 'ORDER_CREATED');
    const expected = grouped(
      orders,
      (each) => String(each.event_content.sales_channel),
      (each) => ({
        orders: each.length,
        average: each.reduce((sum, one) => sum + cents(one.event_content), 0) / 100 / each.length,
      }),
    );

    expect(rows).toHaveLength(expected.size);
    for (const row of rows) {
      const { orders: count, average } = expected.get(String(row.CHANNEL)) ?? { orders: 0, average: 0 };
      expect(row.ORDERS).toBe(count);
      expect(row.AVG_ORDER).toBeCloseTo(average, 6);
    }
  });

  test('answers the inventory adjustments by type', async () => {
    const rows = await client.run(adjustmentsByType);

    expect(rows.sort((a, b) => String(a.TYPE).localeCompare(String(b.TYPE)))).toEqual([
      { TYPE: 'LOSS', ADJUSTMENTS: 100, TOTAL_QUANTITY: -300 },
      { TYPE: 'RESTOCK', ADJUSTMENTS: 200, TOTAL_QUANTITY: 2400 },
    ]);
  });

  test('reads a batch in one pass to the same values as by paths', async () => {
    const odd = [
      { a: 1.005, b: null, c: { d: [1, { e: 'x' }] } },
      { a: 'text', b: 'null', c: [] },
      { a: true, b: { k: 1 }, c: 5 },
      { a: null, b: [1, 2], c: { d: 'é"\\🍷' } },
      {},
      null,
      [1],
      'scalar',
    ];
    const columns = 'value:a::STRING AS A, value:b AS B, value:b::STRING AS BT, value:c.d AS D, TYPEOF(value:b) AS T';
    const fast = await client.run(`SELECT ${columns} FROM TABLE(FLATTEN(INPUT => PARSE_JSON(?)))`, [
      JSON.stringify(odd),
    ]);
    const general = await client.run(
      `SELECT ${columns} FROM (SELECT PARSE_JSON(?) AS J) T, LATERAL FLATTEN(INPUT => T.J)`,
      [JSON.stringify(odd)],
    );

    expect(fast).toHaveLength(odd.length);
    // Neither promises an order.
    const sorted = (rows: readonly object[]): string[] => rows.map((row) => JSON.stringify(row)).sort();
    expect(sorted(fast)).toEqual(sorted(general));
  });

  test('logs in where the database is missing, without a current one', async () => {
    const fresh = await connect(warehouse, { database: 'NOWHERE' });
    expect(await fresh.run('SELECT CURRENT_DATABASE() AS DB')).toEqual([{ DB: null }]);
    expect(await fresh.errorOf('CREATE TABLE T (A INT)')).toMatchObject({ code: '090105' });
    expect(await fresh.errorOf('USE DATABASE NOWHERE')).toMatchObject({ code: '002043', sqlState: '02000' });
    await fresh.destroy();
  });
});
