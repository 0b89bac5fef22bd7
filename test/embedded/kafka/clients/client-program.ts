/**
 * Tests that are told by a foreign client: a program in the client's own language, which runs one case after another
 * on one broker. A test writes its name as a line to the program's standard input; the program answers with a line of
 * JSON, null or what went wrong.
 *
 * `CAVES_KAFKA=host:port` runs the same cases on that broker instead of the embedded one: on Apache Kafka they show
 * whether a case asks for what it should. (It must make no topics by itself, and its node id must be 1. Only the cases
 * that hear that something is not served fail there.)
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { beforeAll, describe, test } from 'vitest';
import { startBroker } from '../../../../src/embedded/kafka/index.ts';

/** A command with its arguments, to which the broker's address is added. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
}

/** Makes the program ready, once and with a folder of its own to build in; or why it cannot be run. */
export type Program = ((folder: string) => Command | Promise<Command>) | { readonly missing: string };

interface Running {
  /** Runs one case; undefined when all went well. */
  run(name: string): Promise<string | undefined>;
  close(): Promise<void>;
}

/** A case that hangs ends its program, and those behind it fail at once. */
const caseMs = 45_000;
/** A compiler may have a whole library before it. */
const readyMs = 5 * 60_000;

/** Declares a test for each case of the program; all are skipped, with the reason, where it cannot be run. */
export function describeClient(client: string, program: Program, cases: readonly string[]): void {
  describe(client, () => {
    if ('missing' in program) {
      test.for(cases)('%s', (_name, { skip }) => skip(program.missing));
      return;
    }
    let running: Running;
    beforeAll(async () => {
      const folder = mkdtempSync(join(tmpdir(), 'caves-client-'));
      const removeFolder = () => rmSync(folder, { recursive: true, force: true });
      try {
        running = await start(await program(folder));
      } catch (error) {
        removeFolder();
        throw error;
      }
      return async () => {
        await running.close();
        removeFolder();
      };
    }, readyMs);
    test.for(cases)('%s', async (name) => {
      const failure = await running.run(name);
      if (failure !== undefined) throw new Error(failure);
    });
  });
}

async function start({ command, args }: Command): Promise<Running> {
  const given = process.env['CAVES_KAFKA'];
  const said: string[] = [];
  const broker = given === undefined ? await startBroker({ log: (line) => said.push(`broker: ${line}`) }) : undefined;
  const address = given ?? `${broker?.host}:${broker?.port}`;
  const child = spawn(command, [...args, address], {
    // Python would leave compiled files beside its programs.
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  createInterface(child.stderr).on('line', (line) => said.push(line));
  const answers = answersOf(child);
  return {
    run: async (name) => {
      said.length = 0;
      child.stdin.write(`${name}\n`);
      const overdue = setTimeout(() => child.kill('SIGKILL'), caseMs);
      const { value, done } = await answers.next();
      clearTimeout(overdue);
      const failure = done ? `the program ended with ${child.exitCode ?? child.signalCode}` : JSON.parse(value);
      return failure === null ? undefined : [failure, ...said.slice(-40)].join('\n');
    },
    close: async () => {
      const ended = answers.return?.();
      child.kill('SIGKILL');
      await ended;
      await broker?.close();
    },
  };
}

function answersOf(child: ChildProcessByStdio<Writable, Readable, Readable>): AsyncIterator<string> {
  // A program that cannot be started, or has died, is told by the end of its output.
  child.on('error', () => child.stdout.destroy());
  child.stdin.on('error', () => {});
  return createInterface(child.stdout)[Symbol.asyncIterator]();
}
