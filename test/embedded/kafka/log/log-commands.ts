/**
 * What is done to a log and to its model, and compared after each step. What may come in several ways (how much
 * retention and compaction take, how much a loss of power leaves) is checked against what is allowed, and then taken
 * over by the model.
 */

import fc from 'fast-check';
import { expect } from 'vitest';
import { flushNever } from '../../../../src/embedded/kafka/flush-policy.ts';
import { readHeader } from '../../../../src/embedded/kafka/log/batch.ts';
import type { LogConfig } from '../../../../src/embedded/kafka/log/log-config.ts';
import { recordBatch, type TestRecord } from '../record-batches.ts';
import {
  expectSame,
  isOpen,
  type Model,
  nextSequence,
  openOf,
  plain,
  type Subject,
  stableOffsetOf,
  visible,
} from './log-model.ts';
import { batchesIn, type Entry, entriesOf, fetchFrom, readEntries } from './log-reader.ts';

/** A command whose outcome is compared right away. */
type Work = (model: Model, subject: Subject) => void | Promise<void>;

class Command implements fc.AsyncCommand<Model, Subject> {
  readonly #name: string;
  readonly #work: Work;

  constructor(name: string, work: Work) {
    this.#name = name;
    this.#work = work;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, subject: Subject): Promise<void> {
    await this.#work(model, subject);
    expectSame(model, subject, 700, 3000);
  }

  toString(): string {
    return this.#name;
  }
}

interface Append {
  readonly records: ReadonlyArray<{ readonly key: string; readonly size: number | null }>;
  readonly timestamp: number;
  readonly gzip: boolean;
  readonly producer: { readonly producerId: number; readonly transactional: boolean } | undefined;
}

function append(model: Model, { log }: Subject, { records, timestamp, gzip, producer }: Append): void {
  const sequence = producer && { baseSequence: nextSequence(model, producer.producerId) };
  const values = records.map(({ key, size }): TestRecord => ({ key, value: size === null ? null : 'v'.repeat(size) }));
  const bytes = recordBatch(values, { timestamp, gzip, ...producer, ...sequence });
  const sent = Buffer.from(bytes);
  const { baseOffset } = log.append(readHeader(bytes), bytes);
  expect(baseOffset).toBe(model.endOffset);
  let transaction = producer?.transactional ? openOf(model, producer.producerId) : undefined;
  if (producer?.transactional && transaction === undefined) {
    transaction = { producerId: producer.producerId, firstOffset: baseOffset, end: undefined };
    model.transactions = [...model.transactions, transaction];
  }
  model.entries = [...model.entries, ...entriesOf(readHeader(bytes), bytes).map((one) => ({ ...one, transaction }))];
  if (producer) model.sent = [...model.sent, { producerId: producer.producerId, bytes: sent, baseOffset }];
  model.endOffset += records.length;
}

/** A batch whose answer was lost is sent again. It is surely known while it is in the log as it was sent. */
function sendAgain(model: Model, { log }: Subject, producerId: number): void {
  const last = model.sent.findLast((batch) => batch.producerId === producerId);
  if (last === undefined || last.baseOffset < Math.max(model.startOffset, model.compactedUntil)) return;
  expect(log.append(readHeader(last.bytes), Buffer.from(last.bytes)).baseOffset).toBe(last.baseOffset);
}

function endTransaction(model: Model, { log }: Subject, producerId: number, commit: boolean): void {
  const transaction = openOf(model, producerId);
  expect(log.isOpen(producerId)).toBe(transaction !== undefined);
  if (transaction === undefined) return;
  log.appendMarker(producerId, 0, commit);
  const offset = model.endOffset++;
  const [marker] = readEntries(log, offset, 1, false);
  expect(marker).toMatchObject({ offset, isMarker: true });
  model.entries = [...model.entries, { ...(marker as Entry), transaction }];
  transaction.end = { offset, commit };
}

function deleteBefore(model: Model, { log }: Subject, share: number): void {
  const offset = model.startOffset + Math.floor(share * (model.endOffset - model.startOffset));
  log.deleteBefore(offset);
  model.startOffset = offset;
}

