/**
 * Storage in a folder:
 *
 *     lock                                     who uses the folder
 *     meta.journal                             topics, configs, offsets, transactions, producer ids
 *     topics/<topic>.<id>/<partition>/<base offset, 20 digits>.log
 *
 * What was written survives the death of the process. It survives a loss of power only with `fsync`, which costs a
 * disk flush per write.
 */

import fs from 'node:fs';
import path from 'node:path';
import { replaceFile } from './append-file.ts';
import { storageError } from './disk-error.ts';
import { openJournal } from './journal.ts';
import { lockFolder } from './lock.ts';
import { openSegmentFile, TailCache } from './segment-file.ts';
import type { SegmentStore, Storage } from './storage.ts';

/** The newest bytes of all logs that are kept in memory, so that consumers who keep up read no file. */
const tailCacheBytes = 32 * 1024 * 1024;

/** Opens the folder, and makes it where it is not there. One process at a time may have it open. */
export function diskStorage(options: {
  readonly folder: string;
  readonly fsync: boolean;
  readonly log: (line: string) => void;
}): Storage {
  const { folder, fsync, log } = options;
  const topics = path.join(folder, 'topics');
  try {
    fs.mkdirSync(topics, { recursive: true });
  } catch (error) {
    throw storageError(error, `Cannot use ${folder} for Kafka's data`);
  }
  const unlock = lockFolder(folder);
  try {
    const journal = openJournal({ file: path.join(folder, 'meta.journal'), fsync, log });
    const cache = new TailCache(tailCacheBytes);
    return {
      journal,
      partition: (topicFolder, partition) => diskSegments(path.join(topics, topicFolder, String(partition)), cache),
      topicFolders: () => fs.readdirSync(topics),
      removeTopic: (topicFolder) => fs.rmSync(path.join(topics, topicFolder), { recursive: true, force: true }),
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

const segmentName = /^(\d{20})\.log$/;

function diskSegments(folder: string, cache: TailCache): SegmentStore {
  const fileOf = (baseOffset: number): string => path.join(folder, `${String(baseOffset).padStart(20, '0')}.log`);
  return {
    list: () =>
      fs.existsSync(folder)
        ? fs
            .readdirSync(folder)
            .flatMap((name) => segmentName.exec(name)?.[1] ?? [])
            .map(Number)
            .sort((a, b) => a - b)
        : [],
    open: (baseOffset) => {
      try {
        fs.mkdirSync(folder, { recursive: true });
      } catch (error) {
        throw storageError(error, `Cannot make ${folder}`);
      }
      return openSegmentFile(fileOf(baseOffset), cache);
    },
    replace: (baseOffset, content) => replaceFile(fileOf(baseOffset), content),
    remove: (baseOffset) => fs.rmSync(fileOf(baseOffset), { force: true }),
  };
}
