/**
 * Storage in a folder:
 *
 *     lock                                     who uses the folder
 *     clean-shutdown                           all was closed as it should be; not there while a broker runs
 *     meta.journal                             topics, configs, offsets, transactions, producer ids
 *     topics/<topic>.<id>/<partition>/         checkpoint, and for each segment, by its base offset in 20 digits:
 *         <base offset>.log                    record batches
 *         <base offset>.index                  where to look for an offset or a time
 *     set-aside/<topic>.<id>/                  topics that a damaged journal no longer knows
 *
 * What was written survives the death of the process; `flush-policy.ts` says what survives a loss of power. Index and
 * checkpoint only save work: they are checked, and made again where they are missing or wrong.
 */

import fs from 'node:fs';
import { open as openAsync } from 'node:fs/promises';
import path from 'node:path';
import type { FlushPolicy } from '../flush-policy.ts';
import { replaceFile } from './append-file.ts';
import { storageError } from './disk-error.ts';
import { openJournal } from './journal.ts';
import { lockFolder } from './lock.ts';
import { openSegmentFile, TailCache } from './segment-file.ts';
import { sideFile } from './side-file.ts';
import type { SegmentStore, Storage } from './storage.ts';

/** The newest bytes of all logs that are kept in memory, so that consumers who keep up read no file. */
const tailCacheBytes = 32 * 1024 * 1024;

/** Opens the folder, and makes it where it is not there. One process at a time may have it open. */
export function diskStorage(options: {
  readonly folder: string;
  readonly flush: FlushPolicy;
  readonly log: (line: string) => void;
}): Storage {
  const { folder, flush, log } = options;
  const topics = path.join(folder, 'topics');
  try {
    fs.mkdirSync(topics, { recursive: true });
  } catch (error) {
    throw storageError(error, `Cannot use ${folder} for Kafka's data`);
  }
  const unlock = lockFolder(folder);
  const marker = path.join(folder, 'clean-shutdown');
  try {
    const wasClosedCleanly = removeMarker(marker);
    const journal = openJournal({ file: path.join(folder, 'meta.journal'), flush, log });
    const cache = new TailCache(tailCacheBytes);
    return {
      journal,
      wasClosedCleanly,
      partition: (topicFolder, partition) => diskSegments(path.join(topics, topicFolder, String(partition)), cache),
      topicFolders: () => fs.readdirSync(topics),
      removeTopic: (topicFolder) => fs.rmSync(path.join(topics, topicFolder), { recursive: true, force: true }),
      setTopicAside: (topicFolder) => {
        const aside = path.join(folder, 'set-aside', topicFolder);
        fs.mkdirSync(path.dirname(aside), { recursive: true });
        fs.renameSync(path.join(topics, topicFolder), aside);
        return aside;
      },
      markClosedCleanly: () => {
        journal.sync();
        replaceFile(marker, [Buffer.from(`Closed by process ${process.pid} at ${new Date().toISOString()}\n`)]);
      },
      close: () => {
        journal.close();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** The first thing to go: from now on, a kill leaves a folder that was not closed. */
function removeMarker(marker: string): boolean {
  if (!fs.existsSync(marker)) return false;
  try {
    fs.rmSync(marker);
  } catch (error) {
    throw storageError(error, `Cannot remove ${marker}`);
  }
  return true;
}

const segmentName = /^(\d{20})\.log$/;

function diskSegments(folder: string, cache: TailCache): SegmentStore {
  const fileOf = (baseOffset: number, kind: string): string =>
    path.join(folder, `${String(baseOffset).padStart(20, '0')}.${kind}`);
  const index = (baseOffset: number) => sideFile(fileOf(baseOffset, 'index'));
  let isThere = false;
  return {
    list: () => {
      try {
        const names = fs.readdirSync(folder);
        isThere = true;
        return names
          .flatMap((name) => segmentName.exec(name)?.[1] ?? [])
          .map(Number)
          .sort((a, b) => a - b);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw storageError(error, `Cannot read ${folder}`);
      }
    },
    open: (baseOffset) => {
      if (!isThere) makeFolder(folder);
      isThere = true;
      return openSegmentFile(fileOf(baseOffset, 'log'), cache);
    },
    index,
    checkpoint: sideFile(path.join(folder, 'checkpoint')),
    replace: (baseOffset, content) => {
      index(baseOffset).remove();
      replaceFile(fileOf(baseOffset, 'log'), content);
    },
    remove: (baseOffset) => {
      index(baseOffset).remove();
      fs.rmSync(fileOf(baseOffset, 'log'), { force: true });
    },
    flush: (baseOffset) => flushFile(fileOf(baseOffset, 'log')),
  };
}

function makeFolder(folder: string): void {
  try {
    fs.mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw storageError(error, `Cannot make ${folder}`);
  }
}

/** Through a descriptor of its own: the segment may be closed meanwhile. */
async function flushFile(file: string): Promise<void> {
  try {
    const handle = await openAsync(file, 'r+');
    try {
      await handle.datasync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw storageError(error, `Cannot flush ${file}`);
  }
}
