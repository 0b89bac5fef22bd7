import { describe, expect, onTestFinished, test } from 'vitest';
import type { Broker } from '../../../src/embedded/kafka/index.ts';
import { type SupervisedConsumer, superviseConsumer } from '../../../src/runtime/kafka/consumer.ts';
import type { Assigned, ConsumerOptions, FetchedBatch } from '../../../src/runtime/kafka/consumer-model.ts';
import { isRefusal } from '../../../src/runtime/kafka/errors.ts';
import { createLogger, type LogEntry } from '../../../src/runtime/log.ts';
import { eventually } from '../../helpers/eventually.ts';
import {
  brokerForTest,
  clientOf,
  committedOffset,
  createTopic,
  produce,
  type TestClient,
  textOf,
} from '../../helpers/runtime/kafka.ts';
import { tempFolder } from '../../helpers/temp-folder.ts';

interface Member extends SupervisedConsumer {
  readonly client: TestClient;
  readonly log: readonly LogEntry[];
  /** What happened, in order. */
  readonly events: readonly string[];
  readonly batches: readonly FetchedBatch[];
  readonly assigned: readonly Assigned[];
  /** The values of a partition in the order of delivery. */
  values(partition?: number): readonly string[];
}

/** A member of the group `tasters` that reads `wines`, closed with the test. */
function memberOf(broker: Broker, options: Partial<ConsumerOptions> = {}): Member {
  const client = clientOf(broker);
  const log: LogEntry[] = [];
  const events: string[] = [];
  const batches: FetchedBatch[] = [];
  let assigned: readonly Assigned[] = [];
  const consumer = superviseConsumer({
    client,
    groupId: 'tasters',
    topics: async () => ['wines'],
    offsetReset: 'earliest',
    maxWaitMs: 50,
    sessionTimeoutMs: 6_000,
    log: createLogger((entry) => log.push(entry), 'consumer', 'debug'),
    ...options,
    onRevoked: () => {
      events.push('revoked');
      options.onRevoked?.();
    },
    onAssigned: (now) => {
      events.push('assigned');
      assigned = now;
      options.onAssigned?.(now);
    },
    onLost: (reason) => {
      events.push('lost');
      options.onLost?.(reason);
    },
    onBatch: (batch) => {
      events.push('batch');
      batches.push(batch);
      options.onBatch?.(batch);
    },
  });
  onTestFinished(() => consumer.close());
  return Object.defineProperties(consumer, {
    client: { value: client },
    log: { value: log },
    events: { value: events },
    batches: { value: batches },
    assigned: { get: () => assigned },
    values: {
      value: (partition = 0) =>
        batches
          .filter((batch) => batch.partition === partition)
          .flatMap(({ messages }) => messages.map(({ value }) => textOf(value))),
    },
  }) as Member;
}

async function scene({ partitions = 1, dataDir }: { readonly partitions?: number; readonly dataDir?: string } = {}) {
  const broker = await brokerForTest(dataDir === undefined ? {} : { dataDir });
  const client = clientOf(broker);
  await createTopic(client, 'wines', partitions);
  return { broker, client };
}

const texts = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `${from + i}`);
const messages = (from: number, to: number, partition = 0) => texts(from, to).map((value) => ({ value, partition }));

const joined = (member: Member, count: number) => eventually(() => expect(member.assigned).toHaveLength(count));

describe('a supervised consumer', () => {
  test('tells its assignment with the committed offsets before it delivers anything', async () => {
    const { broker, client } = await scene();
    await produce(client, 'wines', messages(0, 10));

    const member = memberOf(broker);
    await eventually(() => expect(member.values()).toEqual(texts(0, 10)));

    expect(member.events.slice(0, 3)).toEqual(['revoked', 'assigned', 'batch']);
    expect(member.assigned).toMatchObject([{ topic: 'wines', partition: 0, committed: undefined, start: 0n }]);
    expect(member.batches.at(-1)).toMatchObject({ next: 10n, highWatermark: 10n });
  });

  test('begins at the committed offset', async () => {
    const { broker, client } = await scene();
    await produce(client, 'wines', messages(0, 10));
    const first = memberOf(broker);
    await eventually(() => expect(first.values()).toHaveLength(10));
    await first.commit([{ topic: 'wines', partition: 0, next: 4n }]);
    await first.close();

    const second = memberOf(broker);
    await eventually(() => expect(second.values()).toEqual(texts(4, 10)));

    expect(second.assigned).toMatchObject([{ topic: 'wines', partition: 0, committed: { next: 4n }, start: 4n }]);
  });

  test('begins at the end where it is told to read the latest', async () => {
    const { broker, client } = await scene();
    await produce(client, 'wines', messages(0, 10));
    const member = memberOf(broker, { offsetReset: 'latest' });
    await joined(member, 1);

    await produce(client, 'wines', messages(10, 12));

    await eventually(() => expect(member.values()).toEqual(texts(10, 12)));
  });

  test('delivers nothing while it is paused, and goes on in order', async () => {
    const { broker, client } = await scene();
    const member = memberOf(broker, { onBatch: () => member.pause() });
    await produce(client, 'wines', messages(0, 5));
    await eventually(() => expect(member.values()).toEqual(texts(0, 5)));
    await produce(client, 'wines', messages(5, 10));
    // Another partition's fetches would show that time has passed; here a whole heartbeat of the group does.
    const fetches = () => member.log.length;
    const seen = fetches();
    member.resume();

    await eventually(() => expect(member.values()).toEqual(texts(0, 10)));
    expect(fetches()).toBe(seen);
    expect(member.batches.every(({ messages: of }) => of.length <= 5)).toBe(true);
  });

  test('reports how far it has read where a transaction left nothing but its end', async () => {
    const { broker, client } = await scene();
    const skipped: bigint[] = [];
    memberOf(broker, { onSkipped: ({ next }) => skipped.push(next) });
    const producer = client.producer({ transactionalId: 'x' });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic: 'wines', messages: messages(0, 3) });
    await transaction.abort();
    await producer.disconnect();

    await eventually(() => expect(skipped.at(-1)).toBe(4n));
  });
});

