import { describe, expect, test } from 'vitest';
import type { Broker } from '../../../src/embedded/kafka/index.ts';
import {
  BatchRejectedError,
  defineTransform,
  FencedError,
  InvalidRecordsError,
  RetriableError,
} from '../../../src/sdk/index.ts';
import { eventually } from '../../helpers/eventually.ts';
import {
  brokerForTest,
  clientOf,
  committedOffset,
  createTopic,
  produce,
  readAll,
  type TestClient,
  textOf,
} from '../../helpers/runtime/kafka.ts';
import {
  type PerfectDestination,
  perfectDestination,
  plainDestination,
} from '../../helpers/runtime/perfect-destination.ts';
import { registryOf } from '../../helpers/runtime/plugins.ts';
import { startTask, stopped } from '../../helpers/runtime/tasks.ts';

const tolerant = { 'errors.tolerance': 'all', 'errors.retry.delay.max.ms': '50' };
const small = { 'batch.size': '7', 'batch.linger.ms': '20' };

const reroute = defineTransform({
  name: 'reroute',
  version: '1.0.0',
  summary: 'Puts a prefix before the topic',
  config: { properties: {} },
  open: () => ({
    apply: (records) => records.map((record) => ({ ...record, topic: `rerouted-${record.topic}` })),
  }),
});

interface Scene {
  readonly broker: Broker;
  readonly client: TestClient;
  readonly destination: PerfectDestination;
  /** Starts a task of the connector `snk` on the topic `wines`. */
  start(
    config?: Readonly<Record<string, string>>,
    place?: { task: number; tasks: number },
  ): ReturnType<typeof startTask>;
}

async function scene({ partitions = 1 }: { readonly partitions?: number } = {}): Promise<Scene> {
  const broker = await brokerForTest();
  const client = clientOf(broker);
  await createTopic(client, 'wines', partitions);
  const destination = perfectDestination();
  const registry = registryOf(destination.plugin, reroute);
  return {
    broker,
    client,
    destination,
    start: (config = {}, place = { task: 0, tasks: 1 }) =>
      startTask({
        client: clientOf(broker),
        registry,
        name: 'snk',
        config: { 'connector.class': 'perfect', topics: 'wines', ...tolerant, ...small, ...config },
        ...place,
      }),
  };
}

/** Numbered records; every `badEvery`th is no JSON. */
const numbered = (from: number, to: number, { partition = 0, badEvery = 0 } = {}) =>
  Array.from({ length: to - from }, (_, i) => from + i).map((n) => ({
    partition,
    key: String(n),
    value: badEvery > 0 && n % badEvery === 0 ? `bad ${n}` : JSON.stringify({ n }),
  }));

/** Numbered records of 10 kB. */
const wide = (from: number, to: number, partition = 0) =>
  numbered(from, to, { partition }).map((message) => ({
    ...message,
    value: JSON.stringify({ n: Number(message.key), text: 'x'.repeat(10_000) }),
  }));

const openOrAborted = (gate: Promise<void>, signal: AbortSignal) =>
  Promise.race([
    gate,
    new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  ]);

const good = (from: number, to: number, badEvery = 0) =>
  Array.from({ length: to - from }, (_, i) => from + i).filter((n) => badEvery === 0 || n % badEvery !== 0);

const numbersOf = ({ rows }: PerfectDestination, partition = 0) =>
  rows.filter((row) => row.partition === partition).map(({ value }) => (value as { readonly n: number }).n);

const rejectsOf = async (client: TestClient) => (await readAll(client, 'wines.dlq')).map(({ value }) => textOf(value));

const settledAt = (client: TestClient, next: bigint, partition = 0) =>
  eventually(async () => expect(await committedOffset(client, 'connect-snk', 'wines', partition)).toBe(next));

