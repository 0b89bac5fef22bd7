/** Folders with a file system of their own, to meet a full disk or a read-only one. Needs Linux and root. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface LimitedFolder {
  readonly path: string;
  release(): void;
}

/** Makes a folder on a new file system with mount options such as `ro` or `size=8k`. */
export function limitedFolder(options: string): LimitedFolder {
  const path = mkdtempSync(join(tmpdir(), 'caves-limited-'));
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path], { encoding: 'utf8' });
  if (status !== 0) {
    rmdirSync(path);
    throw new Error(`mount -o ${options}: ${stderr}`);
  }
  return {
    path,
    release() {
      spawnSync('umount', ['-l', path]);
      rmdirSync(path);
    },
  };
}

/** Why this machine cannot make such folders; undefined when it can. */
export function whyNoLimitedFolder(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'mounting needs Linux and root';
  try {
    limitedFolder('size=8k').release();
    return undefined;
  } catch (error) {
    return `this machine does not let us mount: ${(error as Error).message}`;
  }
}
