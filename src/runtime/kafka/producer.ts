/**
 * Transactions, one after the other, for one transactional id. Opening fences every older owner of the id. After any
 * failure the outcome of the open transaction is unknown and the producer is of no more use: close it, open another
 * (which ends the old transaction one way or the other), and look at what is committed.
 */
import type { Message, Producer, Transaction } from 'kafkajs';
import type { Position } from '../../sdk/index.ts';
import { type KafkaClient, transactionTimeoutMs } from './client.ts';
import { disconnect } from './disconnect.ts';
import { classifyKafkaError, isSizeRefused, isTimeRefused, kafkaReason } from './errors.ts';
import { endHangingTransaction } from './hanging-transaction.ts';
import { notTaken } from './kafkajs/index.ts';
import { offsetsByTopic } from './offsets.ts';

export interface TopicMessages {
  readonly topic: string;
  readonly messages: Message[];
}

export interface GroupOffsets {
  readonly groupId: string;
  readonly offsets: readonly Position[];
}

export interface TransactionalProducer {
  /** Writes all of it in one transaction: durable and visible when it resolves. */
  commit(messages: readonly TopicMessages[], offsets?: GroupOffsets): Promise<void>;
  close(): Promise<void>;
}

/**
 * Takes over `transactionalId`: any older owner is fenced and its open transaction aborted; one that Kafka has left
 * hanging is ended as it was decided. What is read as committed after this is all that the older owners committed.
 *
 * @param groupId the group whose offsets the transactions hold, if they do
 */
export async function openTransactions(
  client: KafkaClient,
  transactionalId: string,
  groupId?: string,
): Promise<TransactionalProducer> {
  await endHangingTransaction(client, { transactionalId, groupId });
  const producer = client.producer({ transactionalId });
  try {
    await producer.connect();
    // Only the first transaction asks for a producer id, and only that fences: connecting does not.
    await (await producer.transaction()).abort();
    client.connection.up();
  } catch (error) {
    await disconnect(producer);
    throw error;
  }
  return transactionsOf(producer, transactionalId);
}

/** The transactions of a producer that is connected and has its identity. */
export function transactionsOf(producer: Producer, transactionalId: string): TransactionalProducer {
  /** Lowered when a topic takes smaller batches than most. */
  let partBytes = mostPartBytes;

  /** Sends all that Kafka takes of it, in order; what it does not take goes to `refused`, until there is enough of it. */
  async function send(transaction: Transaction, part: readonly TopicMessages[], refused: Refused[]): Promise<void> {
    try {
      await transaction.sendBatch({ topicMessages: [...part] });
    } catch (error) {
      const left = notTaken(error)?.flatMap(({ topic, messages }) => messages.map((message) => ({ topic, message })));
      const [first] = left ?? [];
      if (left === undefined || first === undefined) throw error;
      if (left.length === 1) {
        refused.push({ ...first, error: new RefusedMessageError(first.topic, first.message, error) });
        return;
      }
      // Records that are not too large one by one are so in one batch.
      if (isSizeRefused(error)) partBytes = Math.min(partBytes, Math.ceil(bytesOf(left) / 2));
      const half = Math.ceil(left.length / 2);
      for (const some of [left.slice(0, half), left.slice(half)]) {
        if (refused.length < mostRefused) await send(transaction, byTopic(some), refused);
      }
    }
  }

  return {
    async commit(messages, offsets) {
      const transaction = await producer.transaction();
      const began = performance.now();
      try {
        const refused: Refused[] = [];
        for (const part of inParts(messages, partBytes)) {
          if (refused.length < mostRefused) await send(transaction, part, refused);
        }
        if (refused.length > 0) throw new RefusedMessagesError(refused);
        if (offsets !== undefined) {
          const payload = { consumerGroupId: offsets.groupId, topics: offsetsByTopic(offsets.offsets) };
          await retryConcurrent(() => transaction.sendOffsets(payload));
        }
        await transaction.commit();
      } catch (error) {
        // Ends the transaction at once where the broker still listens; else its time-out does.
        const aborted = transaction.abort();
        // To go on with this producer the transaction must have ended; whoever makes another one need not wait for it.
        await (error instanceof RefusedMessagesError ? aborted : aborted.catch(() => undefined));
        const wasOpenMs = performance.now() - began;
        if (classifyKafkaError(error) === 'fenced' && wasOpenMs >= transactionTimeoutMs * 0.9) {
          throw new TransactionExpiredError(transactionalId, wasOpenMs, error);
        }
        throw error;
      }
    },
    close: () => disconnect(producer),
  };
}