describe('a sink task', () => {
  test('writes every record once and in order, and every reject once to the dead letter queue', async () => {
    const { client, destination, start } = await scene();
    await produce(client, 'wines', numbered(0, 100, { badEvery: 10 }));

    const task = await start();
    await settledAt(client, 100n);
    await stopped(task);

    expect(numbersOf(destination)).toEqual(good(0, 100, 10));
    expect(await rejectsOf(client)).toEqual(Array.from({ length: 10 }, (_, i) => `bad ${i * 10}`));
    expect(destination.mostAtOnce).toBe(1);
    expect(destination.open).toBe(0);
  });

  test('moves the position on when all records of a batch were rejected', async () => {
    const { client, destination, start } = await scene();
    await produce(client, 'wines', numbered(0, 5, { badEvery: 1 }));

    await start();
    await settledAt(client, 5n);

    expect(destination.positions.get('wines-0')).toBe(5n);
    expect(await rejectsOf(client)).toHaveLength(5);
  });

  test('does not let wait for others what was there when it started', async () => {
    const { client, destination, start } = await scene();
    await produce(client, 'wines', numbered(0, 5));

    await start({ 'batch.size': '1000', 'batch.linger.ms': '600000' });

    await eventually(() => expect(numbersOf(destination)).toEqual(good(0, 5)));
    await eventually(async () => expect(await committedOffset(client, 'connect-snk', 'wines')).toBe(5n));
  });

  test('finishes the open batch when it is told to stop', async () => {
    const { client, destination, start } = await scene();
    await produce(client, 'wines', numbered(0, 5));
    const task = await start({ 'batch.size': '1000', 'batch.linger.ms': '600000' });
    await eventually(() => expect(numbersOf(destination)).toEqual(good(0, 5)));
    await eventually(() => expect(task.idle).toBe(true));
    await produce(client, 'wines', numbered(5, 10));
    await eventually(() => expect(task.idle).toBe(false));

    await stopped(task);

    expect(numbersOf(destination)).toEqual(good(0, 10));
    expect(await committedOffset(client, 'connect-snk', 'wines')).toBe(10n);
  });

  test('stops while the destination does not answer for its positions', async () => {
    const { destination, start } = await scene();
    destination.faults.beforePositions = () => {
      throw new RetriableError('asleep');
    };
    const task = await start();
    await eventually(() => expect(task.log.some(({ message }) => message.includes('asleep'))).toBe(true));

    await stopped(task);

    expect(destination.open).toBe(0);
  });

  test('ends without a failure when it is told to end at once while the destination is in trouble', async () => {
    const { client, destination, start } = await scene();
    await produce(client, 'wines', numbered(0, 5));
    destination.faults.beforeWrite = () => {
      throw new RetriableError('503');
    };
    const task = await start();
    await eventually(() => expect(task.log.some(({ message }) => message.includes('503'))).toBe(true));

    task.stop();
    task.abort();

    expect(await task.ended).toBeUndefined();
  });

  test('ends without a failure when a write under way ends with the abort of its signal', async () => {
    const { client, destination, start } = await scene();
    await produce(client, 'wines', numbered(0, 5));
    const writing = Promise.withResolvers<void>();
    destination.faults.beforeWrite = (_batch, signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
        writing.resolve();
      });
    const task = await start();
    await writing.promise;

    task.stop();
    task.abort();

    expect(await task.ended).toBeUndefined();
    expect(await committedOffset(client, 'connect-snk', 'wines')).toBeUndefined();
  });

  test('stops at the first bad record where none is tolerated, and commits nothing after it', async () => {
    const { client, destination, start } = await scene();
    await produce(client, 'wines', [...numbered(0, 10), { partition: 0, value: 'bad' }, ...numbered(11, 20)]);

    const task = await start({ 'errors.tolerance': 'none', 'batch.size': '4' });
    const error = await task.ended;

    expect(error?.message).toMatch(/^The record wines-0@10 was refused by VALUE_CONVERTER: the value is not JSON/);
    expect(error?.message).toMatch(/errors\.tolerance: all/);
    expect(await committedOffset(client, 'connect-snk', 'wines')).toBeLessThanOrEqual(10n);
    expect(await readAll(client, 'wines.dlq')).toEqual([]);
    expect(destination.open).toBe(0);
  });

  test('fails with the error of a destination that is beyond repair, and commits nothing of the batch', async () => {
    const { client, destination, start } = await scene();
    await produce(client, 'wines', numbered(0, 5));
    destination.faults.beforeWrite = () => {
      throw new Error('the table is gone');
    };

    const task = await start();

    expect((await task.ended)?.message).toBe('the table is gone');
    expect(await committedOffset(client, 'connect-snk', 'wines')).toBeUndefined();
    expect(destination.open).toBe(0);
  });

  test('tries again for as long as the destination asks for it', async () => {
    const { client, destination, start } = await scene();
    await produce(client, 'wines', numbered(0, 20, { badEvery: 5 }));
    let failures = 0;
    destination.faults.beforeWrite = () => {
      if (failures++ < 5) throw new RetriableError('429');
    };

    await start();
    await settledAt(client, 20n);

    expect(numbersOf(destination)).toEqual(good(0, 20, 5));
    expect(await rejectsOf(client)).toHaveLength(4);
  });

  test('fails when the destination stays in trouble beyond errors.retry.timeout', async () => {
    const { client, destination, start } = await scene();
    await produce(client, 'wines', numbered(0, 5));
    destination.faults.beforeWrite = () => {
      throw new RetriableError('503 for ever');
    };

    const task = await start({ 'errors.retry.timeout': '200' });

    expect((await task.ended)?.message).toBe('503 for ever');
  });

  test('gives records that the destination names to the dead letter queue and writes the rest', async () => {
    const { client, destination, start } = await scene();
    await produce(client, 'wines', numbered(0, 20));
    destination.faults.beforeWrite = ({ records }) => {
      const bad = records.flatMap((record, i) => ((record.value as { n: number }).n % 6 === 0 ? [i] : []));
      if (bad.length > 0) throw new InvalidRecordsError(new Map(bad.map((i) => [i, 'divisible by six'])));
    };

    await start();
    await settledAt(client, 20n);

    expect(numbersOf(destination)).toEqual(good(0, 20, 6));
    const dead = await readAll(client, 'wines.dlq');
    expect(dead.map(({ key }) => textOf(key))).toEqual(['0', '6', '12', '18']);
    expect(dead.map(({ headers }) => String(headers?.['__connect.errors.stage']))).toEqual(Array(4).fill('TASK_PUT'));
    expect(dead.map(({ headers }) => String(headers?.['__connect.errors.offset']))).toEqual(['0', '6', '12', '18']);
  });

  test('finds the bad records of a refused batch by halving', async () => {
    const { client, destination, start } = await scene();
    await produce(client, 'wines', numbered(0, 50));
    destination.faults.beforeWrite = ({ records }) => {
      if (records.some((record) => [3, 17, 18].includes((record.value as { n: number }).n)))
        throw new BatchRejectedError('Numeric value "six" is not recognized');
    };

    await start({ 'batch.size': '50' });
    await settledAt(client, 50n);

    expect(numbersOf(destination)).toEqual(good(0, 50).filter((n) => ![3, 17, 18].includes(n)));
    expect((await readAll(client, 'wines.dlq')).map(({ key }) => textOf(key))).toEqual(['3', '17', '18']);
  });

  test('keeps positions and rejects where records came from, though a transform changes their topic', async () => {
    const { client, destination, start } = await scene();
    await produce(client, 'wines', numbered(0, 20));
    destination.faults.beforeWrite = ({ records }) => {
      if (records.some((record) => (record.value as { n: number }).n === 13)) throw new BatchRejectedError('bad luck');
    };

    await start({ 'batch.size': '20', transforms: 'r', 'transforms.r.type': 'reroute' });
    await settledAt(client, 20n);

    expect(numbersOf(destination)).toEqual(good(0, 20).filter((n) => n !== 13));
    expect(new Set(destination.rows.map(({ topic }) => topic))).toEqual(new Set(['rerouted-wines']));
    expect(Object.fromEntries(destination.positions)).toEqual({ 'wines-0': 20n });
    expect((await readAll(client, 'wines.dlq')).map(({ key }) => textOf(key))).toEqual(['13']);
  });

  test('reads no more than its buffer while the destination is slow, and all of it in the end', async () => {
    const { client, destination, start } = await scene();
    for (let from = 0; from < 600; from += 60) await produce(client, 'wines', wide(from, from + 60));
    const gate = Promise.withResolvers<void>();
    destination.faults.beforeWrite = (_batch, signal) => openOrAborted(gate.promise, signal);

    const task = await start({ 'consumer.max.buffered.bytes': '100000', 'batch.size': '10', 'batch.bytes': '50000' });
    await eventually(() => expect(bufferedBytes(task)).toBeGreaterThan(100_000));
    // A fetch may bring up to 2 MiB of a partition; a second one must not come.
    expect(bufferedBytes(task)).toBeLessThan(2.5 * 1024 * 1024);
    gate.resolve();
    await settledAt(client, 600n);

    expect(numbersOf(destination)).toEqual(good(0, 600));
  });
});

