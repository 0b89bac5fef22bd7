/**
 * `node bench/locks.ts [--batches 50] [--rows 1000] [--round-trip 0]`: what a batch costs as one request and as one request
 * for each statement, and how soon another sink goes on after one was killed where its transaction is at its worst. The
 * warehouse is the embedded one, in this process; `--round-trip` adds so many milliseconds to each request, as a network
 * to Snowflake does.
 */
import { parseArgs } from 'node:util';
import { batchOf, openSink, sinkRecords } from 'caves-connect/testing';
import sink from '../connectors/snowflake-variant/index.ts';
import { startWarehouse, type Warehouse } from '../src/embedded/snowflake/index.ts';
import { killSinkAt, type Mode, type Step, sinkConfig } from '../test/faults/killed-sink.ts';
import { batchSize, ordersFrom, partition } from '../test/faults/sink-process.ts';
import { median } from './measure.ts';

const { values } = parseArgs({
  options: {
    batches: { type: 'string', default: '50' },
    rows: { type: 'string', default: '1000' },
    'round-trip': { type: 'string', default: '0' },
  },
});
const batches = Number(values.batches);
const rows = Number(values.rows);
const delayMs = Number(values['round-trip']);
const never = new AbortController().signal;

const insert = /^INSERT INTO/;
const kills: readonly (Step & { readonly mode: Mode; readonly when: string; readonly written: number })[] = [
  { mode: 'one.request', when: 'while the request runs', stage: 'statement', sql: insert, written: 2 },
  {
    mode: 'one.request',
    when: 'before it rolls a failed request back',
    stage: 'arrived',
    sql: /^ROLLBACK/,
    written: 1,
    trouble: (hooks) => hooks.failStatement(insert, 'notNumeric'),
  },
  { mode: 'four.requests', when: 'between INSERT and COMMIT', stage: 'done', sql: insert, written: 1 },
];

console.log(`\n${batches} batches of ${rows} rows, ${delayMs} ms added to each request\n`);
console.log(tableOf(['mode', 'statement requests a batch', 'result requests a batch', 'ms a batch (median)']));
for (const mode of ['one.request', 'four.requests'] as const) {
  await using warehouse = await startWarehouse();
  await warehouse.ready;
  moveAway(warehouse);
  const { task, write, close } = await openSink(sink, { config: sinkConfig(warehouse, mode) });
  await task.positions?.([partition], never);
  const { query, result } = warehouse.hooks.requests;
  const times: number[] = [];
  for (let batch = 0; batch < batches; batch++) {
    const records = sinkRecords(
      Array.from({ length: rows }, (_, n) => ({ event_type: 'ORDER_CREATED', event_content: { n } })),
      { ...partition, offset: BigInt(batch * rows), type: 'ORDER_CREATED' },
    );
    const began = performance.now();
    await write(batchOf(records));
    times.push(performance.now() - began);
  }
  const perBatch = (now: number, before: number) => (now - before) / batches;
  const { requests } = warehouse.hooks;
  console.log(
    rowOf([mode, perBatch(requests.query, query), perBatch(requests.result, result), median(times).toFixed(1)]),
  );
  await close();
}

console.log(`\n${tableOf(['mode', 'killed', 'ms to the next batch in the table (median of 3)'])}`);
for (const { mode, when, written, ...step } of kills) {
  const times: number[] = [];
  for (let run = 0; run < 3; run++) {
    await using warehouse = await startWarehouse();
    await killSinkAt(step, mode, warehouse);
    moveAway(warehouse);
    const began = performance.now();
    const { task, write, close } = await openSink(sink, { config: sinkConfig(warehouse, mode) });
    await task.positions?.([partition], never);
    await write(ordersFrom(BigInt(written * batchSize)));
    times.push(performance.now() - began);
    await close();
  }
  console.log(rowOf([mode, when, median(times).toFixed(0)]));
}

function moveAway(warehouse: Warehouse): void {
  if (delayMs > 0) warehouse.hooks.watch({ arrived: () => ({ effect: 'delay', delayMs }) });
}

function rowOf(cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`;
}

function tableOf(heads: readonly string[]): string {
  return `${rowOf(heads)}\n${rowOf(heads.map(() => '---'))}`;
}
