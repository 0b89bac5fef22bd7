/**
 * Topics that are deleted and made again, and destinations that are set back: nothing of the new topic is skipped, nothing
 * of the old one doubled, and somebody is told. On the embedded broker, and on Apache Kafka where CAVES_PEERS names its
 * scripts.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Broker, startBroker } from '../../src/embedded/kafka/index.ts';
import { peersFolder, startApacheKafka } from '../helpers/apache-kafka.ts';
import { eventually } from '../helpers/eventually.ts';
import { clientOf, committedOffset, produce, readAll, type TestClient, textOf } from '../helpers/runtime/kafka.ts';
import { numbersSource } from '../helpers/runtime/numbers-source.ts';
import { perfectDestination, plainDestination } from '../helpers/runtime/perfect-destination.ts';
import { registryOf } from '../helpers/runtime/plugins.ts';
import { startTask, stopped, type TestTask } from '../helpers/runtime/tasks.ts';

type Address = Pick<Broker, 'host' | 'port'>;
const patience = { timeout: 30_000 };

/** Numbered records of one topic's life; every tenth is no JSON. */
const records = (life: string, count: number, badEvery = 10) =>
  Array.from({ length: count }, (_, n) => ({
    partition: 0,
    key: String(n),
    value: badEvery > 0 && n % badEvery === 9 ? `bad ${life}${n}` : JSON.stringify({ id: `${life}${n}` }),
  }));
const good = (life: string, count: number, badEvery = 10) =>
  records(life, count, badEvery).flatMap(({ value }) => (value.startsWith('bad') ? [] : [JSON.parse(value).id]));
const bad = (life: string, count: number) =>
  records(life, count).flatMap(({ value }) => (value.startsWith('bad') ? [value] : []));

const idsOf = ({ rows }: { readonly rows: readonly { readonly value: unknown }[] }) =>
  rows.map(({ value }) => (value as { readonly id: string }).id);
const warningsOf = ({ log }: TestTask) => log.filter(({ level }) => level === 'warn').map(({ message }) => message);

let scenes = 0;

/** A topic of its own with a sink that reads it. */
async function sceneAt(address: Address) {
  const client = clientOf(address);
  const name = `s${++scenes}`;
  const topic = `wines-${name}`;
  const destination = perfectDestination();
  const plain = plainDestination();
  await make(client, topic);
  const start = (config: Readonly<Record<string, string>> = {}, kind = 'perfect') =>
    startTask({
      client: clientOf(address),
      registry: registryOf(destination.plugin, plain.plugin),
      name,
      config: {
        'connector.class': kind,
        topics: topic,
        'errors.tolerance': 'all',
        'batch.size': '7',
        'batch.linger.ms': '20',
        ...config,
      },
    });
  const settled = (next: number) =>
    eventually(
      async () => expect(await committedOffset(client, `connect-${name}`, topic)).toBe(BigInt(next)),
      patience,
    );
  return {
    client,
    name,
    topic,
    destination,
    plain,
    start,
    settled,
    /** Reads all that is there, and stops. */
    async readTo(next: number, config = {}, kind = 'perfect') {
      const task = await start(config, kind);
      await settled(next);
      await stopped(task);
    },
    fill: (life: string, count: number, badEvery = 10) => produce(client, topic, records(life, count, badEvery)),
    remake: () => remake(client, topic),
    rejects: async () => (await readAll(client, `${topic}.dlq`)).map(({ value }) => textOf(value)),
  };
}
type Scene = Awaited<ReturnType<typeof sceneAt>>;

/** Creates a topic; Apache Kafka may answer that it does not know it yet. */
async function make(client: TestClient, topic: string): Promise<void> {
  const admin = await client.admin();
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: false });
  await eventually(async () => expect(await admin.fetchTopicOffsets(topic)).toHaveLength(1), patience);
}

async function remove(client: TestClient, topic: string): Promise<void> {
  const admin = await client.admin();
  await admin.deleteTopics({ topics: [topic] });
  await eventually(async () => expect(await admin.listTopics()).not.toContain(topic), patience);
}

/** Deletes the topic and makes it again. */
async function remake(client: TestClient, topic: string): Promise<void> {
  await remove(client, topic);
  await make(client, topic);
}

const peers = peersFolder();

