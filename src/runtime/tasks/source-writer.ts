/**
 * Between the generators of a source task and Kafka: one open transaction that is filled and one that is on its way.
 * `add` waits while both are full. The first failure is final: whoever made the writer makes another. Failures of Kafka
 * are marked where they are met (`callKafka`), so that those of plugins, which come out of the same calls, stay apart.
 */
import type { SourceOffset, SourceRecord, Stage } from '../../sdk/index.ts';
import { callKafka } from '../kafka/errors.ts';
import { RefusedMessagesError, type TransactionalProducer } from '../kafka/producer.ts';
import { ensureTopics } from '../kafka/topics.ts';
import type { StageClock } from '../metrics/stage-clock.ts';
import { type CloseReason, closeReasons, taskTable as t } from '../metrics/table.ts';
import { byTopic, type Rejects } from './rejects.ts';
import type { TaskHost } from './task.ts';
import { createTransaction, type OpenTransaction, rejectedFromEncoded, type TransactionRules } from './transaction.ts';

export interface SourceWriter {
  /** Takes in one read; waits while there is no room. Rejects once the writer has failed. */
  add(partition: string, records: readonly SourceRecord[], offset: SourceOffset): Promise<void>;
  /** Commits what is open; resolves when all is durable. */
  finish(): Promise<void>;
  /** Rejects with the first failure; never resolves. */
  readonly failed: Promise<never>;
  /** Something was read that is not durable yet. */
  readonly pending: boolean;
  /** Ends all waiting. */
  giveUp(error: unknown): void;
}

export function createSourceWriter(options: {
  readonly host: TaskHost;
  readonly producer: TransactionalProducer;
  readonly rejects: Rejects;
  readonly rules: TransactionRules;
  readonly topicSpec: { readonly partitions: number; readonly replicationFactor: number };
  readonly abort: AbortSignal;
  readonly clock: StageClock;
  /** A transaction is durable, with records in these topics. */
  readonly onCommitted: (topics: ReadonlySet<string>) => void;
}): SourceWriter {
  const { host, producer, rejects, rules, topicSpec, abort, clock, onCommitted } = options;
  const metrics = bindMetrics(host, clock);
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  const known = new Set<string>();
  let open = createTransaction(rules);
  let committing: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let failure: { readonly error: unknown } | undefined;
  /** Bytes of the transaction that is on its way. */
  let committingBytes = 0;

  const showHeld = () => metrics.held(open.heldBytes + committingBytes);

  function giveUp(error: unknown): void {
    failure ??= { error };
    clearTimeout(timer);
    metrics.held(0);
    failed.reject(error);
  }

  /** Starts to commit what is open, if nothing is on its way already; its end starts the next if that is due by then. */
  function commitOpen(closedBy: CloseReason): Promise<void> {
    if (committing !== undefined) return committing;
    clearTimeout(timer);
    timer = undefined;
    if (open.offsets.size === 0) return Promise.resolve();
    const closed = open;
    open = createTransaction(rules);
    committingBytes = closed.heldBytes;
    committing = clock.during('write', commit(closed, closedBy)).then(
      () => {
        committing = undefined;
        committingBytes = 0;
        showHeld();
        if (open.full !== undefined) void commitOpen(open.full);
        else schedule();
      },
      (error) => {
        committing = undefined;
        giveUp(error);
        throw error;
      },
    );
    // Whoever waits for it hears of it; all others by `failed`.
    committing.catch(() => undefined);
    return committing;
  }

  function schedule(): void {
    if (open.deadline === undefined || timer !== undefined || committing !== undefined || failure !== undefined) return;
    timer = setTimeout(() => commitOpen('time'), Math.max(open.deadline - performance.now(), 0));
  }

  async function commit(closed: OpenTransaction, closedBy: CloseReason): Promise<void> {
    const began = performance.now();
    const topics = new Set(closed.messages.map(({ topic }) => topic));
    await ensure(topics);
    const offsets = [...closed.offsets].map(([partition, offset]) => host.offsets.message(partition, offset));
    const own = { topic: host.offsets.topic, messages: offsets };
    let messages = closed.messages;
    const handled = [...(await rejects.handle(closed.rejected, abort))];
    for (;;) {
      try {
        await callKafka(() => producer.commit([...byTopic(messages), ...handled, own]));
        break;
      } catch (error) {
        // What Kafka will never take goes where other rejects go; the rest is committed without it.
        if (!(error instanceof RefusedMessagesError)) throw error;
        const reasons = new Map(error.refused.map(({ message, error: reason }) => [message, reason]));
        const refused = messages.flatMap((encoded) => {
          const reason = reasons.get(encoded.message);
          return reason === undefined ? [] : [rejectedFromEncoded(encoded, 'KAFKA_PRODUCE', reason)];
        });
        if (refused.length === 0) throw error;
        messages = messages.filter(({ message }) => !reasons.has(message));
        handled.push(...(await rejects.handle(refused, abort)));
      }
    }
    onCommitted(topics);
    metrics.committed(closed, messages.length, closedBy, (performance.now() - began) / 1000);
  }

  async function ensure(topics: ReadonlySet<string>): Promise<void> {
    const fresh = [...topics.difference(known)];
    if (fresh.length === 0) return;
    const specs = fresh.map((topic) => ({ topic, ...topicSpec }));
    await callKafka(() => ensureTopics(host.client, specs));
    for (const topic of fresh) known.add(topic);
  }

  return {
    failed: failed.promise,
    giveUp,
    get pending() {
      return open.offsets.size > 0 || committing !== undefined;
    },
    async add(partition, records, offset) {
      while (failure === undefined && open.full !== undefined) await commitOpen(open.full);
      if (failure !== undefined) throw failure.error;
      open.add(partition, records, offset);
      showHeld();
      if (open.full !== undefined) void commitOpen(open.full);
      else schedule();
    },
    async finish() {
      while (failure === undefined && (committing !== undefined || open.offsets.size > 0)) await commitOpen('stop');
      clearTimeout(timer);
      if (failure !== undefined) throw failure.error;
    },
  };
}

