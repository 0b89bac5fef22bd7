/**
 * `node bench/latency.ts [--events 30]`: at one event a second, how long after its creation each event can be seen in
 * the table of the embedded warehouse, and how long after the start of the process the first one can. With the batch
 * settings of `configs/wine.yaml`.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { median } from './measure.ts';
import { startCommand } from './scenarios.ts';
import { startServices } from './services.ts';

const { values } = parseArgs({ options: { events: { type: 'string', default: '30' } } });
const events = Number(values.events);
const pollMs = 10;

await using services = await startServices();
const began = Date.now();
const worker = spawn(process.execPath, startCommand('whole.yaml'), {
  env: {
    ...process.env,
    ...services.env,
    BENCH_GROUP: 'bench-latency',
    BENCH_TOPIC: 'bench-latency',
    BENCH_TABLE: 'BENCH_LATENCY',
    BENCH_DELAY_MS: '1000',
    BENCH_BATCH_SIZE: '100',
    BENCH_EVENTS: String(events),
  },
  stdio: ['ignore', 'ignore', 'inherit'],
});
const ended = once(worker, 'exit');

/** When the table was first seen with so many rows. */
const seenAt: number[] = [];
while (seenAt.length < events && worker.exitCode === null) {
  const [row] = await services.rows('SELECT COUNT(*) AS SEEN FROM WINE_SALES_DB.RAW_DATA.BENCH_LATENCY');
  const now = Date.now();
  while (seenAt.length < Number(row?.['SEEN'] ?? 0)) seenAt.push(now);
  await delay(pollMs);
}
const rows = await services.rows(
  'SELECT EVENT_METADATA:timestamp::STRING AS CREATED FROM WINE_SALES_DB.RAW_DATA.BENCH_LATENCY ORDER BY EVENT_METADATA:timestamp::STRING',
);
await ended;

const seconds = rows.map((row, index) => ((seenAt[index] ?? Number.NaN) - Date.parse(String(row['CREATED']))) / 1000);
const settled = seconds.slice(3);
console.log(`first row ${((seenAt[0] ?? Number.NaN) - began) / 1000} s after the start of the process`);
console.log(`event to table, all but the first three: median ${median(settled)} s, most ${Math.max(...settled)} s`);
console.log(`the first three: ${seconds.slice(0, 3).join(', ')} s`);
