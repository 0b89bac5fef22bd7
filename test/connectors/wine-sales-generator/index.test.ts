import { readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { JsonValue, SourceRecord } from 'caves-connect/sdk';
import { checkSource, openSource, readBatches, takeBatches } from 'caves-connect/testing';
import { describe, expect, test } from 'vitest';
import generator from '../../../connectors/wine-sales-generator/index.ts';

type Event = { readonly [key: string]: JsonValue } & {
  readonly event_type: string;
  readonly event_metadata: { readonly event_id: string; readonly timestamp: string };
  readonly event_content: { readonly [key: string]: JsonValue };
};

const fast = { 'generation.delay.ms': 0 };

const records = async (config: Readonly<Record<string, unknown>>, count = 4): Promise<readonly SourceRecord[]> =>
  (await readBatches(generator, { config: { ...fast, ...config }, count })).flatMap((batch) => batch.records);

const events = async (config: Readonly<Record<string, unknown>> = {}): Promise<readonly Event[]> =>
  (await records(config)).map((record) => record.value as Event);

/** Everything of an event but its time. */
const timeless = ({ value, timestamp: _, ...rest }: SourceRecord): unknown => {
  const event = value as Event;
  if (typeof event.event_metadata !== 'object') return { ...rest, value };
  return { ...rest, value: { ...event, event_metadata: { ...event.event_metadata, timestamp: '' } } };
};

async function validator() {
  const ajv = new Ajv2020({ allErrors: true, strict: true });
  (addFormats as unknown as typeof addFormats.default)(ajv);
  const schemaOf = async (file: string) =>
    ajv.compile(JSON.parse(await readFile(new URL(`../../../configs/schemas/${file}.json`, import.meta.url), 'utf8')));
  const schemas: Readonly<Record<string, Awaited<ReturnType<typeof schemaOf>>>> = {
    ORDER_CREATED: await schemaOf('order-created'),
    INVENTORY_ADJUSTED: await schemaOf('inventory-adjusted'),
  };
  return (value: JsonValue): boolean => {
    const type = (value as Event).event_type;
    return typeof type === 'string' && (schemas[type]?.(value) ?? false);
  };
}

describe('wine-sales-generator', () => {
  test('keeps the contract of a source, in one partition and in three, sound and faulty', async () => {
    for (const config of [fast, { ...fast, 'generation.partitions': 3, 'invalid.ratio': 0.5 }]) {
      const { passed } = await checkSource(generator, { config, comparable: timeless });
      expect(passed).toContain('partition 0: reading on from any offset gives the same rest');
    }
  });

  test('makes 70 % orders, 25 % of them with a discount, of all products and customers', async () => {
    const sample = await events();
    const orders = sample.filter((event) => event.event_type === 'ORDER_CREATED');
    expect(sample.length).toBe(2000);
    expect(orders.length / sample.length).toBeCloseTo(0.7, 1);
    const discounted = orders.filter((event) => Number(event.event_content['discount']) > 0);
    expect(discounted.length / orders.length).toBeCloseTo(0.25, 1);
    const range = (values: readonly unknown[]) => [Math.min(...values.map(Number)), Math.max(...values.map(Number))];
    expect(range(sample.map((event) => event['product_id']))).toEqual([1000, 1049]);
    expect(range(orders.map((event) => event['customer_id']))).toEqual([1, 150]);
  });

  test('rounds totals to cents exactly', async () => {
    const orders = (await events()).filter((event) => event.event_type === 'ORDER_CREATED');
    for (const { event_content: content } of orders) {
      const [quantity, price, discount] = ['quantity', 'unit_price', 'discount'].map((key) => Number(content[key]));
      const hundredthsOfCents =
        BigInt(quantity ?? 0) *
        BigInt(Math.round((price ?? 0) * 100)) *
        BigInt(100 - Math.round((discount ?? 0) * 100));
      expect(BigInt(Math.round(Number(content['total_price']) * 100))).toBe((hundredthsOfCents + 50n) / 100n);
      expect(String(content['total_price'])).toMatch(/^\d+(\.\d\d?)?$/);
    }
  });

  test('sends the fields of an order in their order, keyed by product, timed by the event', async () => {
    const order = (await records({})).find((record) => (record.value as Event).event_type === 'ORDER_CREATED');
    const event = order?.value as Event;
    expect(Object.keys(event)).toEqual(['event_type', 'product_id', 'customer_id', 'event_metadata', 'event_content']);
    expect(Object.keys(event.event_content)).toEqual([
      'order_line_id',
      'customer_id',
      'product_id',
      'product_name',
      'category',
      'quantity',
      'unit_price',
      'discount',
      'total_price',
      'bottle_size_liters',
      'sales_channel',
    ]);
    expect(order?.topic).toBe('sales_events');
    expect(order?.key).toBe(`${event['product_id']}`);
    expect(new Date(order?.timestamp ?? 0).toISOString()).toBe(event.event_metadata.timestamp);
  });

  test('gives a stock adjustment a warehouse and no customer', async () => {
    const adjustment = (await events()).find((event) => event.event_type === 'INVENTORY_ADJUSTED');
    expect(Object.keys(adjustment ?? {})).toEqual(['event_type', 'product_id', 'event_metadata', 'event_content']);
    expect(adjustment?.event_content).toMatchObject({ warehouse: expect.any(String), reason: expect.any(String) });
  });

  test('makes events that fit the schemas of the main job', async () => {
    const valid = await validator();
    expect((await events()).filter((event) => !valid(event))).toEqual([]);
  });

  test('makes the wanted share of faulty events, each refused by the schemas, and changes no other event', async () => {
    const valid = await validator();
    const sound = await records({});
    const mixed = await records({ 'invalid.ratio': 0.1 });
    const faulty = mixed.filter((record) => !valid(record.value));
    expect(faulty.length / mixed.length).toBeCloseTo(0.1, 1);
    expect(new Set(faulty.map((record) => typeof record.value))).toEqual(new Set(['object', 'string']));
    mixed.forEach((record, index) => {
      if (!faulty.includes(record)) expect(timeless(record)).toEqual(timeless(sound[index] as SourceRecord));
    });
    const all = await records({ 'invalid.ratio': 1 });
    expect(all.filter((record) => valid(record.value))).toEqual([]);
  });

  test('gives the same events for the same seed and others for another', async () => {
    const first = (await records({})).map(timeless);
    expect((await records({})).map(timeless)).toEqual(first);
    expect((await records({ 'generation.seed': 2 })).map(timeless)).not.toEqual(first);
  });

  test('gives each event a version 5 UUID of its own', async () => {
    const ids = (await events()).map((event) => event.event_metadata.event_id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test('splits the same events among partitions', async () => {
    const config = { ...fast, 'max.events': 1000, 'generation.partitions': 3 };
    const parts = await Promise.all(
      ['0', '1', '2'].map((partition) => readBatches(generator, { config, partition, count: 100 })),
    );
    const split = parts.flat().flatMap((batch) => batch.records.map(timeless));
    const whole = (await records({ 'max.events': 1000 })).map(timeless);
    expect(split.length).toBe(1000);
    expect(new Set(split.map((event) => JSON.stringify(event)))).toEqual(new Set(whole.map((e) => JSON.stringify(e))));
  });

  test('ends after max.events, also when it is resumed there', async () => {
    const config = { ...fast, 'max.events': 1200 };
    const batches = await readBatches(generator, { config, count: 100 });
    expect(batches.map((batch) => batch.records.length)).toEqual([500, 500, 200]);
    expect(batches.at(-1)?.offset).toEqual({ next: 1201 });
    expect(await readBatches(generator, { config, count: 100, offset: { next: 1201 } })).toEqual([]);
  });

  test.each([{}, { next: 0 }, { next: 1.5 }, { next: '3' }, { nxt: 3 }, { next: 3, n: 3 }])(
    'takes no offset by hand that is none of its own: %j',
    async (offset) => {
      expect(generator.checkOffset?.(offset)).toMatch(/^The offset of wine-sales-generator is \{"next": n\}/);
      await expect(readBatches(generator, { config: fast, count: 1, offset })).rejects.toMatchObject({
        code: 'CONFIG',
      });
    },
  );

  test('keeps its pace while its reader is slow, without a drift', async () => {
    const { task, close } = await openSource(generator, { config: { 'generation.delay.ms': 20 } });
    const began = performance.now();
    const batches = await takeBatches(task, { partition: '0', offset: { next: 1 }, count: 26 });
    const took = performance.now() - began;
    await close();
    const made = batches.flatMap((batch) => batch.records).length;
    expect(made).toBeGreaterThanOrEqual(26);
    expect(took).toBeGreaterThanOrEqual((made - 1) * 20 - 2);
    expect(took).toBeLessThan((made + 1) * 20 + 200);
  });

  test('stops waiting for its next event when it is aborted', async () => {
    const { task } = await openSource(generator, { config: { 'generation.delay.ms': 3_600_000 } });
    const stop = new AbortController();
    const read = task.read({ partition: '0', offset: { next: 1 }, signal: stop.signal })[Symbol.asyncIterator]();
    await read.next();
    const second = read.next();
    stop.abort();
    expect(await second).toEqual({ done: true, value: undefined });
  });

  test('logs its start and each event, in words a person knows', async () => {
    const { task, recorded } = await openSource(generator, { config: { 'generation.delay.ms': 200, 'max.events': 4 } });
    const batches = await takeBatches(task, { partition: '0', offset: { next: 1 }, count: 10 });
    const lines = recorded.logs.map((line) => line.message);
    expect(batches.length).toBe(4);
    expect(lines[0]).toBe('🚀 Kafka Producer started - Topic: sales_events');
    expect(lines.length).toBe(5);
    lines.slice(1).forEach((line, index) => {
      expect(line).toMatch(
        new RegExp(
          `^(🛒 \\[ORDER_CREATED\\] Event ${index + 1} sent \\| Product: .+ [🍷🥂🌸🍾🥃] \\| Customer: \\d+` +
            `|📦 \\[INVENTORY_ADJUSTED\\] Event ${index + 1} sent \\| Product: .+ [🍷🥂🌸🍾🥃] \\| Warehouse: \\p{L}+)$`,
          'u',
        ),
      );
    });
  });

  test('logs a sample when events come fast', async () => {
    const { task, recorded } = await openSource(generator, { config: fast });
    await takeBatches(task, { partition: '0', offset: { next: 1 }, count: 20 });
    expect(recorded.logs.length).toBeGreaterThan(1);
    expect(recorded.logs.length).toBeLessThan(10);
  });
});
