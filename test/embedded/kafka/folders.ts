import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/** A new folder that is removed when the test ends. */
export function newFolder(parent = os.tmpdir()): string {
  const folder = fs.mkdtempSync(path.join(parent, 'caves-kafka-'));
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** One in memory, where the system has that: for tests that write thousands of files. */
export function newMemoryFolder(): string {
  return newFolder(fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir());
}
