import { startEmbedded, writeBatches } from 'caves-connect/testing';
import { Kafka, logLevel } from 'kafkajs';
import { expect, test } from 'vitest';
import sink from '../../connectors/snowflake-variant/index.ts';

test('startEmbedded gives a Kafka and a Snowflake to real clients, and takes both away again', async () => {
  const embedded = await startEmbedded();
  const kafka = new Kafka({ brokers: [...embedded.kafka.brokers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: 'sales', numPartitions: 2 }] });
  expect(await admin.listTopics()).toContain('sales');
  await admin.disconnect();

  const config = {
    'snowflake.user': 'caves',
    'snowflake.password': 'caves',
    'snowflake.url': embedded.snowflake.url,
  };
  const { positions } = await writeBatches(sink, { config, records: [{ event_type: 'A' }, { event_type: 'B' }] });
  expect(positions).toEqual([{ topic: 'test', partition: 0, next: 2n }]);

  await embedded.close();
  await expect(fetch(embedded.snowflake.url)).rejects.toThrow();
});
