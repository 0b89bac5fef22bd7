/**
 * Holds a worker with SIGSTOP in the middle of a batch until another one with the same `group.id` has done all the work,
 * then lets it go on: it moves no position and adds no row, no record and no dead letter, and works on as one of two.
 */
import { expect, onTestFinished, test } from 'vitest';
import { startBroker } from '../../src/embedded/kafka/index.ts';
import { startWarehouse } from '../../src/embedded/snowflake/index.ts';
import { peersFolder, startApacheKafka } from '../helpers/apache-kafka.ts';
import { eventually } from '../helpers/eventually.ts';
import { tempFolder } from '../helpers/temp-folder.ts';
import { isReject, namesOf, openScene } from './haunted.ts';
import { type Connectors, type Ground, type Moment, startZombie, zombieId } from './zombie.ts';

/** The worker that is held has a session of 10 s: until then nobody else gets its partitions. */
const patience = { timeout: 90_000, interval: 500 };
const limit = { timeout: 240_000 };

interface SinkMoment extends Moment {
  readonly when: string;
  readonly mode?: 'one.request' | 'four.requests';
  /** Whether there are rejects, which go out with the group offset in one transaction; true by default. */
  readonly rejects?: boolean;
}

const atWarehouse: readonly SinkMoment[] = [
  { when: 'while its request waits at the warehouse', nth: 3, at: { warehouse: 'arrived', sql: /^BEGIN/ } },
  { when: 'between UPDATE and COMMIT', mode: 'four.requests', nth: 3, at: { warehouse: 'done', sql: /^UPDATE/ } },
  { when: 'before it settles rejects', nth: 3, at: { warehouse: 'done', sql: /^BEGIN/ } },
  { when: 'before it commits its offset', rejects: false, nth: 3, at: { warehouse: 'done', sql: /^BEGIN/ } },
];

const { topic, deadLetters } = namesOf('embedded');

const atBroker: readonly SinkMoment[] = [
  { when: 'with a batch that it has fetched', nth: 2, at: { broker: 'Fetch', names: topic } },
  { when: 'with dead letters in an open transaction', nth: 3, at: { broker: 'Produce', names: deadLetters } },
  { when: 'with its offset in an open transaction', nth: 3, at: { broker: 'TxnOffsetCommit', names: topic } },
];

interface SourceMoment extends Moment {
  readonly when: string;
}

const sourceMoments: readonly SourceMoment[] = [
  { when: 'before the records of a transaction', nth: 4, at: { broker: 'AddPartitionsToTxn', names: topic } },
  { when: 'with records in an open transaction', nth: 4, at: { broker: 'Produce', names: topic } },
];

async function embedded(): Promise<Ground> {
  const [broker, warehouse] = await Promise.all([startBroker(), startWarehouse()]);
  onTestFinished(async () => void (await Promise.all([broker.close(), warehouse.close()])));
  return { broker, warehouse };
}

test('a sink that was held changes nothing when it goes on', limit, async () => {
  // Side by side: each waits for a session to end.
  const haunting = [...atWarehouse, ...atBroker].map(async (moment) => haunt(await embedded(), moment));
  await Promise.all(haunting);
});

test('a source that was held adds no record and no offset when it goes on', limit, async () => {
  await Promise.all(sourceMoments.map(async (moment) => hauntSource(await embedded(), moment)));
});

const peers = peersFolder();
test.skipIf(peers === undefined)(
  'a sink and a source that were held change nothing in Apache Kafka (skipped without CAVES_PEERS)',
  limit,
  async () => {
    const kafka = await startApacheKafka(peers ?? '', tempFolder());
    onTestFinished(() => kafka.stop());
    const apache = async (): Promise<Ground> => {
      const warehouse = await startWarehouse();
      onTestFinished(() => warehouse.close());
      return { broker: { host: '127.0.0.1', port: kafka.port }, warehouse };
    };
    // Where it is Kafka that has to refuse. It shows nobody its requests: when the source is held is left to chance.
    await Promise.all([
      ...atWarehouse.slice(-2).map(async (moment, index) => haunt(await apache(), moment, `apache-${index}`)),
      hauntSourceByChance(await apache()),
    ]);
  },
);

/** In batches of 20. */
const orders = 300;

