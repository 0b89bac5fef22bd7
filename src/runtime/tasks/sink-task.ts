/**
 * The life of a sink task. Two marks say where it stands: the position, which the destination keeps with the rows, and
 * the group offset in Kafka, which says that everything before it is settled, rows and rejects.
 *
 * A membership begins at the group offset, so that rejects are found again, and skips the rows that the position says
 * are there. Whatever ends a membership (rebalance, lost connection, a commit whose answer was lost) drops what is open
 * and begins again at the group offset: nothing is lost, and nothing is twice where the destination keeps positions.
 *
 * Left out: cooperative rebalancing and static membership, which kafkajs does not have.
 */

import { pluginErrorCode } from '../../sdk/errors.ts';
import type { SinkPlugin, TopicPartition } from '../../sdk/index.ts';
import type { Configured } from '../config/model.ts';
import { type SupervisedConsumer, superviseConsumer } from '../kafka/consumer.ts';
import { classifyKafkaError, kafkaFailureOf, kafkaReason } from '../kafka/errors.ts';
import { keyOf } from '../kafka/offsets.ts';
import { RefusedMessagesError } from '../kafka/producer.ts';
import type { Recreated } from '../kafka/recreated.ts';
import { createDecoder } from '../records/decode.ts';
import { createValidator } from '../records/validate.ts';
import { withRetries } from '../retry.ts';
import { createFeed } from './feed.ts';
import { openRejects } from './rejects.ts';
import { createSeenTopics } from './seen-topics.ts';
import { createSettler } from './settler.ts';
import { type Membership, Revoked, type ServedMembership, serveMembership } from './sink-membership.ts';
import { createSinkMetrics } from './sink-metrics.ts';
import { trackProgress } from './sink-progress.ts';
import { sinkStallWords, watchForStalls } from './stall-watch.ts';
import { createStartOver } from './start-over.ts';
import { startingPointsOf } from './starting-point.ts';
import { asError, contextOf, leavingBehind, type RunningTask, type TaskDescription, type TaskHost } from './task.ts';
import { createTopicSelection } from './topic-selection.ts';
import { openTransforms } from './transforms.ts';

/** How often a task may be fenced by its destination, without getting on in between, before it fails. */
const mostFencedInARow = 3;

/** The consumer group of a sink connector, as Kafka Connect names it. */
export const sinkGroupOf = (connector: string) => `connect-${connector}`;

