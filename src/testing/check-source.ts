import { isDeepStrictEqual } from 'node:util';
import type { SourceBatch, SourceOffset, SourcePlugin, SourceRecord, SourceTask } from '../sdk/index.ts';
import { checkSchema } from './check-schema.ts';
import type { ContextOptions } from './context.ts';
import { openSource, partitionsOf, takeBatches } from './read-batches.ts';
import { type CheckReport, checklist, expect, within } from './report.ts';

export interface CheckSourceOptions extends ContextOptions {
  /** How many batches of each partition to look at. Default 5. */
  readonly count?: number;
  /** What of a record is the same whenever it is read. Default: all but the time stamp. */
  readonly comparable?: (record: SourceRecord) => unknown;
  /** How long a batch may take, and how soon an abort must end a read. Default 5000. */
  readonly timeoutMs?: number;
}

/**
 * Checks that a source keeps its contract. Needs a configuration with which it has something to read, soon.
 * Resolves with what it saw kept; throws an error that names the broken promise.
 *
 * @example
 * const { passed } = await checkSource(counter, { config: { topic: 'numbers' } });
 * console.log(passed.length > 5); // true
 */
export async function checkSource(source: SourcePlugin, options: CheckSourceOptions): Promise<CheckReport> {
  const { count = 5, timeoutMs = 5000, comparable = withoutTimestamp } = options;
  const list = checklist(source.name);
  await list.promise('its configuration schema is well-formed', () => checkSchema(source.config));
  await list.promise('its initial offset is a JSON object', () => expectOffset(source.initialOffset, source));

  const { task, close } = await openSource(source, options);
  const take = (partition: string, offset: SourceOffset, batches: number) =>
    within(timeoutMs, takeBatches(task, { partition, offset, count: batches }), `partition ${partition}: no batch`);
  try {
    const partitions = await partitionsOf(task);
    await list.promise('its partitions are distinct and stay the same', () => expectPartitions(task, partitions));

    for (const partition of partitions.slice(0, 3)) {
      const batches = await take(partition, source.initialOffset, count);
      await list.promise(`partition ${partition}: what it reads are records with JSON values and JSON offsets`, () =>
        batches.forEach((batch) => {
          expectBatch(batch, source);
        }),
      );
      await list.promise(`partition ${partition}: reading on from any offset gives the same rest`, async () => {
        for (const [index, { offset }] of batches.slice(0, -1).entries()) {
          const rest = batches.slice(index + 1).flatMap(({ records }) => records);
          const again = await recordsFrom(take, partition, offset, rest.length);
          expectSame(rest.map(comparable), again.map(comparable), offset);
        }
      });
    }
    await list.promise('a read ends soon after its signal is aborted', () =>
      expectAbort(task, partitions[0] ?? '0', source.initialOffset, timeoutMs),
    );
  } finally {
    await close();
  }
  await list.promise('closing it twice is harmless', async () => task.close?.());
  return list.report();
}

function withoutTimestamp({ timestamp: _, ...rest }: SourceRecord): unknown {
  return rest;
}

async function expectPartitions(task: SourceTask, partitions: readonly string[]): Promise<void> {
  expect(partitions.length > 0, 'partitions() answers none: leave it out for a single one');
  expect(new Set(partitions).size === partitions.length, `partitions() repeats itself: ${partitions.join(', ')}`);
  const again = await partitionsOf(task);
  expect(
    isDeepStrictEqual(again, partitions),
    `partitions() answered ${partitions.join(', ')}, then ${again.join(', ')}`,
  );
}

function expectOffset(offset: SourceOffset, source: SourcePlugin): void {
  expect(isJson(offset) && !Array.isArray(offset) && typeof offset === 'object', `${String(offset)} is no JSON object`);
  const wrong = source.checkOffset?.(offset);
  expect(wrong === undefined, `checkOffset refuses ${JSON.stringify(offset)}, which is the source's own: ${wrong}`);
}

function expectBatch({ records, offset }: SourceBatch, source: SourcePlugin): void {
  expectOffset(offset, source);
  for (const { topic, value } of records) {
    expect(topic !== '', 'a record has an empty topic');
    expect(isJson(value), `the value ${String(value)} changes on its way through JSON`);
  }
}

function isJson(value: unknown): boolean {
  return isDeepStrictEqual(JSON.parse(JSON.stringify(value) ?? 'null'), value);
}

/** So many records from `offset` on, whatever the batches are this time. */
async function recordsFrom(
  take: (partition: string, offset: SourceOffset, batches: number) => Promise<readonly SourceBatch[]>,
  partition: string,
  offset: SourceOffset,
  count: number,
): Promise<readonly SourceRecord[]> {
  const records: SourceRecord[] = [];
  for (let from = offset; records.length < count; ) {
    const [batch] = await take(partition, from, 1);
    if (batch === undefined) break;
    records.push(...batch.records);
    from = batch.offset;
  }
  return records.slice(0, count);
}

function expectSame(first: readonly unknown[], again: readonly unknown[], offset: SourceOffset): void {
  const at = first.findIndex((record, index) => !isDeepStrictEqual(record, again[index]));
  if (at < 0) return;
  const shown = (record: unknown): string => JSON.stringify(record) ?? 'nothing';
  throw new Error(
    `from offset ${shown(offset)} the record ${at + 1} was ${shown(first[at])} and is now ${shown(again[at])}; ` +
      'if they differ in something that may differ, say what must not by `comparable`',
  );
}

async function expectAbort(
  task: SourceTask,
  partition: string,
  offset: SourceOffset,
  timeoutMs: number,
): Promise<void> {
  const stop = new AbortController();
  const drain = async (): Promise<void> => {
    for await (const _ of task.read({ partition, offset, signal: stop.signal })) stop.abort();
  };
  const drained = drain().catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  await Promise.race([drained, new Promise((resolve) => setImmediate(resolve))]);
  stop.abort();
  await within(timeoutMs, drained, 'the read did not end');
}
