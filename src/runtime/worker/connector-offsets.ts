/**
 * The offsets of a connector as REST reads, moves and forgets them (KIP-875). They are moved only while the connector
 * is STOPPED, since a task that runs would write its own over them.
 *
 * A source's lie in the offsets topic. They are moved in a transaction of the connector's first task, after all its
 * transactional ids are taken over: a task that was left behind can no longer commit. A sink has two marks: the
 * positions that its destination keeps are moved first, then the group's; who was interrupted between the two asks again.
 */

import type { Position, SourceOffset, TopicPartition } from '../../sdk/index.ts';
import { offsetsPartition } from '../cluster/topics.ts';
import type { ResolvedConnector } from '../config/model.ts';
import type { ConnectorOffset, OffsetObject } from '../connect.ts';
import { ConnectError } from '../errors.ts';
import type { KafkaClient } from '../kafka/client.ts';
import { keyOf, topicEnds } from '../kafka/offsets.ts';
import { openTransactions } from '../kafka/producer.ts';
import { offsetKey } from '../records/offset-key.ts';
import { isObject } from '../schema/values.ts';
import { sinkGroupOf } from '../tasks/sink-task.ts';

export interface OffsetsOf {
  readonly connector: ResolvedConnector;
  /** How many tasks it had last: their transactional ids may still be in use. */
  readonly tasks: number;
}

export interface ConnectorOffsets {
  read(of: OffsetsOf): Promise<readonly ConnectorOffset[]>;
  alter(of: OffsetsOf, offsets: readonly ConnectorOffset[]): Promise<void>;
  reset(of: OffsetsOf): Promise<void>;
}

/** Sets positions where a sink's destination keeps them; undefined forgets one. */
export type AlterPositions = (
  connector: ResolvedConnector,
  positions: readonly (TopicPartition & { readonly next: bigint | undefined })[],
) => Promise<void>;

export function createConnectorOffsets(options: {
  readonly client: KafkaClient;
  readonly groupId: string;
  readonly offsetsTopic: string;
  readonly committed: (connector: string) => Promise<ReadonlyMap<string, SourceOffset>>;
  readonly alterPositions: AlterPositions;
}): ConnectorOffsets {
  const { client, groupId, offsetsTopic, committed, alterPositions } = options;
  const isSink = ({ connector: { connector } }: OffsetsOf) => connector.plugin.kind === 'sink';

  async function writeSource(of: OffsetsOf, offsets: ReadonlyMap<string, SourceOffset | null>): Promise<void> {
    const { name } = of.connector;
    const idOf = (task: number) => `${groupId}-${name}-${task}`;
    const others = Array.from({ length: Math.max(of.tasks - 1, 0) }, (_, i) => idOf(i + 1));
    await Promise.all(others.map(async (id) => (await openTransactions(client, id)).close()));
    const producer = await openTransactions(client, idOf(0));
    try {
      const messages = [...offsets].map(([partition, offset]) => ({
        key: offsetKey({ connector: name, partition }),
        value: offset === null ? null : JSON.stringify(offset),
        partition: offsetsPartition(name),
      }));
      if (messages.length > 0) await producer.commit([{ topic: offsetsTopic, messages }]);
    } finally {
      await producer.close();
    }
  }

  async function groupOffsets(group: string): Promise<readonly Position[]> {
    const answer = await (await client.admin()).fetchOffsets({ groupId: group });
    return answer.flatMap(({ topic, partitions }) =>
      partitions.flatMap(({ partition, offset }) =>
        BigInt(offset) < 0n ? [] : [{ topic, partition, next: BigInt(offset) }],
      ),
    );
  }

  /** Kafka's clients for Node.js cannot delete one offset of a group: the group is, and the others are written again. */
  async function writeGroup({ connector: { name } }: OffsetsOf, wanted: readonly Position[], isSubset: boolean) {
    const group = sinkGroupOf(name);
    if (isSubset) await (await client.admin()).deleteGroups([group]).catch(ignoreMissingGroup);
    if (wanted.length === 0) return;
    const producer = await openTransactions(client, `${groupId}-${name}/offsets`);
    try {
      await producer.commit([], { groupId: group, offsets: wanted });
    } finally {
      await producer.close();
    }
  }

  async function alterSink(of: OffsetsOf, offsets: readonly ConnectorOffset[]): Promise<void> {
    const changes = offsets.map(parseSinkOffset);
    const ends = await topicEnds(client, await existing(changes));
    for (const { topic, partition, next } of changes) {
      const end = ends.get(keyOf({ topic, partition }));
      if (end === undefined)
        throw new ConnectError('BAD_REQUEST', `There is no partition ${partition} of a topic ${topic} in Kafka.`);
      if (next !== undefined && next > end.latest) {
        const text = `The offset ${next} lies beyond the end of ${topic}-${partition}, which is ${end.latest}.`;
        throw new ConnectError('BAD_REQUEST', text);
      }
    }
    await alterPositions(of.connector, changes);
    const wanted = new Map((await groupOffsets(sinkGroupOf(of.connector.name))).map((at) => [keyOf(at), at]));
    for (const { next, ...at } of changes) {
      if (next === undefined) wanted.delete(keyOf(at));
      else wanted.set(keyOf(at), { ...at, next });
    }
    await writeGroup(
      of,
      [...wanted.values()],
      changes.some(({ next }) => next === undefined),
    );
  }

  /** The changes whose topics are there: to ask for the ends of others would be an error of Kafka's. */
  async function existing<T extends TopicPartition>(changes: readonly T[]): Promise<readonly T[]> {
    const topics = new Set(await (await client.admin()).listTopics());
    return changes.filter(({ topic }) => topics.has(topic));
  }

  return {
    async read(of) {
      const { name } = of.connector;
      if (!isSink(of)) {
        return [...(await committed(name))].map(([partition, offset]) => ({
          partition: { partition },
          offset: offset as OffsetObject,
        }));
      }
      return (await groupOffsets(sinkGroupOf(name))).map(({ topic, partition, next }) => ({
        partition: { kafka_topic: topic, kafka_partition: partition },
        offset: { kafka_offset: Number(next) },
      }));
    },

    async alter(of, offsets) {
      if (isSink(of)) await alterSink(of, offsets);
      else await writeSource(of, new Map(offsets.map(parseSourceOffset)));
    },

    async reset(of) {
      const { name, settings } = of.connector;
      if (!isSink(of)) {
        await writeSource(of, new Map([...(await committed(name)).keys()].map((partition) => [partition, null])));
        return;
      }
      const known = await groupOffsets(sinkGroupOf(name));
      const named = await topicEnds(client, await existing(settings.topics.map((topic) => ({ topic, partition: 0 }))));
      // Also where nothing is settled yet a destination may have positions.
      const all = new Map(known.map(({ topic, partition }) => [keyOf({ topic, partition }), { topic, partition }]));
      for (const key of named.keys()) all.set(key, partitionOf(key));
      await alterPositions(
        of.connector,
        [...all.values()].map((at) => ({ ...at, next: undefined })),
      );
      await writeGroup(of, [], true);
    },
  };
}

