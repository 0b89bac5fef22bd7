/**
 * `${env:NAME}`, `${env:NAME:-default}` and `${file:path:key}`: what a configuration says in place of a value that is
 * a secret, or that differs from machine to machine. Stored configurations keep the reference; only a worker that is
 * about to use a value resolves it.
 *
 * As in a shell, the default of `:-` also counts for a variable that is set and empty. A reference does not nest.
 * `${…}` of any other kind is plain text, as it is for Kafka Connect's own transforms.
 *
 * A variable that is a secret by its name is given to keys that are marked `secret` alone: what stands in any other key
 * is shown in logs, errors and names of topics.
 */
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { matchesGlob, resolve as resolvePath, sep } from 'node:path';
import { parseEnv } from 'node:util';
import { isObject, parseJson } from '../schema/values.ts';
import { didYouMean } from '../suggest.ts';

export interface ReferenceSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What a relative file path starts from: the folder of the YAML. */
  readonly folder: string;
  /** Folders below which `${file:…}` of the YAML may read. */
  readonly folders: readonly string[];
  /** Folders below which `${file:…}` of a REST client may read (`config.file.allow`). */
  readonly restFolders?: readonly string[];
  /** Glob patterns of the variables that a REST client may name (`config.env.allow`). */
  readonly restEnv?: readonly string[];
}

export interface ReferenceProblem {
  readonly code: 'unresolved-reference' | 'forbidden-reference';
  readonly message: string;
}

export interface Resolution {
  readonly text: string;
  /** Why a reference could not be resolved; the text then keeps it. */
  readonly problems: readonly ReferenceProblem[];
}

export interface References {
  /** Plain data, from which another thread can make the same references. */
  readonly sources: ReferenceSources;
  /** Replaces every reference in a text, which is kept `secret` or not. Never throws, and no problem shows a value. */
  resolve(text: string, use?: { readonly secret: boolean }): Resolution;
  /** The same for configurations of REST clients, which may read less. */
  restricted(): References;
}

/** How big a file a reference may bring in. */
const maxFileBytes = 1024 * 1024;
const pattern = /\$\{(env|file):([^}]*)\}/g;

/** True when the text has a reference in it. */
export function hasReference(text: string): boolean {
  return text.search(pattern) >= 0;
}

/** What a text that is meant to be one reference says: undefined when it is anything else. */
export function soleReference(text: string): { readonly kind: 'env' | 'file'; readonly fallback?: string } | undefined {
  const match = /^\$\{(env|file):([^}]*)\}$/.exec(text.trim());
  if (match === null) return undefined;
  const kind = match[1] as 'env' | 'file';
  const fallback = kind === 'env' ? match[2]?.split(/:-(.*)/s)[1] : undefined;
  return fallback === undefined ? { kind } : { kind, fallback };
}

/** Makes the resolver of a worker. */
export function createReferences(sources: ReferenceSources): References {
  return referencesOf(sources, () => undefined);
}

/** `refuse` answers why a reference may not be used; what it lets pass is then looked up. */
function referencesOf(
  sources: ReferenceSources,
  refuse: (kind: string, rest: string) => string | undefined,
): References {
  return {
    sources,
    restricted: () => referencesOf(sources, (kind, rest) => refusedFromRest(kind, rest, sources)),
    resolve(text, { secret } = { secret: false }) {
      const problems: ReferenceProblem[] = [];
      const resolved = text.replaceAll(pattern, (whole, kind: string, rest: string) => {
        const refused = refuse(kind, rest) ?? (secret ? undefined : refusedInTheOpen(kind, rest));
        if (refused !== undefined) {
          problems.push({ code: 'forbidden-reference', message: `${whole}: ${refused}` });
          return whole;
        }
        const answer = kind === 'env' ? fromEnv(rest, sources.env) : fromFile(rest, sources);
        if ('text' in answer) return answer.text;
        problems.push({ code: 'unresolved-reference', message: `Cannot resolve ${whole}: ${answer.problem}` });
        return whole;
      });
      const open = /\$\{(env|file):[^}]*$/.exec(text);
      if (open !== null) {
        problems.push({ code: 'unresolved-reference', message: `Cannot resolve ${open[0]}: the closing } is missing` });
      }
      return { text: resolved, problems };
    },
  };
}

