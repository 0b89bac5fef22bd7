/**
 * The journal of the broker's own state: an append-only file of checked entries, each the JSON of some changes that
 * belong together, so that they are there together or not at all.
 *
 *     length u32, CRC-32C u32 of what follows, JSON { key: value, removed key: null }
 *
 * It is written anew, with what counts only, when most of it is outdated: at the start and while running.
 */

import { crc32c } from '../log/crc32c.ts';
import { AppendFile, replaceFile } from './append-file.ts';
import type { Journal, Json } from './storage.ts';

const entryOverhead = 8;
/** Below this size it is not worth writing it anew while running. */
const compactFrom = 4 * 1024 * 1024;

/** Opens the journal and cuts off an end that is no whole entry. */
export function openJournal(options: {
  readonly file: string;
  readonly fsync: boolean;
  readonly log: (line: string) => void;
}): Journal & { close(): void } {
  const { file: path, fsync, log } = options;
  const values = new Map<string, string>();
  let file = new AppendFile(path);
  const torn = replay(file, (key, value) => keep(values, key, value));
  if (torn > 0) log(`${path}: cut ${torn} bytes at the end: no whole entry`);
  let compactedSize = sizeOf(values);

  const compact = (): void => {
    const entries = [...values].map(([key, value]) => entry(`{${JSON.stringify(key)}:${value}}`));
    replaceFile(path, entries);
    file.close();
    file = new AppendFile(path);
    compactedSize = file.size;
  };
  if (file.size > 2 * sizeOf(values)) compactIfPossible(compact, log);

  return {
    entries: () => [...values].map(([key, value]) => [key, JSON.parse(value) as Json] as const),
    write: (changes) => {
      if (changes.size === 0) return;
      file.append(entry(JSON.stringify(Object.fromEntries(changes))));
      if (fsync) file.sync();
      for (const [key, value] of changes) keep(values, key, value);
      if (file.size > compactFrom && file.size > 4 * compactedSize) compactIfPossible(compact, log);
    },
    close: () => file.close(),
  };
}

/** The old file goes on to serve where there is no room for a new one. */
function compactIfPossible(compact: () => void, log: (line: string) => void): void {
  try {
    compact();
  } catch (error) {
    log((error as Error).message);
  }
}

/** About what the values would take in a new file. */
function sizeOf(values: ReadonlyMap<string, string>): number {
  let size = 0;
  for (const [key, value] of values) size += entryOverhead + key.length + value.length;
  return size;
}

function keep(values: Map<string, string>, key: string, value: Json): void {
  if (value === null) values.delete(key);
  else values.set(key, JSON.stringify(value));
}

function entry(json: string): Buffer {
  const length = Buffer.byteLength(json);
  const bytes = Buffer.allocUnsafe(entryOverhead + length);
  bytes.write(json, entryOverhead);
  bytes.writeUInt32BE(length, 0);
  bytes.writeUInt32BE(crc32c(bytes, entryOverhead), 4);
  return bytes;
}

/** Reads the entries up to the first that is not whole, and cuts the file there. */
function replay(file: AppendFile, visit: (key: string, value: Json) => void): number {
  const bytes = file.read(0, file.size);
  let at = 0;
  while (at + entryOverhead <= bytes.length) {
    const end = at + entryOverhead + bytes.readUInt32BE(at);
    if (end > bytes.length || crc32c(bytes, at + entryOverhead, end) !== bytes.readUInt32BE(at + 4)) break;
    const changes = JSON.parse(bytes.toString('utf8', at + entryOverhead, end)) as { readonly [key: string]: Json };
    for (const [key, value] of Object.entries(changes)) visit(key, value);
    at = end;
  }
  const torn = bytes.length - at;
  if (torn > 0) file.truncate(at);
  return torn;
}
