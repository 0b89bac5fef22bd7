/**
 * Loaded before a measured program (`node --import`): at its end it writes what the process has used, and the moments
 * that the program has marked, to the file that BENCH_REPORT names. Does nothing without that variable.
 */
import { writeFileSync } from 'node:fs';

export interface Usage {
  /** User and system time of the whole process, start and end included. */
  readonly cpuSeconds: number;
  readonly peakRssMiB: number;
  /** Seconds since the start of the process. */
  readonly marks: Readonly<Record<string, number>>;
}

const marks: Record<string, number> = {};

/** Keeps the moment of the first call for each name. */
export function mark(name: string): void {
  marks[name] ??= performance.now() / 1000;
}

const report = process.env['BENCH_REPORT'];
if (report !== undefined) {
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    const usage: Usage = { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakRssMiB: maxRSS / 1024, marks };
    writeFileSync(report, JSON.stringify(usage));
  });
}