/** A message that Kafka will never take, and why. */
export interface Refused {
  readonly topic: string;
  readonly message: Message;
  readonly error: Error;
}

/** Nothing is committed; these messages are why, and there may be more of them. */
export class RefusedMessagesError extends Error {
  override readonly name = 'RefusedMessagesError';
  readonly refused: readonly Refused[];

  constructor(refused: readonly Refused[]) {
    const [first, ...others] = refused;
    super(`${first?.error.message}${others.length === 0 ? '' : ` (and ${others.length} more)`}`, {
      cause: first?.error,
    });
    this.refused = refused;
  }
}

/** It is too large for its topic, or its time stamp is not allowed. */
class RefusedMessageError extends Error {
  override readonly name = 'RefusedMessageError';

  constructor(topic: string, refused: Message, cause: unknown) {
    super(`Kafka refused a record for ${topic}: ${kafkaReason(cause)}. ${limitOf(refused, cause)}`, { cause });
  }
}

/** What is wrong with the record, and the key of its topic that says so. */
function limitOf(refused: Message, cause: unknown): string {
  if (isSizeRefused(cause))
    return `It has ${sizeOf(refused)} bytes; max.message.bytes of the topic says how large a record may be.`;
  if (!isTimeRefused(cause)) return 'A topic with cleanup.policy=compact takes none without a key.';
  const time = new Date(Number(refused.timestamp));
  const shown = Number.isNaN(time.valueOf()) ? refused.timestamp : time.toISOString();
  return (
    `Its time stamp is ${shown}; message.timestamp.after.max.ms and message.timestamp.before.max.ms of the topic say ` +
    'how far from now it may lie.'
  );
}

/**
 * The broker ended a transaction that was open for too long: it stalled, or this machine slept. It answers as it does to
 * a producer that was replaced (kafkajs knows nothing of KIP-588); how long the transaction was open tells them apart.
 */
export class TransactionExpiredError extends Error {
  override readonly name = 'TransactionExpiredError';

  constructor(transactionalId: string, openMs: number, cause: unknown) {
    super(
      `The transaction of ${transactionalId} was open for ${(openMs / 1000).toFixed(1)} s, and the broker ended it.`,
      {
        cause,
      },
    );
  }
}

/**
 * kafkajs makes one record batch of all messages for a partition, and Kafka takes batches of 1 MiB (`max.message.bytes`):
 * what is bigger goes out in several requests. A message that is too big by itself goes out alone, to be refused alone.
 */
function* inParts(all: readonly TopicMessages[], maxBytes: number): Generator<TopicMessages[]> {
  let part: { topic: string; messages: Message[] }[] = [];
  let bytes = 0;
  for (const { topic, messages } of all) {
    part.push({ topic, messages: [] });
    for (const message of messages) {
      const size = sizeOf(message);
      if (bytes > 0 && bytes + size > maxBytes) {
        yield part.filter((of) => of.messages.length > 0);
        part = [{ topic, messages: [] }];
        bytes = 0;
      }
      part.at(-1)?.messages.push(message);
      bytes += size;
    }
  }
  part = part.filter((of) => of.messages.length > 0);
  if (part.length > 0) yield part;
}

const byTopic = (all: readonly Pick<Refused, 'topic' | 'message'>[]): TopicMessages[] =>
  [...Map.groupBy(all, ({ topic }) => topic)].map(([topic, of]) => ({
    topic,
    messages: of.map(({ message }) => message),
  }));

const bytesOf = (all: readonly Pick<Refused, 'message'>[]): number =>
  all.reduce((sum, { message }) => sum + sizeOf(message), 0);

const mostPartBytes = 900_000;
/** To find one takes some ten requests, and a transaction has ten seconds. */
const mostRefused = 100;

/** At least what a message takes in a record batch. */
function sizeOf({ key, value, headers }: Message): number {
  let size = (key?.length ?? 0) + (value?.length ?? 0) + 24;
  for (const [name, of] of Object.entries(headers ?? {})) {
    for (const one of Array.isArray(of) ? of : [of]) size += name.length + (one?.length ?? 0) + 8;
  }
  return size;
}

/** As the first request of a transaction kafkajs does not retry it while the markers of the one before are written. */
async function retryConcurrent(send: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send();
    } catch (error) {
      if ((error as { type?: string }).type !== 'CONCURRENT_TRANSACTIONS' || attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}
