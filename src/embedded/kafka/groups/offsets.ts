/** The committed offsets of all groups, and the ones that open transactions will commit. */

import type { Journal, Json } from '../storage/storage.ts';

export interface CommittedOffset {
  readonly offset: number;
  readonly leaderEpoch: number;
  readonly metadata: string;
}

/** An offset of a group for a partition. */
export interface OffsetEntry extends CommittedOffset {
  readonly topic: string;
  readonly partition: number;
  /**
   * Its place among all commits: the later one counts, also when the earlier one's transaction ends after it. Journals
   * of older versions do not tell it.
   */
  readonly order?: number;
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** The largest metadata that a commit may carry, as Kafka's `offset.metadata.max.bytes`. */
export const maxMetadataBytes = 4096;

const journalPrefix = 'offset/';

export class CommittedOffsets {
  readonly #journal: Journal;
  readonly #groups = new Map<string, Map<string, OffsetEntry>>();
  #lastOrder = 0;

  constructor(journal: Journal) {
    this.#journal = journal;
    for (const [key, value] of journal.entries()) {
      if (!key.startsWith(journalPrefix)) continue;
      const [group] = JSON.parse(key.slice(journalPrefix.length)) as [string];
      this.#keep(group, value as unknown as OffsetEntry);
    }
  }

  /** The groups that have offsets. */
  groups(): readonly string[] {
    return [...this.#groups.keys()];
  }

  of(group: string): readonly OffsetEntry[] {
    return [...(this.#groups.get(group)?.values() ?? [])];
  }

  find(group: string, topic: string, partition: number): OffsetEntry | undefined {
    return this.#groups.get(group)?.get(slot({ topic, partition }));
  }

  /** The place of the next commit, after all others. */
  nextOrder(): number {
    return ++this.#lastOrder;
  }

  /** Puts the next commits behind these, which wait for their transactions to end. */
  follow(entries: readonly OffsetEntry[]): void {
    for (const { order = 0 } of entries) this.#lastOrder = Math.max(this.#lastOrder, order);
  }

  /** Commits the offsets that no later commit has overtaken, together with other changes of the journal that belong to them. */
  commit(
    offsets: ReadonlyArray<{ readonly group: string; readonly entries: readonly OffsetEntry[] }>,
    together: ReadonlyMap<string, Json> = new Map(),
  ): void {
    const changes = new Map(together);
    for (const { group, entries } of offsets) {
      for (const entry of entries) {
        if (!this.#isOvertaken(group, entry)) changes.set(journalKey(group, entry), { ...entry });
      }
    }
    this.#journal.write(changes);
    for (const { group, entries } of offsets) {
      for (const entry of entries) if (!this.#isOvertaken(group, entry)) this.#keep(group, entry);
    }
  }

  remove(group: string, partitions: readonly TopicPartition[]): void {
    const known = this.#groups.get(group);
    if (known === undefined) return;
    this.#journal.write(new Map(partitions.map((one) => [journalKey(group, one), null])));
    for (const one of partitions) known.delete(slot(one));
    if (known.size === 0) this.#groups.delete(group);
  }

  removeTopic(topic: string): void {
    for (const group of this.groups()) {
      const gone = this.of(group).filter((entry) => entry.topic === topic);
      if (gone.length > 0) this.remove(group, gone);
    }
  }

  #isOvertaken(group: string, entry: OffsetEntry): boolean {
    return (this.#groups.get(group)?.get(slot(entry))?.order ?? 0) > (entry.order ?? 0);
  }

  #keep(group: string, entry: OffsetEntry): void {
    const offsets = this.#groups.get(group) ?? new Map<string, OffsetEntry>();
    this.#groups.set(group, offsets.set(slot(entry), entry));
    this.follow([entry]);
  }
}

function slot({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

function journalKey(group: string, { topic, partition }: TopicPartition): string {
  return journalPrefix + JSON.stringify([group, topic, partition]);
}
