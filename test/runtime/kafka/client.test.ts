import { expect, onTestFinished, test } from 'vitest';
import { superviseConsumer } from '../../../src/runtime/kafka/consumer.ts';
import { eventually } from '../../helpers/eventually.ts';
import { brokerForTest, clientOf, createTopic } from '../../helpers/runtime/kafka.ts';

test('a broker that is silent counts as unreachable after some seconds, until it answers', async () => {
  const broker = await brokerForTest();
  const client = clientOf(broker);
  await createTopic(client, 'wines');
  const consumer = superviseConsumer({
    client,
    groupId: 'tasters',
    topics: async () => ['wines'],
    offsetReset: 'earliest',
    maxWaitMs: 50,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    onAssigned: () => undefined,
    onBatch: () => undefined,
  });
  onTestFinished(() => consumer.close());
  await eventually(() => expect(client.connection.reachable).toBe(true));

  for (const api of ['Fetch', 'Heartbeat']) broker.hooks.delay({ api, ms: 9_000, times: 100 });
  await eventually(() => expect(client.connection.reachable).toBe(false));
  broker.hooks.clear();
  await eventually(() => expect(client.connection.reachable).toBe(true));

  const said = client.log.filter(({ level }) => level !== 'debug').map(({ message }) => message);
  expect(said).toEqual([
    expect.stringContaining('does not answer (nothing was heard of it for 5 s)'),
    expect.stringContaining('answers again'),
  ]);
});

test('an error that Kafka answers with is said when it lasts', async () => {
  const client = clientOf(await brokerForTest());
  const error = Object.assign(new Error('There is no leader'), { type: 'LEADER_NOT_AVAILABLE', retriable: true });
  for (let attempt = 1; attempt <= 25; attempt++) client.connection.failed(error, attempt);
  expect(client.log.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual([
    'Kafka answers "There is no leader" after 10 tries: trying again until it does not',
    'Kafka answers "There is no leader" after 20 tries: trying again until it does not',
  ]);
});
