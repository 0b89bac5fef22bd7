/**
 * The source loop. A new owner first takes its transactional id, which fences an older owner; then it reads its
 * offsets; then it calls `read`. Each transaction holds records, rejects and source offsets, so that they become
 * visible together or not at all: exactly once.
 *
 * After any failure of a transaction its outcome is unknown. The id is taken anew (which ends the old transaction one
 * way or the other), the committed offsets are read, and every partition is read again from there. While one
 * transaction is on its way the next is filled; when that is full as well, the generators wait.
 */

import { pluginErrorCode } from '../../sdk/errors.ts';
import type { SourceBatch, SourceOffset, SourcePlugin, SourceTask } from '../../sdk/index.ts';
import type { Configured } from '../config/model.ts';
import { callKafka, kafkaFailureOf } from '../kafka/errors.ts';
import { openTransactions, type TransactionalProducer } from '../kafka/producer.ts';
import { createStageClock } from '../metrics/stage-clock.ts';
import { stagesOf, taskTable } from '../metrics/table.ts';
import { kindOf } from '../records/encode.ts';
import { createValidator } from '../records/validate.ts';
import { sleep, whenAborted, withRetries } from '../retry.ts';
import { openRejects } from './rejects.ts';
import { createSeenTopics } from './seen-topics.ts';
import { createSourceWriter, type SourceWriter } from './source-writer.ts';
import { sourceStallWords, watchForStalls } from './stall-watch.ts';
import { asError, contextOf, leavingBehind, type RunningTask, type TaskDescription, type TaskHost } from './task.ts';
import { openTransforms } from './transforms.ts';

/** The partition of a source that names none. */
const onlyPartition = '0';
/** How long a generator may take to end. */
const readGraceMs = 3_000;

