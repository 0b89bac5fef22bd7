/** What there is in Kafka and in the warehouse, for a look before a worker goes on that was held, and one after. */

import { createKafkaClient, type KafkaClient } from '../../src/runtime/kafka/client.ts';
import { ensureTopics } from '../../src/runtime/kafka/topics.ts';
import { createPluginRegistry } from '../../src/runtime/plugins/registry.ts';
import { startWorker, type Worker } from '../../src/runtime/worker/worker.ts';
import { type Client, connectReady } from '../embedded/snowflake/driver.ts';
import { eventually } from '../helpers/eventually.ts';
import { committedOffset, produce, readAll, textOf } from '../helpers/runtime/kafka.ts';
import { noReferences, workerSettings } from '../helpers/runtime/worker-settings.ts';
import type { Ground } from './zombie.ts';

/** What things are called; each look-out on the same Kafka has names of its own. */
export const namesOf = (lair: string) => ({
  topic: `wines-${lair}`,
  deadLetters: `wines-${lair}.dlq`,
  groupId: `cellar-${lair}`,
  sink: `sink-${lair}`,
  source: `source-${lair}`,
});

/** Every tenth breaks its schema, where there are to be rejects. */
export const isReject = (n: number, rejects: boolean) => rejects && n % 10 === 9;

export interface Scene extends AsyncDisposable {
  readonly client: KafkaClient;
  /** Writes the orders from `from` up to `to` − 1 to the topic. */
  order(from: number, to: number, rejects: boolean): Promise<void>;
  /** Another worker, in this process. */
  successor(): Worker;
  groupOffset(): Promise<bigint | undefined>;
  /** What is there by now of what the sink does. */
  sunk(): Promise<Sunk>;
  /** What is there by now of what the source does. */
  sourced(): Promise<Sourced>;
  /** The members of the sink's group that is not about to be dealt anew. */
  members(): Promise<number>;
}

export interface Sunk {
  /** Numbers of the orders in the table, sorted. */
  readonly rows: readonly number[];
  /** The next offset, as the warehouse and the consumer group have it. */
  readonly position: number | undefined;
  readonly groupOffset: bigint | undefined;
  /** Values of the dead letters that are committed. */
  readonly deadLetters: readonly string[];
}

export interface Sourced {
  /** Values of the records that are committed. */
  readonly records: readonly string[];
  /** The last source offset. */
  readonly offset: string | null;
}

export async function openScene({ broker, warehouse }: Ground, lair: string): Promise<Scene> {
  const { topic, deadLetters, groupId, sink, source } = namesOf(lair);
  const quiet = { debug() {}, info() {}, warn() {}, error() {} };
  const { host, port } = broker;
  const client = createKafkaClient({ brokers: [`${host}:${port}`], clientId: 'scene', ssl: false }, quiet);
  const topics = [topic, deadLetters].map((name) => ({ topic: name, partitions: 1, replicationFactor: 1 }));
  // A broker that is busy answers of a topic it has just made that there is none.
  await eventually(() => ensureTopics(client, topics));
  const observer: Client = await connectReady(warehouse);
  const workers: Worker[] = [];

  const numbers = async (sql: string) => (await observer.run(sql)).map(({ N }) => Number(N));
  const values = async (of: string) => (await readAll(client, of)).map(({ value }) => textOf(value) ?? '');
  const groupOffset = () => committedOffset(client, `connect-${sink}`, topic);

  return {
    client,
    async order(from, to, rejects) {
      const orders = Array.from({ length: to - from }, (_, index) => {
        const n = from + index;
        const content = { n: isReject(n, rejects) ? `no ${n}` : n };
        return { event_type: 'ORDER', product_id: 1, customer_id: 1, event_metadata: {}, event_content: content };
      });
      await produce(
        client,
        topic,
        orders.map((value) => ({ value: JSON.stringify(value) })),
      );
    },
    successor() {
      const worker = startWorker({
        settings: workerSettings(broker, { groupId }),
        plugins: createPluginRegistry(),
        references: noReferences,
        write: () => undefined,
      });
      workers.push(worker);
      return worker;
    },
    groupOffset,
    async sunk() {
      return {
        rows: (await numbers('SELECT EVENT_CONTENT:n::INTEGER AS N FROM RAW_EVENTS_STREAM')).sort((a, b) => a - b),
        position: (await numbers(`SELECT NEXT_OFFSET AS N FROM "CAVES_CONNECT_POSITIONS_${sink}"`))[0],
        groupOffset: await groupOffset(),
        deadLetters: await values(deadLetters),
      };
    },
    async sourced() {
      const offsets = await readAll(client, `${groupId}-offsets`);
      const own = offsets.filter(({ key }) => textOf(key)?.includes(source));
      return { records: await values(topic), offset: textOf(own.at(-1)?.value) };
    },
    async members() {
      const { groups } = await (await client.admin()).describeGroups([`connect-${sink}`]);
      return groups[0]?.state === 'Stable' ? groups[0].members.length : 0;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(workers.map((worker) => worker.close()));
      await observer.destroy();
      await client.close();
    },
  };
}
