/**
 * Between the generators of a source task and Kafka: one open transaction that is filled and one that is on its way.
 * `add` waits while both are full. The first failure is final: whoever made the writer makes another.
 */
import type { SourceOffset, SourceRecord } from '../../sdk/index.ts';
import { classifyKafkaError, kafkaReason } from '../kafka/errors.ts';
import type { TransactionalProducer } from '../kafka/producer.ts';
import { ensureTopics } from '../kafka/topics.ts';
import { type CloseReason, closeReasons, taskTable as t } from '../metrics/table.ts';
import { byTopic, type Rejects } from './rejects.ts';
import type { TaskHost } from './task.ts';
import { createTransaction, type OpenTransaction, type TransactionRules } from './transaction.ts';

export interface SourceWriter {
  /** Takes in one read; waits while there is no room. Rejects once the writer has failed. */
  add(partition: string, records: readonly SourceRecord[], offset: SourceOffset): Promise<void>;
  /** Commits what is open; resolves when all is durable. */
  finish(): Promise<void>;
  /** Rejects with the first failure; never resolves. */
  readonly failed: Promise<never>;
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
}): SourceWriter {
  const { host, producer, rejects, rules, topicSpec, abort } = options;
  const metrics = bindMetrics(host);
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  const known = new Set<string>();
  let open = createTransaction(rules);
  let committing: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let failure: { readonly error: unknown } | undefined;

  function giveUp(error: unknown): void {
    failure ??= { error };
    clearTimeout(timer);
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
    committing = commit(closed, closedBy).then(
      () => {
        committing = undefined;
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
    const refused = await rejects.handle(closed.rejected, abort);
    const records = byTopic(closed.messages);
    const fresh = records.filter(({ topic }) => !known.has(topic));
    if (fresh.length > 0) {
      await ensureTopics(
        host.client,
        fresh.map(({ topic }) => ({ topic, ...topicSpec })),
      );
      for (const { topic } of fresh) known.add(topic);
    }
    const offsets = [...closed.offsets].map(([partition, offset]) => host.offsets.message(partition, offset));
    try {
      await producer.commit([...records, ...refused, { topic: host.offsets.topic, messages: offsets }]);
    } catch (error) {
      throw classifyKafkaError(error) === 'refused' ? refusedError(closed, error) : error;
    }
    metrics(closed, closedBy, (performance.now() - began) / 1000);
  }

  return {
    failed: failed.promise,
    giveUp,
    async add(partition, records, offset) {
      while (failure === undefined && open.full !== undefined)
        await Promise.race([commitOpen(open.full), failed.promise]);
      if (failure !== undefined) throw failure.error;
      open.add(partition, records, offset);
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

/** Kafka does not say which record it refused: the largest is the likeliest. */
function refusedError({ messages }: OpenTransaction, cause: unknown): Error {
  const largest = messages.reduce((a, b) => (b.size > a.size ? b : a));
  return new Error(
    `Kafka refused a record for ${largest.topic} (${kafkaReason(cause)}); the largest of the transaction has ` +
      `${largest.size} bytes. max.message.bytes of the topic says how large a record may be.`,
    { cause },
  );
}

/** What a source counts, once per transaction. */
function bindMetrics({ metrics }: TaskHost) {
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
  return (transaction: OpenTransaction, closedBy: CloseReason, seconds: number) => {
    const now = Date.now();
    for (const timestamp of transaction.timestamps) endToEnd.observe((now - timestamp) / 1000);
    read.add(transaction.read);
    written.add(transaction.messages.length);
    filtered.add(transaction.filtered);
    bytes.add(transaction.bytes);
    batchRecords.observe(transaction.read);
    batchBytes.observe(transaction.bytes);
    duration.observe(seconds);
    closed[closedBy]?.add(1);
  };
}
