import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FetchedBatch } from '../../../src/runtime/kafka/consumer-model.ts';
import { createFeed, type Feed } from '../../../src/runtime/tasks/feed.ts';

const batch = (n: number, bytes: number) =>
  ({
    topic: 't',
    partition: 0,
    messages: [{ key: null, value: Buffer.alloc(bytes), offset: String(n) }],
    next: BigInt(n) + 1n,
    highWatermark: 0n,
  }) as unknown as FetchedBatch;

function feedOf(maxBytes: number) {
  const calls: string[] = [];
  const feed = createFeed({ maxBytes, pause: () => calls.push('pause'), resume: () => calls.push('resume') });
  return { feed, calls };
}

const soon = () => performance.now() + 5;

describe('a feed', () => {
  test('gives batches in the order in which they came', async () => {
    const { feed } = feedOf(1_000_000);
    const [a, b] = [batch(0, 1), batch(1, 1)];
    feed.push(a);
    feed.push(b);

    expect([await feed.take(undefined), await feed.take(undefined)]).toEqual([a, b]);
    expect(feed.empty).toBe(true);
    expect(feed.bytes).toBe(0);
  });

  test('waits for the next batch, until its deadline or until it is woken', async () => {
    const { feed } = feedOf(1_000_000);

    const waiting = feed.take(undefined);
    feed.push(batch(0, 1));
    expect(await waiting).toEqual(batch(0, 1));

    expect(await feed.take(soon())).toBeUndefined();
    expect(await feed.take(performance.now() - 1)).toBeUndefined();
    const woken = feed.take(undefined);
    feed.wake();
    expect(await woken).toBeUndefined();
  });

  test('pauses when it is full and resumes when it is half empty, once each', async () => {
    const { feed, calls } = feedOf(2_000);
    for (let n = 0; n < 4; n++) feed.push(batch(n, 700));
    expect(calls).toEqual(['pause']);

    await feed.take(undefined);
    await feed.take(undefined);
    expect(calls).toEqual(['pause']);
    await feed.take(undefined);
    expect(calls).toEqual(['pause', 'resume']);
    await feed.take(undefined);
    expect(calls).toEqual(['pause', 'resume']);
  });

  test('resumes after a batch that is larger than all of it', async () => {
    const { feed, calls } = feedOf(10);
    feed.push(batch(0, 5_000));
    await feed.take(undefined);

    expect(calls).toEqual(['pause', 'resume']);
  });

  test('is empty and unpaused when it was cleared, and ends a wait', async () => {
    const { feed, calls } = feedOf(10);
    feed.push(batch(0, 100));
    feed.clear();
    expect({ empty: feed.empty, bytes: feed.bytes }).toEqual({ empty: true, bytes: 0 });

    const waiting = feed.take(undefined);
    feed.clear();
    expect(await waiting).toBeUndefined();
    feed.push(batch(1, 100));
    expect(calls).toEqual(['pause', 'pause']);
  });

  test('behaves as a queue with two marks, whatever is done to it', async () => {
    class Model {
      queue: number[] = [];
      paused = false;
      next = 0;
    }
    interface Real {
      readonly feed: Feed;
      paused: boolean;
    }
    const size = (bytes: number) => bytes + 300;
    const max = 3_000;
    const held = (model: Model) => model.queue.reduce((sum, bytes) => sum + size(bytes), 0);
    const commands = [
      fc.integer({ min: 0, max: 2_000 }).map((bytes) => ({
        toString: () => `push(${bytes})`,
        check: () => true,
        async run(model: Model, { feed }: Real) {
          feed.push(batch(model.next++, bytes));
          model.queue.push(bytes);
          if (held(model) >= max) model.paused = true;
        },
      })),
      fc.constant({
        toString: () => 'take',
        check: (model: Model) => model.queue.length > 0,
        async run(model: Model, { feed }: Real) {
          const taken = await feed.take(undefined);
          expect(taken?.messages[0]?.offset).toBe(String(model.next - model.queue.length));
          model.queue.shift();
          if (held(model) <= max / 2) model.paused = false;
        },
      }),
      fc.constant({
        toString: () => 'take of nothing',
        check: (model: Model) => model.queue.length === 0,
        async run(_model: Model, { feed }: Real) {
          expect(await feed.take(performance.now() - 1)).toBeUndefined();
        },
      }),
      fc.constant({
        toString: () => 'clear',
        check: () => true,
        async run(model: Model, real: Real) {
          real.feed.clear();
          real.paused = false;
          model.queue = [];
          model.paused = false;
        },
      }),
    ].map((arbitrary) =>
      (arbitrary as fc.Arbitrary<fc.AsyncCommand<Model, Real>>).map(
        (command): fc.AsyncCommand<Model, Real> => ({
          check: (model) => command.check(model),
          toString: () => command.toString(),
          async run(model, real) {
            await command.run(model, real);
            expect({ bytes: real.feed.bytes, empty: real.feed.empty, paused: real.paused }).toEqual({
              bytes: held(model),
              empty: model.queue.length === 0,
              paused: model.paused,
            });
          },
        }),
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.commands(commands, { size: '+1' }), async (sequence) => {
        const real: { feed: Feed; paused: boolean } = { feed: undefined as never, paused: false };
        real.feed = createFeed({
          maxBytes: max,
          pause: () => {
            real.paused = true;
          },
          resume: () => {
            real.paused = false;
          },
        });
        await fc.asyncModelRun(() => ({ model: new Model(), real }), sequence);
      }),
    );
  });
});