const bufferedBytes = (task: Awaited<ReturnType<typeof startTask>>) =>
  task.metrics.snapshot().find(({ name }) => name === 'connect_buffered_bytes')?.value ?? 0;

describe('a topic that was deleted and made again', () => {
  test('stops the task that finds its marks beyond the end of the log, and skips nothing', async () => {
    const { client, destination, start } = await scene();
    await produce(client, 'wines', numbered(0, 100));
    const first = await start();
    await settledAt(client, 100n);
    await stopped(first);

    await (await client.admin()).deleteTopics({ topics: ['wines'] });
    await createTopic(client, 'wines', 1);
    await produce(client, 'wines', numbered(0, 10));
    const task = await start();

    expect((await task.ended)?.message).toMatch(
      /^Of wines-0 the position is 100, after the record 99 of \S+Z, but its log ends at 10: the topic was deleted/,
    );
    expect(numbersOf(destination)).toEqual(good(0, 100));
  });

  test('stops a task that is reading it', async () => {
    const { client, start } = await scene();
    await produce(client, 'wines', numbered(0, 100));
    const task = await start();
    await settledAt(client, 100n);

    await (await client.admin()).deleteTopics({ topics: ['wines'] });
    await createTopic(client, 'wines', 1);
    await produce(client, 'wines', numbered(0, 10));

    expect((await task.ended)?.name).toBe('TopicRecreatedError');
  });
});

