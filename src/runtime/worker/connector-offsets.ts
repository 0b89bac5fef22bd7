/**
 * The offsets of a connector as REST reads, moves and forgets them (KIP-875). They are moved only while the connector
 * is STOPPED, since a task that runs would write its own over them.
 *
 * A source's lie in the offsets topic. They are moved in a transaction of the connector's first task, after all its
 * transactional ids are taken over: a task that was left behind can no longer commit. A sink has two marks: the
 * positions that its destination keeps are moved first, then the group's; who was interrupted between the two asks again.
 */
import type { Position, SourceOffset, SourcePlugin, TopicPartition } from '../../sdk/index.ts';
import { offsetsPartition } from '../cluster/topics.ts';
import type { ResolvedConnector } from '../config/model.ts';
import { topicPattern } from '../config/topic-pattern.ts';
import type { ConnectorOffset, OffsetObject, OffsetsChange, RequestedOffset } from '../connect.ts';
import { ConnectError } from '../errors.ts';
import type { KafkaClient } from '../kafka/client.ts';
import { groupOffsets, keyOf, topicEnds } from '../kafka/offsets.ts';
import { openTransactions } from '../kafka/producer.ts';
import { offsetKey } from '../records/offset-key.ts';
import { sinkGroupOf } from '../tasks/sink-task.ts';
import { type SinkMove, sinkMove, sourceMove } from './requested-offsets.ts';

export interface OffsetsOf {
  readonly connector: ResolvedConnector;
  /** How many tasks it had last: their transactional ids may still be in use. */
  readonly tasks: number;
}

export interface ConnectorOffsets {
  read(of: OffsetsOf): Promise<readonly ConnectorOffset[]>;
  alter(of: OffsetsOf, offsets: readonly RequestedOffset[]): Promise<OffsetsChange>;
  reset(of: OffsetsOf): Promise<OffsetsChange>;
}

/** Sets positions where a sink's destination keeps them; undefined forgets one. */
export type AlterPositions = (connector: ResolvedConnector, positions: readonly SinkMove[]) => Promise<OffsetsChange>;

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

  /**
   * Kafka's clients for Node.js cannot delete one offset of a group: the group is, and the others are written again. When
   * Kafka goes away between the two, those are forgotten as well: a sink with positions goes on by them, another one
   * writes again what it had.
   */
  async function writeGroup({ connector: { name } }: OffsetsOf, wanted: readonly Position[], isSubset: boolean) {
    const group = sinkGroupOf(name);
    if (isSubset) await (await client.admin()).deleteGroups([group]).catch(afterDeletion);
    if (wanted.length === 0) return;
    const producer = await openTransactions(client, `${groupId}-${name}/offsets`, group);
    try {
      await producer.commit([], { groupId: group, offsets: wanted });
    } finally {
      await producer.close();
    }
  }

  async function alterSink(of: OffsetsOf, offsets: readonly RequestedOffset[]): Promise<OffsetsChange> {
    // Of two for one partition the last counts, as with Kafka Connect.
    const changes = [...new Map(offsets.map(sinkMove).map((move) => [keyOf(move), move])).values()];
    const ends = await topicEnds(client, await existing(changes));
    for (const { topic, partition, next } of changes) {
      const end = ends.get(keyOf({ topic, partition }));
      if (end === undefined) {
        throw new ConnectError('BAD_REQUEST', `There is no partition ${partition} of a topic ${topic} in Kafka.`);
      }
      if (next !== undefined && next > end.latest) {
        const text = `The offset ${next} lies beyond the end of ${topic}-${partition}, which is ${end.latest}.`;
        throw new ConnectError('BAD_REQUEST', text);
      }
    }
    const change = await alterPositions(of.connector, changes);
    const wanted = new Map((await groupOffsets(client, sinkGroupOf(of.connector.name))).map((at) => [keyOf(at), at]));
    for (const { next, ...at } of changes) {
      if (next === undefined) wanted.delete(keyOf(at));
      else wanted.set(keyOf(at), { ...at, next });
    }
    await writeGroup(
      of,
      [...wanted.values()],
      changes.some(({ next }) => next === undefined),
    );
    return change;
  }

  /** The changes whose topics are there: to ask for the ends of others would be an error of Kafka's. */
  async function existing<T extends TopicPartition>(changes: readonly T[]): Promise<readonly T[]> {
    const topics = new Set(await (await client.admin()).listTopics());
    return changes.filter(({ topic }) => topics.has(topic));
  }

  /** A partition of each topic that a sink reads and that is there. */
  async function topicsOf({ topics, topicsRegex }: ResolvedConnector['settings']): Promise<readonly TopicPartition[]> {
    const pattern = topicsRegex === undefined ? undefined : topicPattern(topicsRegex);
    const present = await (await client.admin()).listTopics();
    return present
      .filter((topic) => (pattern === undefined ? topics.includes(topic) : pattern.test(topic)))
      .map((topic) => ({ topic, partition: 0 }));
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
      return (await groupOffsets(client, sinkGroupOf(name))).map(({ topic, partition, next }) => ({
        partition: { kafka_topic: topic, kafka_partition: partition },
        offset: { kafka_offset: Number(next) },
      }));
    },

    async alter(of, offsets) {
      const { plugin } = of.connector.connector;
      if (plugin.kind === 'sink') return alterSink(of, offsets);
      await writeSource(of, new Map(offsets.map((offset) => sourceMove(offset, plugin))));
      return bySource(plugin);
    },

    async reset(of) {
      const { name, settings, connector } = of.connector;
      if (connector.plugin.kind === 'source') {
        await writeSource(of, new Map([...(await committed(name)).keys()].map((partition) => [partition, null])));
        return bySource(connector.plugin);
      }
      const known = await groupOffsets(client, sinkGroupOf(name));
      const named = await topicEnds(client, await topicsOf(settings));
      // Also where nothing is settled yet a destination may have positions.
      const all = new Map(known.map(({ topic, partition }) => [keyOf({ topic, partition }), { topic, partition }]));
      for (const key of named.keys()) all.set(key, partitionOf(key));
      const forgotten = [...all.values()].map((at) => ({ ...at, next: undefined }));
      const change = await alterPositions(of.connector, forgotten);
      await writeGroup(of, [], true);
      return change;
    },
  };
}

/** All offsets of a source are in Kafka; one that checks them has had its say. */
const bySource = ({ checkOffset }: SourcePlugin): OffsetsChange => ({ byPlugin: checkOffset !== undefined });

const partitionOf = (key: string): TopicPartition => {
  const at = key.lastIndexOf('-');
  return { topic: key.slice(0, at), partition: Number(key.slice(at + 1)) };
};

/** A group that is not there is as good as deleted. */
function afterDeletion(error: unknown): void {
  const { groups = [] } = error as { readonly groups?: readonly { readonly errorCode?: number }[] };
  const codes = new Set(groups.map(({ errorCode }) => errorCode));
  if (codes.has(groupErrors.NON_EMPTY_GROUP)) {
    const text = 'Somebody still reads in the consumer group of this sink, or was cut off from it: try again.';
    throw new ConnectError('CONFLICT', text, { cause: error });
  }
  if (codes.size === 0 || [...codes].some((code) => code !== groupErrors.GROUP_ID_NOT_FOUND)) throw error;
}

/** Codes of Kafka's protocol. */
const groupErrors = { NON_EMPTY_GROUP: 68, GROUP_ID_NOT_FOUND: 69 } as const;
