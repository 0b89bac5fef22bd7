import { createRequire } from 'node:module';
import fc from 'fast-check';
import type { Message, PartitionerArgs } from 'kafkajs';
import { describe, expect, test } from 'vitest';
import '../../../../src/runtime/kafka/kafkajs/index.ts';
import { createSendMessages } from '../../../../src/runtime/kafka/kafkajs/send-messages.ts';
import { javaPartitioner } from '../../../../src/runtime/kafka/partitioner.ts';

const inner = createRequire(import.meta.url);
const createRetry = inner('kafkajs/src/retry/index.js') as (policy: object) => never;
const { parse } = inner('kafkajs/src/protocol/requests/produce/v3/response.js') as { parse(answer: object): never };
const { KafkaJSConnectionClosedError } = inner('kafkajs/src/errors.js') as Record<string, new (text: string) => Error>;

const notLeader = 6;
const tooLarge = 10;
const notEnoughReplicasAfterAppend = 20;
const outOfOrder = 45;

/** What happens to a request: to all of it, or to the first partition in it. */
const faults = [
  'none',
  'cut before',
  'cut after',
  'leaders move',
  'not leader',
  'appended too late',
  'refused',
] as const;
type Fault = (typeof faults)[number];

interface Sent {
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly { partition: number; messages: readonly Message[]; firstSequence: number }[];
  }[];
}

/** Three brokers with four partitions, which know a producer's sequence as Kafka's do. */
function scene(script: readonly Fault[]) {
  const left = [...script];
  const leaders = [1, 2, 3, 1];
  const logs: string[][] = leaders.map(() => []);
  const taken = leaders.map(() => ({ next: 0, last: undefined as { first: number; count: number } | undefined }));
  const sequences = new Map<number, number>();

  const append = (partition: number, messages: readonly Message[], first: number, isRefused: boolean): number => {
    const state = taken[partition] as (typeof taken)[number];
    if (state.last?.first === first && state.last.count === messages.length) return 0;
    if (isRefused) return tooLarge;
    if (first !== state.next) return outOfOrder;
    logs[partition]?.push(...messages.map(({ value }) => String(value)));
    state.last = { first, count: messages.length };
    state.next += messages.length;
    return 0;
  };

  const produce = async (nodeId: number, { topicData }: Sent) => {
    const fault = left.shift() ?? 'none';
    if (fault === 'cut before') throw new (KafkaJSConnectionClosedError as never as ErrorConstructor)('cut');
    if (fault === 'leaders move') leaders.push(leaders.shift() as number);
    const topics = topicData.map(({ topic, partitions }) => ({
      topicName: topic,
      partitions: partitions.map(({ partition, messages, firstSequence }, index) => {
        const is = (one: Fault) => fault === one && index === 0;
        if (leaders[partition] !== nodeId || is('not leader')) return { partition, errorCode: notLeader };
        const errorCode = append(partition, messages, firstSequence, is('refused'));
        return { partition, errorCode: is('appended too late') ? notEnoughReplicasAfterAppend : errorCode };
      }),
    }));
    if (fault === 'cut after') throw new (KafkaJSConnectionClosedError as never as ErrorConstructor)('cut');
    return parse({ topics });
  };

  const send = createSendMessages({
    logger: { debug: () => undefined, error: () => undefined },
    partitioner: javaPartitioner() as (of: PartitionerArgs) => number,
    retrier: createRetry({ initialRetryTime: 0.1, maxRetryTime: 1, retries: 40 }),
    cluster: {
      isConnected: () => true,
      connect: async () => undefined,
      addMultipleTargetTopics: async () => undefined,
      refreshMetadata: async () => undefined,
      refreshMetadataIfNecessary: async () => undefined,
      findTopicPartitionMetadata: () => leaders.map((leader, partitionId) => ({ leader, partitionId })) as never,
      findBroker: async ({ nodeId }) =>
        ({ produce: (request: object) => produce(Number(nodeId), request as Sent) }) as never,
      removeBroker: () => undefined,
    },
    eosManager: {
      isInitialized: () => true,
      isTransactional: () => true,
      getTransactionalId: () => 'id',
      getProducerId: () => 1,
      getProducerEpoch: () => 0,
      getSequence: (_, partition) => sequences.get(partition) ?? 0,
      updateSequence: (_, partition, by) => void sequences.set(partition, (sequences.get(partition) ?? 0) + by),
      addPartitionsToTransaction: async () => undefined,
    },
  });
  return { logs, send: (messages: Message[]) => send({ acks: -1, topicMessages: [{ topic: 'wines', messages }] }) };
}

describe('the messages of a call', () => {
  test('arrive once and in order, whatever happens to their requests; of refused ones all others do', async () => {
    const message = fc.record({ key: fc.constantFrom(null, 'a', 'b', 'c'), partition: fc.option(fc.nat({ max: 3 })) });
    const calls = fc.array(fc.array(message, { minLength: 1, maxLength: 9 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(calls, fc.array(fc.constantFrom(...faults), { maxLength: 8 }), async (plan, script) => {
        const { send, logs } = scene(script);
        let n = 0;
        const all = plan.map((of) =>
          of.map(
            ({ key, partition }): Message => ({ key, value: String(n++), ...(partition !== null && { partition }) }),
          ),
        );
        const outcomes = await Promise.allSettled(all.map(send));
        const there = logs.flat();
        expect(new Set(there).size, 'none twice').toBe(there.length);
        for (const log of logs) expect(log.map(Number), 'in order').toEqual(log.map(Number).toSorted((a, b) => a - b));
        outcomes.forEach((outcome, index) => {
          if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ type: 'MESSAGE_TOO_LARGE' });
          else for (const { value } of all[index] ?? []) expect(there).toContain(value);
        });
      }),
      { numRuns: 300 },
    );
  });

  test('are answered with where they lie', async () => {
    const { send } = scene(['not leader']);
    const messages = [0, 1, 2].map((partition) => ({ partition, value: 'x' }));
    const answer = await send(messages);
    expect(answer.map(({ topicName, partition }) => `${topicName}-${partition}`).toSorted()).toEqual([
      'wines-0',
      'wines-1',
      'wines-2',
    ]);
  });

  test('are refused where they name a partition that is not there', async () => {
    const { send } = scene([]);
    await expect(send([{ partition: 4, value: 'x' }])).rejects.toThrow(
      'A record names partition 4 of wines, which has 4 (0 to 3)',
    );
  });
});