export function startSourceTask(description: TaskDescription, host: TaskHost): RunningTask {
  const { connector, task, tasks, groupId } = description;
  const { settings } = connector;
  const { plugin, config } = connector.connector as Configured<SourcePlugin>;
  const { log, client } = host;
  const transactionalId = `${groupId}-${connector.name}-${task}`;

  const abort = new AbortController();
  const stop = new AbortController();
  const early = AbortSignal.any([abort.signal, stop.signal]);
  const aborted = whenAborted(abort.signal);
  let finished = false;
  const seenTopics = createSeenTopics();
  /** Whether anything was committed since the last failure. */
  let committed = false;

  const { orLeft, closeOrLeave } = leavingBehind(abort.signal);
  let isOpen = false;
  let writer: SourceWriter | undefined;
  let commits = 0n;
  const clock = createStageClock(host.metrics, stagesOf.source);
  const retries = host.metrics.counter(taskTable.retries.name, { stage: 'TASK_POLL' });
  const stalls = watchForStalls({
    rules: { timeoutMs: settings.stallTimeoutMs, lingerMs: settings.transaction.lingerMs },
    look: () => {
      const reached = writer?.pending ? commits + 1n : commits;
      return {
        lanes: isOpen ? [{ name: '', settled: commits, delivered: reached, end: reached }] : undefined,
        hungry: false,
        trouble: client.connection.reachable ? undefined : 'Kafka does not answer',
      };
    },
    words: sourceStallWords,
    tell: host.stalled,
  });

  const policy = { timeoutMs: settings.errors.retryTimeoutMs, maxDelayMs: settings.errors.retryDelayMaxMs };
  const onRetry = (error: unknown, attempt: number, delayMs: number) => {
    stalls.failed(error);
    retries.add(1);
    if (attempt !== 1 && attempt % 10 !== 0) return;
    log.warn(`the source is in trouble, trying again: ${asError(error).message}`, {
      attempt,
      delayMs: Math.round(delayMs),
    });
  };
  const askSource = <T>(call: () => Promise<T>) =>
    withRetries(call, {
      policy,
      signal: early,
      retriable: (error) => pluginErrorCode(error) === 'RETRIABLE',
      onRetry,
    });
  const askKafka = <T>(call: () => Promise<T>) =>
    withRetries(() => callKafka(call), {
      policy: { timeoutMs: -1, maxDelayMs: 1_000 },
      signal: early,
      retriable: (error) => kafkaFailureOf(error) === 'retriable',
      onRetry: client.connection.failed,
    });

  async function partitionsOf(source: SourceTask): Promise<readonly string[]> {
    const all = source.partitions === undefined ? [onlyPartition] : await source.partitions(early);
    return all.filter((_, i) => i % tasks === task);
  }

  /** Reads one partition into the writer until it is finished or `signal` is aborted. */
  async function pump(
    source: SourceTask,
    partition: string,
    offset: SourceOffset,
    writer: SourceWriter,
    signal: AbortSignal,
  ) {
    let fetched = clock.begin('fetch');
    try {
      for await (const batch of source.read({ partition, offset, signal })) {
        fetched();
        checkBatch(batch);
        await writer.add(partition, batch.records, batch.offset);
        // What was yielded before the signal is still written; the generator has been told.
        if (signal.aborted) return;
        fetched = clock.begin('fetch');
      }
    } catch (error) {
      // A wait that the signal cut short: the way many generators end when they are told to.
      if (!signal.aborted) throw error;
    } finally {
      fetched();
    }
  }

  /** Everything from taking over the id to the first failure; resolves when all partitions are finished or the task is to stop. */
  async function attempt(
    source: SourceTask,
    writerOf: (producer: TransactionalProducer) => SourceWriter,
  ): Promise<void> {
    const producer = await askKafka(() => openTransactions(client, transactionalId));
    const reading = new AbortController();
    const signal = AbortSignal.any([early, reading.signal]);
    try {
      const offsets = await askKafka(() => host.offsets.read());
      const partitions = await askSource(() => partitionsOf(source));
      const own = writerOf(producer);
      writer = own;
      const pumps = partitions.map((partition) =>
        pump(source, partition, offsets.get(partition) ?? plugin.initialOffset, own, signal),
      );
      const read = Promise.all(pumps).then(() => own.finish());
      try {
        await Promise.race([read, own.failed, aborted]);
      } catch (error) {
        reading.abort(new Error('reading begins again at the committed offset'));
        own.giveUp(error);
        await Promise.race([ended(pumps), aborted]);
        throw error;
      }
    } finally {
      await producer.close();
    }
  }

  /** Resolves when all of them have ended, or soon: a generator may not care about its signal. What it yields later counts no more. */
  async function ended(pumps: readonly Promise<void>[]): Promise<void> {
    const waited = new AbortController();
    const late = sleep(readGraceMs, waited.signal).then(
      () => log.warn(`a read() has not ended ${readGraceMs / 1000} s after its signal was aborted: it is left behind`),
      () => undefined,
    );
    await Promise.race([Promise.allSettled(pumps), late]);
    waited.abort();
  }

  async function run(): Promise<void> {
    await using opened = new AsyncDisposableStack();
    opened.defer(() => stalls.close());
    const transforms = await orLeft(openTransforms(description, host, early));
    opened.defer(() => transforms.close());
    const rejects = await orLeft(openRejects(description, host, early));
    opened.defer(() => rejects.close());
    const validate = createValidator(settings.values);
    const context = {
      ...contextOf(description, host, config, early, plugin.metrics),
      requestReconfiguration: () => host.requestReconfiguration(),
    };
    const source = await orLeft(askSource(async () => plugin.open(context)));
    opened.defer(() => closeOrLeave(() => source.close?.()));
    isOpen = true;
    const writerOf = (producer: TransactionalProducer) =>
      createSourceWriter({
        host,
        producer,
        rejects,
        rules: { limits: settings.transaction, transforms, validate },
        topicSpec: settings.topicCreation,
        abort: abort.signal,
        clock,
        onCommitted: (written) => {
          committed = true;
          commits++;
          seenTopics.add(written);
        },
      });
    const progressed = () => {
      const since = committed;
      committed = false;
      return since;
    };
    // Kafka is waited for as long as it takes, the source for as long as errors.retry.timeout says.
    const readOn = () =>
      withRetries(() => attempt(source, writerOf), {
        policy,
        signal: early,
        retriable: (error) => pluginErrorCode(error) === 'RETRIABLE',
        progressed,
        onRetry,
      });
    await withRetries(readOn, {
      policy: { timeoutMs: -1, maxDelayMs: 1_000 },
      signal: early,
      retriable: (error) => kafkaFailureOf(error) === 'retriable',
      onRetry: client.connection.failed,
    });
    finished = true;
    // A finished source stays RUNNING and idle until it is stopped.
    if (!early.aborted) await new Promise((resolve) => early.addEventListener('abort', resolve, { once: true }));
  }

  return {
    ended: run().then(
      () => undefined,
      (error) => {
        if (early.aborted && (error === early.reason || (error as Error)?.name === 'AbortError')) return undefined;
        if (kafkaFailureOf(error) !== 'fenced') return asError(error);
        const text =
          `The transactional id ${transactionalId} has been taken over: a task of this name runs in another process ` +
          'as well. This one stops; nothing is lost.';
        return new Error(text, { cause: error });
      },
    ),
    get idle() {
      return finished;
    },
    settled: [],
    takeTopics: seenTopics.take,
    stop() {
      stalls.close();
      stop.abort(new Error('the task is to stop'));
    },
    abort() {
      stalls.close();
      stop.abort(new Error('the task is to stop'));
      abort.abort(new Error('the task is to end at once'));
    },
  };
}

/** A source may be written without types. */
function checkBatch(batch: SourceBatch): void {
  const { records, offset } = batch ?? {};
  const isObject = typeof offset === 'object' && offset !== null && !Array.isArray(offset);
  if (Array.isArray(records) && isObject) return;
  const [name, found] = isObject ? ['records', records] : ['offset', offset];
  const message = `read() has to yield { records, offset }, an array and a JSON object: its ${name} is ${kindOf(found)}`;
  throw new TypeError(message);
}
