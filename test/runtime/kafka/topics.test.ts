import { describe, expect, test } from 'vitest';
import { classifyKafkaError } from '../../../src/runtime/kafka/errors.ts';
import { ensureTopics } from '../../../src/runtime/kafka/topics.ts';
import { brokerForTest, clientOf, createTopic } from '../../helpers/runtime/kafka.ts';

const spec = (topic: string, replicationFactor = 1) => ({ topic, partitions: 2, replicationFactor });

async function refusal(call: Promise<void>): Promise<Error> {
  return call.then(
    () => expect.unreachable(),
    (error: Error) => error,
  );
}

describe('topics that are to be there', () => {
  test('are made with their settings, and left as they are when they are there', async () => {
    const client = clientOf(await brokerForTest());
    await createTopic(client, 'wines', 1);

    await ensureTopics(client, [spec('wines'), spec('beers')]);
    await Promise.all([ensureTopics(client, [spec('ciders')]), ensureTopics(client, [spec('ciders')])]);

    const { topics } = await (await client.admin()).fetchTopicMetadata({ topics: ['wines', 'beers', 'ciders'] });
    expect(Object.fromEntries(topics.map(({ name, partitions }) => [name, partitions.length]))).toEqual({
      wines: 1,
      beers: 2,
      ciders: 2,
    });
  });

  test('cannot have every name: the error names the topic, the reason and the way out', async () => {
    const client = clientOf(await brokerForTest());

    const error = await refusal(ensureTopics(client, [spec('wines'), spec('rosé & co')]));

    expect(error.message).toMatch(/^The topic "rosé & co" cannot be created: .*invalid topic.* \(a name has 1 to 249/);
    expect(classifyKafkaError(error)).toBe('fatal');
  });

  test('cannot have more replicas than there are brokers', async () => {
    const client = clientOf(await brokerForTest());

    const { message } = await refusal(ensureTopics(client, [spec('wines', 3)]));

    expect(message).toMatch(/^The topic "wines" cannot be created: .*\(more replicas are asked for than there are/);
  });

  test('are waited for when Kafka does not answer: what failed can be tried again', async () => {
    const broker = await brokerForTest();
    const client = clientOf(broker);
    const hook = broker.hooks.fail({ api: 'CreateTopics', topic: 'wines', error: 'REQUEST_TIMED_OUT', times: 20 });

    const error = await refusal(ensureTopics(client, [spec('wines')]));

    expect(hook).toBeDefined();
    expect(classifyKafkaError(error)).toBe('retriable');
  });
});