describe('when something goes wrong', () => {
  test('a consumer whose connection is cut goes on', async () => {
    const { broker, client } = await scene();
    const member = memberOf(broker);
    await produce(client, 'wines', messages(0, 5));
    await eventually(() => expect(member.values()).toHaveLength(5));
    await member.commit([{ topic: 'wines', partition: 0, next: 5n }]);

    for (const api of ['Fetch', 'Heartbeat', 'FindCoordinator', 'JoinGroup']) broker.hooks.cut({ api, when: 'before' });
    member.restart('a test');
    await eventually(() => expect(member.events).toContain('lost'));
    await produce(client, 'wines', messages(5, 10));

    await eventually(() => expect(member.values()).toEqual(texts(0, 10)));
  });

  test('a consumer that crashes is replaced, and what was not committed comes again', async () => {
    const { broker, client } = await scene();
    const member = memberOf(broker);
    await produce(client, 'wines', messages(0, 5));
    await eventually(() => expect(member.values()).toHaveLength(5));
    broker.hooks.fail({ api: 'Fetch', error: 'UNKNOWN_SERVER_ERROR', topic: 'wines' });

    await eventually(() => expect(member.replaced).toBe(1));
    await eventually(() => expect(member.values()).toEqual([...texts(0, 5), ...texts(0, 5)]));
    expect(member.events.filter((event) => event !== 'batch')).toEqual([
      'revoked',
      'assigned',
      'lost',
      'revoked',
      'assigned',
    ]);
  });

  test('a consumer that may not read says so, once, and no other is tried', async () => {
    const { broker } = await scene();
    const refused: unknown[] = [];
    const member = memberOf(broker, { onRefused: (error) => refused.push(error) });
    await joined(member, 1);
    broker.hooks.fail({ api: 'Fetch', error: 'TOPIC_AUTHORIZATION_FAILED', topic: 'wines' });

    await eventually(() => expect(refused).toHaveLength(1));
    expect(isRefusal(refused[0])).toBe(true);
    expect(member.replaced).toBe(0);
    expect(member.events.at(-1)).toBe('lost');
  });

  test('a consumer that is told to join again does', async () => {
    const { broker, client } = await scene();
    const member = memberOf(broker);
    await joined(member, 1);
    broker.hooks.fail({ api: 'Heartbeat', error: 'ILLEGAL_GENERATION' });

    await eventually(() => expect(member.events.filter((event) => event === 'assigned')).toHaveLength(2));
    await produce(client, 'wines', messages(0, 5));

    await eventually(() => expect(member.values()).toEqual(texts(0, 5)));
  });

  test('a listener that throws costs the consumer, not the process', async () => {
    const { broker, client } = await scene();
    let failures = 0;
    const member = memberOf(broker, {
      onRevoked: () => {
        if (failures++ === 0) throw new Error('a slip');
      },
    });
    await produce(client, 'wines', messages(0, 5));

    await eventually(() => expect(member.values()).toEqual(texts(0, 5)));
    expect(member.replaced).toBe(1);
  });

  test('a consumer lives through a restart of the broker', async () => {
    const dataDir = tempFolder();
    const { broker, client } = await scene({ dataDir });
    const member = memberOf(broker);
    await produce(client, 'wines', messages(0, 5));
    await eventually(() => expect(member.values()).toHaveLength(5));
    await member.commit([{ topic: 'wines', partition: 0, next: 5n }]);

    await broker.close();
    await eventually(() => expect(member.client.connection.reachable).toBe(false));
    await brokerForTest({ dataDir, port: broker.port });
    await produce(clientOf(broker), 'wines', messages(5, 10));

    await eventually(() => expect(member.values()).toEqual(texts(0, 10)));
    expect(member.client.log.filter(({ level }) => level !== 'debug').map(({ message }) => message)).toEqual([
      expect.stringMatching(/does not answer/),
      expect.stringMatching(/answers again/),
    ]);
  });

  test('a consumer waits for topics that are not to be had', async () => {
    const { broker, client } = await scene();
    let asked = 0;
    const member = memberOf(broker, {
      topics: async () => {
        if (++asked < 3) throw new Error('none yet');
        return ['wines'];
      },
    });
    await produce(client, 'wines', messages(0, 5));

    await eventually(() => expect(member.values()).toEqual(texts(0, 5)));
    expect(member.replaced).toBe(2);
  });

  test('a consumer can be closed at any moment, more than once', async () => {
    const { broker } = await scene();
    const early = memberOf(broker);
    await Promise.all([early.close(), early.close()]);
    const late = memberOf(broker);
    await joined(late, 1);
    await late.close();

    await expect(late.commit([{ topic: 'wines', partition: 0, next: 1n }])).rejects.toThrow();
  });
});

