/** The connectors of a plan: events in, a table and a dead letter queue out, in many small steps. */
import { readFileSync } from 'node:fs';
import { sinkGroupOf } from '../../../src/runtime/tasks/sink-task.ts';
import type { Plan } from './plan.ts';
import type { Connectors } from './worker.ts';

/** Events of the source that comes when partitions are added. */
export const lateEvents = 40;
export const invalidRatio = 0.12;
export const sinkName = 'table';
export const names = { topic: 'sales_events', deadLetters: 'sales_events.dlq', group: sinkGroupOf(sinkName) };

const schema = (file: string) =>
  JSON.parse(readFileSync(new URL(`../../../configs/schemas/${file}`, import.meta.url), 'utf8'));
const schemas = JSON.stringify({
  ORDER_CREATED: schema('order-created.json'),
  INVENTORY_ADJUSTED: schema('inventory-adjusted.json'),
});

export function connectorsOf(plan: Plan): Connectors {
  return {
    events: {
      'connector.class': 'wine-sales-generator',
      topic: names.topic,
      'generation.delay.ms': '2',
      'generation.seed': String(plan.seed),
      'invalid.ratio': String(invalidRatio),
      'max.events': String(plan.events),
      'transaction.max.records': String(plan.transactionRecords),
    },
    [sinkName]: {
      'connector.class': 'snowflake-variant',
      topics: names.topic,
      'batch.size': String(plan.batchSize),
      'batch.linger.ms': '100',
      'value.schemas.field': 'event_type',
      'value.schemas': schemas,
      'errors.tolerance': 'all',
      'errors.deadletterqueue.topic.name': names.deadLetters,
      'snowflake.user': 'caves',
      'snowflake.password': 'caves',
      'snowflake.transaction.mode': plan.transactionMode,
      'topic.recreated': plan.topicRecreated,
    },
  };
}