/** Where a source can lose a record: its stages have series from the start. */
const errorStages: readonly Stage[] = ['TRANSFORMATION', 'VALUE_CONVERTER', 'KAFKA_PRODUCE'];

/** What a source counts, once per transaction; `held` once per read. */
function bindMetrics({ metrics }: TaskHost, clock: StageClock) {
  const read = metrics.counter(t.recordsRead.name);
  const written = metrics.counter(t.recordsWritten.name);
  const filtered = metrics.counter(t.recordsSkipped.name, { reason: 'filtered' });
  const bytes = metrics.counter(t.bytesWritten.name);
  const batchRecords = metrics.histogram(t.batchRecords.name);
  const batchBytes = metrics.histogram(t.batchBytes.name);
  const duration = metrics.histogram(t.writeDuration.name);
  const endToEnd = metrics.histogram(t.endToEnd.name);
  const closed = Object.fromEntries(
    closeReasons.map((by) => [by, metrics.counter(t.batches.name, { closed_by: by })] as const),
  );
  const buffered = metrics.gauge(t.bufferedBytes.name);
  for (const stage of errorStages) metrics.counter(t.recordErrors.name, { stage });
  function committed(transaction: OpenTransaction, recordsWritten: number, closedBy: CloseReason, seconds: number) {
    const now = Date.now();
    for (const timestamp of transaction.timestamps) endToEnd.observe((now - timestamp) / 1000);
    read.add(transaction.read);
    written.add(recordsWritten);
    filtered.add(transaction.filtered);
    bytes.add(transaction.bytes);
    batchRecords.observe(transaction.read);
    batchBytes.observe(transaction.bytes);
    duration.observe(seconds);
    closed[closedBy]?.add(1);
    for (const stage of ['transform', 'validate', 'encode'] as const) clock.add(stage, transaction.spent[stage]);
  }
  return { committed, held: (bytes: number) => buffered.set(bytes) };
}
