/** What became of the events, read the way a user would: committed records of topics, rows through `caves-connect sql`. */
import { type IHeaders, Kafka, logLevel } from 'kafkajs';
import { letIdleConnectionsSleep } from '../../src/runtime/kafka/kafkajs/request-queue.ts';
import { runCli } from '../helpers/cli.ts';
import { canonical } from './events.ts';

export interface TopicRecord {
  /** `topic-partition@offset`. */
  readonly place: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

// Else it sets timers with negative delays, of which Node warns.
letIdleConnectionsSleep();

/** All committed records of a topic with one partition, in order. */
export async function readTopic(brokers: string, topic: string): Promise<readonly TopicRecord[]> {
  const kafka = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING });
  // Control records are never delivered, so the end is marked by a record of our own.
  const end = `end-${process.pid}-${Date.now()}`;
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic, messages: [{ key: end, value: null }] });
  await producer.disconnect();

  const records: TopicRecord[] = [];
  const consumer = kafka.consumer({ groupId: end });
  const reached = Promise.withResolvers<void>();
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch: { partition, messages } }) => {
        for (const { key, value, offset, headers } of messages) {
          if (String(key) === end) return reached.resolve();
          records.push({ place: `${topic}-${partition}@${offset}`, value: String(value), headers: textsOf(headers) });
        }
      },
    });
    await reached.promise;
  } finally {
    await consumer.disconnect();
  }
  return records;
}

function textsOf(headers: IHeaders = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

/** The events of all rows of the table that the pipeline file names, in {@link canonical} form. */
export async function readTable(
  pipeline: string,
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<readonly string[]> {
  const sql = 'SELECT EVENT_TYPE, PRODUCT_ID, CUSTOMER_ID, EVENT_METADATA, EVENT_CONTENT FROM RAW_EVENTS_STREAM';
  const { code, stdout, stderr } = await runCli(['sql', '-o', 'json', '--config', pipeline, sql], options);
  if (code !== 0) throw new Error(`caves-connect sql ended with ${code}: ${stderr}`);
  const rows = JSON.parse(stdout) as readonly Readonly<Record<string, unknown>>[];
  return rows.map((row) =>
    canonical(
      Object.fromEntries(
        Object.entries(row).flatMap(([column, value]) => (value === null ? [] : [[column.toLowerCase(), value]])),
      ),
    ),
  );
}
