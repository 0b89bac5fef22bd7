/** Brokers in processes of their own, to be killed. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { onTestFinished } from 'vitest';

const script = path.join(import.meta.dirname, 'broker-process.ts');

export interface SpawnedBroker {
  readonly child: ChildProcess;
  /** What it has said so far. */
  readonly lines: readonly string[];
  readonly host: string;
  readonly port: number;
}

/** Starts a broker in a process of its own; with a limit on the size of its files, in blocks of 1 KiB. */
export async function spawnBroker(dataDir: string, port = 0, fileLimit = 'unlimited'): Promise<SpawnedBroker> {
  const command = `ulimit -f ${fileLimit}; exec "${process.execPath}" "${script}" "${dataDir}" ${port}`;
  const child: ChildProcess = spawn('bash', ['-c', command], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  child.stderr?.on('data', (chunk) => lines.push(...String(chunk).split('\n')));
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  return { child, lines, host: '127.0.0.1', port: Number(String(line)) };
}

/** Kills it with -9; resolves when it is gone. */
export async function killBroker({ child }: SpawnedBroker): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
