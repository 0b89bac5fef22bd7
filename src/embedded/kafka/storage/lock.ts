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

/** Each takes microseconds; who needs more of them is not alone. */
const maxAttempts = 100;

/**
 * Locks the folder.
 *
 * @returns how to unlock it.
 * @throws KafkaError KAFKA_STORAGE_ERROR when another broker uses it.
 */
export function lockFolder(folder: string): () => void {
  const file = path.join(folder, 'lock');
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    if (claim(file)) return () => remove(file);
    const owner = readOwner(file);
    if (owner === undefined) continue;
    if (isAlive(owner)) {
      throw new KafkaError(
        'KAFKA_STORAGE_ERROR',
        `${folder} is in use by the broker of process ${owner.pid}: stop it, or choose another folder`,
      );
    }
    removeStale(file);
  }
  throw new KafkaError('KAFKA_STORAGE_ERROR', `${folder} is being locked by others again and again: try once more`);
}

/** Whether this process has made the file, which then names it from its first moment on. */
function claim(file: string): boolean {
  const me: Owner = { pid: process.pid, started: startTime(process.pid) };
  const own = `${file}.${process.pid}`;
  try {
    fs.writeFileSync(own, JSON.stringify(me));
    fs.linkSync(own, file);
    return true;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (!withoutLinks.has(code)) throw storageError(error, `Cannot lock ${path.dirname(file)}`);
    return claimWithoutLink(file, me);
  } finally {
    remove(own);
  }
}

/** What a file system says that has no hard links. */
const withoutLinks: ReadonlySet<string> = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'EISDIR']);

/** For a moment the file is there and empty; who sees it then takes it for a torn one. */
function claimWithoutLink(file: string, me: Owner): boolean {
  try {
    fs.writeFileSync(file, JSON.stringify(me), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw storageError(error, `Cannot lock ${path.dirname(file)}`);
  }
}

/**
 * Removes a lock that nobody holds. Whoever finds one waits for their turn and looks again: they would otherwise remove
 * the new lock of one who found it, too, and was faster.
 */
function removeStale(file: string): void {
  const turn = `${file}.turn`;
  if (claim(turn)) {
    const owner = readOwner(file);
    if (owner !== undefined && !isAlive(owner)) remove(file);
    remove(turn);
    return;
  }
  const other = readOwner(turn);
  if (other !== undefined && !isAlive(other)) remove(turn);
}

function remove(file: string): void {
  fs.rmSync(file, { force: true });
}

/** Whose a lock is that a loss of power has torn. */
const nobody: Owner = { pid: 0, started: 'never' };

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
    return nobody;
  }
}

function isAlive(owner: Owner): boolean {
  if (owner.pid === nobody.pid) return false;
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
