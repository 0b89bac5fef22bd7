/**
 * The journal of the broker's own state: an append-only file of checked entries, each the JSON of some changes that
 * belong together, so that they are there together or not at all.
 *
 *     length u32, CRC-32C u32 of what follows, JSON { key: value, removed key: null }
 *
 * A torn end is cut off. Damage before good entries costs the entry that it hit and no other. The file is written
 * anew, with what counts only, when most of it is outdated, at the start and while running, and after damage.
 */

import { crc32c } from '../../../checksum/crc32c.ts';
import { type FlushPolicy, FlushSchedule } from '../flush-policy.ts';
import { AppendFile, replaceFile } from './append-file.ts';
import type { Journal, Json } from './storage.ts';

const entryOverhead = 8;
/** Below this size it is not worth writing it anew while running. */
const compactFrom = 4 * 1024 * 1024;
const openingBrace = 0x7b;

/** Opens the journal, cutting and skipping what is no whole entry. */
export function openJournal(options: {
  readonly file: string;
  readonly flush: FlushPolicy;
  readonly log: (line: string) => void;
}): Journal & { sync(): void; close(): void } {
  const { file: path, flush, log } = options;
  const values = new Map<string, string>();
  let file = new AppendFile(path);
  const { skipped, torn } = replay(file, log, (key, value) => keep(values, key, value));
  let compactedSize = sizeOf(values);

  const compact = (): void => {
    const entries = [...values].map(([key, value]) => entry(`{${JSON.stringify(key)}:${value}}`));
    replaceFile(path, entries);
    file.close();
    file = new AppendFile(path);
    compactedSize = file.size;
  };
  const schedule = new FlushSchedule(() => tryTo(() => file.sync(), log));
  if (skipped > 0 || file.size > 2 * sizeOf(values)) tryTo(compact, log);

  return {
    isDamaged: skipped + torn > 0,
    entries: () => [...values].map(([key, value]) => [key, JSON.parse(value) as Json] as const),
    write: (changes) => {
      if (changes.size === 0) return;
      file.append(entry(JSON.stringify(Object.fromEntries(changes))), schedule.isDue(1, flush));
      if (schedule.isDue(1, flush)) schedule.flushed();
      else schedule.wrote(1, flush);
      for (const [key, value] of changes) keep(values, key, value);
      if (file.size > compactFrom && file.size > 4 * compactedSize) tryTo(compact, log);
    },
    sync: () => file.sync(),
    close: () => {
      schedule.flushed();
      file.close();
    },
  };
}

/** The old file goes on to serve where there is no room for a new one, and the next flush comes. */
function tryTo(work: () => void, log: (line: string) => void): void {
  try {
    work();
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

/** Reads all whole entries and cuts the file behind the last; how many bytes were no entries, before it and behind. */
function replay(
  file: AppendFile,
  log: (line: string) => void,
  visit: (key: string, value: Json) => void,
): { readonly skipped: number; readonly torn: number } {
  const bytes = file.read(0, file.size);
  let skipped = 0;
  let at = 0;
  for (let start: number | undefined = 0; start !== undefined; start = entryFrom(bytes, at)) {
    if (start > at) log(`${file.path}: skipped ${start - at} bytes at byte ${at}: no whole entry`);
    skipped += start - at;
    at = start;
    for (let end = entryEnd(bytes, at); end !== undefined; end = entryEnd(bytes, at)) {
      const changes = JSON.parse(bytes.toString('utf8', at + entryOverhead, end)) as { readonly [key: string]: Json };
      for (const [key, value] of Object.entries(changes)) visit(key, value);
      at = end;
    }
  }
  const torn = bytes.length - at;
  if (torn > 0) {
    log(`${file.path}: cut ${torn} bytes at byte ${at}, the end: no whole entry`);
    file.truncate(at);
  }
  return { skipped, torn };
}

/** Where the next whole entry begins. */
function entryFrom(bytes: Buffer, from: number): number | undefined {
  for (let at = from; at < bytes.length; at++) if (entryEnd(bytes, at) !== undefined) return at;
  return undefined;
}

/** Where the entry at `at` ends, if a whole one begins there. */
function entryEnd(bytes: Buffer, at: number): number | undefined {
  const start = at + entryOverhead;
  if (start >= bytes.length || bytes[start] !== openingBrace) return undefined;
  const end = start + bytes.readUInt32BE(at);
  return end <= bytes.length && crc32c(bytes, start, end) === bytes.readUInt32BE(at + 4) ? end : undefined;
}
