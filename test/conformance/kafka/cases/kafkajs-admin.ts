import { type Admin, ConfigResourceTypes } from 'kafkajs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { consume, kafkaOf, producerOf } from '../../../embedded/kafka/clients.ts';
import { eventually } from '../../../helpers/eventually.ts';
import { newName } from '../names.ts';
import { newTopic } from '../requests.ts';
import type { Subject } from '../subject.ts';

export function kafkajsAdmin(subject: Subject): void {
  async function connected(): Promise<Admin> {
    const admin = kafkaOf(subject).admin();
    await admin.connect();
    onTestFinished(() => admin.disconnect());
    return admin;
  }

  describe('the admin client of kafkajs', () => {
    test('creates, lists, describes, enlarges and deletes topics', async () => {
      const admin = await connected();
      const topic = newName('topic');
      expect(await admin.createTopics({ topics: [{ topic, numPartitions: 3 }] })).toBe(true);
      expect(await admin.createTopics({ topics: [{ topic }] })).toBe(false);
      expect(await admin.listTopics()).toContain(topic);
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      expect(topics[0]?.partitions.map(({ leader }) => leader)).toEqual([1, 1, 1]);
      await admin.createPartitions({ topicPartitions: [{ topic, count: 4 }] });
      await eventually(async () => expect(await admin.fetchTopicOffsets(topic)).toHaveLength(4));
      await admin.deleteTopics({ topics: [topic] });
      await eventually(async () => expect(await admin.listTopics()).not.toContain(topic));
    });

    test('describes and replaces the settings of a topic', async () => {
      const admin = await connected();
      const topic = await newTopic(subject, { configs: { 'cleanup.policy': 'compact' } });
      const resource = { type: ConfigResourceTypes.TOPIC, name: topic };
      const settings = async () => {
        const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [resource] });
        const entries = resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue]);
        return Object.fromEntries(entries ?? []);
      };
      expect(await settings()).toMatchObject({ 'cleanup.policy': 'compact', 'retention.ms': '604800000' });

      const configEntries = [{ name: 'retention.ms', value: '60000' }];
      await admin.alterConfigs({ validateOnly: false, resources: [{ ...resource, configEntries }] });

      await eventually(async () =>
        expect(await settings()).toMatchObject({ 'cleanup.policy': 'delete', 'retention.ms': '60000' }),
      );
    });

    test('finds offsets by time, and deletes records', async () => {
      const admin = await connected();
      const topic = await newTopic(subject);
      const producer = await producerOf(kafkaOf(subject));
      const start = Date.now() - 60_000;
      for (const times of [
        [0, 1000],
        [2000, 3000],
      ]) {
        const messages = times.map((time) => ({ value: 'x', timestamp: String(start + time) }));
        await producer.send({ topic, messages });
      }
      const at = async (time: number) => (await admin.fetchTopicOffsetsByTimestamp(topic, start + time))[0]?.offset;
      expect(await Promise.all([-1000, 1, 1000, 1001, 3000, 3001].map(at))).toEqual(['0', '1', '1', '2', '3', '4']);

      // kafkajs knows the leader only of topics that it has asked for.
      await admin.fetchTopicMetadata({ topics: [topic] });
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '3' }] });

      expect(await admin.fetchTopicOffsets(topic)).toMatchObject([{ low: '3', high: '4' }]);
      const { until, messages } = await consume(kafkaOf(subject), { groupId: newName('group'), topic });
      await until(1);
      expect(messages[0]?.offset).toBe('3');
    });

    test('lists and describes groups, and deletes them once they are empty', async () => {
      const admin = await connected();
      const kafka = kafkaOf(subject);
      const [topic, groupId] = [await newTopic(subject), newName('group')];
      await (await producerOf(kafka)).send({ topic, messages: [{ value: 'x' }] });
      const { consumer, until } = await consume(kafka, { groupId, topic });
      await until(1);
      expect((await admin.listGroups()).groups).toContainEqual({ groupId, protocolType: 'consumer' });
      const [group] = (await admin.describeGroups([groupId])).groups;
      expect(group).toMatchObject({ state: 'Stable', protocol: 'RoundRobinAssigner', protocolType: 'consumer' });
      expect(group?.members).toMatchObject([{ clientId: 'test' }]);
      await expect(admin.deleteGroups([groupId])).rejects.toMatchObject({ groups: [{ errorCode: 68 }] });

      await consumer.disconnect();
      await admin.deleteGroups([groupId]);

      expect((await admin.listGroups()).groups.map((one) => one.groupId)).not.toContain(groupId);
      const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] });
      expect(offsets?.partitions[0]?.offset).toBe('-1');
    });
  });
}
