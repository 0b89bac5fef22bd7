import { describe, expect, test } from 'vitest';
import { defineSource, RetriableError, type SourceBatch, type SourceRecord } from '../../../src/sdk/index.ts';
import { eventually } from '../../helpers/eventually.ts';
import { brokerForTest, clientOf, readAll, type TestClient, textOf } from '../../helpers/runtime/kafka.ts';
import { type NumbersOptions, numbersSource } from '../../helpers/runtime/numbers-source.ts';
import { registryOf } from '../../helpers/runtime/plugins.ts';
import { committedSourceOffsets, startTask, stopped } from '../../helpers/runtime/tasks.ts';

const quick = { 'transaction.linger.ms': '5', 'errors.retry.delay.max.ms': '50' };

async function scene(options: Partial<NumbersOptions> & { readonly count: number }) {
  const broker = await brokerForTest();
  const client = clientOf(broker);
  const { plugin, state } = numbersSource({ topic: 'numbers', ...options });
  return {
    broker,
    client,
    state,
    start: (config: Readonly<Record<string, string>> = {}, place = { task: 0, tasks: 1 }) =>
      startTask({
        client: clientOf(broker),
        registry: registryOf(plugin),
        name: 'src',
        config: { 'connector.class': 'numbers', ...quick, ...config },
        ...place,
      }),
  };
}

