/**
 * The transaction coordinator (KIP-98). Each change of a transaction is in the journal before it has an effect, so
 * that after a kill an open transaction is still open, and one that was ending ends.
 *
 *     Empty → Ongoing → PrepareCommit → CompleteCommit → Ongoing → …
 *                     ↘ PrepareAbort  → CompleteAbort  ↗
 *
 * Markers are written before EndTxn is answered (Kafka writes them after), so a client never meets
 * CONCURRENT_TRANSACTIONS here. A transaction's time-out counts from its begin; it then aborts and its producer is
 * fenced. Transactional ids are kept for ever; Kafka forgets them after a week. Left out: transaction.version 2
 * (KIP-890) and two-phase commit (KIP-939).
 */

import { KafkaError } from '../errors.ts';
import type { CommittedOffsets, OffsetEntry, TopicPartition } from '../groups/offsets.ts';
import type { Journal } from '../storage/storage.ts';
import type { Topics } from '../topics/topics.ts';
import type { ProducerIds } from './producer-ids.ts';
import {
  fenced,
  includes,
  isEnding,
  isOther,
  journalEntry,
  journalPrefix,
  type ProducerIdentity,
  type Transaction,
} from './transaction.ts';

/** The longest time-out that a producer may ask for, as Kafka's `transaction.max.timeout.ms`. */
export const maxTimeoutMs = 15 * 60 * 1000;
const maxEpoch = 2 ** 15 - 2;
const noProducerId = -1;
/** How soon an abort is tried again that had no room on the disk. */
const retryMs = 1000;

export class Transactions {
  readonly #journal: Journal;
  readonly #topics: Topics;
  readonly #offsets: CommittedOffsets;
  readonly #producerIds: ProducerIds;
  readonly #log: (line: string) => void;
  readonly #transactions = new Map<string, Transaction>();
  readonly #timers = new Map<string, NodeJS.Timeout>();

  /** Takes up what the journal holds: endings are finished, open transactions get the rest of their time. */
  constructor(options: {
    readonly journal: Journal;
    readonly topics: Topics;
    readonly offsets: CommittedOffsets;
    readonly producerIds: ProducerIds;
    readonly log: (line: string) => void;
  }) {
    this.#journal = options.journal;
    this.#topics = options.topics;
    this.#offsets = options.offsets;
    this.#producerIds = options.producerIds;
    this.#log = options.log;
    for (const [key, value] of this.#journal.entries()) {
      if (!key.startsWith(journalPrefix)) continue;
      const transaction = value as unknown as Transaction;
      this.#transactions.set(transaction.transactionalId, transaction);
      if (transaction.state === 'Ongoing') this.#watch(transaction);
      if (isEnding(transaction)) this.#complete(transaction);
    }
    this.#abortOrphans();
  }

  list(): readonly Transaction[] {
    return [...this.#transactions.values()];
  }

  find(transactionalId: string): Transaction | undefined {
    return this.#transactions.get(transactionalId);
  }

  /**
   * Gives a producer its id and epoch. For a transactional id this fences whoever used it before and aborts what
   * they left open. `known` is what the producer believes to be (KIP-360); -1 when it is new.
   */
  initProducer(transactionalId: string | null, timeoutMs: number, known: ProducerIdentity): ProducerIdentity {
    if (transactionalId === null) return { producerId: this.#producerIds.take(), producerEpoch: 0 };
    if (transactionalId === '') throw new KafkaError('INVALID_REQUEST', 'A transactional id cannot be empty');
    if (timeoutMs <= 0 || timeoutMs > maxTimeoutMs) {
      throw new KafkaError('INVALID_TRANSACTION_TIMEOUT', `A transaction time-out lies in 1..${maxTimeoutMs} ms`);
    }
    const before = this.#transactions.get(transactionalId);
    if (before !== undefined && known.producerId !== noProducerId && isOther(before, known)) {
      throw new KafkaError('PRODUCER_FENCED', `Transactional id ${transactionalId} has a newer producer`);
    }
    const identity = before === undefined ? this.#fresh() : this.#fence(before);
    const { producerId, producerEpoch } = identity.producerEpoch > maxEpoch ? this.#fresh() : identity;
    this.#write({
      transactionalId,
      producerId,
      producerEpoch,
      state: 'Empty',
      timeoutMs,
      startedAt: -1,
      partitions: [],
      groups: [],
    });
    return { producerId, producerEpoch };
  }

