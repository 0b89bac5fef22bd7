/**
 * JSON request bodies. `JSON.parse` decides what is JSON; when it refuses, a scan over the text finds where, since
 * V8's messages name the place only sometimes. Refused beyond the grammar, by path: nesting too deep to walk,
 * `__proto__`, and numbers that would silently lose digits.
 */

import { HttpError } from './errors.ts';

const MAX_DEPTH = 64;

/** The value of a JSON body, or 400. An empty body is undefined: whether one is due, the route says. */
export function parseBody(bytes: Uint8Array): unknown {
  const text = decode(bytes);
  if (text.trim() === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new HttpError(400, `The body is not JSON: ${breakOf(text) ?? 'it is nested too deeply'}`);
  }
  check(value, []);
  return value;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new HttpError(400, 'The body is not UTF-8 text');
  }
}

function check(value: unknown, path: readonly string[]): void {
  if (
    typeof value === 'number' &&
    (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value)))
  ) {
    throw new HttpError(
      400,
      `The number at ${path.join('.') || 'the top'} is too large to be kept exactly: write it as a string`,
    );
  }
  if (typeof value !== 'object' || value === null) return;
  if (path.length >= MAX_DEPTH) throw new HttpError(400, `The body is nested more than ${MAX_DEPTH} levels deep`);
  if (Object.hasOwn(value, '__proto__')) throw new HttpError(400, 'The body has a key __proto__, which is not taken');
  for (const [key, part] of Object.entries(value)) check(part, [...path, key]);
}

// JSON's tokens (RFC 8259). The string is unrolled so that a long one costs no stack and no second look.
const token =
  /(?:([{}[\],:])|("[ !#-[\]-\uffff]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[ !#-[\]-\uffff]*)*")|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/y;
const space = /[ \t\n\r]*/y;

type Due = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | ', or }' | ', or ]' | 'end';

const words: Readonly<Record<Due, string>> = {
  value: 'a value',
  'value or ]': 'a value or "]"',
  key: 'a key in double quotes',
  'key or }': 'a key in double quotes or "}"',
  ':': '":"',
  ', or }': '"," or "}"',
  ', or ]': '"," or "]"',
  end: 'the end of the body',
};

/** Where and why a text is no JSON: `line 1, column 10: expected a value, found …`. Undefined when it is JSON. */
export function breakOf(text: string): string | undefined {
  const open: ('{' | '[')[] = [];
  let due: Due = 'value';
  let at = 0;
  const afterValue = (): Due => (open.length === 0 ? 'end' : open.at(-1) === '{' ? ', or }' : ', or ]');

  for (;;) {
    space.lastIndex = at;
    space.exec(text);
    at = space.lastIndex;
    if (at === text.length && due === 'end') return undefined;
    token.lastIndex = at;
    const [whole, mark, string] = token.exec(text) ?? [];
    const next: Due | undefined = whole === undefined ? undefined : step(due, mark, string !== undefined);
    if (whole === undefined || next === undefined) return describe(text, at, due);
    at += whole.length;
    due = next;
  }

  function step(now: Due, mark: string | undefined, isString: boolean): Due | undefined {
    if (mark === undefined) {
      if (now === 'value' || now === 'value or ]') return afterValue();
      return isString && (now === 'key' || now === 'key or }') ? ':' : undefined;
    }
    if (mark === '{' || mark === '[') {
      if (now !== 'value' && now !== 'value or ]') return undefined;
      open.push(mark);
      return mark === '{' ? 'key or }' : 'value or ]';
    }
    if (mark === ':') return now === ':' ? 'value' : undefined;
    if (mark === ',') return now === ', or }' ? 'key' : now === ', or ]' ? 'value' : undefined;
    if (!now.endsWith(`or ${mark}`)) return undefined;
    open.pop();
    return afterValue();
  }
}

function describe(text: string, at: number, due: Due): string {
  const before = text.slice(0, at).split('\n');
  const place = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
  const found = at === text.length ? 'the end of the body' : `${JSON.stringify(text.slice(at, at + 12))}`;
  return `${place}: expected ${words[due]}, found ${found}`;
}
