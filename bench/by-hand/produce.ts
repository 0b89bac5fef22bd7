/**
 * The source path as one writes it by hand with kafkajs: the same events, in transactions of about the same size as
 * the runtime's. No offsets, so a restart begins anew; no retries but kafkajs's own, no metrics, no validation.
 */
import type { Message } from 'kafkajs';
import { wineEvent } from '../../connectors/wine-sales-generator/event.ts';
import { events, group, kafka, topic } from './settings.ts';

/** As many as fit into one record batch: Kafka takes 1 MiB. */
const eventsPerTransaction = 2_000;

const producer = kafka.producer({ transactionalId: group, maxInFlightRequests: 1, idempotent: true });
await producer.connect();
for (let n = 1; n <= events; ) {
  const timestamp = Date.now();
  const isoTime = new Date(timestamp).toISOString();
  const messages: Message[] = [];
  for (; messages.length < eventsPerTransaction && n <= events; n++) {
    const event = wineEvent(1, n, isoTime);
    messages.push({ key: String(event.product_id), value: JSON.stringify(event), timestamp: String(timestamp) });
  }
  const transaction = await producer.transaction();
  await transaction.send({ topic, messages });
  await transaction.commit();
}
await producer.disconnect();