describe('a task that its destination has fenced', () => {
  test('joins the group again and goes on with what it has then', async () => {
    const { client, destination, start } = await scene();
    let fences = 1;
    destination.faults.beforeWrite = () => {
      if (fences-- > 0) throw new FencedError('another task writes this partition now');
    };
    await produce(client, 'wines', numbered(0, 30));
    await start();

    await settledAt(client, 30n);
    expect(numbersOf(destination)).toEqual(good(0, 30));
  });

  test('fails when it is fenced again and again', async () => {
    const { client, destination, start } = await scene();
    destination.faults.beforeWrite = () => {
      throw new FencedError('another task writes this partition now');
    };
    await produce(client, 'wines', numbered(0, 30));

    const task = await start();

    expect((await task.ended)?.message).toBe('another task writes this partition now');
  });
});

describe('the lag', () => {
  test('grows while the destination takes nothing', async () => {
    const { client, destination, start } = await scene();
    const gate = Promise.withResolvers<void>();
    destination.faults.beforeWrite = (_batch, signal) => openOrAborted(gate.promise, signal);
    await produce(client, 'wines', numbered(0, 50));
    const task = await start();
    const lag = () => task.metrics.snapshot().find(({ name }) => name === 'kafka_consumer_lag')?.value;

    await eventually(() => expect(lag()).toBe(50));
    await produce(client, 'wines', numbered(50, 80));
    await eventually(() => expect(lag()).toBe(80));
    gate.resolve();
    await eventually(() => expect(lag()).toBe(0));
  });
});

