/**
 * YAML (or JSON, its subset) as a tree in which every key and value knows its place. The only file that uses `yaml`.
 *
 * YAML 1.2 core schema, one document a file, string keys, `<<` merges. Refused with a complaint: duplicate keys, tags,
 * keys that reach an object's prototype, aliases that blow up ("billion laughs") or contain themselves, deep nesting.
 */
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml';
import { forbiddenKeys, maxDepth } from '../schema/values.ts';
import type { Lint, LintCode } from './model.ts';

/** 1-based. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly at: Place;
  readonly value: string | number | boolean | null;
  /** As it was written: `1.10` for the number 1.1. */
  readonly source: string;
}
export interface ListNode {
  readonly kind: 'list';
  readonly at: Place;
  readonly items: readonly Tree[];
}
export interface MapNode {
  readonly kind: 'map';
  readonly at: Place;
  readonly entries: readonly Entry[];
}
export interface Entry {
  readonly key: string;
  readonly at: Place;
  readonly node: Tree;
}
export type Tree = ScalarNode | ListNode | MapNode;

export interface ParsedDocument {
  /** Undefined when the text is empty or cannot be read at all. */
  readonly root: Tree | undefined;
  readonly lints: readonly Lint[];
}

/** More nodes than this, aliases counted each time they are used, is an attack or an accident. */
const maxNodes = 200_000;

const maxSyntaxLints = 10;

/** Reads one document. Never throws. */
export function readDocument(text: string, file: string): ParsedDocument {
  const lineCounter = new LineCounter();
  const document = parseDocument(text.replace(/^\uFEFF/, ''), {
    lineCounter,
    prettyErrors: false,
    stringKeys: true,
    // Compared by the reader: the parser compares each key with each, which takes minutes for some ten thousand.
    uniqueKeys: false,
    // `silent` would also keep quiet about a second document.
    logLevel: 'error',
  });
  const reader = new Reader(lineCounter, file);
  // One slip makes the rest of a file look wrong as well.
  for (const { code, message, pos } of [...document.errors, ...document.warnings].slice(0, maxSyntaxLints)) {
    reader.complain('yaml-syntax', syntaxMessage(code, message, text.slice(...pos)), pos[0]);
  }
  const readable = document.errors.every(({ code }) => code === 'NON_STRING_KEY');
  const root = readable && document.contents !== null ? reader.read(document.contents as Node, 1) : undefined;
  return { root, lints: reader.lints };
}

function syntaxMessage(code: string, message: string, text: string): string {
  // The parser is recursive, and says so in the engine's words.
  if (message.includes('call stack')) return `Nested deeper than ${maxDepth} levels.`;
  switch (code) {
    case 'NON_STRING_KEY':
      return 'A key must be plain text.';
    case 'MULTIPLE_DOCS':
      return 'There is a second document (after "---"): one file holds one document.';
    case 'TAB_AS_INDENT':
      return 'YAML is indented with spaces; here is a tab.';
    case 'TAG_RESOLVE_FAILED':
      return `The tag ${text} means nothing here: write the value without it.`;
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'A value cannot have a "key: value" behind it on the same line: put it on a line of its own, or quote the value.';
    default:
      return `Not valid YAML: ${message}.`.replace(/\.\.$/, '.');
  }
}

/** Walks a document once; owns the complaints and the count of nodes. */
class Reader {
  readonly lints: Lint[] = [];
  readonly #lines: LineCounter;
  readonly #file: string;
  /** By name, the last one read: an alias means the anchor that stands before it. */
  readonly #anchors = new Map<string, Node>();
  readonly #openAliases = new Set<Node>();
  #nodes = 0;

  constructor(lines: LineCounter, file: string) {
    this.#lines = lines;
    this.#file = file;
  }