export function startSinkTask(description: TaskDescription, host: TaskHost): RunningTask {
  const { connector, groupId } = description;
  const { settings } = connector;
  const { plugin, config } = connector.connector as Configured<SinkPlugin>;
  const { log, client } = host;
  const sinkGroup = sinkGroupOf(connector.name);
  const policy = { timeoutMs: settings.errors.retryTimeoutMs, maxDelayMs: settings.errors.retryDelayMaxMs };

  const abort = new AbortController();
  const stop = new AbortController();
  /** For what may be given up as soon as the task is to stop: nothing is open yet. */
  const early = AbortSignal.any([abort.signal, stop.signal]);
  const { orLeft, closeOrLeave } = leavingBehind(abort.signal);
  const totals = { consumed: 0, written: 0, rejected: 0 };
  const metrics = createSinkMetrics(host.metrics, Object.keys(settings.values.schemas ?? {}), settings.topics);
  const progress = trackProgress(client, metrics);
  const feed = createFeed({
    maxBytes: settings.maxBufferedBytes,
    pause: () => consumer?.pause(),
    resume: () => consumer?.resume(),
  });
  let consumer: SupervisedConsumer | undefined;
  let membership: Membership | undefined;
  let served: ServedMembership | undefined;
  let changed = Promise.withResolvers<void>();
  let refusal: { readonly error: unknown } | undefined;
  let fencedInARow = 0;
  const seenTopics = createSeenTopics();

  const stalls = watchForStalls({
    rules: { timeoutMs: settings.stallTimeoutMs, lingerMs: settings.batch.lingerMs },
    look: () => ({
      lanes: consumer && progress.lanes,
      hungry: feed.empty,
      trouble: client.connection.reachable ? undefined : 'Kafka does not answer',
    }),
    words: sinkStallWords,
    tell: host.stalled,
  });

  const idle = () => feed.empty && (served?.idle ?? true);

  function endMembership(): void {
    membership?.revoked.abort(new Revoked('the partitions were taken away'));
    membership = undefined;
    feed.clear();
    progress.revoked();
  }

  const onRetry = (error: unknown, attempt: number, delayMs: number) => {
    metrics.retried();
    stalls.failed(error);
    // A line when trouble begins, then every tenth time: silence must not look like health.
    if (attempt !== 1 && attempt % 10 !== 0) return;
    log.warn(`the destination is in trouble, trying again: ${asError(error).message}`, {
      attempt,
      delayMs: Math.round(delayMs),
    });
  };
  const askDestination = <T>(call: () => Promise<T>, signal: AbortSignal) =>
    withRetries(call, { policy, signal, retriable: (error) => pluginErrorCode(error) === 'RETRIABLE', onRetry });

  const settler = createSettler({
    client,
    groupId: sinkGroup,
    // No connector and no topic has a slash in its name, and no source an id with one.
    transactionalId: ({ topic, partition }) => `${groupId}-${connector.name}/${topic}/${partition}`,
  });
  const topics = createTopicSelection(client, settings);

  /** Said when the partition turns out to be of the topic that its marks are of: of another one other things are said. */
  function warnAt(at: TopicPartition): void {
    const warning = membership?.warnings?.get(keyOf(at));
    if (warning === undefined) return;
    log.warn(warning);
    membership?.warnings?.delete(keyOf(at));
  }

  const startConsumer = () =>
    superviseConsumer({
      client,
      groupId: sinkGroup,
      topics: topics.read,
      offsetReset: settings.offsetReset,
      log,
      onRevoked: endMembership,
      ...(connector.errorHandler && { beforeOffsets: settler.takeOver }),
      onLost: (reason) => {
        endMembership();
        log.debug(`the consumer of ${sinkGroup} is replaced: ${reason}`);
      },
      onRefused: (error) => {
        refusal = { error };
        changed.resolve();
      },
      onAssigned: (assigned) => {
        metrics.rebalanced();
        membership = { assigned, revoked: new AbortController(), begun: Promise.withResolvers() };
        progress.assigned(assigned);
        changed.resolve();
      },
      beginAt: async () => (await membership?.begun.promise) ?? [],
      onRecreated: (recreated) => {
        if (membership === undefined || membership.recreated !== undefined) return;
        membership.recreated = recreated;
        membership.revoked.abort(new Revoked('the topic was created again'));
        feed.clear();
      },
      onBatch: (batch) => {
        warnAt(batch);
        progress.fetched(batch);
        seenTopics.add([batch.topic]);
        feed.push(batch);
        metrics.buffered(feed.bytes);
      },
      onSkipped: ({ from, next, highWatermark, ...at }) => {
        warnAt(at);
        progress.saw(at, highWatermark);
        progress.skipped(at, from, next);
      },
    });

  /**
   * What was not settled, or perhaps was, since the answer was lost, and what another owner has settled meanwhile: a new
   * membership takes the partitions over and looks at the group offset.
   */
  async function settling(own: Membership, call: () => Promise<void> | undefined): Promise<void> {
    try {
      await call();
    } catch (error) {
      if (classifyKafkaError(error) === 'fatal' && !own.revoked.signal.aborted) throw error;
      if (error instanceof RefusedMessagesError) throw error;
      if (!own.revoked.signal.aborted) consumer?.restart(`settling a batch failed: ${kafkaReason(error)}`);
      throw new Revoked('whether the batch was settled is looked up', { cause: error });
    }
  }

  async function run(): Promise<void> {
    await using opened = new AsyncDisposableStack();
    opened.defer(() => progress.close());
    opened.defer(() => stalls.close());
    const rejects = await orLeft(openRejects(description, host, early));
    opened.defer(() => rejects.close());
    const transforms = await orLeft(openTransforms(description, host, early));
    opened.defer(() => transforms.close());
    const decode = createDecoder(createValidator(settings.values));
    const context = { ...contextOf(description, host, config, early, plugin.metrics), totals };
    const sink = await orLeft(askDestination(async () => plugin.open(context), early));
    opened.defer(() => closeOrLeave(() => sink.close?.()));
    opened.defer(() => settler.close());
    const { startOver, settled } = createStartOver({
      connector: connector.name,
      policy: settings.topicRecreated,
      client,
      log,
      sink,
      alter: (to) => orLeft(askDestination(async () => sink.alterPositions?.(to, early), early)),
      commit: async (to) => consumer?.commit(to),
    });
    consumer = startConsumer();
    opened.defer(() => consumer?.close());
    topics.watch(() => consumer?.restart('the topics that match topics.regex have changed'));
    opened.defer(() => topics.close());
    /** Ends the membership: the next one begins by the new marks, or finds what Kafka did not take of them. */
    const beginAnew = async (others: readonly Recreated[]): Promise<never> => {
      await startOver(others).catch((error) => {
        if (kafkaFailureOf(error) !== 'retriable') throw error;
      });
      consumer?.restart('the topic was created again');
      throw new Revoked('the marks were set to the beginning');
    };
    while (!stop.signal.aborted) {
      if (refusal !== undefined) throw refusal.error;
      const own = membership;
      if (own === undefined) {
        changed = Promise.withResolvers();
        await changed.promise;
        continue;
      }
      try {
        const either = AbortSignal.any([early, own.revoked.signal]);
        const stored = await orLeft(askDestination(async () => sink.positions?.(own.assigned, either), either));
        const points = startingPointsOf(own.assigned, stored, settings.offsetReset);
        const others = points.flatMap(({ recreated }) => recreated ?? []);
        if (others.length > 0) await beginAnew(others);
        own.warnings = new Map(points.flatMap((at) => (at.warning ? [[keyOf(at), at.warning]] : [])));
        progress.assigned(own.assigned.map((at, i) => ({ ...at, ...points[i] })));
        own.begun.resolve(points);
        served = serveMembership(own, {
          sink,
          component: plugin.name,
          points,
          rules: { limits: settings.batch, decode, transforms },
          feed,
          rejects,
          metrics,
          totals,
          policy,
          abort: abort.signal,
          stopping: () => stop.signal.aborted,
          onRetry,
          commit: (at, messages, next) => settling(own, () => settler.commit(at, messages, next)),
          commitOffsets: (of) => settling(own, () => consumer?.commit(of)),
          onSettled: (to) => {
            fencedInARow = 0;
            to.forEach(progress.settle);
            to.forEach(settled);
          },
        });
        await orLeft(served.ended).catch(async (error) => {
          if (own.recreated === undefined) throw error;
          await beginAnew([own.recreated]);
        });
      } catch (error) {
        if (pluginErrorCode(error) === 'FENCED' && ++fencedInARow < mostFencedInARow && !abort.signal.aborted) {
          consumer?.restart(asError(error).message);
          // A call that was cut short because the partitions went away failed for no other reason.
        } else if (abort.signal.aborted || membership === own) if (!(error instanceof Revoked)) throw error;
      }
      served = undefined;
      if (membership === own) membership = undefined;
    }
  }

  const wake = () => {
    changed.resolve();
    feed.wake();
  };
  return {
    ended: run().then(
      () => undefined,
      (error) => (early.aborted && error === early.reason ? undefined : asError(error)),
    ),
    get idle() {
      return idle();
    },
    get settled() {
      return progress.settled;
    },
    takeTopics: seenTopics.take,
    stop() {
      stalls.close();
      stop.abort(new Error('the task is to stop'));
      wake();
    },
    abort() {
      stalls.close();
      stop.abort(new Error('the task is to stop'));
      abort.abort(new Error('the task is to end at once'));
      wake();
      // Also while a write hangs that does not listen: the partitions are for others.
      void consumer?.close();
    },
  };
}
