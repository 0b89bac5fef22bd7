/**
 * What becomes of records that a stage refused: handed to the connector's error handler (`errors.tolerance: all`), or
 * the end of the task (`none`). What the handler answers is given back as messages, so that the caller can write them
 * in one transaction with its own progress.
 */
import type { ErrorHandlerTask, RejectedRecord } from '../../sdk/index.ts';
import { secretsOf } from '../config/secrets.ts';
import { classifyKafkaError } from '../kafka/errors.ts';
import type { TopicMessages } from '../kafka/producer.ts';
import { ensureTopics } from '../kafka/topics.ts';
import { taskTable } from '../metrics/table.ts';
import { encodeRaw } from '../records/encode.ts';
import { type Redaction, redactionOf } from '../redaction.ts';
import { withRetries } from '../retry.ts';
import { contextOf, type TaskDescription, type TaskHost } from './task.ts';

/** A topic for rejects takes whatever was small enough for the topic that they come from. */
const rejectsTopicConfig = { 'max.message.bytes': String(64 * 1024 * 1024) };

export interface Rejects {
  /** Throws when a reject is the end of the task. */
  mustBeTolerated(rejected: readonly RejectedRecord[]): void;
  /** Messages to be written for these rejects; throws when none are tolerated. */
  handle(rejected: readonly RejectedRecord[], signal: AbortSignal): Promise<readonly TopicMessages[]>;
  close(): Promise<void>;
}

export async function openRejects(description: TaskDescription, host: TaskHost, signal: AbortSignal): Promise<Rejects> {
  const { settings, errorHandler } = description.connector;
  let handler: ErrorHandlerTask | undefined;
  if (errorHandler !== undefined) {
    const { plugin, config } = errorHandler;
    handler = await plugin.open(contextOf(description, host, config, signal, plugin.metrics));
  }
  const known = new Set<string>();
  const redaction = redactionOf(secretsOf(description.connector));

  function count(rejected: readonly RejectedRecord[]): void {
    for (const [stage, of] of Map.groupBy(rejected, (one) => one.stage)) {
      host.metrics.counter(taskTable.recordErrors.name, { stage }).add(of.length);
    }
  }

  function mustBeTolerated(rejected: readonly RejectedRecord[]): void {
    const [first] = rejected;
    if (first !== undefined && settings.errors.tolerance === 'none') {
      count(rejected);
      throw new IntolerableRecordError(first, rejected.length);
    }
  }

  return {
    mustBeTolerated,
    async handle(rejected, callSignal) {
      const [first] = rejected;
      if (first === undefined) return [];
      mustBeTolerated(rejected);
      count(rejected);
      if (settings.errors.logEnable) {
        const value = settings.errors.logIncludeMessages && { value: textOf(first.value) };
        host.log.warn(`${rejected.length} record(s) refused; the first, ${placeOf(first)}: ${first.error.message}`, {
          stage: first.stage,
          ...value,
        });
      }
      const shown = rejected.map((one) => ({ ...one, error: withoutSecrets(one.error, redaction) }));
      const records = (await handler?.handle(shown, callSignal)) ?? [];
      const messages = byTopic(records.map(encodeRaw));
      const fresh = messages.filter(({ topic }) => !known.has(topic));
      if (fresh.length > 0) {
        const { partitions = 1, replicationFactor } = handler?.topics ?? {};
        const specs = fresh.map(({ topic }) => ({ topic, partitions, replicationFactor, config: rejectsTopicConfig }));
        await withRetries(() => ensureTopics(host.client, specs), {
          policy: { timeoutMs: -1, maxDelayMs: 2_000 },
          signal: callSignal,
          retriable: (error) => classifyKafkaError(error) === 'retriable',
          onRetry: host.client.connection.failed,
        });
        for (const { topic } of fresh) known.add(topic);
      }
      return messages;
    },
    close: async () => handler?.close?.(),
  };
}

/** A reason goes into the headers of a dead letter, which others read than those who know the connector's secrets. */
function withoutSecrets(
  { name, message, stack }: RejectedRecord['error'],
  { text }: Redaction,
): RejectedRecord['error'] {
  return { name: text(name), message: text(message), ...(stack !== undefined && { stack: text(stack) }) };
}

/** The record that ended a task, with the way out. */
class IntolerableRecordError extends Error {
  override readonly name = 'IntolerableRecordError';

  constructor(record: RejectedRecord, count: number) {
    const others = count > 1 ? ` (and ${count - 1} more in this batch)` : '';
    super(
      `The record ${placeOf(record)} was refused by ${record.stage}: ${record.error.message.replace(/\.$/, '')}${others}. ` +
        'errors.tolerance is none, so the task stops here and nothing after it is committed. ' +
        'Set errors.tolerance: all to send such records to the dead letter queue.',
    );
  }
}

/** The beginning of a value, for a log line. */
function textOf(value: Uint8Array | null): string | null {
  return value === null ? null : Buffer.from(value).toString('utf8', 0, 500);
}

/** `topic-partition@offset`, as far as it is known. */
export function placeOf({ origin }: Pick<RejectedRecord, 'origin'>): string {
  const partition = origin.partition === undefined ? '' : `-${origin.partition}`;
  return origin.offset === undefined
    ? `for ${origin.topic}${partition}`
    : `${origin.topic}${partition}@${origin.offset}`;
}

/** Messages by their topic, order kept. */
export function byTopic(
  encoded: readonly { readonly topic: string; readonly message: TopicMessages['messages'][number] }[],
): TopicMessages[] {
  return [...Map.groupBy(encoded, ({ topic }) => topic)].map(([topic, of]) => ({
    topic,
    messages: of.map(({ message }) => message),
  }));
}