/** The numbers of a source partition in the topic, in the order of the topic. */
async function numbersOf(client: TestClient, partition = '0', topic = 'numbers'): Promise<readonly number[]> {
  const values = (await readAll(client, topic)).map(
    ({ value }) => JSON.parse(textOf(value) ?? 'null') as { partition: string; n: number },
  );
  return values.filter((value) => value.partition === partition).map(({ n }) => n);
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

const reasonOf = (error: unknown) => (error as Error | undefined)?.message;

describe('a source task', () => {
  test('writes every record once and in order, and is idle when it has finished', async () => {
    const { client, start } = await scene({ count: 100 });

    const task = await start();
    await eventually(() => expect(task.idle).toBe(true));

    expect(await numbersOf(client)).toEqual(upTo(100));
    expect(Object.fromEntries(await committedSourceOffsets(client, 'src'))).toEqual({ '0': { next: 100 } });
    await stopped(task);
  });

  test('goes on after its committed offset', async () => {
    const { client, start, state } = await scene({ count: 100 });
    await stopped(await finished(await start()));

    await finished(await start());

    expect(await numbersOf(client)).toEqual(upTo(100));
    expect(state.reads.map(({ from }) => from)).toEqual([0, 100]);
    expect(state.closed).toBe(1);
  });

  test('writes what was read before it is told to stop', async () => {
    const { client, start } = await scene({ count: 1_000_000, step: 1 });
    const task = await start({ 'transaction.linger.ms': '60000', 'transaction.max.records': '100' });
    await eventually(async () => expect((await numbersOf(client)).length).toBeGreaterThan(99));

    await stopped(task);

    const numbers = await numbersOf(client);
    expect(numbers).toEqual(upTo(numbers.length));
    expect((await committedSourceOffsets(client, 'src')).get('0')).toEqual({ next: numbers.length });
  });

  test('deals the partitions out over its tasks', async () => {
    const { client, start, state } = await scene({ count: 50, partitions: ['a', 'b', 'c'] });

    const tasks = [await start({}, { task: 0, tasks: 2 }), await start({}, { task: 1, tasks: 2 })];
    await Promise.all(tasks.map(finished));

    for (const partition of ['a', 'b', 'c']) expect(await numbersOf(client, partition)).toEqual(upTo(50));
    expect(state.reads.map(({ partition }) => partition).sort()).toEqual(['a', 'b', 'c']);
    expect(Object.fromEntries(await committedSourceOffsets(client, 'src'))).toEqual({
      a: { next: 50 },
      b: { next: 50 },
      c: { next: 50 },
    });
  });

  test('reads again from the committed offset after a RetriableError', async () => {
    let failures = 0;
    const { client, start } = await scene({
      count: 100,
      beforeRead: (_partition, next) => {
        if (next === 50 && failures++ < 3) throw new RetriableError('busy');
      },
    });

    await finished(await start());

    expect(await numbersOf(client)).toEqual(upTo(100));
    expect(failures).toBe(4);
  });

  test('waits as briefly for the twentieth failure as for the first, when it has got on in between', async () => {
    const failed = new Set<number>();
    const { client, start } = await scene({
      count: 20,
      step: 1,
      beforeRead: async (_partition, next) => {
        if (failed.has(next)) return;
        failed.add(next);
        // What was read before is committed by then.
        await eventually(async () => expect(await numbersOf(client)).toHaveLength(next));
        throw new RetriableError(`busy at ${next}`);
      },
    });

    const task = await start({ 'errors.retry.delay.max.ms': '60000' });
    await eventually(() => expect(task.idle).toBe(true));

    expect(await numbersOf(client)).toEqual(upTo(20));
  });

  test('fails when the source stays in trouble beyond errors.retry.timeout', async () => {
    const { start } = await scene({
      count: 100,
      beforeRead: () => {
        throw new RetriableError('busy for ever');
      },
    });

    const task = await start({ 'errors.retry.timeout': '200' });

    expect(reasonOf(await task.ended)).toBe('busy for ever');
  });

  test('fails with the error of its generator, and keeps what was committed', async () => {
    const { client, start, state } = await scene({
      count: 100,
      beforeRead: async (_partition, next) => {
        if (next < 50) return;
        await eventually(async () => expect(await numbersOf(client)).toHaveLength(50));
        throw new Error('the file is torn');
      },
    });

    const task = await start();

    expect(reasonOf(await task.ended)).toBe('the file is torn');
    expect(await numbersOf(client)).toEqual(upTo(50));
    expect(state.closed).toBe(1);
  });

  test("fails with what its generator throws, though it looks like a failure of the runtime's own Kafka", async () => {
    const lookAlike = { name: 'KafkaJSConnectionError', retriable: true, type: 'INVALID_PRODUCER_EPOCH' };
    const { start } = await scene({
      count: 100,
      beforeRead: () => {
        throw Object.assign(new Error('the Kafka that is mirrored is away'), lookAlike);
      },
    });

    expect(reasonOf(await (await start()).ended)).toBe('the Kafka that is mirrored is away');
  });

  test.for([
    ['offset', { records: [], offset: 7 }, 'the number 7'],
    ['records', { offset: {} }, 'undefined'],
    ['offset', undefined, 'undefined'],
  ] as const)('fails when what it reads has no %s', async ([field, batch, found]) => {
    const plugin = defineSource({
      name: 'careless',
      version: '1.0.0',
      summary: 'Yields what it should not',
      config: { properties: {} },
      initialOffset: {},
      open: () => ({
        async *read() {
          yield batch as unknown as SourceBatch;
        },
      }),
    });
    const config = { 'connector.class': 'careless' };
    const client = clientOf(await brokerForTest());
    const task = await startTask({ client, registry: registryOf(plugin), name: 'src', config, task: 0, tasks: 1 });
    expect(reasonOf(await task.ended)).toBe(
      `read() has to yield { records, offset }, an array and a JSON object: its ${field} is ${found}`,
    );
  });

  test('fails also when its generator does not end when it is told to', async () => {
    const { start } = await scene({
      count: 2,
      step: 1,
      recordOf: () => ({ timestamp: Date.now() + 48 * 3_600_000 }),
      beforeRead: (_, next) => (next === 1 ? new Promise(() => undefined) : undefined),
    });

    expect(reasonOf(await (await start()).ended)).toMatch(/Kafka refused a record for numbers/);
  });

  test.for([
    ['key', { key: 42 }, 'is the number 42, and must be text or null'],
    ['timestamp', { timestamp: 1.5 }, 'is the number 1.5, and must be a whole number of milliseconds since 1970'],
    ['header "n"', { headers: { n: 5 } }, 'is the number 5, and must be text or an array of texts'],
    ['value', { value: undefined }, 'is undefined, and must be JSON'],
  ] as const)('fails with a record whose %s is of the wrong kind, and says which', async ([field, slip, words]) => {
    const { start } = await scene({ count: 1, recordOf: () => slip as Partial<SourceRecord> });

    expect(reasonOf(await (await start()).ended)).toContain(
      `A record for the topic "numbers" cannot be written: its ${field} ${words}`,
    );
  });

  test('ends at once when it is told to, though its generator does not listen', async () => {
    const waiting = Promise.withResolvers<void>();
    const { start } = await scene({
      count: 100,
      beforeRead: () => {
        waiting.resolve();
        return new Promise(() => undefined);
      },
    });
    const task = await start();
    await waiting.promise;

    task.stop();
    task.abort();

    expect(await task.ended).toBeUndefined();
  });

  test('stops when its generator ends with the abort of its signal', async () => {
    const waiting = Promise.withResolvers<void>();
    const { start } = await scene({
      count: 100,
      beforeRead: (_partition, _next, signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
          waiting.resolve();
        }),
    });
    const task = await start();
    await waiting.promise;

    await stopped(task);
  });

  test('gives records that are not valid to the dead letter queue, in the transaction of the others', async () => {
    const { client, start } = await scene({
      count: 20,
      recordOf: (partition, n) => ({ value: { type: n % 5 === 0 ? 'ODDITY' : 'NUMBER', partition, n } }),
    });

    await finished(
      await start({
        'errors.tolerance': 'all',
        'value.schemas.field': 'type',
        'value.schemas': JSON.stringify({ NUMBER: { type: 'object' } }),
      }),
    );

    expect(await numbersOf(client)).toEqual(upTo(20).filter((n) => n % 5 !== 0));
    expect(await numbersOf(client, '0', 'numbers.dlq')).toEqual([0, 5, 10, 15]);
  });

  test('fails at a record that is not valid where none is tolerated, and commits nothing of its transaction', async () => {
    const { client, start } = await scene({
      count: 20,
      step: 20,
      recordOf: (partition, n) => ({ value: { type: n === 7 ? 'ODDITY' : 'NUMBER', partition, n } }),
    });

    const task = await start({ 'value.schemas.field': 'type', 'value.schemas': JSON.stringify({ NUMBER: {} }) });

    expect(reasonOf(await task.ended)).toMatch(/unknown type "ODDITY"; known types: NUMBER.*errors\.tolerance: all/);
    expect(await numbersOf(client)).toEqual([]);
  });

  test('gives a record that is too large for its topic to the dead letter queue', async () => {
    const { client, start } = await scene({
      count: 10,
      recordOf: (partition, n) => ({ value: { partition, n, text: 'x'.repeat(n === 4 ? 1_500_000 : 10) } }),
    });

    await finished(await start({ 'errors.tolerance': 'all' }));

    expect(await numbersOf(client)).toEqual(upTo(10).filter((n) => n !== 4));
    expect(await numbersOf(client, '0', 'numbers.dlq')).toEqual([4]);
  });

  test('gives a record whose time Kafka does not take to the dead letter queue', async () => {
    const nextWeek = Date.now() + 7 * 86_400_000;
    const { client, start } = await scene({
      count: 10,
      recordOf: (_, n) => (n === 4 ? { timestamp: nextWeek } : {}),
    });

    await finished(await start({ 'errors.tolerance': 'all' }));

    expect(await numbersOf(client)).toEqual(upTo(10).filter((n) => n !== 4));
    expect(await numbersOf(client, '0', 'numbers.dlq')).toEqual([4]);
  });

  test('fails over a record whose time Kafka does not take, and says why', async () => {
    const nextWeek = Date.now() + 7 * 86_400_000;
    const { start } = await scene({ count: 10, recordOf: (_, n) => (n === 4 ? { timestamp: nextWeek } : {}) });

    const task = await start();

    expect(reasonOf(await task.ended)).toMatch(/time stamp .*message\.timestamp\.after\.max\.ms/);
  });

  test('keeps keys, headers, time stamps and partitions of its records', async () => {
    const { client, start } = await scene({
      count: 2,
      recordOf: (partition, n) => ({
        value: { partition, n },
        partition: n,
        headers: { one: 'café', many: ['a', 'b'] },
        timestamp: 1_700_000_000_000 + n,
      }),
    });

    await finished(await start({ 'topic.creation.default.partitions': '3' }));

    const messages = await readAll(client, 'numbers');
    expect(messages.map(({ partition }) => partition).sort()).toEqual([0, 1]);
    const first = messages.find(({ partition }) => partition === 0);
    expect(textOf(first?.key)).toBe('0');
    expect(first?.timestamp).toBe('1700000000000');
    expect(String(first?.headers?.['one'])).toBe('café');
    expect([first?.headers?.['many']].flat().map(String)).toEqual(['a', 'b']);
  });

  test('closes a transaction by its bytes, by its records and by its time', async () => {
    const { client, start } = await scene({
      count: 12,
      step: 1,
      recordOf: (partition, n) => ({ value: { partition, n, text: 'x'.repeat(n < 4 ? 1_000 : 1) } }),
    });

    const task = await start({ 'transaction.max.bytes': '2000', 'transaction.max.records': '3' });
    await finished(task);

    const closed = task.metrics
      .snapshot()
      .filter(({ name, value }) => name === 'connect_batches_total' && value > 0)
      .map(({ labels }) => labels['closed_by']);
    expect(closed).toEqual(expect.arrayContaining(['bytes', 'count']));
    expect(await numbersOf(client)).toEqual(upTo(12));
  });
});

