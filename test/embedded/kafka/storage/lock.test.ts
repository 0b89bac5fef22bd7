import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { lockFolder } from '../../../../src/embedded/kafka/storage/lock.ts';
import { newFolder } from '../folders.ts';

describe('the lock of a folder', () => {
  test('that a dead process left behind is taken over, also when its process id is in use again', () => {
    const folder = newFolder();
    for (const left of [{ pid: 2 ** 22 + 1, started: '1' }, { pid: process.pid, started: 'earlier' }, 'torn']) {
      fs.writeFileSync(path.join(folder, 'lock'), typeof left === 'string' ? left : JSON.stringify(left));
      lockFolder(folder)();
    }
    expect(fs.readdirSync(folder)).toEqual([]);
  });
});

// Needs /proc to tell a zombie.
test.skipIf(process.platform !== 'linux')(
  'the lock of a killed process that nobody waited for is taken over',
  async () => {
    const parent = spawn('bash', ['-c', 'sleep 0 & echo $!; exec sleep 60']);
    onTestFinished(() => void parent.kill());
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(String(line));
    const stat = () => fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ');
    await vi.waitUntil(() => stat()[2] === 'Z');
    const folder = newFolder();
    fs.writeFileSync(path.join(folder, 'lock'), JSON.stringify({ pid, started: stat()[21] }));

    lockFolder(folder)();

    expect(fs.readdirSync(folder)).toEqual([]);
  },
);

describe('of several processes that start at the same time', () => {
  const script = path.join(import.meta.dirname, 'lock-process.ts');

  /** Starts a process that waits to lock the folder; its lines. */
  async function contender(folder: string): Promise<AsyncIterator<string>> {
    const child = spawn(process.execPath, [script, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill());
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    expect((await lines.next()).value).toBe('ready');
    return lines;
  }

  test.each([
    ['free', undefined],
    ['left behind by a killed one', JSON.stringify({ pid: 2 ** 22 + 1, started: '1' })],
  ])('one gets a folder that is %s, and the others are told which', async (_name, left) => {
    const folder = newFolder();
    if (left !== undefined) fs.writeFileSync(path.join(folder, 'lock'), left);
    const contenders = await Promise.all(Array.from({ length: 4 }, () => contender(folder)));
    fs.writeFileSync(path.join(folder, 'go'), '');
    const outcomes = await Promise.all(contenders.map(async (lines) => String((await lines.next()).value)));
    expect(outcomes.filter((outcome) => outcome === 'locked')).toHaveLength(1);
    const { pid } = JSON.parse(fs.readFileSync(path.join(folder, 'lock'), 'utf8'));
    expect(outcomes.filter((outcome) => outcome.includes(`is in use by the broker of process ${pid}`))).toHaveLength(3);
    expect(fs.readdirSync(folder).sort()).toEqual(['go', 'lock']);
  });
});
