import { describe, expect, onTestFinished, test } from 'vitest';
import type { Broker } from '../../../src/embedded/kafka/index.ts';
import { classifyKafkaError } from '../../../src/runtime/kafka/errors.ts';
import { byPartition, createSettler } from '../../../src/runtime/tasks/settler.ts';
import { brokerForTest, clientOf, committedOffset, createTopic, readAll, textOf } from '../../helpers/runtime/kafka.ts';

const at = (partition: number) => ({ topic: 'wines', partition });

async function scene(partitions: number) {
  const broker = await brokerForTest();
  const client = clientOf(broker);
  await createTopic(client, 'wines', partitions);
  await createTopic(client, 'rejects');
  return { broker, client, all: Array.from({ length: partitions }, (_, partition) => at(partition)) };
}

/** The settler of one owner, closed with the test. */
function settlerOf(broker: Broker) {
  const settler = createSettler({
    client: clientOf(broker),
    groupId: 'g',
    transactionalId: ({ topic, partition }) => `id-${topic}-${partition}`,
  });
  onTestFinished(() => settler.close());
  return settler;
}

const reject = (value: string) => [{ topic: 'rejects', messages: [{ value }] }];

describe('a settler', () => {
  test('settles rejects and the offset of a partition together', async () => {
    const { broker, client, all } = await scene(2);
    const settler = settlerOf(broker);
    await settler.takeOver(all);

    await settler.commit(at(0), reject('a'), { next: 3n });
    await settler.commit(at(1), reject('b'));

    expect((await readAll(client, 'rejects')).map(({ value }) => textOf(value))).toEqual(['a', 'b']);
    expect(await committedOffset(client, 'g', 'wines', 0)).toBe(3n);
    expect(await committedOffset(client, 'g', 'wines', 1)).toBeUndefined();
  });

  test.for([2, 20])('fences who had its %i partitions before, on every one of them', async (partitions) => {
    const { broker, client, all } = await scene(partitions);
    const [older, newer] = [settlerOf(broker), settlerOf(broker)];
    await older.takeOver(all);
    await newer.takeOver(all);
    for (const one of all) await newer.commit(one, reject(`new ${one.partition}`), { next: 10n });

    const outcomes = await Promise.all(
      all.map((one) =>
        older.commit(one, reject('old'), { next: 5n }).catch((error: unknown) => classifyKafkaError(error)),
      ),
    );

    expect(outcomes).toEqual(all.map(() => 'fenced'));
    expect((await readAll(client, 'rejects')).map(({ value }) => textOf(value))).toEqual(
      all.map(({ partition }) => `new ${partition}`),
    );
    for (const { partition } of all) expect(await committedOffset(client, 'g', 'wines', partition)).toBe(10n);
  });

  test('fences nobody when it is late, even where it has not written yet', async () => {
    const { broker, client, all } = await scene(2);
    const [older, newer] = [settlerOf(broker), settlerOf(broker)];
    await older.takeOver(all);
    await newer.takeOver(all);

    const outcome = await older.commit(at(0), reject('old'), { next: 5n }).catch(classifyKafkaError);
    await newer.commit(at(0), reject('new'), { next: 10n });

    expect(outcome).toBe('fenced');
    expect((await readAll(client, 'rejects')).map(({ value }) => textOf(value))).toEqual(['new']);
    expect(await committedOffset(client, 'g', 'wines', 0)).toBe(10n);
  });

  test('that is dealt other partitions while it takes some over has only the last ones', async () => {
    const { broker, client, all } = await scene(200);
    const settler = settlerOf(broker);

    const outcomes = await Promise.allSettled([
      settler.takeOver(all),
      settler.takeOver(all.slice(0, 100)),
      settler.takeOver(all.slice(100)),
    ]);
    await settler.commit(at(150), reject('a'), { next: 3n });

    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    await expect(settler.commit(at(50), reject('b'))).rejects.toThrow('has to be taken over anew');
    expect((await readAll(client, 'rejects')).map(({ value }) => textOf(value))).toEqual(['a']);
  });

  test('goes on with many partitions in any order', async () => {
    const { broker, client, all } = await scene(20);
    const settler = settlerOf(broker);
    await settler.takeOver(all);

    for (const next of [1n, 2n]) {
      for (const one of all.toReversed()) await settler.commit(one, [], { next });
    }

    for (const { partition } of all) expect(await committedOffset(client, 'g', 'wines', partition)).toBe(2n);
  });
});

test('rejects are dealt out to the positions of their partitions', () => {
  const positions = [
    { ...at(0), next: 5n },
    { ...at(1), next: 7n },
  ];

  expect(byPartition(positions, [1, 1], (partition) => at(partition))).toEqual([
    { position: positions[0], entries: [] },
    { position: positions[1], entries: [1, 1] },
  ]);
});
