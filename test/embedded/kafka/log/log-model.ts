/** A small model of a partition's log: a list of entries, with the transaction that each belongs to. */

import { expect } from 'vitest';
import { readHeader } from '../../../../src/embedded/kafka/log/batch.ts';
import type { LogConfig } from '../../../../src/embedded/kafka/log/log-config.ts';
import { PartitionLog } from '../../../../src/embedded/kafka/log/partition-log.ts';
import { type Entry, readEntries } from './log-reader.ts';
import type { VolatileStore } from './volatile-store.ts';

export interface Transaction {
  readonly producerId: number;
  firstOffset: number;
  end: { readonly offset: number; readonly commit: boolean } | undefined;
}

interface ModelEntry extends Entry {
  readonly transaction: Transaction | undefined;
}

interface SentBatch {
  readonly producerId: number;
  readonly bytes: Buffer;
  readonly baseOffset: number;
}

export interface Model {
  entries: readonly ModelEntry[];
  transactions: readonly Transaction[];
  /** Of idempotent producers, in order. */
  sent: readonly SentBatch[];
  startOffset: number;
  endOffset: number;
  compactedUntil: number;
}

/** The log in its store, to be closed, killed and opened again. */
export class Subject {
  readonly store: VolatileStore;
  readonly config: LogConfig;
  log: PartitionLog;

  constructor(store: VolatileStore, config: LogConfig) {
    this.store = store;
    this.config = config;
    this.log = this.#open(0, false);
  }

  reopen(startOffset: number, wasClosedCleanly: boolean): void {
    this.log = this.#open(startOffset, wasClosedCleanly);
  }

  #open(startOffset: number, wasClosedCleanly: boolean): PartitionLog {
    const { store } = this;
    const config = () => this.config;
    return new PartitionLog({ store, config, startOffset, wasClosedCleanly, log: () => {}, name: 'wines-0' });
  }
}

export const emptyModel = (): Model => ({
  entries: [],
  transactions: [],
  sent: [],
  startOffset: 0,
  endOffset: 0,
  compactedUntil: 0,
});

/** Whether it has not ended yet. */
export const isOpen = ({ end }: Transaction): boolean => end === undefined;

/** What read-committed consumers may see ends there. */
export function stableOffsetOf({ transactions, startOffset, endOffset }: Model): number {
  const open = transactions.filter(isOpen).map(({ firstOffset }) => firstOffset);
  return Math.max(startOffset, Math.min(endOffset, ...open));
}

/** The entries that a reader sees. */
export function visible(model: Model, committed: boolean): readonly ModelEntry[] {
  const before = committed ? stableOffsetOf(model) : model.endOffset;
  return model.entries.filter(
    ({ offset, transaction, isMarker }) =>
      offset >= model.startOffset &&
      offset < before &&
      (!committed || isMarker || transaction === undefined || transaction.end?.commit === true),
  );
}

/** As the log tells of it. */
export const plain = ({ transaction: _, ...entry }: ModelEntry): Entry => entry;

/** Compares everything that a client can see. */
export function expectSame(model: Model, { log }: Subject, maxBytes: number, timestamp: number): void {
  expect([log.startOffset, log.endOffset, log.stableOffset]).toEqual([
    model.startOffset,
    model.endOffset,
    stableOffsetOf(model),
  ]);
  for (const committed of [false, true]) {
    const expected = visible(model, committed);
    expect(readEntries(log, log.startOffset, maxBytes, committed)).toEqual(expected.map(plain));
    const inTime = visible(model, false).find((entry) => entry.timestamp >= timestamp);
    const isSeen = inTime !== undefined && (!committed || inTime.offset < stableOffsetOf(model));
    const { offset, timestamp: time } = isSeen ? inTime : { offset: -1, timestamp: -1 };
    expect(log.offsetAt(timestamp, committed)).toEqual({ offset, timestamp: time });
  }
  const all = visible(model, false);
  const newest = all.reduce((max, entry) => Math.max(max, entry.timestamp), -1);
  const { offset, timestamp: time } = all.find((entry) => entry.timestamp === newest) ?? { offset: -1, timestamp: -1 };
  expect(log.offsetOfMaxTimestamp()).toEqual({ offset, timestamp: time });
}

/** The open transaction of a producer. */
export const openOf = ({ transactions }: Model, producerId: number | undefined): Transaction | undefined =>
  transactions.find((one) => isOpen(one) && one.producerId === producerId);

/** The sequence number that a producer uses next. */
export function nextSequence({ sent }: Model, producerId: number): number {
  const last = sent.findLast((batch) => batch.producerId === producerId);
  if (last === undefined) return 0;
  const header = readHeader(last.bytes);
  return header.baseSequence + header.count;
}