describe('exactly once', () => {
  test('a task that ends between the write and the commit leaves nothing twice and nothing out', async () => {
    const { broker, client, destination, start } = await scene();
    await produce(client, 'wines', numbered(0, 40, { badEvery: 4 }));
    // The destination has the batches; Kafka never hears of them.
    broker.hooks.cut({ api: 'EndTxn', when: 'before', times: 1000 });
    broker.hooks.cut({ api: 'OffsetCommit', when: 'before', times: 1000 });
    const first = await start({ 'batch.size': '20' });
    await eventually(() => expect(destination.writes.length).toBeGreaterThan(0));
    first.abort();
    await first.ended;
    broker.hooks.clear();

    // Other batches than before: the first end below the position.
    await start({ 'batch.size': '3' });
    await settledAt(client, 40n);

    expect(numbersOf(destination)).toEqual(good(0, 40, 4));
    expect(await rejectsOf(client)).toEqual(Array.from({ length: 10 }, (_, i) => `bad ${i * 4}`));
  });

  const lost = [
    ['OffsetCommit', 'before', 0],
    ['OffsetCommit', 'after', 0],
    ['TxnOffsetCommit', 'before', 5],
    ['TxnOffsetCommit', 'after', 5],
    ['EndTxn', 'before', 5],
    ['EndTxn', 'after', 5],
    ['AddPartitionsToTxn', 'before', 5],
    ['AddPartitionsToTxn', 'after', 5],
    ['AddOffsetsToTxn', 'after', 5],
    ['Produce', 'before', 5],
    ['Produce', 'after', 5],
    ['Fetch', 'before', 5],
    ['Heartbeat', 'before', 5],
  ] as const;
  test.for(lost)('holds when the connection is cut at %s, %s the work', async ([api, when, badEvery]) => {
    const { broker, client, destination, start } = await scene();
    await start();
    await produce(client, 'wines', numbered(0, 30, { badEvery }));
    await settledAt(client, 30n);
    const hook = broker.hooks.cut({ api, when, ...(api === 'Produce' ? { topic: 'wines.dlq' } : {}) });

    await produce(client, 'wines', numbered(30, 60, { badEvery }));
    await hook.done;
    await settledAt(client, 60n);

    expect(numbersOf(destination)).toEqual(good(0, 60, badEvery));
    expect(await rejectsOf(client)).toHaveLength(badEvery === 0 ? 0 : 12);
  });

  test.for([
    'REBALANCE_IN_PROGRESS',
    'ILLEGAL_GENERATION',
    'UNKNOWN_MEMBER_ID',
    'NOT_COORDINATOR',
    'UNKNOWN_SERVER_ERROR',
  ] as const)('holds when a commit is answered %s', async (error) => {
    const { broker, client, destination, start } = await scene();
    const task = await start();
    const hook = broker.hooks.fail({ api: 'OffsetCommit', error, times: 2 });
    await produce(client, 'wines', numbered(0, 30));
    await hook.done;
    await settledAt(client, 30n);

    expect(numbersOf(destination)).toEqual(good(0, 30));
    await stopped(task);
  });

  test.for(['AddPartitionsToTxn', 'Produce', 'TxnOffsetCommit', 'EndTxn'])(
    'holds when the server stumbles over %s in the transaction of its rejects',
    async (api) => {
      const { broker, client, destination, start } = await scene();
      await createTopic(client, 'wines.dlq');
      const task = await start();
      const topic = api === 'Produce' ? { topic: 'wines.dlq' } : {};
      const hook = broker.hooks.fail({ api, ...topic, error: 'UNKNOWN_SERVER_ERROR' });
      await produce(client, 'wines', numbered(0, 30, { badEvery: 7 }));
      await hook.done;
      await settledAt(client, 30n);

      expect(numbersOf(destination)).toEqual(good(0, 30, 7));
      expect(await rejectsOf(client)).toHaveLength(5);
      await stopped(task);
    },
  );

  test('holds when the answer of the destination is lost', async () => {
    const { client, destination, start } = await scene();
    await produce(client, 'wines', numbered(0, 30, { badEvery: 7 }));
    let lostAnswers = 0;
    // The destination has the rows, the task believes in a failure and ends; its successor asks for the positions.
    destination.faults.afterWrite = () => {
      if (lostAnswers++ < 1) throw new Error('no answer');
    };
    const first = await start();
    expect((await first.ended)?.message).toBe('no answer');

    await start();
    await settledAt(client, 30n);

    expect(numbersOf(destination)).toEqual(good(0, 30, 7));
    expect(await rejectsOf(client)).toHaveLength(5);
  });

  test('holds when the topic of rejects cannot be made for a while', async () => {
    const { broker, client, destination, start } = await scene();
    await produce(client, 'wines', numbered(0, 10, { badEvery: 5 }));
    const hook = broker.hooks.fail({ api: 'CreateTopics', topic: 'wines.dlq', error: 'REQUEST_TIMED_OUT', times: 3 });

    await start();
    await hook.done;
    await settledAt(client, 10n);

    expect(numbersOf(destination)).toEqual(good(0, 10, 5));
    expect(await rejectsOf(client)).toEqual(['bad 0', 'bad 5']);
  });

  test('holds over restarts in mid-batch', async () => {
    const { client, destination, start } = await scene();
    await produce(client, 'wines', numbered(0, 200, { badEvery: 9 }));
    for (const size of ['11', '3', '8', '5']) {
      // Each life writes two batches and ends in the midst of its third.
      let writes = 0;
      const third = Promise.withResolvers<void>();
      destination.faults.beforeWrite = async (_batch, signal) => {
        if (++writes < 3) return;
        third.resolve();
        await openOrAborted(new Promise(() => {}), signal);
      };
      const task = await start({ 'batch.size': size });
      await third.promise;
      task.abort();
      await task.ended;
    }

    destination.faults.beforeWrite = () => {};
    await start();
    await settledAt(client, 200n);

    expect(numbersOf(destination)).toEqual(good(0, 200, 9));
    expect(await rejectsOf(client)).toHaveLength(23);
  });
});