describe.each([
  ['the embedded broker', true],
  ['Apache Kafka', peers !== undefined],
] as const)('on %s', (kind, isThere) => {
  let address: Address;
  let close: () => Promise<unknown>;
  let folder: string | undefined;

  beforeAll(async () => {
    if (!isThere) return;
    if (kind === 'the embedded broker') {
      const broker = await startBroker();
      [address, close] = [broker, () => broker.close()];
    } else {
      folder = await mkdtemp(join(tmpdir(), 'caves-'));
      const kafka = await startApacheKafka(peers ?? '', folder);
      [address, close] = [{ host: '127.0.0.1', port: kafka.port }, kafka.stop];
    }
  }, 180_000);
  afterAll(async () => {
    await close?.();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  describe.skipIf(!isThere)('a topic that was made again while its sink was stopped', () => {
    const afterTheOld = async (): Promise<Scene> => {
      const scene = await sceneAt(address);
      await scene.fill('old', 50);
      await scene.readTo(50);
      await scene.remake();
      return scene;
    };

    test('ends the task when it is shorter than the position, in words that say what to do', async () => {
      const { fill, start, destination, name, topic } = await afterTheOld();
      await fill('new', 10);

      const error = await (await start()).ended;

      expect(error?.name).toBe('TopicRecreatedError');
      expect(error?.message).toMatch(
        new RegExp(
          `^Of ${topic}-0 the position is 50, after the record 49 of \\S+Z, but its log ends at 10: the topic was`,
        ),
      );
      expect(error?.message).toContain('set topic.recreated: reset');
      expect(error?.message).toContain(`PATCH /connectors/${name}/offsets`);
      expect(idsOf(destination)).toEqual(good('old', 50));
    });

    test('ends the task when it is longer than the position, before anything of it is written or rejected', async () => {
      const { fill, start, destination, rejects } = await afterTheOld();
      await fill('new', 80);

      for (let life = 0; life < 2; life++) {
        const error = await (await start()).ended;
        expect(error?.message).toMatch(/position is 50, after the record 49 of \S+Z, but its log has the record 49 of/);
      }

      expect(idsOf(destination)).toEqual(good('old', 50));
      expect(await rejects()).toEqual(bad('old', 50));
    });

    test.each([10, 50, 80])(
      'is written from its beginning by topic.recreated: reset, %i records long',
      async (count) => {
        const { fill, start, settled, destination, rejects } = await afterTheOld();
        await fill('new', count);

        const task = await start({ 'topic.recreated': 'reset' });
        await settled(count);
        await stopped(task);

        expect(idsOf(destination)).toEqual([...good('old', 50), ...good('new', count)]);
        expect(await rejects()).toEqual([...bad('old', 50), ...bad('new', count)]);
        expect(warningsOf(task)).toEqual([
          expect.stringMatching(/^Of \S+-0 the position is 50, .* all of the new topic is written, from 0 on$/),
        ]);
      },
    );

    test('is written from its beginning although new partitions begin at their end', async () => {
      const { fill, start, settled, destination } = await afterTheOld();
      await fill('new', 30);

      await start({ 'topic.recreated': 'reset', 'auto.offset.reset': 'latest' });
      await settled(30);

      expect(idsOf(destination)).toEqual([...good('old', 50), ...good('new', 30)]);
    });

    test('is not skipped by a sink without positions', async () => {
      const { fill, start, settled, remake: again, plain, readTo } = await sceneAt(address);
      await fill('old', 50);
      await readTo(50, {}, 'plain');
      await again();
      await fill('new', 80);

      await start({ 'topic.recreated': 'reset' }, 'plain');
      await settled(80);

      expect(idsOf(plain)).toEqual([...good('old', 50), ...good('new', 80)]);
    });
  });

  describe.skipIf(!isThere)('a topic that is made again under its sink', () => {
    test.each(['at once', 'after 3 s'] as const)('ends the task in the same words: %s', async (when) => {
      const { client, topic, fill, start, settled, remake: again, destination } = await sceneAt(address);
      await fill('old', 50);
      const task = await start();
      await settled(50);

      if (when === 'at once') await again();
      else await awayFor(client, topic, 3_000);
      await fill('new', 80);

      const error = await task.ended;
      expect(error?.name).toBe('TopicRecreatedError');
      expect(idsOf(destination)).toEqual(good('old', 50));
    });

    test.each([
      ['at once', 10],
      ['at once', 80],
      ['after 3 s', 80],
    ] as const)('is written from its beginning by topic.recreated: reset: %s, %i records', async (when, count) => {
      const { client, topic, fill, start, settled, remake: again, destination, rejects } = await sceneAt(address);
      await fill('old', 50);
      const task = await start({ 'topic.recreated': 'reset' });
      await settled(50);

      if (when === 'at once') await again();
      else await awayFor(client, topic, 3_000);
      await fill('new', count);
      await settled(count);
      await eventually(() => expect(idsOf(destination)).toEqual([...good('old', 50), ...good('new', count)]), patience);

      await stopped(task);
      expect(await rejects()).toEqual([...bad('old', 50), ...bad('new', count)]);
      expect(warningsOf(task).filter((line) => line.includes('all of the new topic is written'))).toHaveLength(1);
    });

    test('is written by a sink without positions', async () => {
      const { fill, start, settled, remake: again, plain } = await sceneAt(address);
      await fill('old', 50);
      await start({ 'topic.recreated': 'reset' }, 'plain');
      await settled(50);

      await again();
      await fill('new', 20);
      await settled(20);

      expect(idsOf(plain)).toEqual([...good('old', 50), ...good('new', 20)]);
    });
  });

  describe.skipIf(!isThere)('a task that ends while it sets its marks back', () => {
    test('leaves it to its successor, and nothing is skipped or doubled', async () => {
      const { fill, readTo, start, settled, remake: again, destination, rejects } = await sceneAt(address);
      await fill('old', 50);
      await readTo(50);
      await again();
      await fill('new', 80);
      const altered = Promise.withResolvers<void>();
      destination.faults.afterAlter = () => {
        altered.resolve();
        return new Promise(() => undefined);
      };
      const first = await start({ 'topic.recreated': 'reset' });
      await altered.promise;
      first.abort();
      await first.ended;
      destination.faults.afterAlter = () => undefined;

      await start({ 'topic.recreated': 'reset' });
      await settled(80);

      expect(idsOf(destination)).toEqual([...good('old', 50), ...good('new', 80)]);
      expect(await rejects()).toEqual([...bad('old', 50), ...bad('new', 80)]);
    });

    test('fails with what its destination throws, though it looks like a failure of our own Kafka', async () => {
      const { fill, readTo, start, remake: again, destination } = await sceneAt(address);
      await fill('old', 50);
      await readTo(50);
      await again();
      const lookAlike = { name: 'KafkaJSConnectionError', retriable: true };
      destination.faults.beforeAlter = () => {
        throw Object.assign(new Error('the Kafka that is written to is away'), lookAlike);
      };

      const task = await start({ 'topic.recreated': 'reset' });

      expect((await task.ended)?.message).toBe('the Kafka that is written to is away');
    });

    test('sets nothing back that its successor has written, when its request comes late', async () => {
      const { topic, fill, readTo, start, settled, remake: again, destination } = await sceneAt(address);
      await fill('old', 50);
      await readTo(50);
      await again();
      await fill('new', 80);
      const held = Promise.withResolvers<void>();
      const isHeld = Promise.withResolvers<void>();
      destination.faults.beforeAlter = () => {
        isHeld.resolve();
        return held.promise;
      };
      const zombie = await start({ 'topic.recreated': 'reset' });
      await isHeld.promise;
      destination.faults.beforeAlter = () => undefined;
      zombie.abort();
      await zombie.ended;
      await start({ 'topic.recreated': 'reset' });
      await settled(80);
      held.resolve();
      await fill('more', 5);
      await settled(85);

      expect(destination.positions.get(`${topic}-0`)).toBe(85n);
      expect(idsOf(destination)).toEqual([...good('old', 50), ...good('new', 80), ...good('more', 5)]);
    });
  });

  describe.skipIf(!isThere)('a destination that was set back', () => {
    const place = ({ topic }: Scene) => ({ topic, partition: 0 });

    test('has again what its position has lost, and no reject comes twice', async () => {
      const scene = await sceneAt(address);
      const { fill, readTo, start, settled, destination, rejects, client, topic, name } = scene;
      await fill('old', 50);
      await readTo(50);
      destination.restore(place(scene), { next: 20n });
      await fill('more', 15);

      const task = await start();
      await settled(65);

      expect(idsOf(destination)).toEqual([...good('old', 50), ...good('old', 50).slice(18), ...good('more', 15)]);
      expect(await rejects()).toEqual([...bad('old', 50), ...bad('more', 15)]);
      expect(warningsOf(task)).toEqual([
        `${topic}-0: the destination is at 20, the group offset at 50: what lies between is written again to the ` +
          'destination, its rejects are not',
      ]);
      expect(await committedOffset(client, `connect-${name}`, topic)).toBe(65n);
    });

    test('has all of it again when its positions are gone', async () => {
      const scene = await sceneAt(address);
      const { fill, readTo, start, settled, destination, rejects } = scene;
      await fill('old', 50);
      await readTo(50);
      destination.restore(place(scene), undefined);
      await fill('more', 15);

      const task = await start();
      await settled(65);

      expect(idsOf(destination)).toEqual([...good('old', 50), ...good('old', 50), ...good('more', 15)]);
      expect(await rejects()).toEqual([...bad('old', 50), ...bad('more', 15)]);
      expect(warningsOf(task)).toEqual([
        expect.stringMatching(
          /the group offset is 50, but the destination has no position: rows are written from 0 on/,
        ),
      ]);
    });

    test('never lets the group offset go back while it catches up', async () => {
      const scene = await sceneAt(address);
      const { fill, readTo, start, settled, destination, rejects, client, topic, name } = scene;
      await fill('old', 50);
      await readTo(50);
      destination.restore(place(scene), { next: 10n });
      await fill('more', 5);
      let writes = 0;
      const third = Promise.withResolvers<void>();
      destination.faults.beforeWrite = () => {
        if (++writes < 3) return;
        third.resolve();
        return new Promise(() => undefined);
      };
      const first = await start();
      await third.promise;
      first.abort();
      await first.ended;
      expect(await committedOffset(client, `connect-${name}`, topic)).toBe(50n);
      destination.faults.beforeWrite = () => undefined;

      await start();
      await settled(55);

      expect(idsOf(destination)).toEqual([...good('old', 50), ...good('old', 50).slice(9), ...good('more', 5)]);
      expect(await rejects()).toEqual([...bad('old', 50), ...bad('more', 5)]);
    });

    test('begins where a hand has set the group offset, if it never had a position', async () => {
      const { client, topic, name, fill, start, settled, destination } = await sceneAt(address);
      await fill('old', 50);
      const offsets = { groupId: `connect-${name}`, topic, partitions: [{ partition: 0, offset: '30' }] };
      await (await client.admin()).setOffsets(offsets);

      await start();
      await settled(50);

      expect(idsOf(destination)).toEqual(good('old', 50).slice(27));
    });
  });

  describe.skipIf(!isThere)('a topic that is made again under its source', () => {
    test('has all that the source writes from then on, once', async () => {
      const client = clientOf(address);
      const name = `s${++scenes}`;
      const isMade = Promise.withResolvers<void>();
      const beforeRead = (_: string, next: number) => (next === 20 ? isMade.promise : undefined);
      const { plugin } = numbersSource({ topic: name, count: 40, beforeRead });
      await make(client, name);
      await make(client, 'test-offsets');
      const task = await startTask({
        client: clientOf(address),
        registry: registryOf(plugin),
        name,
        config: { 'connector.class': 'numbers', 'transaction.linger.ms': '5' },
      });
      const numbers = async () =>
        (await readAll(client, name)).map(({ value }) => (JSON.parse(textOf(value) ?? '') as { n: number }).n);
      await eventually(async () => expect(await numbers()).toHaveLength(20), patience);

      await remake(client, name);
      isMade.resolve();
      const later = Array.from({ length: 20 }, (_, n) => 20 + n);
      await eventually(async () => expect(await numbers()).toEqual(later), patience);
      await stopped(task);
    });
  });

  describe.skipIf(!isThere)('a record by which a topic would be known again', () => {
    test('says nothing when retention has taken it', async () => {
      const { client, topic, fill, readTo, start, settled, destination } = await sceneAt(address);
      await fill('old', 50);
      await readTo(50);
      await fill('more', 15);
      await (await client.admin()).deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '50' }] });

      const task = await start();
      await settled(65);
      await stopped(task);

      expect(idsOf(destination)).toEqual([...good('old', 50), ...good('more', 15)]);
      expect(warningsOf(task)).toEqual([]);
    });

    test('is found before the markers of transactions', async () => {
      const { client, topic, readTo, start, destination } = await sceneAt(address);
      const producer = client.producer({ transactionalId: `${topic}-writer` });
      await producer.connect();
      for (const life of ['a', 'b']) {
        const transaction = await producer.transaction();
        await transaction.send({ topic, messages: records(life, 9) });
        await transaction.commit();
        if (life === 'a') await readTo(10);
      }
      await producer.disconnect();

      const task = await start();
      await eventually(() => expect(idsOf(destination)).toEqual([...good('a', 9), ...good('b', 9)]), patience);
      await stopped(task);

      expect(warningsOf(task)).toEqual([]);
    });
  });
});

async function awayFor(client: TestClient, topic: string, ms: number): Promise<void> {
  await remove(client, topic);
  const back = performance.now() + ms;
  await eventually(() => performance.now() > back, patience);
  await make(client, topic);
}
