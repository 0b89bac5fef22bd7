import { describe, expect, test } from 'vitest';
import { createTopicSelection } from '../../../src/runtime/tasks/topic-selection.ts';
import { brokerForTest, clientOf, createTopic } from '../../helpers/runtime/kafka.ts';

const topicCreation = { partitions: 2, replicationFactor: 1 };

describe('a selection of topics', () => {
  test('makes those that are named and missing', async () => {
    const client = clientOf(await brokerForTest());
    await createTopic(client, 'wines');
    const selection = createTopicSelection(client, { topics: ['wines', 'beers'], topicCreation });

    expect(await selection.read()).toEqual(['wines', 'beers']);

    const { topics } = await (await client.admin()).fetchTopicMetadata({ topics: ['wines', 'beers'] });
    const sizes = topics.map(({ name, partitions }) => [name, partitions.length]);
    expect(Object.fromEntries(sizes)).toEqual({ wines: 1, beers: 2 });
  });

  test('finds those that match a pattern as validation reads it', async () => {
    const client = clientOf(await brokerForTest());
    for (const topic of ['Wines', 'beers', 'Ciders']) await createTopic(client, topic);
    const selection = createTopicSelection(client, { topics: [], topicsRegex: '\\p{Lu}.*', topicCreation });

    expect(await selection.read()).toEqual(['Ciders', 'Wines']);
  });

  test('rejects while none matches', async () => {
    const client = clientOf(await brokerForTest());
    const selection = createTopicSelection(client, { topics: [], topicsRegex: 'wine.*', topicCreation });

    await expect(selection.read()).rejects.toThrow('no topic matches topics.regex wine.*');
  });
});
