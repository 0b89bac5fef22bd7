/** The pipeline of a fault test: known events through Kafka into the embedded warehouse, in many small steps. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const topic = 'sales_events';
/** So that the dead letter queue is as busy as the table. */
export const invalidRatio = 0.1;

const schema = (file: string) => fileURLToPath(new URL(`../../configs/schemas/${file}`, import.meta.url));

/** Writes the file for `caves-connect start` and answers its path. */
export function writePipeline(
  folder: string,
  { seed, events, brokers }: { readonly seed: number; readonly events: number; readonly brokers: string },
): string {
  const file = join(folder, 'faults.yaml');
  writeFileSync(
    file,
    `
worker:
  bootstrap.servers: ${brokers}
  data.dir: ./.caves
  rest.port: 0
  metrics.port: 0
connectors:
  faults-source:
    connector.class: wine-sales-generator
    topic: ${topic}
    generation.delay.ms: 1
    generation.seed: ${seed}
    invalid.ratio: ${invalidRatio}
    max.events: ${events}
    transaction.max.records: 100
  faults-sink:
    connector.class: snowflake-variant
    topics: ${topic}
    batch: { size: 200, linger.ms: 100 }
    value.schemas.field: event_type
    value.schemas:
      ORDER_CREATED: ${schema('order-created.json')}
      INVENTORY_ADJUSTED: ${schema('inventory-adjusted.json')}
    errors:
      tolerance: all
      deadletterqueue.topic.name: ${topic}.dlq
    snowflake: { user: caves, password: caves }
`,
  );
  return file;
}