function refusedFromRest(kind: string, rest: string, { restEnv = [], restFolders = [], folder }: ReferenceSources) {
  if (kind === 'env') {
    const { name } = variable(rest);
    if (restEnv.some((glob) => matchesGlob(name, glob))) return undefined;
    return `a REST client may not read this variable; config.env.allow of the worker lists ${list(restEnv)}`;
  }
  const path = resolvePath(folder, splitFile(rest).path);
  if (isBelow(path, restFolders)) return undefined;
  return `a REST client may not read this file; config.file.allow of the worker lists ${list(restFolders)}`;
}

/** What the names of variables that hold secrets have in them. */
const secretName = /PASSWORD|PASSPHRASE|SECRET|TOKEN|PRIVATE_KEY/i;

function refusedInTheOpen(kind: string, rest: string): string | undefined {
  if (kind !== 'env') return undefined;
  const { name } = variable(rest);
  if (!secretName.test(name)) return undefined;
  return `by its name the variable ${name} holds a secret, and this key is not kept secret; use it in a key that is, or give the variable another name`;
}

const list = (names: readonly string[]) => (names.length === 0 ? 'nothing' : names.join(', '));

type Answer = { readonly text: string } | { readonly problem: string };

function variable(rest: string): { readonly name: string; readonly fallback: string | undefined } {
  const [name = '', fallback] = rest.split(/:-(.*)/s);
  return { name, fallback };
}

function fromEnv(rest: string, env: ReferenceSources['env']): Answer {
  const { name, fallback } = variable(rest);
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    return { problem: `"${name}" is no name of a variable; write \${env:NAME} or \${env:NAME:-default}` };
  }
  if (fallback?.includes('${') === true) return { problem: 'a default cannot be a reference itself' };
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  if (fallback !== undefined) return { text: value === undefined || value === '' ? fallback : value };
  if (value !== undefined) return { text: value };
  const meant = didYouMean(name, Object.keys(env));
  return {
    problem: `the variable ${name} is not set.${meant} Set it in the environment or in .env, or give a default: \${env:${name}:-default}`,
  };
}

/** `path:key` or `path`; a drive letter's colon is part of the path. */
function splitFile(rest: string): { readonly path: string; readonly key: string | undefined } {
  const from = /^[A-Za-z]:[\\/]/.test(rest) ? 2 : 0;
  const colon = rest.indexOf(':', from);
  return colon < 0 ? { path: rest, key: undefined } : { path: rest.slice(0, colon), key: rest.slice(colon + 1) };
}

/** Compared after symbolic links are followed, so that a link cannot lead out of an allowed folder. */
function isBelow(path: string, folders: readonly string[]): boolean {
  const real = realOf(path);
  return folders.some((folder) => real.startsWith(realOf(folder).replace(/[\\/]*$/, sep)));
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolvePath(path);
  }
}

function fromFile(rest: string, sources: ReferenceSources): Answer {
  const { path, key } = splitFile(rest);
  if (path === '') return { problem: `no file named; write \${file:path} or \${file:path:key}` };
  const file = resolvePath(sources.folder, path);
  const folders = [...sources.folders, ...(sources.restFolders ?? [])];
  if (!isBelow(file, folders)) {
    return {
      problem: `${file} lies outside of the folders that may be read (${list(folders)}); add its folder to config.file.allow`,
    };
  }
  let text: string;
  try {
    const { size } = statSync(file);
    if (size > maxFileBytes) return { problem: `${file} has ${size} bytes; at most ${maxFileBytes} are read` };
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return { problem: `cannot read ${file}: ${(error as NodeJS.ErrnoException).code ?? String(error)}` };
  }
  return key === undefined ? { text: text.replace(/\r?\n$/, '') } : keyOf(file, key, text);
}

function keyOf(file: string, key: string, text: string): Answer {
  const entries = file.endsWith('.json')
    ? jsonEntries(text)
    : parseEnv(text.replaceAll(/^(\s*[\w.-]+)\s*:\s/gm, '$1='));
  if (entries === undefined) return { problem: `${file} is not a JSON object` };
  const value = Object.hasOwn(entries, key) ? entries[key] : undefined;
  if (value === undefined) return { problem: `${file} has no key "${key}".${didYouMean(key, Object.keys(entries))}` };
  return { text: typeof value === 'string' ? value : JSON.stringify(value) };
}

function jsonEntries(text: string): Readonly<Record<string, unknown>> | undefined {
  const parsed = parseJson(text);
  return 'value' in parsed && isObject(parsed.value) ? parsed.value : undefined;
}