async function haunt(ground: Ground, moment: SinkMoment, lair = 'embedded'): Promise<void> {
  const { groupId, sink } = namesOf(lair);
  const { when, rejects = true, mode = 'one.request' } = moment;
  await using scene = await openScene(ground, lair);
  await scene.order(0, orders, rejects);
  using zombie = startZombie(ground, groupId, { [sink]: sinkConfig(ground, mode, lair) }, moment);
  await zombie.held;

  const successor = scene.successor();
  await eventually(async () => expect(await scene.groupOffset(), when).toBe(BigInt(orders)), patience);
  const before = await scene.sunk();
  expect(before, when).toMatchObject(all(orders, rejects));

  zombie.resume();
  await eventually(async () => expect(await scene.members(), `${when}\n${zombie.output()}`).toBe(2), patience);
  expect(await scene.sunk(), when).toEqual(before);

  // The group of two goes on, whoever has the partition now.
  await scene.order(orders, orders + 40, rejects);
  await eventually(async () => expect(await scene.sunk(), when).toMatchObject(all(orders + 40, rejects)), patience);
  expect(zombie.status(sink)?.tasks, zombie.output()).toMatchObject([{ state: 'RUNNING' }]);
  expect(successor.status(sink).tasks).toMatchObject([{ state: 'RUNNING' }]);
}

/** Each order once, where it belongs, and nothing before it left out. */
function all(count: number, rejects: boolean) {
  const numbers = Array.from({ length: count }, (_, n) => n);
  return {
    rows: numbers.filter((n) => !isReject(n, rejects)),
    position: count,
    groupOffset: BigInt(count),
    deadLetters: numbers.filter((n) => isReject(n, rejects)).map((n) => expect.stringContaining(`no ${n}`)),
  };
}

const sinkConfig = ({ warehouse }: Ground, mode: string, lair: string): Connectors[string] => ({
  'connector.class': 'snowflake-variant',
  topics: namesOf(lair).topic,
  'batch.size': '20',
  'batch.linger.ms': '50',
  'value.schemas.field': 'event_type',
  'value.schemas': JSON.stringify({
    ORDER: {
      type: 'object',
      properties: { event_content: { type: 'object', properties: { n: { type: 'integer' } } } },
    },
  }),
  'errors.tolerance': 'all',
  'errors.deadletterqueue.topic.name': namesOf(lair).deadLetters,
  'snowflake.url': warehouse.url,
  'snowflake.user': 'caves',
  'snowflake.password': 'caves',
  'snowflake.transaction.mode': mode,
});

async function hauntSource(ground: Ground, moment: SourceMoment): Promise<void> {
  const { when } = moment;
  const { groupId, source, topic: to } = namesOf('embedded');
  await using scene = await openScene(ground, 'embedded');
  using zombie = startZombie(ground, groupId, { [source]: sourceConfig(to, 1) }, moment);
  await zombie.held;

  scene.successor();
  const done = JSON.stringify({ next: events + 1 });
  await eventually(async () => expect((await scene.sourced()).offset, when).toBe(done), patience);
  const before = await scene.sourced();
  expect(new Set(before.records).size, when).toBe(events);
  expect(before.records.length, when).toBe(events);

  // It is refused. Held for longer than a transaction may be open, it takes that for the reason, and its id once more.
  let tookOver = false;
  ground.broker.hooks?.watch({
    done({ api, clientId }) {
      tookOver ||= api === 'InitProducerId' && clientId === zombieId;
    },
  });
  zombie.resume();
  await eventually(() => {
    const [task] = zombie.status(source)?.tasks ?? [];
    expect(tookOver || task?.trace?.includes('has been taken over'), `${when}\n${zombie.output()}`).toBe(true);
  }, patience);
  expect(await scene.sourced(), when).toEqual(before);
}

/** The source is held somewhere, and goes on while another one works. */
async function hauntSourceByChance(ground: Ground): Promise<void> {
  const { groupId, source, topic: to } = namesOf('by-chance');
  await using scene = await openScene(ground, 'by-chance');
  const committed = async () => (await scene.sourced()).records.length;
  using zombie = startZombie(ground, groupId, { [source]: sourceConfig(to, 20) });
  await eventually(async () => expect(await committed()).toBeGreaterThan(0), patience);
  zombie.hold();
  const before = await committed();

  scene.successor();
  await eventually(async () => expect(await committed()).toBeGreaterThan(before), patience);
  zombie.resume();
  const done = JSON.stringify({ next: events + 1 });
  await eventually(async () => expect((await scene.sourced()).offset, zombie.output()).toBe(done), patience);
  const { records } = await scene.sourced();
  expect(new Set(records).size).toBe(events);
  expect(records.length).toBe(events);
}

const events = 400;

const sourceConfig = (to: string, delayMs: number): Connectors[string] => ({
  'connector.class': 'wine-sales-generator',
  topic: to,
  'generation.delay.ms': String(delayMs),
  'max.events': String(events),
  'transaction.max.records': '20',
});
