import type { Broker } from '../broker.ts';
import { answering, errorCodes } from '../errors.ts';
import type { Extent, PartitionLog } from '../log/partition-log.ts';
import {
  array,
  int8,
  int16,
  int32,
  int64,
  nullable,
  type Read,
  records,
  since,
  string,
  struct,
  tagged,
  type Write,
} from '../wire/codec.ts';
import { type Api, api } from './api.ts';
import { checkLeaderEpoch } from './leader-epoch.ts';

const partitionRequest = struct({
  partition: int32,
  currentLeaderEpoch: since(9, int32, -1),
  fetchOffset: int64,
  lastFetchedEpoch: since(12, int32, -1),
  logStartOffset: since(5, int64, -1),
  partitionMaxBytes: int32,
});

const request = struct({
  clusterId: tagged(0, 12, nullable(string)),
  replicaId: int32,
  maxWaitMs: int32,
  minBytes: int32,
  maxBytes: int32,
  isolationLevel: int8,
  sessionId: since(7, int32),
  sessionEpoch: since(7, int32, -1),
  topics: array(struct({ topic: string, partitions: array(partitionRequest) })),
  forgottenTopicsData: since(7, array(struct({ topic: string, partitions: array(int32) }))),
  rackId: since(11, string),
});

const partitionResponse = struct({
  partitionIndex: int32,
  errorCode: int16,
  highWatermark: int64,
  lastStableOffset: int64,
  logStartOffset: since(5, int64, -1),
  abortedTransactions: nullable(array(struct({ producerId: int64, firstOffset: int64 }))),
  preferredReadReplica: since(11, int32, -1),
  records: nullable(records),
});

const readCommitted = 1;

/** A partition of the request with what there is to read. */
interface Found {
  readonly wanted: Read<typeof partitionRequest>;
  readonly errorCode: number;
  readonly log: PartitionLog | undefined;
  readonly extent: Extent | undefined;
}

/**
 * Reads record batches, waiting up to `maxWaitMs` until there are `minBytes`, and answering as soon as there are.
 * `maxBytes` counts over all partitions; only the first with data may go beyond it, by one whole batch (KIP-74).
 * Batches are answered whole. No fetch sessions: each request names all partitions, which session id 0 tells the
 * client (KIP-227). Topic ids (version 13) are left out.
 */
export const fetch: Api = api({
  key: 1,
  name: 'Fetch',
  versions: [4, 12],
  flexible: 12,
  request,
  response: struct({
    throttleTimeMs: int32,
    errorCode: since(7, int16),
    sessionId: since(7, int32),
    responses: array(struct({ topic: string, partitions: array(partitionResponse) })),
  }),
  handle: async (broker, wanted, call) => {
    const deadline = Date.now() + Math.max(0, wanted.maxWaitMs);
    let unknownAtFirst: number | undefined;
    for (;;) {
      const found = find(broker, wanted);
      const partitions = found.flatMap((topic) => topic.partitions);
      const unknown = partitions.filter(({ errorCode }) => errorCode === errorCodes.UNKNOWN_TOPIC_OR_PARTITION).length;
      unknownAtFirst ??= unknown;
      const failed = partitions.filter(({ errorCode }) => errorCode !== errorCodes.NONE).length;
      // What was never there waits with the rest: a client that still asks for a deleted topic must not spin.
      const hasFailed = failed > unknownAtFirst || unknown === partitions.length;
      const bytes = partitions.reduce((sum, { extent }) => sum + (extent?.length ?? 0), 0);
      const rest = deadline - Date.now();
      if (bytes >= wanted.minBytes || rest <= 0 || hasFailed) {
        return {
          throttleTimeMs: 0,
          responses: found.map(({ topic, partitions: all }) => ({
            topic,
            partitions: all.map((one) => read(one, wanted.isolationLevel === readCommitted)),
          })),
        };
      }
      const logs = partitions.flatMap(({ log }) => log ?? []);
      await somethingNew(logs, rest, call.signal);
    }
  },
  refuse: ({ topics }, errorCode) => ({
    throttleTimeMs: 0,
    responses: topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map((wanted) => read({ wanted, errorCode, log: undefined, extent: undefined }, false)),
    })),
  }),
});

function find(
  broker: Broker,
  { topics, maxBytes, isolationLevel }: Read<typeof request>,
): ReadonlyArray<{ readonly topic: string; readonly partitions: readonly Found[] }> {
  let left = maxBytes;
  let isFirst = true;
  return topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map((wanted) =>
      answering<Found>(
        () => {
          const log = broker.topics.partition(topic, wanted.partition);
          checkLeaderEpoch(wanted.currentLeaderEpoch);
          const limit = Math.min(wanted.partitionMaxBytes, left);
          const extent = log.extent(wanted.fetchOffset, limit, isolationLevel === readCommitted, isFirst);
          if (extent !== undefined) {
            isFirst = false;
            left -= extent.length;
          }
          return { wanted, errorCode: errorCodes.NONE, log, extent };
        },
        (errorCode) => ({ wanted, errorCode, log: undefined, extent: undefined }),
      ),
    ),
  }));
}

function read({ wanted, errorCode, log, extent }: Found, committed: boolean): Write<typeof partitionResponse> {
  return {
    partitionIndex: wanted.partition,
    errorCode,
    highWatermark: log?.endOffset ?? -1,
    lastStableOffset: log?.stableOffset ?? -1,
    logStartOffset: log?.startOffset ?? -1,
    abortedTransactions: committed ? (log?.abortedIn(wanted.fetchOffset, extent) ?? []) : null,
    records: extent?.segment.read(extent.position, extent.length) ?? [],
  };
}

/** Resolves when one of the logs has changed, after `ms`, or when the client has gone. */
function somethingNew(logs: readonly PartitionLog[], ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const wake = (): void => resolve();
  const timer = setTimeout(wake, ms);
  const forget = logs.map((log) => log.onChange(wake));
  signal.addEventListener('abort', wake);
  return promise.then(() => {
    clearTimeout(timer);
    signal.removeEventListener('abort', wake);
    for (const stop of forget) stop();
    signal.throwIfAborted();
  });
}