/** Retention takes whole segments; which ones, the model does not know: it checks that they may go, and must. */
function retain(model: Model, { log, config }: Subject, now: number): void {
  const from = log.retainedFrom(now);
  const isStale = ({ timestamp }: Entry): boolean => config.retentionMs >= 0 && timestamp < now - config.retentionMs;
  const there = visible(model, false);
  log.deleteBefore(from);
  model.startOffset = from;
  expect(from).toBeLessThanOrEqual(stableOffsetOf(model));
  const gone = there.filter(({ offset }) => offset < from);
  if (gone.length > 0 && !gone.some(isStale)) expect(log.sizeInBytes).toBeGreaterThanOrEqual(config.retentionBytes);
  if (stableOffsetOf(model) < model.endOffset) return;
  if (there.length > 0 && there.every(isStale)) expect(from).toBe(model.endOffset);
  if (config.retentionBytes >= 0)
    expect(log.sizeInBytes).toBeLessThan(config.retentionBytes + 2 * largestSegment(config));
}

/** Compaction may take what was aborted, replaced by a later committed record, or a tombstone of age; and markers. */
function compact(model: Model, { log, config }: Subject, now: number): void {
  const stableOffset = stableOffsetOf(model);
  if (!log.compact(now)) return;
  const left = new Map(readEntries(log, model.startOffset, 700, false).map((entry) => [entry.offset, entry]));
  const committed = visible(model, true).filter(({ isMarker }) => !isMarker);
  const isLast = ({ key, offset }: Entry): boolean => !committed.some((one) => one.key === key && one.offset > offset);
  for (const entry of visible(model, false)) {
    if (left.has(entry.offset)) expect(left.get(entry.offset)).toEqual(plain(entry));
    else if (!entry.isMarker && entry.transaction?.end?.commit !== false) {
      expect(entry.offset).toBeLessThan(stableOffset);
      expect(entry.key).not.toBeNull();
      const isOld = entry.isTombstone && entry.timestamp < now - config.deleteRetentionMs;
      expect(isOld || !isLast(entry)).toBe(true);
    }
  }
  model.entries = model.entries.filter(({ offset }) => left.has(offset));
  model.compactedUntil = stableOffset;
}

function reopen(model: Model, subject: Subject, how: 'closed' | 'killed'): void {
  if (how === 'closed') subject.log.close();
  else subject.log.discard();
  subject.reopen(model.startOffset, how === 'closed');
  if (how === 'killed') forgetDeletedBeginnings(model, subject);
}

/**
 * Of an open transaction that began in what was deleted, what is left may begin later, or nothing be left at all, once
 * the log has been read again.
 */
function forgetDeletedBeginnings(model: Model, { log }: Subject): void {
  const openSince = new Map(log.openProducers.map((one) => [one.producerId, one.openSince]));
  model.transactions = model.transactions.filter((one) => {
    if (!isOpen(one) || one.firstOffset >= model.startOffset) return true;
    one.firstOffset = openSince.get(one.producerId) ?? one.firstOffset;
    return openSince.has(one.producerId);
  });
}

/** A loss of power leaves a whole beginning of the log, with all that was flushed. */
function losePower(model: Model, subject: Subject, lost: readonly number[], losesSides: boolean): void {
  const { store, config } = subject;
  const { flushedEnd } = store;
  subject.log.discard();
  store.losePower(lost, losesSides);
  subject.reopen(model.startOffset, false);
  const { endOffset } = subject.log;
  expect(endOffset).toBeGreaterThanOrEqual(Math.max(flushedEnd, model.startOffset));
  if (Number.isFinite(config.flush.messages)) expect(model.endOffset - endOffset).toBeLessThan(config.flush.messages);
  model.entries = model.entries.filter(({ offset }) => offset < endOffset);
  model.sent = model.sent.filter(({ baseOffset }) => baseOffset < endOffset);
  model.transactions = model.transactions.filter(({ firstOffset }) => firstOffset < endOffset);
  for (const one of model.transactions) if ((one.end?.offset ?? 0) >= endOffset) one.end = undefined;
  model.endOffset = endOffset;
  forgetDeletedBeginnings(model, subject);
}