describe('two members', () => {
  test('share the partitions, and one takes them all when the other leaves', async () => {
    const { broker, client } = await scene({ partitions: 4 });
    const [one, two] = [memberOf(broker), memberOf(broker)];
    await Promise.all([joined(one, 2), joined(two, 2)]);

    await two.close();
    await joined(one, 4);
    for (const partition of [0, 1, 2, 3]) await produce(client, 'wines', messages(0, 5, partition));

    for (const partition of [0, 1, 2, 3]) {
      await eventually(() => expect(one.values(partition)).toEqual(texts(0, 5)));
    }
  });

  test('get contiguous batches from where the group stands, however often they share anew', async () => {
    const { broker, client } = await scene({ partitions: 3 });
    const partitions = [0, 1, 2];
    for (const partition of partitions) await produce(client, 'wines', messages(0, 50, partition));
    // A membership's batches of a partition, each with where the group stood at its begin.
    const starts = new Map<string, bigint>();
    const gaps: string[] = [];
    let round = 0;
    const watched = (name: string): Partial<ConsumerOptions> => ({
      onAssigned: (assigned) => {
        for (const partition of partitions) starts.delete(`${name}-${partition}`);
        for (const { partition, committed } of assigned) starts.set(`${name}-${partition}`, committed?.next ?? 0n);
      },
      onBatch: ({ partition, messages: of, next }) => {
        const expected = starts.get(`${name}-${partition}`);
        const began = BigInt(of[0]?.offset ?? -1);
        if (began !== expected) gaps.push(`${name}-${partition}: ${began} for ${expected} in round ${round}`);
        starts.set(`${name}-${partition}`, next);
      },
    });
    const stays = memberOf(broker, watched('stays'));
    for (; round < 3; round++) {
      const comes = memberOf(broker, watched(`comes${round}`));
      await eventually(() => expect(comes.assigned.length).toBeGreaterThan(0));
      for (const partition of partitions) {
        await produce(client, 'wines', messages(50 * (round + 1), 50 * (round + 2), partition));
      }
      await eventually(() => expect(comes.batches.length).toBeGreaterThan(0));
      await comes.close();
    }
    await joined(stays, 3);
    await eventually(() => {
      for (const partition of partitions) expect(stays.values(partition).at(-1)).toBe('199');
    });

    expect(gaps).toEqual([]);
  });

  test('cannot commit for a partition that the other one has by now', async () => {
    const { broker, client } = await scene({ partitions: 2 });
    for (const partition of [0, 1]) await produce(client, 'wines', messages(0, 5, partition));
    const one = memberOf(broker);
    await eventually(() => expect(one.values(0).length + one.values(1).length).toBe(10));
    // The coordinator is not ready for commits; before it is, the partitions are dealt anew.
    broker.hooks.fail({ api: 'OffsetCommit', error: 'COORDINATOR_LOAD_IN_PROGRESS', times: 1_000 });
    const committing = Promise.allSettled([
      one.commit([
        { topic: 'wines', partition: 0, next: 3n },
        { topic: 'wines', partition: 1, next: 3n },
      ]),
    ]);
    const two = memberOf(broker);
    await Promise.all([joined(one, 1), joined(two, 1)]);
    broker.hooks.clear();
    const [taken] = two.assigned;
    await two.commit([{ topic: 'wines', partition: taken?.partition ?? 0, next: 5n }]);

    const [outcome] = await committing;

    expect(outcome?.status).toBe('rejected');
    expect(await committedOffset(client, 'tasters', 'wines', taken?.partition)).toBe(5n);
  });
});
