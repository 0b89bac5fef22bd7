/**
 * Nested YAML as Kafka Connect's flat keys: `errors: { tolerance: all }` is `errors.tolerance: all`. Flattening stops
 * where the schema of a key takes a structure (map, object, list, json): that value becomes text as a whole.
 */
import type { ConfigProperty } from '../../sdk/index.ts';
import { encode } from '../schema/values.ts';
import { type Entry, type MapNode, type Place, placeOf, type Tree, toJson } from './document.ts';
import type { FlatConfig, Lint } from './model.ts';

/** The schema of a flat key; undefined for a key that nobody knows. */
export type Lookup = (key: string) => ConfigProperty | undefined;
/** Where a flat key stands, or what a JSON pointer names in its value. */
export type Locate = (key: string, pointer?: string) => Place | undefined;

export interface FlatEntry {
  readonly text: string;
  readonly at: Place;
  readonly node: Tree;
}

export interface Flattened {
  readonly entries: ReadonlyMap<string, FlatEntry>;
  readonly lints: readonly Lint[];
}

/** Flattens a map; complains of keys that are given twice (flat and nested) and of keys without a value. */
export function flatten(root: MapNode, lookup: Lookup): Flattened {
  const entries = new Map<string, FlatEntry>();
  const lints: Lint[] = [];

  const put = (key: string, entry: FlatEntry) => {
    const before = entries.get(key);
    if (before === undefined) {
      entries.set(key, entry);
      return;
    }
    const message = `${key} is given twice, the first time at line ${before.at.line}: flat and nested keys are the same.`;
    lints.push({ level: 'error', code: 'duplicate-key', key, message, at: entry.at });
  };

  const visit = (prefix: string, { key: own, at, node }: Entry) => {
    const key = prefix + own;
    const property = lookup(key);
    if (node.kind === 'map' && !takesMap(property)) {
      if (key === 'transforms') put(key, aliasesOf(node, at));
      for (const inner of node.entries) visit(`${key}.`, inner);
    } else if (node.kind === 'scalar' && node.value === null) {
      const message = `${key} has no value: give it one, or take the line out.`;
      lints.push({ level: 'error', code: 'no-value', key, message, at });
    } else {
      put(key, { text: textOf(node, property), at, node });
    }
  };

  for (const entry of root.entries) visit('', entry);
  return { entries, lints };
}

const takesMap = (property: ConfigProperty | undefined) => property?.type === 'object' || property?.type === 'json';

/** `transforms: { mask: { type: … } }` names its aliases by its keys, in their order. */
function aliasesOf(node: MapNode, at: Place): FlatEntry {
  const aliases = [...new Set(node.entries.map(({ key }) => key.split('.')[0] ?? key))];
  return { text: encode(undefined, aliases), at, node };
}

/** Numbers for a text property keep their digits: `1.10` stays `1.10`. */
function textOf(node: Tree, property: ConfigProperty | undefined): string {
  const isNumeric = property?.type === 'integer' || property?.type === 'number';
  if (node.kind === 'scalar' && typeof node.value === 'number' && !isNumeric && property?.type !== 'json')
    return node.source;
  return encode(property, toJson(node));
}

/** The configuration alone, without places. */
export function flatConfig(entries: ReadonlyMap<string, FlatEntry>): FlatConfig {
  return Object.fromEntries([...entries].map(([key, { text }]) => [key, text]));
}

/** Places for complaints; keys that are not there are at `fallback`. */
export function locator(entries: ReadonlyMap<string, FlatEntry>, fallback: Place): Locate {
  return (key, pointer = '') => {
    const entry = entries.get(key);
    if (entry === undefined) return fallback;
    return pointer === '' ? entry.at : placeOf(entry.node, pointer);
  };
}