const partitionOf = (key: string): TopicPartition => {
  const at = key.lastIndexOf('-');
  return { topic: key.slice(0, at), partition: Number(key.slice(at + 1)) };
};

function ignoreMissingGroup(error: unknown): void {
  const { groups = [] } = error as { readonly groups?: readonly { readonly errorCode?: number }[] };
  const groupIdNotFound = 69;
  if (groups.length === 0 || groups.some(({ errorCode }) => errorCode !== groupIdNotFound)) throw error;
}

/** Kafka Connect's words (`SinkUtils.parseSinkConnectorOffsets`). */
function parseSinkOffset({
  partition,
  offset,
}: ConnectorOffset): TopicPartition & { readonly next: bigint | undefined } {
  if (!isObject(partition)) bad('The partition for a sink connector offset cannot be null or missing');
  const { kafka_topic: topic, kafka_partition: number } = partition;
  if (topic === undefined || number === undefined) {
    bad("The partition for a sink connector offset must contain the keys 'kafka_topic' and 'kafka_partition'");
  }
  if (typeof topic !== 'string') bad(`The topic of a sink connector offset must be text, not ${JSON.stringify(topic)}`);
  if (!/^\d{1,9}$/.test(String(number))) {
    bad(
      `Failed to parse the following Kafka partition value in the provided offsets: '${String(number)}'. Partition ` +
        'values for sink connectors need to be integers.',
    );
  }
  const at = { topic, partition: Number(number) };
  if (offset === null) return { ...at, next: undefined };
  if (!isObject(offset) || offset['kafka_offset'] === undefined) {
    bad("The offset for a sink connector should either be null or contain the key 'kafka_offset'");
  }
  const text = String(offset['kafka_offset']);
  if (!/^\d{1,18}$/.test(text)) {
    bad(
      `Failed to parse the following Kafka offset value in the provided offsets: '${text}'. Offset values for sink ` +
        'connectors need to be integers.',
    );
  }
  return { ...at, next: BigInt(text) };
}

function parseSourceOffset({ partition, offset }: ConnectorOffset): readonly [string, SourceOffset | null] {
  if (!isObject(partition)) bad('Partition objects cannot be null');
  const { partition: name } = partition;
  if (typeof name !== 'string' || Object.keys(partition).length !== 1) {
    bad(
      "Partition objects of a source should contain the key 'partition' alone, with the name of the partition as text",
    );
  }
  if (offset !== null && !isObject(offset)) bad('The offset of a source should either be null or an object');
  return [name, offset as SourceOffset | null];
}

function bad(message: string): never {
  throw new ConnectError('BAD_REQUEST', message);
}
