/**
 * Appends records one after another, outside of transactions: in the log when `append` resolves, once.
 *
 * When a send of kafkajs's idempotent producer fails, its record may be in the log all the same, the answers lost; and
 * the next record gets the same place in the producer's sequence. The broker would take it for a repetition, and say
 * that it was written. So whatever comes after a failure goes out by another producer.
 */
import type { Message, Producer } from 'kafkajs';
import { ConnectError } from '../errors.ts';
import type { KafkaClient } from '../kafka/client.ts';
import { disconnect } from '../kafka/disconnect.ts';

export interface Appender {
  /** Rejects when Kafka did not take the record, or did not say that it has. */
  append(topic: string, message: Message): Promise<void>;
  close(): Promise<void>;
}

/** Resolves when it is connected. */
export async function openAppender(client: KafkaClient): Promise<Appender> {
  let producer: Producer | undefined;
  let closed = false;
  let last: Promise<unknown> = Promise.resolve();

  const refuseWhenClosed = () => {
    if (closed) throw new ConnectError('NOT_READY', 'The worker is closing.');
  };

  async function connected(): Promise<Producer> {
    if (producer !== undefined) return producer;
    refuseWhenClosed();
    const fresh = client.producer();
    try {
      await fresh.connect();
      refuseWhenClosed();
    } catch (error) {
      await disconnect(fresh);
      throw error;
    }
    producer = fresh;
    return fresh;
  }

  async function giveUp(): Promise<void> {
    const former = producer;
    producer = undefined;
    if (former !== undefined) await disconnect(former);
  }

  await connected();
  return {
    append(topic, message) {
      const sent = last.then(async () => void (await (await connected()).send({ topic, messages: [message] })));
      last = sent.catch(giveUp);
      return sent;
    },
    async close() {
      closed = true;
      await giveUp();
    },
  };
}
