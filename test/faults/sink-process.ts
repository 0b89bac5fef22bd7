/**
 * A sink in a process of its own, to be killed: `node sink-process.ts <config as JSON>` writes batches of ten orders from
 * the position on, without an end. Nobody stands between it and the warehouse, so whoever watches the warehouse knows
 * exactly what it has done.
 */
import { batchOf, openSink, sinkRecords } from 'caves-connect/testing';
import sink from '../../connectors/snowflake-variant/index.ts';

export const partition = { topic: 'sales_events', partition: 0 };
export const batchSize = 10;

/** The orders from an offset on, the offset as their content. */
export function ordersFrom(offset: bigint) {
  const orders = Array.from({ length: batchSize }, (_, index) => ({
    event_type: 'ORDER_CREATED',
    product_id: 1,
    customer_id: 1,
    event_metadata: {},
    event_content: { n: Number(offset) + index },
  }));
  return batchOf(sinkRecords(orders, { ...partition, offset, type: 'ORDER_CREATED' }));
}

if (process.argv[1] === import.meta.filename) {
  const { task, write } = await openSink(sink, { config: JSON.parse(process.argv[2] ?? '{}') });
  const [stored] = (await task.positions?.([partition], new AbortController().signal)) ?? [];
  const from = typeof stored === 'object' ? stored.next : stored;
  for (let next = from ?? 0n; ; next += BigInt(batchSize)) await write(ordersFrom(next));
}
