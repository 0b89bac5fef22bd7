/**
 * The sink path as one writes it by hand with kafkajs: parse, check by the schema of the type, make record objects,
 * hand them over in batches of 5000 to something that counts, commit after each. No rejects, no retries, no metrics.
 */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { mark } from '../report-usage.ts';
import { events, group, kafka, topic } from './settings.ts';

interface WineRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: unknown;
}

const batchSize = 5_000;

const ajv = new Ajv2020({ strict: false });
(formats as unknown as (target: unknown) => void)(ajv);
const schemaOf = (file: string) =>
  ajv.compile(JSON.parse(readFileSync(new URL(`../../configs/schemas/${file}`, import.meta.url), 'utf8')));
const schemas = new Map([
  ['ORDER_CREATED', schemaOf('order-created.json')],
  ['INVENTORY_ADJUSTED', schemaOf('inventory-adjusted.json')],
]);

const finished = Promise.withResolvers<void>();
let count = 0;
let batch: WineRecord[] = [];

async function write(records: readonly WineRecord[]): Promise<void> {
  mark('first');
  count += records.length;
  if (count < events) return;
  mark('last');
  finished.resolve();
}

const consumer = kafka.consumer({ groupId: group, maxWaitTimeInMs: 250, maxBytesPerPartition: 2 * 1024 * 1024 });
await consumer.connect();
await consumer.subscribe({ topics: [topic], fromBeginning: true });
await consumer.run({
  autoCommit: false,
  eachBatch: async ({ batch: { messages, partition } }) => {
    for (const { offset, timestamp, key, value } of messages) {
      const event = JSON.parse(String(value)) as { readonly event_type: string };
      if (!schemas.get(event.event_type)?.(event)) throw new Error(`not a valid event: ${value}`);
      batch.push({
        topic,
        partition,
        offset: BigInt(offset),
        timestamp: Number(timestamp),
        key: key === null ? null : key.toString(),
        value: event,
      });
      if (batch.length < batchSize && count + batch.length < events) continue;
      await write(batch);
      batch = [];
      await consumer.commitOffsets([{ topic, partition, offset: String(BigInt(offset) + 1n) }]);
    }
  },
});
await finished.promise;
await consumer.disconnect();