describe('exactly once', () => {
  const faults = [
    ['InitProducerId', 'before'],
    ['InitProducerId', 'after'],
    ['AddPartitionsToTxn', 'before'],
    ['AddPartitionsToTxn', 'after'],
    ['Produce', 'before'],
    ['Produce', 'after'],
    ['EndTxn', 'before'],
    ['EndTxn', 'after'],
    ['Metadata', 'before'],
    ['CreateTopics', 'after'],
    ['FindCoordinator', 'before'],
  ] as const;
  test.for(faults)('holds when the connection is cut at %s, %s the work', async ([api, when]) => {
    const { broker, client, start } = await scene({ count: 200, partitions: ['a', 'b'] });
    const aboutTopics = api === 'Metadata' || api === 'CreateTopics';
    const hook = broker.hooks.cut({ api, when, ...(aboutTopics ? { topic: 'numbers' } : { times: 2 }) });

    const task = await start({ 'transaction.max.records': '20' });
    await hook.done;
    await finished(task);

    for (const partition of ['a', 'b']) expect(await numbersOf(client, partition)).toEqual(upTo(200));
  });

  test.for(['OUT_OF_ORDER_SEQUENCE_NUMBER', 'UNKNOWN_PRODUCER_ID', 'NOT_LEADER_OR_FOLLOWER'] as const)(
    'holds when a write is answered %s',
    async (error) => {
      const { broker, client, start } = await scene({ count: 200 });
      const hook = broker.hooks.fail({ api: 'Produce', topic: 'numbers', error });

      const task = await start({ 'transaction.max.records': '20' });
      await hook.done;
      await finished(task);

      expect(await numbersOf(client)).toEqual(upTo(200));
    },
  );

  test.for([1, 2])('holds when a broker goes away while the topics are looked up, in request %i', async (which) => {
    let asked: number | undefined;
    const { broker, client, start } = await scene({
      count: 100,
      beforeRead: () => {
        asked ??= 0;
      },
    });
    broker.hooks.watch({
      arrived: ({ api }) =>
        asked !== undefined && api === 'Metadata' && ++asked === which ? { kind: 'cut', when: 'before' } : undefined,
    });

    await finished(await start());

    expect(asked).toBeGreaterThan(which);
    expect(await numbersOf(client)).toEqual(upTo(100));
  });

  test('holds when a broker goes away while open transactions of the task are looked for', async () => {
    const { broker, client, start } = await scene({ count: 100 });
    await stopped(await finished(await start()));
    let described = false;
    let cuts = 0;
    broker.hooks.watch({
      arrived({ api }) {
        described ||= api === 'DescribeTransactions';
        return described && api === 'Metadata' && cuts++ === 0 ? { kind: 'cut', when: 'before' } : undefined;
      },
    });

    await finished(await start());

    expect(cuts).toBeGreaterThan(0);
    expect(await numbersOf(client)).toEqual(upTo(100));
  });

  test('holds while Kafka does not get round to creating a topic', async () => {
    const { broker, client, start } = await scene({ count: 100 });
    const hook = broker.hooks.fail({ api: 'CreateTopics', topic: 'numbers', error: 'REQUEST_TIMED_OUT', times: 2 });

    await finished(await start());

    await hook.done;
    expect(await numbersOf(client)).toEqual(upTo(100));
  });

  test('holds over restarts in mid-transaction', async () => {
    const { broker, client, start, state } = await scene({
      count: 400,
      step: 7,
      partitions: ['a', 'b', 'c'],
      beforeRead: () => new Promise((resolve) => setImmediate(resolve)),
    });
    for (let round = 0; round < 5; round++) {
      // The last transaction of each life is left open: its end never reaches the broker.
      const task = await start({ 'transaction.max.records': '25' });
      const hook = broker.hooks.cut({ api: 'EndTxn', when: round % 2 === 0 ? 'before' : 'after', times: 1 });
      await hook.done;
      task.abort();
      expect(await task.ended).toBeUndefined();
      broker.hooks.clear();
    }

    await finished(await start());

    for (const partition of ['a', 'b', 'c']) expect(await numbersOf(client, partition)).toEqual(upTo(400));
    expect(state.opened).toBe(6);
  });

  test('a transaction that the broker ended for its age is written again', async () => {
    const { broker, client, start } = await scene({ count: 100 });
    broker.hooks.delay({ api: 'AddPartitionsToTxn', ms: 11_000, times: 1 });

    const task = await start();
    await eventually(() => expect(task.idle).toBe(true), { timeout: 50_000 });

    expect(await numbersOf(client)).toEqual(upTo(100));
  });

  test('a task that was replaced is fenced: it stops, and its successor has it all', async () => {
    const gate = Promise.withResolvers<void>();
    let reads = 0;
    const { client, start } = await scene({
      count: 100,
      // The first task stands still in mid-read until its successor is done.
      beforeRead: async (_partition, next) => {
        if (next === 50 && reads++ === 0) await gate.promise;
      },
    });
    const first = await start();
    await eventually(async () => expect(await numbersOf(client)).toHaveLength(50));

    await finished(await start());
    gate.resolve();

    expect(reasonOf(await first.ended)).toMatch(/^The transactional id test-src-0 has been taken over/);
    expect(await numbersOf(client)).toEqual(upTo(100));
  });
});

async function finished<T extends { readonly idle: boolean; readonly ended: Promise<Error | undefined> }>(
  task: T,
): Promise<T> {
  await eventually(() => expect(task.idle).toBe(true));
  return task;
}
