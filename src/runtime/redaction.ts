/**
 * Hides secrets in what leaves a task or a worker: lines of the log, traces, error texts, headers of rejected records,
 * labels of metrics. It knows the values themselves, so that it does not matter who let one slip: a plugin, a driver
 * whose errors carry its options, or we.
 *
 * A secret is found as it is, as it stands within JSON or a URL, in base64 (also in the middle of a longer text, as in
 * basic auth), and, of one with several lines, line by line. It is not found when it was changed in any other way (cut,
 * hashed, encrypted, spelled backwards), nor when it is shorter than {@link shortest}: that would be found everywhere.
 * Records, their keys and headers, and the offsets of sources are data: what a plugin puts there stays.
 */
import { inspect } from 'node:util';
import type { LogWriter } from './log.ts';

export interface Redaction {
  text(text: string): string;
  /** Any value of a field of the log: what has a secret in it comes back without. */
  value(value: unknown): unknown;
  /** The error itself when it shows nothing; else another of its name and code, down to its causes. */
  error(error: Error): Error;
}

/** Stands where a secret was. */
const hidden = '[hidden]';
const shortest = 6;
/** Lines of a secret that say nothing by themselves, such as the frame of a PEM. */
const shortestLine = 16;
/** The password of the embedded services, which everybody knows. */
const known: ReadonlySet<string> = new Set(['caves']);
const deepestCause = 10;

/** Hides these values. */
export function redactionOf(secrets: readonly string[]): Redaction {
  const forms = new Set(secrets.filter((secret) => !known.has(secret)).flatMap(formsOf));
  if (forms.size === 0) return { text: (text) => text, value: (value) => value, error: (error) => error };
  // The longest first: of two that begin alike the shorter one would leave the rest of the longer one.
  const pattern = new RegExp(
    [...forms]
      .sort((a, b) => b.length - a.length)
      .map(escaped)
      .join('|'),
    'g',
  );
  const text = (of: string): string => of.replaceAll(pattern, hidden);

  function value(of: unknown): unknown {
    if (typeof of === 'string') return text(of);
    if (of === null || (typeof of !== 'object' && typeof of !== 'number')) return of;
    if (of instanceof Error) return error(of);
    const json = jsonOf(of);
    const safe = text(json);
    if (safe !== json) return parsed(safe);
    // What JSON does not show (a Map) another writer may.
    const inspected = inspect(of, { depth: null });
    const shown = text(inspected);
    return shown === inspected ? of : shown;
  }

  function error(of: Error, depth = 0): Error {
    const cause = of.cause instanceof Error && depth < deepestCause ? error(of.cause, depth + 1) : undefined;
    const name = text(String(of.name));
    const message = text(String(of.message));
    const stack = of.stack === undefined ? undefined : text(String(of.stack));
    if (name === of.name && message === of.message && stack === of.stack && cause === of.cause) return of;
    const { code } = of as { readonly code?: unknown };
    const safe = new Error(message, cause === undefined ? undefined : { cause });
    return Object.assign(safe, { name, stack }, code === undefined ? {} : { code });
  }

  return { text, value, error: (of) => error(of) };
}

/** A writer of a log that shows no secret. */
export function redactedWriter(write: LogWriter, { text, value }: Redaction): LogWriter {
  return (entry) =>
    write({
      ...entry,
      message: text(entry.message),
      fields: Object.fromEntries(Object.entries(entry.fields).map(([key, field]) => [text(key), value(field)])),
    });
}

/** How a secret may appear. */
function formsOf(secret: string): readonly string[] {
  const lines = secret.split(/\r?\n/);
  const own = [secret, secret.trim(), ...(lines.length > 1 ? lines.filter((line) => line.length >= shortestLine) : [])];
  const meant = own.filter((form) => form.length >= shortest && !/^-----.*-----$/.test(form));
  return meant.flatMap((form) => [form, inJson(form), inUrl(form), encodeURI(form.toWellFormed()), ...inBase64(form)]);
}

const inJson = (text: string) => JSON.stringify(text).slice(1, -1);
const inUrl = (text: string) => encodeURIComponent(text.toWellFormed());

/** Base64 of a text in the middle of another: by where it begins, three ways; without what its neighbours change. */
function inBase64(text: string): readonly string[] {
  return [0, 1, 2].flatMap((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(text)]);
    const whole = bytes.subarray(0, bytes.length - (bytes.length % 3));
    const form = whole.toString('base64').slice(before === 0 ? 0 : before + 1);
    return form.length < shortest ? [] : [form, form.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

const escaped = (text: string) => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/** What a machine would read; of what is no JSON what a person would. */
function jsonOf(value: unknown): string {
  try {
    const plain = (_: string, part: unknown) =>
      typeof part === 'bigint' ? `${part}` : part instanceof Error ? part.message : part;
    return JSON.stringify(value, plain) ?? inspect(value);
  } catch {
    return inspect(value);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
