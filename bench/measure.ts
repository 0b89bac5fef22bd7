/** Runs a program in a process of its own and tells what it used and when its first and last record were there. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessUsage } from './process-usage.ts';
import type { Usage } from './report-usage.ts';

export interface Measurement {
  readonly cpuSeconds: number;
  readonly peakRssMiB: number;
  /** From the start of the process to the first record. */
  readonly firstSeconds: number;
  /** Between the first record and the last. */
  readonly eventsPerSecond: number;
  /** What the services have used that work for the measured process. */
  readonly services?: ProcessUsage;
}

export interface Program {
  /** A TypeScript or JavaScript file and its arguments. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly events: number;
  /** How many records have come out by now; left out where the program marks the first and the last itself. */
  readonly progress?: () => Promise<number>;
}

const usageModule = new URL('report-usage.ts', import.meta.url).href;
/** Often until the first record, so that its moment is exact; then rarely, so that asking costs little. */
const pollMs = { before: 20, after: 250 };

/** Throws with the program's output when it fails. */
export async function measure({ command, env, events, progress }: Program): Promise<Measurement> {
  const folder = await mkdtemp(join(tmpdir(), 'caves-bench-'));
  try {
    const report = join(folder, 'usage.json');
    const began = performance.now();
    const child = spawn(process.execPath, [...nodeOptions(), '--import', usageModule, ...command], {
      cwd: folder,
      env: { ...process.env, ...env, BENCH_REPORT: report },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    const ended = once(child, 'close') as Promise<[code: number | null]>;
    const seen = progress && watch(progress, events, began, ended);
    const [code] = await ended;
    if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}:\n${output}`);
    const usage = JSON.parse(await readFile(report, 'utf8')) as Usage;
    const { first, last } = { ...usage.marks, ...(await seen) };
    if (first === undefined || last === undefined) throw new Error(`${command.join(' ')}: no record came\n${output}`);
    return {
      cpuSeconds: usage.cpuSeconds,
      peakRssMiB: usage.peakRssMiB,
      firstSeconds: first,
      eventsPerSecond: events / (last - first),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** `BENCH_NODE_OPTIONS='--cpu-prof --cpu-prof-dir=/tmp/profiles'` profiles every measured process. */
const nodeOptions = () => process.env['BENCH_NODE_OPTIONS']?.split(' ') ?? [];

/** Asks again and again, once more after the end; what it tells is late by the time between two questions at most. */
export async function watch(
  progress: () => Promise<number>,
  events: number,
  began: number,
  ended: Promise<unknown>,
): Promise<{ readonly first?: number; readonly last?: number }> {
  let over = false;
  void ended.then(() => (over = true));
  const marks: { first?: number; last?: number } = {};
  for (let final = false; !final; await delay(marks.first === undefined ? pollMs.before : pollMs.after)) {
    final = over;
    const count = await progress();
    const now = (performance.now() - began) / 1000;
    if (count > 0) marks.first ??= now;
    if (count >= events) {
      marks.last = now;
      break;
    }
  }
  return marks;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
