import { pluginErrorCode } from '../sdk/errors.ts';
import type { JsonValue, Mark, SinkBatch, SinkPlugin, SinkTask, TopicPartition } from '../sdk/index.ts';
import { checkSchema } from './check-schema.ts';
import type { ContextOptions } from './context.ts';
import { sinkRecords } from './records.ts';
import { type Checklist, type CheckReport, checklist, expect } from './report.ts';
import { batchOf, type OpenedSink, openSink } from './write-batches.ts';

export interface CheckSinkOptions extends ContextOptions {
  /** At least two values that the destination takes. */
  readonly values: readonly JsonValue[];
  /** How many rows the destination holds now; without it only what the sink itself says can be checked. */
  readonly rows?: () => Promise<number>;
  /** A value that the destination refuses, if there is one. */
  readonly refused?: JsonValue;
  /** Where the records come from. Default: a new topic each time, so that old positions do not disturb. */
  readonly topic?: string;
}

/** Never aborted: a check ends by itself. */
const { signal } = new AbortController();

interface Trial {
  readonly list: Checklist;
  readonly options: CheckSinkOptions;
  readonly partition: TopicPartition;
  /** Throws unless the destination has `expected` rows more than when the check began. */
  expectRows(expected: number, when: string): Promise<void>;
  open(): Promise<OpenedSink>;
  /** A batch of values from `offset` on. */
  batch(values: readonly JsonValue[], offset: bigint): SinkBatch;
}

/**
 * Checks that a sink keeps its contract: a write is all or nothing, positions move with the rows and come back, and a
 * task that has been replaced cannot write. Resolves with what it saw kept; throws an error that names the broken promise.
 *
 * @example
 * const { skipped } = await checkSink(consoleSink, { values: [{ n: 1 }, { n: 2 }] });
 * console.log(skipped.at(-1)); // positions come back (it keeps no positions: at least once)
 */
export async function checkSink(sink: SinkPlugin, options: CheckSinkOptions): Promise<CheckReport> {
  const list = checklist(sink.name);
  await list.promise('its configuration schema is well-formed', () => checkSchema(sink.config));
  const partition = { topic: options.topic ?? `check-${crypto.randomUUID()}`, partition: 0 };
  const before = await options.rows?.();
  const opened: OpenedSink[] = [];
  const trial: Trial = {
    list,
    options,
    partition,
    batch: (values, offset) => batchOf(sinkRecords(values, { ...partition, offset })),
    async expectRows(expected, when) {
      if (options.rows === undefined || before === undefined) return;
      const found = (await options.rows()) - before;
      expect(found === expected, `${when} the destination has ${found} new rows instead of ${expected}`);
    },
    async open() {
      const task = await openSink(sink, options);
      opened.push(task);
      return task;
    },
  };
  try {
    await checkWrites(trial);
  } finally {
    for (const { close } of opened) await close();
  }
  await list.promise('closing it twice is harmless', async () => opened[0]?.close());
  return list.report();
}

async function checkWrites(trial: Trial): Promise<void> {
  const { list, options, partition, batch, expectRows } = trial;
  const count = options.values.length;
  const sink = await trial.open();
  await sink.task.positions?.([partition], signal);

  await list.promise('what a write resolved is in the destination', async () => {
    await sink.write(batch(options.values, 0n));
    await expectRows(count, 'after a write');
  });
  await checkRefusal(trial, sink);
  if (sink.task.positions === undefined) {
    list.skip('positions come back', 'it keeps no positions: at least once');
    return;
  }
  await list.promise('positions come back', () => expectPosition(sink, partition, BigInt(count)));
  const afterGap = BigInt(count) + 10n;
  await checkLast(trial, sink);
  await list.promise('an empty batch moves positions, over a gap too', async () => {
    await sink.write({ records: [], positions: [{ ...partition, next: afterGap }] });
    await expectPosition(sink, partition, afterGap);
    await expectRows(count, 'after an empty batch');
  });

  const successor = await trial.open();
  const next = batch(options.values, afterGap);
  await list.promise('a new task goes on where the last one was', () => expectPosition(successor, partition, afterGap));
  await list.promise('a task cannot write once another one has asked for its positions', async () => {
    expect((await errorOf(sink.write(next))) !== undefined, 'the write of the older task resolved');
    await expectRows(count, 'after the older task tried to write');
  });
  await list.promise('its successor can', async () => {
    await successor.write(next);
    expect((await errorOf(sink.write(next))) !== undefined, 'a later write of the older task resolved');
    await expectRows(2 * count, 'after the successor wrote and the older task tried again');
    await expectPosition(successor, partition, afterGap + BigInt(count));
  });
  await checkStartOver(trial, sink, successor);
  await checkAlter(trial);
}

