/**
 * One broker per folder. The lock file names its owner by process id and start time, so that one left behind by a
 * killed process is seen as stale even when its process id is in use again. Where the system does not tell start
 * times (no /proc), the process id alone decides.
 */

import fs from 'node:fs';
import path from 'node:path';
import { KafkaError } from '../errors.ts';
import { storageError } from './disk-error.ts';

interface Owner {
  readonly pid: number;
  readonly started: string;
}

/**
 * Locks the folder.
 *
 * @returns how to unlock it.
 * @throws KafkaError KAFKA_STORAGE_ERROR when another broker uses it.
 */
export function lockFolder(folder: string): () => void {
  const file = path.join(folder, 'lock');
  const me: Owner = { pid: process.pid, started: startTime(process.pid) };
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      fs.writeFileSync(file, JSON.stringify(me), { flag: 'wx' });
      return () => fs.rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw storageError(error, `Cannot lock ${folder}`);
    }
    const owner = readOwner(file);
    if (owner !== undefined && owner.pid !== 0 && isAlive(owner)) {
      throw new KafkaError(
        'KAFKA_STORAGE_ERROR',
        `${folder} is in use by the broker of process ${owner.pid}: stop it, or choose another folder`,
      );
    }
    if (owner !== undefined) removeStale(file, owner);
  }
  throw new KafkaError('KAFKA_STORAGE_ERROR', `${folder} is being locked by others again and again: try once more`);
}

/**
 * Moves the stale lock away before it is removed: of two processes that find it, only one can, and the other would
 * otherwise remove the new lock of the first.
 */
function removeStale(file: string, stale: Owner): void {
  const aside = `${file}.${process.pid}`;
  try {
    fs.renameSync(file, aside);
  } catch {
    return;
  }
  const moved = readOwner(aside);
  if (moved?.pid !== stale.pid || moved.started !== stale.started) fs.renameSync(aside, file);
  else fs.rmSync(aside, { force: true });
}

function readOwner(file: string): Owner | undefined {
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  try {
    return JSON.parse(text) as Owner;
  } catch {
    // Its writer was killed in between: nobody's.
    return { pid: 0, started: 'never' };
  }
}

function isAlive(owner: Owner): boolean {
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return startTime(owner.pid) === owner.started;
}

/**
 * When the process began: the 22nd field of /proc/<pid>/stat, where the second, the name, may hold spaces and
 * brackets. A zombie, which nobody has waited for, has ended all the same.
 */
function startTime(pid: number): string {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? '' : (fields[18] ?? '');
  } catch {
    return '';
  }
}
