/** What a running process has used up to now, from `/proc`: for processes that are not ours to instrument. Linux only. */
import { readFileSync } from 'node:fs';

const ticksPerSecond = 100;

export interface ProcessUsage {
  readonly cpuSeconds: number;
  readonly peakRssMiB: number;
}

export function processUsage(pid: number): ProcessUsage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name, in brackets, may hold spaces; utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [, peakKiB] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    peakRssMiB: Number(peakKiB) / 1024,
  };
}