  /** Makes partitions part of the transaction, and begins it where none is open. */
  addPartitions(transactionalId: string, who: ProducerIdentity, partitions: readonly TopicPartition[]): void {
    const transaction = this.#begun(this.#current(transactionalId, who));
    const added = partitions.filter((one) => !includes(transaction.partitions, one));
    if (added.length === 0 && transaction === this.find(transactionalId)) return;
    this.#write({ ...transaction, partitions: [...transaction.partitions, ...added] });
  }

  /** Makes a group's offsets part of the transaction, and begins it where none is open. */
  addGroup(transactionalId: string, who: ProducerIdentity, group: string): void {
    const transaction = this.#begun(this.#current(transactionalId, who));
    if (transaction.groups.some((one) => one.group === group)) return;
    this.#write({ ...transaction, groups: [...transaction.groups, { group, entries: [] }] });
  }

  /** Keeps offsets until the transaction ends. */
  commitOffsets(transactionalId: string, who: ProducerIdentity, group: string, entries: readonly OffsetEntry[]): void {
    const transaction = this.#current(transactionalId, who);
    if (transaction.state !== 'Ongoing' || !transaction.groups.some((one) => one.group === group)) {
      throw new KafkaError('INVALID_TXN_STATE', `Group ${group} is not part of the transaction of ${transactionalId}`);
    }
    const groups = transaction.groups.map((one) =>
      one.group !== group
        ? one
        : { group, entries: [...one.entries.filter((entry) => !includes(entries, entry)), ...entries] },
    );
    this.#write({ ...transaction, groups });
  }

  /** Commits or aborts; a repetition of the last ending is fine. */
  end(transactionalId: string, who: ProducerIdentity, commit: boolean): void {
    const transaction = this.#current(transactionalId, who);
    if (transaction.state === (commit ? 'CompleteCommit' : 'CompleteAbort')) return;
    if (transaction.state === (commit ? 'PrepareCommit' : 'PrepareAbort')) {
      this.#complete(transaction);
      return;
    }
    if (transaction.state !== 'Ongoing') {
      throw new KafkaError('INVALID_TXN_STATE', `${transactionalId} has no open transaction (${transaction.state})`);
    }
    this.#end(transaction, commit);
  }

  /** Checks that a transactional batch may be written: right producer, open transaction, partition added. */
  checkProduce(transactionalId: string, who: ProducerIdentity, topicPartition: TopicPartition): void {
    const transaction = this.#transactions.get(transactionalId);
    if (transaction === undefined || transaction.producerId !== who.producerId) {
      throw new KafkaError('INVALID_PRODUCER_ID_MAPPING', `${transactionalId} is not producer ${who.producerId}`);
    }
    if (transaction.producerEpoch !== who.producerEpoch) throw fenced('INVALID_PRODUCER_EPOCH', transaction, who);
    if (transaction.state !== 'Ongoing' || !includes(transaction.partitions, topicPartition)) {
      throw new KafkaError(
        'INVALID_TXN_STATE',
        `The partition is not part of an open transaction of ${transactionalId}`,
      );
    }
  }

  /** Whether an open transaction will commit an offset of the group for the partition. */
  hasPendingOffset(group: string, topicPartition: TopicPartition): boolean {
    return this.list().some(
      (one) =>
        one.state === 'Ongoing' &&
        one.groups.some((pending) => pending.group === group && includes(pending.entries, topicPartition)),
    );
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #current(transactionalId: string, who: ProducerIdentity): Transaction {
    const transaction = this.#transactions.get(transactionalId);
    if (transaction === undefined || transaction.producerId !== who.producerId) {
      throw new KafkaError('INVALID_PRODUCER_ID_MAPPING', `${transactionalId} is not producer ${who.producerId}`);
    }
    if (transaction.producerEpoch !== who.producerEpoch) throw fenced('PRODUCER_FENCED', transaction, who);
    return transaction;
  }

