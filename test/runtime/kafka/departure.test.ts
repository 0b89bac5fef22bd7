import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { superviseConsumer } from '../../../src/runtime/kafka/consumer.ts';
import { eventually } from '../../helpers/eventually.ts';
import { brokerForTest, clientOf, createTopic, produce, textOf } from '../../helpers/runtime/kafka.ts';

test('a consumer that crashed and could not leave is followed by one that need not wait for the end of its session', async () => {
  const broker = await brokerForTest();
  const client = clientOf(broker);
  await createTopic(client, 'wines');
  const values: (string | null)[] = [];
  const consumer = superviseConsumer({
    client,
    groupId: 'tasters',
    topics: async () => ['wines'],
    offsetReset: 'earliest',
    maxWaitMs: 50,
    // Longer than the test may take: whoever waited for it would be too late.
    sessionTimeoutMs: 60_000,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    onAssigned: () => undefined,
    onBatch: ({ messages }) => values.push(...messages.map(({ value }) => textOf(value))),
  });
  onTestFinished(() => consumer.close());
  await produce(client, 'wines', [{ value: 'before' }]);
  await eventually(() => expect(values).toEqual(['before']));

  // As in an outage it cannot even leave.
  const leaves = broker.hooks.fail({ api: 'LeaveGroup', error: 'UNKNOWN_SERVER_ERROR' });
  broker.hooks.fail({ api: 'Fetch', error: 'UNKNOWN_SERVER_ERROR' });
  await leaves.done;
  await eventually(() => expect(consumer.replaced).toBe(1));
  await produce(client, 'wines', [{ value: 'after' }]);
  const patience = delay(10_000, 'too late', { ref: false });
  const came = eventually(() => expect(values).toContain('after'));
  await expect(Promise.race([came.then(() => 'in time'), patience])).resolves.toBe('in time');
});