  complain(code: LintCode, message: string, offset: number): void {
    this.lints.push({ level: 'error', code, message, at: this.#place(offset) });
  }

  /** The tree below a node; undefined (with a complaint) where it is refused. */
  read(node: Node, depth: number): Tree | undefined {
    const offset = node.range?.[0] ?? 0;
    if (++this.#nodes > maxNodes) {
      if (this.#nodes === maxNodes + 1) {
        this.complain('too-big', `More than ${maxNodes} values, aliases included.`, offset);
      }
      return undefined;
    }
    if (depth > maxDepth) {
      this.complain('too-deep', `Nested deeper than ${maxDepth} levels.`, offset);
      return undefined;
    }
    if (isAlias(node)) return this.#readAlias(node.source, offset, depth);
    if (node.anchor !== undefined && this.#openAliases.size === 0) this.#anchors.set(node.anchor, node);
    const at = this.#place(offset);
    if (isMap(node)) {
      return { kind: 'map', at, entries: this.#readEntries(node.items as Pair<Node, Node | null>[], depth) };
    }
    if (isSeq(node)) {
      const items = (node.items as Node[]).map((item) => this.read(item, depth + 1));
      return { kind: 'list', at, items: items.filter((item) => item !== undefined) };
    }
    if (isScalar(node)) {
      const value = node.value as ScalarNode['value'];
      return { kind: 'scalar', at, value, source: node.source ?? String(value) };
    }
    return undefined;
  }

  #readAlias(name: string, offset: number, depth: number): Tree | undefined {
    const target = this.#anchors.get(name);
    if (target === undefined || this.#openAliases.has(target)) {
      const why = target === undefined ? `There is no anchor &${name} above.` : `The anchor &${name} contains itself.`;
      this.complain('yaml-syntax', why, offset);
      return undefined;
    }
    this.#openAliases.add(target);
    const tree = this.read(target, depth);
    this.#openAliases.delete(target);
    return tree;
  }

  #readEntries(pairs: readonly Pair<Node, Node | null>[], depth: number): readonly Entry[] {
    const own = new Map<string, Entry>();
    const merged = new Map<string, Entry>();
    const seen = new Set<string>();
    for (const { key, value } of pairs) {
      if (!isScalar(key) || typeof key.value !== 'string') continue;
      const offset = key.range?.[0] ?? 0;
      const name = key.value;
      const at = this.#place(offset);
      // Once for each place: what an alias repeats was complained of where it stands.
      if (seen.has(name) && this.#openAliases.size === 0) {
        this.complain('duplicate-key', `The key "${name}" is there twice: take one out.`, offset);
      }
      seen.add(name);
      if (forbiddenKeys.has(name)) {
        this.complain('forbidden-key', `The key "${name}" is not allowed.`, offset);
        continue;
      }
      const node: Tree | undefined =
        value === null ? { kind: 'scalar', at, value: null, source: '' } : this.read(value, depth + 1);
      if (node === undefined) continue;
      if (name === '<<' && key.type === 'PLAIN') this.#merge(merged, node, offset);
      else if (!own.has(name)) own.set(name, { key: name, at, node });
    }
    return [...own.values(), ...[...merged.values()].filter(({ key }) => !own.has(key))];
  }

  /** `<<: *base` and `<<: [*first, *second]`: what comes first wins. */
  #merge(into: Map<string, Entry>, node: Tree, offset: number): void {
    for (const source of node.kind === 'list' ? node.items : [node]) {
      if (source.kind !== 'map') {
        this.complain('yaml-syntax', '"<<" takes a map, or a list of maps.', offset);
        continue;
      }
      for (const entry of source.entries) if (!into.has(entry.key)) into.set(entry.key, entry);
    }
  }

  #place(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.#file, line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}

/** The plain value of a tree. */
export function toJson(node: Tree): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(toJson);
    case 'map':
      return Object.fromEntries(node.entries.map(({ key, node: inner }) => [key, toJson(inner)]));
  }
}

/** The place of what a JSON pointer names below a node; of the nearest ancestor when it is not there. */
export function placeOf(node: Tree, pointer: string): Place {
  let current = node;
  for (const raw of pointer.split('/').slice(1)) {
    const segment = raw.replaceAll('~1', '/').replaceAll('~0', '~');
    const next =
      current.kind === 'map'
        ? current.entries.find(({ key }) => key === segment)?.node
        : current.kind === 'list'
          ? current.items[Number(segment)]
          : undefined;
    if (next === undefined) break;
    current = next;
  }
  return current.at;
}
