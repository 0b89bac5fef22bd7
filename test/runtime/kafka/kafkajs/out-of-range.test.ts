/** A consumer that retention overtakes, through the consumer of the runtime. */
import { expect, onTestFinished, test } from 'vitest';
import type { Broker } from '../../../../src/embedded/kafka/index.ts';
import { superviseConsumer } from '../../../../src/runtime/kafka/consumer.ts';
import type { ConsumerOptions } from '../../../../src/runtime/kafka/consumer-model.ts';
import { createLogger } from '../../../../src/runtime/log.ts';
import { eventually } from '../../../helpers/eventually.ts';
import {
  brokerForTest,
  clientOf,
  committedOffset,
  createTopic,
  produce,
  textOf,
} from '../../../helpers/runtime/kafka.ts';

/** A member of the group `tasters` that reads `wines`, with the values and the warnings that it had so far. */
function memberOf(broker: Broker, options: Partial<ConsumerOptions>) {
  const values: (string | null)[] = [];
  const warnings: string[] = [];
  const consumer = superviseConsumer({
    client: clientOf(broker),
    groupId: 'tasters',
    topics: async () => ['wines'],
    offsetReset: 'latest',
    maxWaitMs: 50,
    sessionTimeoutMs: 6_000,
    log: createLogger(({ level, message }) => level === 'warn' && warnings.push(message), 'consumer', 'warn'),
    onAssigned: () => undefined,
    ...options,
    onBatch: (batch) => {
      values.push(...batch.messages.map(({ value }) => textOf(value)));
      options.onBatch?.(batch);
    },
  });
  onTestFinished(() => consumer.close());
  return Object.assign(consumer, { values, warnings });
}

const texts = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `${from + i}`);
const messages = (from: number, to: number) => texts(from, to).map((value) => ({ value }));

test.each(['earliest', 'latest'] as const)(
  'a consumer that is overtaken goes on at the first record that is there, where groups without an offset begin at the %s',
  async (offsetReset) => {
    const broker = await brokerForTest();
    const client = clientOf(broker);
    await createTopic(client, 'wines');
    await produce(client, 'wines', messages(0, 10));
    const member = memberOf(broker, {
      offsetReset,
      beginAt: async (assigned) => assigned.map((at) => ({ ...at, start: 0n, landmarks: [] })),
      onBatch: () => {
        if (member.values.length === 10) member.pause();
      },
    });
    await eventually(() => expect(member.values).toEqual(texts(0, 10)));
    await member.commit([{ topic: 'wines', partition: 0, next: 10n }]);
    await produce(client, 'wines', messages(10, 20));
    const admin = await client.admin();
    await admin.fetchTopicMetadata({ topics: ['wines'] });
    await admin.deleteTopicRecords({ topic: 'wines', partitions: [{ partition: 0, offset: '15' }] });

    member.resume();
    // The end of the log moves on, as it does where there is work.
    const goesOn = async () => {
      await produce(client, 'wines', [{ value: 'later' }]);
      expect(member.values.length).toBeGreaterThan(15);
    };
    await eventually(goesOn);

    expect(member.values.slice(10, 16)).toEqual([...texts(15, 20), 'later']);
    expect(member.warnings).toEqual(['wines-0: offsets 10 to 14 were deleted before they were read']);
    expect(await committedOffset(client, 'tasters', 'wines'), 'nothing is committed but by who has read').toBe(10n);

    await member.close();
    const next = memberOf(broker, { offsetReset });
    await eventually(() => expect(next.values.slice(0, 6)).toEqual([...texts(15, 20), 'later']));
    expect(next.warnings).toEqual(['wines-0: offsets 10 to 14 were deleted before they were read']);
  },
);
