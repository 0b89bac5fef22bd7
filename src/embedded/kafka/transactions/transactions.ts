/**
 * The transaction coordinator (KIP-98). Each change of a transaction is in the journal before it has an effect, so
 * that after a kill an open transaction is still open, and one that was ending ends.
 *
 *     Empty → Ongoing → PrepareCommit → CompleteCommit → Ongoing → …
 *                     ↘ PrepareAbort  → CompleteAbort  ↗
 *
 * Markers are written before EndTxn is answered (Kafka writes them after), so a client never meets
 * CONCURRENT_TRANSACTIONS here. A transaction's time-out counts from its begin; it then aborts, and its producer has to
 * ask for its next epoch. Transactional ids are kept for ever; Kafka forgets them after a week. Left out: transaction.version 2
 * (KIP-890) and two-phase commit (KIP-939).
 */

import { KafkaError } from '../errors.ts';
import type { CommittedOffsets, OffsetEntry, TopicPartition } from '../groups/offsets.ts';
import type { Journal } from '../storage/storage.ts';
import type { Topics } from '../topics/topics.ts';
import { Deadlines } from './deadlines.ts';
import type { ProducerIds } from './producer-ids.ts';
import {
  checkInit,
  fenced,
  identityOf,
  includes,
  isEnding,
  isSame,
  journalEntry,
  journalPrefix,
  type ProducerIdentity,
  type Transaction,
  unknownProducer,
} from './transaction.ts';

const maxEpoch = 2 ** 15 - 2;
/** How soon an abort is tried again that had no room on the disk. */
const retryMs = 1000;

export class Transactions {
  readonly #journal: Journal;
  readonly #topics: Topics;
  readonly #offsets: CommittedOffsets;
  readonly #producerIds: ProducerIds;
  readonly #log: (line: string) => void;
  readonly #transactions = new Map<string, Transaction>();
  readonly #deadlines = new Deadlines();

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
      // Entries of older versions do not say what their producer was before.
      const transaction = { previous: null, ...(value as object) } as Transaction;
      this.#transactions.set(transaction.transactionalId, transaction);
      for (const { entries } of transaction.groups) this.#offsets.follow(entries);
      if (transaction.state === 'Ongoing') this.#watch(transaction);
      if (isEnding(transaction)) this.#complete(transaction, 'again');
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
    checkInit(transactionalId, timeoutMs, known);
    const before = this.#transactions.get(transactionalId);
    const identity = before === undefined ? this.#fresh() : this.#succeed(before, known);
    const { producerId, producerEpoch } = identity.producerEpoch > maxEpoch ? this.#fresh() : identity;
    this.#write({
      transactionalId,
      producerId,
      producerEpoch,
      // What a client says of an id that is new here means nothing, and must not open a way round the fence.
      previous: before === undefined || isSame(known, unknownProducer) ? null : identityOf(known),
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
      this.#complete(transaction, 'again');
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
    this.#deadlines.close();
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
    if (isEnding(transaction)) this.#complete(transaction, 'again');
    return { ...transaction, state: 'Ongoing', startedAt: Date.now(), partitions: [], groups: [] };
  }

  /**
   * Leaves nothing open; the identity for the producer that comes next, which may be the same one again.
   *
   * @throws KafkaError PRODUCER_FENCED when it is neither new, nor the current one, nor this one before its last change.
   */
  #succeed(before: Transaction, known: ProducerIdentity): ProducerIdentity {
    const comesAgain = before.state !== 'Ongoing' && before.previous !== null && isSame(before.previous, known);
    if (!comesAgain && !isSame(known, unknownProducer) && !isSame(known, before)) {
      throw fenced('PRODUCER_FENCED', before, known);
    }
    // An abort has raised the epoch already.
    if (before.state === 'Ongoing') return this.#abortFenced(before);
    const settled = isEnding(before) ? this.#complete(before, 'again') : before;
    return comesAgain ? settled : this.#nextEpoch(settled);
  }

  #nextEpoch(transaction: Transaction): ProducerIdentity {
    return { producerId: transaction.producerId, producerEpoch: transaction.producerEpoch + 1 };
  }

  #fresh(): ProducerIdentity {
    return { producerId: this.#producerIds.take(), producerEpoch: 0 };
  }

  /** Aborts with a raised epoch, which the markers carry into each partition: the old producer is fenced there too. */
  #abortFenced(transaction: Transaction): Transaction {
    const raised = { ...transaction, ...this.#nextEpoch(transaction), previous: identityOf(transaction) };
    return this.#end(raised, false);
  }

  #end(transaction: Transaction, commit: boolean): Transaction {
    const prepared: Transaction = { ...transaction, state: commit ? 'PrepareCommit' : 'PrepareAbort' };
    this.#write(prepared);
    return this.#complete(prepared, 'first');
  }

  /**
   * Writes the markers, to partitions without records as well: there, too, they raise the producer's epoch. Can be done
   * again after a kill or a full disk: then a marker goes only where the transaction is still open.
   */
  #complete(prepared: Transaction, attempt: 'first' | 'again'): Transaction {
    const { producerId, producerEpoch } = prepared;
    const commit = prepared.state === 'PrepareCommit';
    for (const { topic, partition } of prepared.partitions) {
      const log = this.#topics.find(topic)?.partitions[partition];
      if (attempt === 'first' || log?.isOpen(producerId)) log?.appendMarker(producerId, producerEpoch, commit);
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
    if (transaction.state === 'Ongoing') this.#watch(transaction);
    else this.#deadlines.clear(transaction.transactionalId);
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
    this.#deadlines.set(transactionalId, startedAt + timeoutMs, () => this.#timeOut(transactionalId));
  }

  #timeOut(transactionalId: string): void {
    const transaction = this.#transactions.get(transactionalId);
    if (transaction?.state !== 'Ongoing') return;
    try {
      this.#abortFenced(transaction);
      this.#log(`Transaction of ${transactionalId} aborted: it did not end within its ${transaction.timeoutMs} ms`);
    } catch (error) {
      this.#log(`Transaction of ${transactionalId} is overdue and cannot be aborted: ${(error as Error).message}`);
      this.#deadlines.set(transactionalId, Date.now() + retryMs, () => this.#timeOut(transactionalId));
    }
  }
}
