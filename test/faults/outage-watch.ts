/** When it is that something new is in a topic and in a table, as seen by clients that first connect after an outage. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Consumer, Kafka, logLevel } from 'kafkajs';
import { expect } from 'vitest';
import { connectWith } from '../embedded/snowflake/driver.ts';
import { eventually } from '../helpers/eventually.ts';
import { tables, topics } from './outage-pipeline.ts';

const patience = { timeout: 60_000, interval: 10 };

/** Where the topic under load ends now: those who look for what is new need not read it all. */
export async function endOfLoad(port: number): Promise<string> {
  const admin = clientOf(port).admin();
  await admin.connect();
  const [end] = await admin.fetchTopicOffsets(topics.load);
  await admin.disconnect();
  return end?.high ?? '0';
}

/** When the first event came that was made at `since` or later, and when this line: in ms since the epoch. */
export async function whenInTopics(port: number, from: string, since: number, line: string) {
  const load = Promise.withResolvers<number>();
  const idle = Promise.withResolvers<number>();
  const watch = async (): Promise<Consumer> => {
    const consumer = clientOf(port).consumer({ groupId: `watch-${crypto.randomUUID()}`, maxWaitTimeInMs: 20 });
    await consumer.connect();
    await consumer.subscribe({ topics: Object.values(topics), fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ topic, message: { timestamp, value } }) => {
        if (topic === topics.load && Number(timestamp) >= since) load.resolve(Date.now());
        if (topic === topics.idle && String(value).includes(line)) idle.resolve(Date.now());
      },
    });
    consumer.seek({ topic: topics.load, partition: 0, offset: from });
    return consumer;
  };
  const consumer = await eventually(watch, patience);
  const came = await Promise.race([
    Promise.all([load.promise, idle.promise]),
    delay(patience.timeout).then(() => [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY] as const),
  ]);
  await consumer.disconnect();
  return { load: came[0], idle: came[1] };
}

/**
 * When there were rows of two batches that the warehouse took at `since` or later (one may have been under way), and when
 * this line, in ms since the epoch.
 */
export async function whenInTables(port: number, since: number, line: string) {
  const client = await connectTo(port);
  const came = async (sql: string, wanted: number) => {
    await eventually(async () => {
      const [row] = await client.run(sql);
      return Number(row?.['N']) >= wanted;
    }, patience);
    return Date.now();
  };
  const batches = `COUNT(DISTINCT INGESTION_TIME) AS N FROM WINE_SALES_DB.RAW_DATA.${tables.load}`;
  const found = await Promise.all([
    came(`SELECT ${batches} WHERE INGESTION_TIME >= '${new Date(since).toISOString()}'::TIMESTAMP_TZ`, 2),
    came(`SELECT COUNT(*) AS N FROM WINE_SALES_DB.RAW_DATA.${tables.idle} WHERE EVENT_CONTENT:line = '${line}'`, 1),
  ]);
  await client.destroy();
  return { load: found[0], idle: found[1] };
}

/** Resolves when the table of the load has so many rows. */
export async function rowsInTable(port: number, wanted: number): Promise<void> {
  const client = await connectTo(port);
  const sql = `SELECT COUNT(*) AS N FROM WINE_SALES_DB.RAW_DATA.${tables.load}`;
  await eventually(async () => expect((await client.run(sql))[0]?.['N']).toBe(wanted), patience);
  await client.destroy();
}

const connectTo = (port: number) => {
  const options = { accessUrl: `http://127.0.0.1:${port}`, account: 'embedded', username: 'caves', password: 'caves' };
  return eventually(() => connectWith(options), patience);
};

const clientOf = (port: number) => new Kafka({ brokers: [`127.0.0.1:${port}`], logLevel: logLevel.NOTHING });
