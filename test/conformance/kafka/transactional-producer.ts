/** A transactional producer that says each request when a case wants it said, in the versions before KIP-890. */
import type { BatchOptions } from '../../embedded/kafka/record-batches.ts';
import { type Answer, type WireClient, wireClient } from '../../embedded/kafka/wire-client.ts';
import { eventually } from '../../helpers/eventually.ts';
import { errorName, newName } from './names.ts';
import {
  batch,
  type Committer,
  latest,
  noMember,
  type OffsetToCommit,
  offsetOf,
  offsetTopics,
  type Produced,
  partitionErrors,
  produce,
} from './requests.ts';
import type { Subject } from './subject.ts';

/** Who a producer says to be. */
export interface Identity {
  readonly producerId: number;
  readonly producerEpoch: number;
}

export interface Initialized extends Identity {
  readonly error: string;
}

/** Asks for an id and an epoch, once. */
export async function initProducer(
  client: WireClient,
  transactionalId: string | null,
  options: { readonly timeoutMs?: number; readonly known?: Identity; readonly version?: number } = {},
): Promise<Initialized> {
  const { timeoutMs = 60_000, known = { producerId: -1, producerEpoch: -1 }, version = 4 } = options;
  const answer = await client.request('InitProducerId', version, {
    transactionalId,
    transactionTimeoutMs: timeoutMs,
    ...known,
  });
  const { errorCode, producerId, producerEpoch } = answer;
  return { error: errorName(errorCode), producerId, producerEpoch };
}

/** Asks again while Apache Kafka still ends what was before; the embedded broker has ended it by then. */
async function patiently<T extends string | { readonly error: string }>(ask: () => Promise<T>): Promise<T> {
  return eventually(async () => {
    const answer = await ask();
    const error = typeof answer === 'string' ? answer : answer.error;
    if (error === 'CONCURRENT_TRANSACTIONS') throw new Error('The transaction before is still being ended');
    return answer;
  });
}

export class TransactionalProducer {
  readonly transactionalId: string;
  readonly client: WireClient;
  identity: Identity;
  readonly #sequences = new Map<string, number>();

  constructor(transactionalId: string, client: WireClient, identity: Identity) {
    this.transactionalId = transactionalId;
    this.client = client;
    this.identity = identity;
  }

  /** Makes a partition part of the transaction. */
  add(topic: string, partition = 0): Promise<string> {
    return patiently(() => this.addOnce(topic, partition));
  }

  async addOnce(topic: string, partition = 0): Promise<string> {
    const answer = await this.client.request('AddPartitionsToTxn', 3, {
      transactionalId: this.transactionalId,
      ...this.identity,
      topics: [{ name: topic, partitions: [partition] }],
    });
    return errorName(answer.results[0].partitions[0].errorCode);
  }

  /** Produces the next records of the partition, which must be part of the transaction. */
  async send(topic: string, values: readonly string[], options: BatchOptions & { partition?: number } = {}) {
    const { partition = 0, ...rest } = options;
    const slot = `${topic}/${partition}`;
    const baseSequence = this.#sequences.get(slot) ?? 0;
    const records = batch(values, {
      ...this.identity,
      baseSequence,
      transactional: true,
      ...rest,
    });
    const produced: Produced = await produce(this.client, topic, records, {
      partition,
      transactionalId: this.transactionalId,
    });
    if (produced.error === 'NONE') this.#sequences.set(slot, baseSequence + values.length);
    return produced;
  }

  /** Adds the partition and produces to it. */
  async write(topic: string, values: readonly string[], options: BatchOptions & { partition?: number } = {}) {
    await this.add(topic, options.partition ?? 0);
    return this.send(topic, values, options);
  }

  addGroup(groupId: string): Promise<string> {
    return patiently(async () => {
      const answer = await this.client.request('AddOffsetsToTxn', 3, {
        transactionalId: this.transactionalId,
        ...this.identity,
        groupId,
      });
      return errorName(answer.errorCode);
    });
  }

  /** Commits offsets with the transaction; an error for each. */
  async commitOffsets(
    groupId: string,
    offsets: readonly OffsetToCommit[],
    committer: Committer = noMember,
  ): Promise<readonly string[]> {
    const answer = await this.client.request('TxnOffsetCommit', 3, {
      transactionalId: this.transactionalId,
      ...this.identity,
      groupId,
      ...committer,
      topics: offsetTopics(offsets),
    });
    return partitionErrors(answer.topics);
  }

  /** Ends the transaction; at Apache Kafka the markers follow a little later. */
  async end(committed: boolean, version = 3): Promise<string> {
    const answer = await this.client.request('EndTxn', version, {
      transactionalId: this.transactionalId,
      ...this.identity,
      committed,
    });
    return errorName(answer.errorCode);
  }

  /** The state of the transaction, as DescribeTransactions shows it. */
  async describe(): Promise<Answer> {
    const answer = await this.client.request('DescribeTransactions', 0, { transactionalIds: [this.transactionalId] });
    const [state] = answer.transactionStates;
    return { ...state, error: errorName(state.errorCode) };
  }
}

/** A producer with an id, on a connection of its own; a second one of the same transactional id fences the first. */
export async function transactionalProducer(
  subject: Subject,
  options: { readonly transactionalId?: string; readonly timeoutMs?: number } = {},
): Promise<TransactionalProducer> {
  const { transactionalId = newName('transaction'), ...rest } = options;
  const client = await wireClient(subject);
  const { error, ...identity } = await patiently(() => initProducer(client, transactionalId, rest));
  if (error !== 'NONE') throw new Error(`InitProducerId: ${error}`);
  return new TransactionalProducer(transactionalId, client, identity);
}

/** Waits until everything before `offset` is stable: all markers are there. */
export async function untilStable(client: WireClient, topic: string, offset: number, partition = 0): Promise<void> {
  await eventually(async () => {
    const { offset: stable } = await offsetOf(client, topic, latest, { partition, committed: true });
    if (stable !== offset) throw new Error(`The last stable offset of ${topic} is ${stable} and not ${offset}`);
  });
}
