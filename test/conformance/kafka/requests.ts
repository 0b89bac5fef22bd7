/** The requests that most cases make, said shortly: topics, produce, fetch, offsets. Errors are answered by name. */

import { type BatchOptions, recordBatch, type TestRecord } from '../../embedded/kafka/record-batches.ts';
import { type Answer, type WireClient, wireClient } from '../../embedded/kafka/wire-client.ts';
import { eventually } from '../../helpers/eventually.ts';
import { batchesOf, type FetchedBatch } from './fetched.ts';
import { errorName, newName } from './names.ts';
import type { Subject } from './subject.ts';

/** A batch of today: retention or a new segment would take old records out of a test's sight. */
export function batch(values: readonly TestRecord[], options: BatchOptions = {}): Buffer {
  return recordBatch(values, { timestamp: Date.now(), ...options });
}

/** Makes a topic; when this resolves its partitions serve, which Apache Kafka lets wait for some milliseconds. */
export async function newTopic(
  subject: Subject,
  options: { readonly partitions?: number; readonly configs?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  const { partitions = 1, configs = {} } = options;
  const name = newName('wines');
  const client = await wireClient(subject);
  await client.request('CreateTopics', 7, {
    timeoutMs: 10_000,
    validateOnly: false,
    topics: [
      {
        name,
        numPartitions: partitions,
        replicationFactor: 1,
        assignments: [],
        configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
      },
    ],
  });
  await untilServing(client, name, partitions);
  return name;
}

/** Waits until all partitions of a topic serve. */
export async function untilServing(client: WireClient, topic: string, partitions: number): Promise<void> {
  for (let partition = 0; partition < partitions; partition++) {
    await eventually(async () => (await offsetOf(client, topic, earliest, { partition })).error === 'NONE');
  }
}

export interface Produced {
  readonly error: string;
  readonly baseOffset: number;
  readonly logAppendTimeMs: number;
  readonly logStartOffset: number;
  readonly recordErrors: readonly { readonly batchIndex: number }[];
}

/** Produces to one partition. */
export async function produce(
  client: WireClient,
  topic: string,
  records: Buffer | null,
  options: { readonly partition?: number; readonly acks?: number; readonly transactionalId?: string } = {},
): Promise<Produced> {
  const { partition = 0, acks = -1, transactionalId = null } = options;
  const answer = await client.request('Produce', 9, {
    transactionalId,
    acks,
    timeoutMs: 10_000,
    topicData: [{ name: topic, partitionData: [{ index: partition, records: records === null ? null : [records] }] }],
  });
  const { errorCode, ...rest } = answer.responses[0].partitionResponses[0];
  return { error: errorName(errorCode), ...rest };
}

export interface FetchOptions {
  readonly partition?: number;
  readonly maxWaitMs?: number;
  readonly minBytes?: number;
  readonly maxBytes?: number;
  readonly partitionMaxBytes?: number;
  readonly committed?: boolean;
  readonly currentLeaderEpoch?: number;
}

export interface FetchedPartition {
  readonly partition: number;
  readonly error: string;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  readonly abortedTransactions: ReadonlyArray<{ readonly producerId: number; readonly firstOffset: number }> | null;
  readonly batches: readonly FetchedBatch[];
  /** Of all batches but the markers. */
  readonly values: readonly string[];
  readonly bytes: number;
}

/** Where to read from. */
export interface FetchPlace {
  readonly topic: string;
  readonly partition?: number;
  readonly offset: number;
  readonly partitionMaxBytes?: number;
  readonly currentLeaderEpoch?: number;
}

/** Fetches from several partitions; they are answered in the order of the places, at once unless told to wait. */
export async function fetchAll(
  client: WireClient,
  places: readonly FetchPlace[],
  options: FetchOptions = {},
): Promise<readonly FetchedPartition[]> {
  const answer = await client.request('Fetch', 12, {
    replicaId: -1,
    maxWaitMs: options.maxWaitMs ?? 0,
    minBytes: options.minBytes ?? 1,
    maxBytes: options.maxBytes ?? 50_000_000,
    isolationLevel: options.committed ? 1 : 0,
    topics: [...Map.groupBy(places, ({ topic }) => topic)].map(([topic, partitions]) => ({
      topic,
      partitions: partitions.map((place) => ({
        partition: place.partition ?? 0,
        fetchOffset: place.offset,
        partitionMaxBytes: place.partitionMaxBytes ?? options.partitionMaxBytes ?? 1_000_000,
        currentLeaderEpoch: place.currentLeaderEpoch ?? options.currentLeaderEpoch ?? -1,
      })),
    })),
  });
  const answered = answer.responses.flatMap((one: Answer) =>
    one.partitions.map((partition: Answer) => ({ topic: one.topic, partition })),
  );
  return places.map(({ topic, partition = 0 }) => {
    const found = answered.find((one: Answer) => one.topic === topic && one.partition.partitionIndex === partition);
    return fetchedPartition(found.partition);
  });
}

/** Fetches from one partition. */
export async function fetchFrom(
  client: WireClient,
  topic: string,
  offset: number,
  options: FetchOptions = {},
): Promise<FetchedPartition> {
  const [found] = await fetchAll(client, [{ topic, offset, partition: options.partition ?? 0 }], options);
  return found as FetchedPartition;
}

function fetchedPartition({ partitionIndex, errorCode, records, ...rest }: Answer): FetchedPartition {
  const batches = batchesOf(records);
  return {
    ...rest,
    partition: partitionIndex,
    error: errorName(errorCode),
    batches,
    values: batches.filter(({ control }) => !control).flatMap(({ values }) => values),
    bytes: records?.length ?? 0,
  };
}

/** Timestamps with a meaning of their own. */
export const latest = -1;
export const earliest = -2;
export const maxTimestamp = -3;

export interface OffsetFound {
  readonly error: string;
  readonly offset: number;
  readonly timestamp: number;
  readonly leaderEpoch: number;
}

/** Looks an offset up by time. */
export async function offsetOf(
  client: WireClient,
  topic: string,
  timestamp: number,
  options: { readonly partition?: number; readonly committed?: boolean; readonly currentLeaderEpoch?: number } = {},
): Promise<OffsetFound> {
  const { partition = 0, committed = false, currentLeaderEpoch = -1 } = options;
  const answer = await client.request('ListOffsets', 7, {
    replicaId: -1,
    isolationLevel: committed ? 1 : 0,
    topics: [{ name: topic, partitions: [{ partitionIndex: partition, currentLeaderEpoch, timestamp }] }],
  });
  const { errorCode, offset, timestamp: found, leaderEpoch } = answer.topics[0].partitions[0];
  return { error: errorName(errorCode), offset, timestamp: found, leaderEpoch };
}

export interface OffsetToCommit {
  readonly topic: string;
  readonly partition?: number;
  readonly offset: number;
  readonly metadata?: string | null;
  readonly leaderEpoch?: number;
}

/** Who commits: nobody in particular, unless it is a member. */
export interface Committer {
  readonly memberId: string;
  readonly generationId: number;
  readonly groupInstanceId: string | null;
}

export const noMember: Committer = { memberId: '', generationId: -1, groupInstanceId: null };

/** The offsets as OffsetCommit and TxnOffsetCommit write them. */
export function offsetTopics(offsets: readonly OffsetToCommit[]): readonly object[] {
  return [...Map.groupBy(offsets, ({ topic }) => topic)].map(([name, partitions]) => ({
    name,
    partitions: partitions.map(({ partition = 0, offset, metadata = null, leaderEpoch = -1 }) => ({
      partitionIndex: partition,
      committedOffset: offset,
      committedLeaderEpoch: leaderEpoch,
      committedMetadata: metadata,
    })),
  }));
}

/** The errors of all partitions in an answer. */
export function partitionErrors(topics: readonly Answer[]): readonly string[] {
  return topics.flatMap(({ partitions }) => partitions.map((one: Answer) => errorName(one.errorCode)));
}

/** Commits offsets of a group; an error for each. */
export async function commitOffsets(
  client: WireClient,
  groupId: string,
  offsets: readonly OffsetToCommit[],
  { generationId, ...member }: Committer = noMember,
): Promise<readonly string[]> {
  const answer = await client.request('OffsetCommit', 8, {
    groupId,
    ...member,
    generationIdOrMemberEpoch: generationId,
    topics: offsetTopics(offsets),
  });
  return partitionErrors(answer.topics);
}

export interface Committed {
  readonly error: string;
  readonly offset: number;
  readonly metadata: string;
  readonly leaderEpoch: number;
}

/** The offset that a group has committed for a partition. */
export async function committedOffset(
  client: WireClient,
  groupId: string,
  topic: string,
  options: { readonly partition?: number; readonly requireStable?: boolean } = {},
): Promise<Committed> {
  const { partition = 0, requireStable = false } = options;
  const answer = await client.request('OffsetFetch', 8, {
    groups: [{ groupId, topics: [{ name: topic, partitionIndexes: [partition] }] }],
    requireStable,
  });
  const {
    errorCode,
    committedOffset: offset,
    metadata,
    committedLeaderEpoch,
  } = answer.groups[0].topics[0].partitions[0];
  return { error: errorName(errorCode), offset, metadata, leaderEpoch: committedLeaderEpoch };
}

/** Deletes the records of a partition before an offset; the error, and where the log begins now. */
export async function deleteRecords(
  client: WireClient,
  topic: string,
  offset: number,
  partition = 0,
): Promise<{ readonly error: string; readonly lowWatermark: number }> {
  const answer = await client.request('DeleteRecords', 2, {
    topics: [{ name: topic, partitions: [{ partitionIndex: partition, offset }] }],
    timeoutMs: 10_000,
  });
  const { errorCode, lowWatermark } = answer.topics[0].partitions[0];
  return { error: errorName(errorCode), lowWatermark };
}
