/** The command line as a user runs it: the bin in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { eventually } from './eventually.ts';

export const binFile = fileURLToPath(new URL('../../bin/caves-connect.js', import.meta.url));

export interface RunningCli {
  readonly child: ChildProcess;
  /** Standard output up to now. */
  stdout(): string;
  stderr(): string;
  /** Resolves when standard output holds the text. */
  prints(text: string | RegExp, timeout?: number): Promise<void>;
  /** Resolves with what the process ended with. */
  readonly ended: Promise<CliResult>;
}

export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts `caves-connect …`; it is killed when the test is over. */
export function startCli(args: readonly string[], { cwd, env }: CliOptions = {}): RunningCli {
  const { NO_COLOR, FORCE_COLOR, NODE_OPTIONS, VITEST, ...inherited } = process.env;
  const child = spawn(process.execPath, [binFile, ...args], {
    cwd,
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding('utf8').on('data', (chunk: string) => {
      output[stream] += chunk;
    });
  }
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ...output }) as CliResult);
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await ended;
  });
  return {
    child,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    async prints(text, timeout) {
      const shows = () => (typeof text === 'string' ? output.stdout.includes(text) : text.test(output.stdout));
      await eventually(
        () => {
          if (shows()) return;
          throw new Error(`standard output never showed ${text}:\n${output.stdout}\n${output.stderr}`);
        },
        timeout === undefined ? {} : { timeout },
      );
    },
    ended,
  };
}

/** Runs `caves-connect …` to its end. */
export function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return startCli(args, options).ended;
}
