/**
 * Transactions as lists: what each partition holds, which records belong to which transaction, and which offset of a
 * group counts. There is one transactional id; several producers take it from one another.
 *
 * Three rules make it up. Who has the latest epoch owns the id, and everybody else is fenced. An end writes a marker to
 * each partition that was added. What overruns its time is aborted, and its producer has to ask for the next epoch.
 */

export const timeoutMs = 1_000;

type Fate = 'open' | 'committed' | 'aborted';

/** A record, which shares the fate of its transaction, or a marker. */
export type Entry =
  | { readonly value: string; readonly transaction: { fate: Fate } | undefined }
  | { readonly marker: 'COMMIT' | 'ABORT' };

interface OpenTransaction {
  readonly transaction: { fate: Fate };
  readonly endsAt: number;
  readonly partitions: Set<number>;
  hasGroup: boolean;
  offset: { readonly value: number; readonly order: number } | undefined;
}

export class TransactionsModel {
  readonly partitions: readonly Entry[][];
  /** What each producer believes its epoch to be. */
  readonly epochs = new Map<string, number>();
  state = 'Unknown';
  epoch = -1;
  committed: { readonly value: number; readonly order: number } | undefined;
  open: OpenTransaction | undefined;
  /** The epoch whose producer may still come again. */
  #previous: number | undefined;
  #now = 0;
  #order = 0;

  constructor(partitions: number) {
    this.partitions = Array.from({ length: partitions }, () => []);
  }

  /** Each of these answers an error by its name, or NONE. */
  init(producer: string, how: { readonly knowsItself: boolean; readonly losesAnswer: boolean }): string {
    const known = how.knowsItself ? this.epochs.get(producer) : undefined;
    const comesAgain = known !== undefined && known === this.#previous && this.open === undefined;
    if (known !== undefined && !comesAgain && known !== this.epoch) return 'PRODUCER_FENCED';
    if (this.open !== undefined) this.#abortFenced();
    else if (!comesAgain) this.epoch++;
    this.#previous = known;
    this.state = 'Empty';
    if (!how.losesAnswer) this.epochs.set(producer, this.epoch);
    return 'NONE';
  }

  add(producer: string, partition: number): string {
    if (this.#isFenced(producer)) return 'PRODUCER_FENCED';
    this.#begin().partitions.add(partition);
    return 'NONE';
  }

  send(producer: string, partition: number, value: string): string {
    if (this.#isFenced(producer)) return 'INVALID_PRODUCER_EPOCH';
    if (!this.open?.partitions.has(partition)) return 'INVALID_TXN_STATE';
    this.partitions[partition]?.push({ value, transaction: this.open.transaction });
    return 'NONE';
  }

  addGroup(producer: string): string {
    if (this.#isFenced(producer)) return 'PRODUCER_FENCED';
    this.#begin().hasGroup = true;
    return 'NONE';
  }

  commitOffset(producer: string, value: number): string {
    if (this.#isFenced(producer)) return 'PRODUCER_FENCED';
    if (!this.open?.hasGroup) return 'INVALID_TXN_STATE';
    this.open.offset = { value, order: this.#order++ };
    return 'NONE';
  }

  end(producer: string, commit: boolean): string {
    if (this.#isFenced(producer)) return 'PRODUCER_FENCED';
    if (this.open === undefined) {
      return this.state === (commit ? 'CompleteCommit' : 'CompleteAbort') ? 'NONE' : 'INVALID_TXN_STATE';
    }
    this.#end(this.open, commit);
    return 'NONE';
  }

  /** Records and offsets outside of any transaction. */
  sendPlain(partition: number, value: string): string {
    this.partitions[partition]?.push({ value, transaction: undefined });
    return 'NONE';
  }

  commitPlainOffset(value: number): string {
    this.committed = { value, order: this.#order++ };
    return 'NONE';
  }

  elapse(ms: number): void {
    this.#now += ms;
    if (this.open === undefined || this.open.endsAt > this.#now) return;
    const late = this.epoch;
    this.#abortFenced();
    this.#previous = late;
  }

  /** Where readers of committed records stop. */
  stableOffset(partition: number): number {
    const entries = this.partitions[partition] ?? [];
    const firstOpen = entries.findIndex((entry) => 'value' in entry && entry.transaction?.fate === 'open');
    return firstOpen === -1 ? entries.length : firstOpen;
  }

  /** What readers of committed records see. */
  committedValues(partition: number): readonly string[] {
    return (this.partitions[partition] ?? [])
      .slice(0, this.stableOffset(partition))
      .flatMap((entry) => ('value' in entry && entry.transaction?.fate !== 'aborted' ? [entry.value] : []));
  }

  #isFenced(producer: string): boolean {
    return this.epochs.get(producer) !== this.epoch;
  }

  #begin(): OpenTransaction {
    this.open ??= {
      transaction: { fate: 'open' },
      endsAt: this.#now + timeoutMs,
      partitions: new Set(),
      hasGroup: false,
      offset: undefined,
    };
    this.state = 'Ongoing';
    return this.open;
  }

  #abortFenced(): void {
    this.epoch++;
    if (this.open !== undefined) this.#end(this.open, false);
  }

  #end({ transaction, partitions, offset }: OpenTransaction, commit: boolean): void {
    transaction.fate = commit ? 'committed' : 'aborted';
    for (const partition of partitions) this.partitions[partition]?.push({ marker: commit ? 'COMMIT' : 'ABORT' });
    if (commit && offset !== undefined && offset.order > (this.committed?.order ?? -1)) this.committed = offset;
    this.state = commit ? 'CompleteCommit' : 'CompleteAbort';
    this.open = undefined;
  }
}
