/** `value.schemas` may name files: their schemas are read in, so that the configuration that is stored is whole. */
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Entry, readDocument, toJson } from './document.ts';
import type { FlatEntry } from './flatten.ts';
import type { Lint } from './model.ts';

const key = 'value.schemas';
const maxFileBytes = 10 * 1024 * 1024;

export interface InlinedSchemas {
  readonly entries: ReadonlyMap<string, FlatEntry>;
  readonly lints: readonly Lint[];
}

/**
 * Replaces each path by what its file holds. A complaint about a schema that came from a file names that file and its
 * line, since the tree that is put in keeps its places.
 */
export async function inlineSchemas(entries: ReadonlyMap<string, FlatEntry>, folder: string): Promise<InlinedSchemas> {
  const flat = entries.get(key);
  if (flat?.node.kind !== 'map') return { entries, lints: [] };
  const read = await Promise.all(flat.node.entries.map((entry) => readSchema(entry, folder)));
  const node = { ...flat.node, entries: read.flatMap(({ entry }) => (entry === undefined ? [] : [entry])) };
  const inlined = new Map(entries).set(key, { ...flat, node, text: JSON.stringify(toJson(node)) });
  return { entries: inlined, lints: read.flatMap(({ lints }) => lints) };
}

interface ReadSchema {
  /** Left out when the schema cannot be read. */
  readonly entry?: Entry;
  readonly lints: readonly Lint[];
}

async function readSchema(entry: Entry, folder: string): Promise<ReadSchema> {
  const { node, at } = entry;
  if (node.kind !== 'scalar' || typeof node.value !== 'string') return { entry, lints: [] };
  const file = resolve(folder, node.value);
  const refuse = (why: string, where = at): ReadSchema => ({
    lints: [{ level: 'error', code: 'no-schema', key, message: `The schema of ${entry.key}${why}`, at: where }],
  });
  let text: string;
  try {
    const info = await stat(file);
    if (!info.isFile()) return refuse(`: ${file} is no file.`);
    if (info.size > maxFileBytes) return refuse(`: ${file} has ${info.size} bytes.`);
    text = await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? `there is no file ${file}` : `cannot read ${file} (${code ?? String(error)})`;
    return refuse(`: ${why}. Paths start from the folder of this YAML.`);
  }
  const { root, lints } = readDocument(text, file);
  const [first, ...others] = lints;
  if (first !== undefined) {
    const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
    return refuse(` cannot be read: ${first.message}${more}`, first.at);
  }
  if (root === undefined) return refuse(`: ${file} is empty.`);
  return { entry: { ...entry, node: root }, lints: [] };
}