async function checkRefusal({ list, options, batch, expectRows }: Trial, sink: OpenedSink): Promise<void> {
  const { values, refused } = options;
  const sentence = 'a refused batch leaves nothing behind and says that it was refused';
  if (refused === undefined) {
    list.skip(sentence, 'no refused value was given');
    return;
  }
  await list.promise(sentence, async () => {
    const error = await errorOf(sink.write(batch([...values, refused], BigInt(values.length))));
    expect(error !== undefined, 'the write of the refused value resolved');
    const code = pluginErrorCode(error);
    const known = code === 'INVALID_RECORDS' || code === 'BATCH_REJECTED';
    expect(known, `it threw neither InvalidRecordsError nor BatchRejectedError, but ${String(error)}`);
    await expectRows(values.length, 'after the refused batch');
  });
}

/** As the runtime does it for `topic.recreated: reset`: by the task that has the positions. */
async function checkStartOver(
  { list, partition, batch, expectRows, options }: Trial,
  older: OpenedSink,
  owner: OpenedSink,
): Promise<void> {
  const sentence = 'its own task can set a position back and write on from there, and no task that was replaced';
  if (owner.task.alterPositions === undefined) {
    list.skip(sentence, 'it has no alterPositions');
    return;
  }
  await list.promise(sentence, async () => {
    const back = [{ ...partition, next: 0n }];
    const refused = await errorOf(older.task.alterPositions?.(back, signal) ?? Promise.resolve());
    expect(pluginErrorCode(refused) === 'FENCED', `the older task set it back, or threw ${String(refused)}`);
    await owner.task.alterPositions?.(back, signal);
    await owner.write(batch(options.values, 0n));
    await expectRows(3 * options.values.length, 'after the position was set back and the first batch written again');
  });
}

/** Of a sink that keeps it; the empty batch moves to where the position is. */
async function checkLast({ list, options, partition }: Trial, { task, write }: OpenedSink): Promise<void> {
  const next = BigInt(options.values.length);
  const last = { offset: next - 1n, timestamp: 1_700_000_000_123 };
  const sentence = 'the last record before a position comes back with it, and is forgotten when nobody knows it';
  await write({ records: [], positions: [{ ...partition, next, last }] });
  const kept = await markOf(task, partition);
  if (kept?.last === undefined) {
    list.skip(sentence, 'it keeps the next offset alone: a recreated topic is noticed by its end only');
    return;
  }
  await list.promise(sentence, async () => {
    const is = `${kept.last?.offset} of ${kept.last?.timestamp}`;
    expect(is === `${last.offset} of ${last.timestamp}`, `the last record is ${is}`);
    await write({ records: [], positions: [{ ...partition, next }] });
    const after = await markOf(task, partition);
    expect(after?.last === undefined, `the last record is still ${after?.last?.offset}`);
  });
}

/** As REST does it: the connector is stopped, so a task of its own alters, and a later one asks. */
async function checkAlter({ list, partition, open }: Trial): Promise<void> {
  const sentence = 'altered positions count for the next task';
  const editor = await open();
  if (editor.task.alterPositions === undefined) {
    list.skip(sentence, 'it has no alterPositions');
    return;
  }
  for (const next of [4_000_000_000n, 1n, undefined]) {
    await list.promise(next === undefined ? 'a forgotten position is undefined' : `${sentence}: ${next}`, async () => {
      await editor.task.alterPositions?.([{ ...partition, next }], signal);
      await expectPosition(await open(), partition, next);
    });
  }
}

async function expectPosition(
  { task }: OpenedSink,
  partition: TopicPartition,
  expected: bigint | undefined,
): Promise<void> {
  const found = (await markOf(task, partition))?.next;
  expect(found === expected, `the position is ${found}, not ${expected}`);
}

async function markOf(task: SinkTask, partition: TopicPartition): Promise<Mark | undefined> {
  const positions = (await task.positions?.([partition], signal)) ?? [];
  expect(positions.length === 1, `positions() answered ${positions.length} values for one partition`);
  const [stored] = positions;
  return typeof stored === 'bigint' ? { next: stored } : stored;
}

async function errorOf(work: Promise<void>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error ?? new Error('an empty error'),
  );
}
