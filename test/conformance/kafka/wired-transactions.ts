/** The story of test/embedded/kafka/transactions/transactions-model.ts, told to a broker over the wire. */
import { type WireClient, wireClient } from '../../embedded/kafka/wire-client.ts';
import { eventually } from '../../helpers/eventually.ts';
import { newName } from './names.ts';
import { batch, commitOffsets, committedOffset, fetchFrom, newTopic, produce } from './requests.ts';
import type { Subject } from './subject.ts';
import { type Identity, initProducer, TransactionalProducer } from './transactional-producer.ts';

export class WiredTransactions {
  readonly #client: WireClient;
  readonly #topic: string;
  readonly #group = newName('group');
  readonly #transactionalId = newName('transaction');
  readonly #producers = new Map<string, TransactionalProducer>();

  constructor(client: WireClient, topic: string) {
    this.#client = client;
    this.#topic = topic;
  }

  static async open(subject: Subject, partitions: number): Promise<WiredTransactions> {
    return new WiredTransactions(await wireClient(subject), await newTopic(subject, { partitions }));
  }

  async init(producer: string, how: { readonly knowsItself: boolean; readonly losesAnswer: boolean }): Promise<string> {
    const known = how.knowsItself ? this.#producers.get(producer)?.identity : undefined;
    const { error, ...identity } = await eventually(async () => {
      const answer = await initProducer(this.#client, this.#transactionalId, known === undefined ? {} : { known });
      if (answer.error === 'CONCURRENT_TRANSACTIONS') throw new Error('The transaction before is still being ended');
      return answer;
    });
    if (error === 'NONE' && !how.losesAnswer) this.#producers.set(producer, this.#producerWith(identity));
    return error;
  }

  add(producer: string, partition: number): Promise<string> {
    return this.#who(producer).add(this.#topic, partition);
  }

  async send(producer: string, partition: number, value: string): Promise<string> {
    return (await this.#who(producer).send(this.#topic, [value], { partition })).error;
  }

  addGroup(producer: string): Promise<string> {
    return this.#who(producer).addGroup(this.#group);
  }

  async commitOffset(producer: string, value: number): Promise<string> {
    const offsets = [{ topic: this.#topic, offset: value }];
    const [error] = await this.#who(producer).commitOffsets(this.#group, offsets);
    // This request has never had a code of its own for a fenced producer.
    return error === 'INVALID_PRODUCER_EPOCH' ? 'PRODUCER_FENCED' : (error as string);
  }

  async end(producer: string, commit: boolean): Promise<string> {
    await this.settle();
    const error = await this.#who(producer).end(commit);
    await this.settle();
    return error;
  }

  async sendPlain(partition: number, value: string): Promise<string> {
    return (await produce(this.#client, this.#topic, batch([value]), { partition })).error;
  }

  async commitPlainOffset(value: number): Promise<string> {
    const [error] = await commitOffsets(this.#client, this.#group, [{ topic: this.#topic, offset: value }]);
    return error as string;
  }

  /** Waits until an ending transaction has ended: Apache Kafka answers before. */
  async settle(): Promise<void> {
    const anybody = this.#producers.values().next().value;
    await eventually(async () => {
      const state: string = (await anybody?.describe())?.transactionState ?? '';
      return !state.startsWith('Prepare');
    });
  }

  async committedOffset(): Promise<number> {
    return (await committedOffset(this.#client, this.#group, this.#topic)).offset;
  }

  /** Reads as consumers do: what the list of aborted transactions names is dropped, up to its marker. */
  async committedValues(partition: number): Promise<readonly string[]> {
    const { batches, abortedTransactions } = await fetchFrom(this.#client, this.#topic, 0, {
      partition,
      committed: true,
    });
    const dropping = new Set<number>();
    return batches.flatMap(({ control, transactional, producerId, baseOffset, values }) => {
      for (const one of abortedTransactions ?? []) if (one.firstOffset === baseOffset) dropping.add(one.producerId);
      if (control) {
        dropping.delete(producerId);
        return [];
      }
      return transactional && dropping.has(producerId) ? [] : values;
    });
  }

  #producerWith(identity: Identity): TransactionalProducer {
    return new TransactionalProducer(this.#transactionalId, this.#client, identity);
  }

  #who(producer: string): TransactionalProducer {
    return this.#producers.get(producer) ?? this.#producerWith({ producerId: -1, producerEpoch: -1 });
  }
}
