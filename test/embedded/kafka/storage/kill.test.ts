/** `kill -9` of the broker again and again while clients produce. `CAVES_KILLS` says how often; three times by default. */

import { expect, onTestFinished, test } from 'vitest';
import { consume, kafkaOf, producerOf } from '../clients.ts';
import { newFolder } from '../folders.ts';
import { killBroker, spawnBroker } from '../spawned-broker.ts';

const kills = Number(process.env['CAVES_KILLS'] ?? 3);
const partitions = [0, 1, 2, 3];
/** Retries that outlast the restart of a broker on a busy machine. */
const patience = 200;

test(
  `everything acknowledged is there, in order and once, after ${kills} kills in mid-flow`,
  async () => {
    const dataDir = newFolder();
    let broker = await spawnBroker(dataDir);
    const kafka = kafkaOf(broker, patience);
    const admin = kafka.admin();
    await admin.connect();
    onTestFinished(() => admin.disconnect());
    // Small segments: a kill meets the change from one to the next, too.
    const configEntries = [{ name: 'segment.bytes', value: '4000' }];
    await admin.createTopics({ topics: [{ topic: 'wines', numPartitions: partitions.length, configEntries }] });
    const producer = await producerOf(kafka, { idempotent: true });

    const acknowledged = partitions.map(() => 0);
    let [wanted, reached] = [0, Promise.withResolvers<void>()];
    let isDone = false;
    const total = (): number => acknowledged.reduce((sum, count) => sum + count, 0);
    const produceTo = async (partition: number): Promise<void> => {
      for (let n = 0; !isDone; n++) {
        const messages = [{ partition, value: `${partition}:${n}` }];
        await producer.send({ topic: 'wines', acks: -1, messages });
        acknowledged[partition] = n + 1;
        if (total() >= wanted) reached.resolve();
      }
    };
    const producing = Promise.all(partitions.map(produceTo));

    for (let kill = 0; kill < kills; kill++) {
      wanted = total() + 20 + Math.floor(Math.random() * 200);
      reached = Promise.withResolvers();
      await Promise.race([reached.promise, producing]);
      await killBroker(broker);
      broker = await spawnBroker(dataDir, broker.port);
    }
    isDone = true;
    await producing;

    const { messages, until } = await consume(kafka, { groupId: 'readers', topic: 'wines' });
    await until(total());
    for (const partition of partitions) {
      const values = messages.filter((message) => message.partition === partition).map(({ value }) => String(value));
      expect(values).toEqual(Array.from({ length: acknowledged[partition] as number }, (_, n) => `${partition}:${n}`));
    }
  },
  60_000 + 10_000 * kills,
);