/** A fetch has whole batches, the first of them with the offset, and no more bytes than it may. */
function fetch(model: Model, { log }: Subject, share: number, maxBytes: number, committed: boolean): void {
  const offset = model.startOffset + Math.floor(share * (model.endOffset - model.startOffset + 1));
  const batches = [...batchesIn(fetchFrom(log, offset, maxBytes, committed))];
  const size = batches.reduce((sum, { batch }) => sum + batch.length, 0);
  if (batches.length > 1) expect(size).toBeLessThanOrEqual(maxBytes);
  const end = batches.at(-1)?.header.lastOffset ?? offset - 1;
  const before = committed ? stableOffsetOf(model) : model.endOffset;
  const due = model.entries.filter((entry) => entry.offset >= offset && entry.offset < before);
  const got = batches
    .flatMap(({ header, batch }) => entriesOf(header, batch))
    .filter((entry) => entry.offset >= offset);
  expect(got).toEqual(due.filter((entry) => entry.offset <= end).map(plain));
  if (due.length > 0) expect(batches.length).toBeGreaterThan(0);
}

const record = fc.record({
  key: fc.constantFrom('merlot', 'malbec', 'syrah', 'gamay'),
  size: fc.option(fc.integer({ min: 0, max: 1500 })),
});
const producer = fc.constantFrom(
  undefined,
  { producerId: 0, transactional: false },
  { producerId: 1, transactional: true },
  { producerId: 2, transactional: true },
);
const share = fc.double({ min: 0, max: 1, noNaN: true });
/** All and nothing as often as some. */
const lost = fc.oneof(fc.constantFrom(0, 1), share);
const now = fc.integer({ min: 0, max: 8000 });

function command<T>(
  weight: number,
  arbitrary: fc.Arbitrary<T>,
  name: string,
  work: (model: Model, subject: Subject, with_: T) => void | Promise<void>,
) {
  const command = arbitrary.map((value) => new Command(`${name}(${fc.stringify(value)})`, (m, s) => work(m, s, value)));
  return { weight, arbitrary: command };
}

/** One of all commands. */
export const anyCommand: fc.Arbitrary<fc.AsyncCommand<Model, Subject>> = fc.oneof(
  command(
    12,
    fc.record({
      records: fc.array(record, { minLength: 1, maxLength: 3 }),
      timestamp: fc.integer({ min: 1000, max: 5000 }),
      gzip: fc.boolean(),
      producer,
    }),
    'append',
    append,
  ),
  command(2, fc.integer({ min: 0, max: 2 }), 'sendAgain', sendAgain),
  command(4, fc.tuple(fc.constantFrom(1, 2), fc.boolean()), 'endTransaction', (model, subject, [id, commit]) =>
    endTransaction(model, subject, id, commit),
  ),
  command(4, fc.tuple(share, fc.integer({ min: 1, max: 5000 }), fc.boolean()), 'fetch', (model, subject, how) =>
    fetch(model, subject, ...how),
  ),
  command(
    2,
    fc.tuple(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 900, max: 5100 })),
    'look',
    (model, subject, how) => expectSame(model, subject, ...how),
  ),
  command(1, share, 'deleteBefore', deleteBefore),
  command(1, now, 'retain', retain),
  command(2, now, 'compact', compact),
  command(2, fc.constantFrom('closed' as const, 'killed' as const), 'reopen', reopen),
  command(
    1,
    fc.tuple(fc.array(lost, { minLength: 1, maxLength: 3 }), fc.boolean()),
    'losePower',
    (model, subject, how) => losePower(model, subject, ...how),
  ),
  command(1, fc.constant('flushes'), 'await', (_model, { store }) => store.idle()),
);

/** Settings under which small logs do all that large ones do. */
export const anyConfig: fc.Arbitrary<LogConfig> = fc.record({
  segmentBytes: fc.constantFrom(500, 20_000),
  retentionMs: fc.constantFrom(-1, 1500),
  retentionBytes: fc.constantFrom(-1, 3000),
  deletes: fc.constant(true),
  compacts: fc.boolean(),
  deleteRetentionMs: fc.constant(1000),
  appendTime: fc.constant(false),
  flush: fc.constantFrom(flushNever, { ...flushNever, messages: 1 }, { ...flushNever, messages: 5 }),
});

/** A segment can be one batch that is larger than it should be. */
const largestSegment = ({ segmentBytes }: LogConfig): number => Math.max(segmentBytes, 5000);