describe('several tasks of a sink', () => {
  test('share the partitions, and a second one that comes before the first commit leaves no gap', async () => {
    const { client, destination, start } = await scene({ partitions: 4 });
    for (const partition of [0, 1, 2, 3]) {
      await produce(client, 'wines', numbered(0, 100, { partition, badEvery: 10 }));
    }
    const writing = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    destination.faults.beforeWrite = async (_batch, signal) => {
      writing.resolve();
      await openOrAborted(gate.promise, signal);
    };

    const first = await start({ 'batch.size': '50' }, { task: 0, tasks: 2 });
    await writing.promise;
    // All is fetched, nothing is committed: now the partitions are dealt anew.
    const second = await start({ 'batch.size': '50' }, { task: 1, tasks: 2 });
    await members(client, 2);
    gate.resolve();
    for (const partition of [0, 1, 2, 3]) await settledAt(client, 100n, partition);

    for (const partition of [0, 1, 2, 3]) expect(numbersOf(destination, partition)).toEqual(good(0, 100, 10));
    expect(await rejectsOf(client)).toHaveLength(40);
    await stopped(first);
    await stopped(second);
  });

  test('go on when one of them leaves and comes back under load', async () => {
    const { client, destination, start } = await scene({ partitions: 4 });
    await start({}, { task: 0, tasks: 2 });
    let n = 0;
    const load = async () => {
      for (const partition of [0, 1, 2, 3]) {
        await produce(client, 'wines', numbered(n, n + 50, { partition, badEvery: 5 }));
      }
      n += 50;
    };
    for (let round = 0; round < 3; round++) {
      const second = await start({}, { task: 1, tasks: 2 });
      await load();
      const before = destination.writes.length;
      await eventually(() => expect(destination.writes.length).toBeGreaterThan(before + 3));
      if (round % 2 === 0) second.stop();
      else second.abort();
      await load();
      expect(await second.ended).toBeUndefined();
    }
    for (const partition of [0, 1, 2, 3]) await settledAt(client, BigInt(n), partition);

    for (const partition of [0, 1, 2, 3]) expect(numbersOf(destination, partition)).toEqual(good(0, n, 5));
    expect(await rejectsOf(client)).toHaveLength((4 * n) / 5);
  });

  test('a task whose fetch was paused goes on after the partitions were dealt anew', async () => {
    const { client, destination, start } = await scene({ partitions: 2 });
    for (const partition of [0, 1]) await produce(client, 'wines', wide(0, 60, partition));
    const gate = Promise.withResolvers<void>();
    destination.faults.beforeWrite = (_batch, signal) => openOrAborted(gate.promise, signal);
    const config = { 'consumer.max.buffered.bytes': '20000', 'batch.size': '10' };
    const first = await start(config, { task: 0, tasks: 2 });
    await eventually(() => expect(bufferedBytes(first)).toBeGreaterThan(20_000));
    await start(config, { task: 1, tasks: 2 });
    await members(client, 2);
    gate.resolve();

    for (const partition of [0, 1]) await settledAt(client, 60n, partition);
    for (const partition of [0, 1]) expect(numbersOf(destination, partition)).toEqual(good(0, 60));
  });
});

describe('a sink without positions', () => {
  test('has every record at least once, and commits what it has', async () => {
    const broker = await brokerForTest();
    const client = clientOf(broker);
    await createTopic(client, 'wines');
    await produce(client, 'wines', numbered(0, 30));
    const { plugin, rows } = plainDestination();

    const task = await startTask({
      client,
      registry: registryOf(plugin),
      name: 'snk',
      config: { 'connector.class': 'plain', topics: 'wines', ...small },
    });
    await settledAt(client, 30n);
    await stopped(task);

    expect(rows.map(({ offset }) => Number(offset))).toEqual(good(0, 30));
  });
});

/** Resolves when so many members share the partitions. */
const members = (client: TestClient, count: number) =>
  eventually(async () => {
    const [group] = (await (await client.admin()).describeGroups(['connect-snk'])).groups;
    expect(group).toMatchObject({ state: 'Stable', members: { length: count } });
  });