  #begun(transaction: Transaction): Transaction {
    if (transaction.state === 'Ongoing') return transaction;
    // An ending that found no room on the disk comes first: a new transaction would overwrite what it has to do.
    if (isEnding(transaction)) this.#complete(transaction);
    return { ...transaction, state: 'Ongoing', startedAt: Date.now(), partitions: [], groups: [] };
  }

  /** Leaves nothing open; the identity for the producer that comes next. An abort has raised the epoch already. */
  #fence(transaction: Transaction): ProducerIdentity {
    if (transaction.state === 'Ongoing') return this.#abortFenced(transaction);
    return this.#nextEpoch(isEnding(transaction) ? this.#complete(transaction) : transaction);
  }

  #nextEpoch(transaction: Transaction): ProducerIdentity {
    return { producerId: transaction.producerId, producerEpoch: transaction.producerEpoch + 1 };
  }

  #fresh(): ProducerIdentity {
    return { producerId: this.#producerIds.take(), producerEpoch: 0 };
  }

  /** Aborts with a raised epoch, which the markers carry into each partition: the old producer is fenced there too. */
  #abortFenced(transaction: Transaction): Transaction {
    return this.#end({ ...transaction, ...this.#nextEpoch(transaction) }, false);
  }

  #end(transaction: Transaction, commit: boolean): Transaction {
    const prepared: Transaction = { ...transaction, state: commit ? 'PrepareCommit' : 'PrepareAbort' };
    this.#write(prepared);
    return this.#complete(prepared);
  }

  /** Can be done again after a kill: a marker goes only where the transaction is still open. */
  #complete(prepared: Transaction): Transaction {
    const commit = prepared.state === 'PrepareCommit';
    for (const { topic, partition } of prepared.partitions) {
      this.#topics
        .find(topic)
        ?.partitions[partition]?.appendMarker(prepared.producerId, prepared.producerEpoch, commit);
    }
    const completed: Transaction = {
      ...prepared,
      state: commit ? 'CompleteCommit' : 'CompleteAbort',
      startedAt: -1,
      partitions: [],
      groups: [],
    };
    // The offsets and the end of the transaction are one entry of the journal.
    this.#offsets.commit(commit ? prepared.groups : [], new Map([journalEntry(completed)]));
    this.#keep(completed);
    return completed;
  }

  #write(transaction: Transaction): void {
    this.#journal.write(new Map([journalEntry(transaction)]));
    this.#keep(transaction);
  }

  #keep(transaction: Transaction): void {
    const before = this.#transactions.get(transaction.transactionalId);
    this.#transactions.set(transaction.transactionalId, transaction);
    if (transaction.state === before?.state) return;
    clearTimeout(this.#timers.get(transaction.transactionalId));
    this.#timers.delete(transaction.transactionalId);
    if (transaction.state === 'Ongoing') this.#watch(transaction);
  }

  /**
   * A loss of power can take the end of the journal and leave the records of a transaction that it began: nobody
   * could end it any more, and it would hold back its partitions' readers for ever.
   */
  #abortOrphans(): void {
    const ongoing = new Set(this.list().flatMap((one) => (one.state === 'Ongoing' ? [one.producerId] : [])));
    for (const { name, partitions } of this.#topics.list()) {
      for (const [partition, log] of partitions.entries()) {
        for (const { producerId, epoch } of log.openProducers) {
          if (ongoing.has(producerId)) continue;
          log.appendMarker(producerId, epoch, false);
          this.#log(`${name}-${partition}: aborted a transaction of producer ${producerId}, which is in no journal`);
        }
      }
    }
  }

  #watch({ transactionalId, startedAt, timeoutMs }: Transaction): void {
    const rest = Math.max(0, startedAt + timeoutMs - Date.now());
    this.#timers.set(
      transactionalId,
      setTimeout(() => this.#timeOut(transactionalId), rest),
    );
  }

  #timeOut(transactionalId: string): void {
    const transaction = this.#transactions.get(transactionalId);
    if (transaction?.state !== 'Ongoing') return;
    try {
      this.#abortFenced(transaction);
      this.#log(`Transaction of ${transactionalId} aborted: it did not end within its ${transaction.timeoutMs} ms`);
    } catch (error) {
      this.#log(`Transaction of ${transactionalId} is overdue and cannot be aborted: ${(error as Error).message}`);
      this.#timers.set(
        transactionalId,
        setTimeout(() => this.#timeOut(transactionalId), retryMs),
      );
    }
  }
}
