/**
 * Configuration values as text and as what their schema says: `encode` makes the text that the log and REST keep,
 * `decode` reads it back. For a value of the right type `decode(encode(v))` is `v`.
 *
 * Text that is not of the type is handed on as it is: that it is wrong, and how, is the schema's to say (`config-schema.ts`).
 */
import type { ConfigProperty } from '../../sdk/index.ts';

/** Replaces the `${…}` references in a text that stands for a value of `property`. */
type Substitute = (text: string, property: ConfigProperty) => string;
export type Decoded = { readonly value: unknown } | { readonly problem: string };

/** Deeper values are refused: nobody writes them, and recursion over them ends in a stack overflow. */
export const maxDepth = 64;
/** Names that reach an object's prototype when a value is copied carelessly, by us or by a plugin. */
export const forbiddenKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

const isScalar = (value: unknown) =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

/** A comma text could not give this list back. */
const needsJson = (items: readonly string[]) =>
  items.some((item) => item === '' || item.includes(',') || item !== item.trim()) || items[0]?.startsWith('[') === true;

/** A value of JSON's as configuration text: lists of scalars with commas, other structures as JSON text. */
export function encode(property: ConfigProperty | undefined, value: unknown): string {
  if (property?.type === 'json') return isReference(value) ? value : JSON.stringify(value);
  if (isScalar(value)) return String(value);
  if (Array.isArray(value) && value.every(isScalar)) {
    const items = value.map(String);
    return needsJson(items) ? JSON.stringify(items) : items.join(',');
  }
  return JSON.stringify(value);
}

/** A whole value that is one reference stands for the text of the value, also where the value is a structure. */
const isReference = (value: unknown): value is string =>
  typeof value === 'string' && /^\$\{(env|file):[^}]*\}$/.test(value.trim());

/** Reads configuration text as `property` says. References inside a `json` value belong to somebody else and stay. */
export function decode(property: ConfigProperty, text: string, substitute: Substitute = (same) => same): Decoded {
  if (property.type !== 'array' && property.type !== 'object' && property.type !== 'json') {
    return { value: coerce(property, text, substitute) };
  }
  const whole = isReference(text) ? substitute(text, property) : text;
  // What a reference brought in is not searched for references again.
  const inner: Substitute = whole === text ? substitute : (same) => same;
  const looksJson = property.type !== 'array' || whole.trimStart().startsWith('[');
  if (!looksJson) return { value: coerce(property, inner(whole, property), (same) => same) };
  const parsed = parseJson(whole);
  if ('problem' in parsed) return parsed;
  return { value: coerce(property, parsed.value, inner) };
}

function coerce(property: ConfigProperty, value: unknown, substitute: Substitute): unknown {
  switch (property.type) {
    case 'json':
      return value;
    case 'string':
      return isScalar(value) ? substitute(String(value), property) : value;
    case 'number':
    case 'integer':
      return typeof value === 'string' ? numberOf(substitute(value, property)) : value;
    case 'boolean': {
      const text = typeof value === 'string' ? substitute(value, property).trim().toLowerCase() : value;
      return text === 'true' ? true : text === 'false' ? false : value;
    }
    case 'array': {
      const items = typeof value === 'string' ? splitList(value) : value;
      return Array.isArray(items) ? items.map((item) => coerce(property.items, item, substitute)) : value;
    }
    case 'object':
      return isObject(value) ? mapValues(value, (inner, key) => coerceField(property, key, inner, substitute)) : value;
  }
}

function coerceField(
  property: Extract<ConfigProperty, { type: 'object' }>,
  key: string,
  value: unknown,
  substitute: Substitute,
): unknown {
  const inner = 'properties' in property ? own(property.properties, key) : property.additionalProperties;
  return inner === undefined ? value : coerce(inner, value, substitute);
}

/** A property that is the object's own: `toString` is none. */
const own = <T>(properties: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(properties, key) ? properties[key] : undefined;

const splitList = (text: string) => (text.trim() === '' ? [] : text.split(',').map((item) => item.trim()));

/** The number, or the text itself where it is none; integers beyond 2^53 would silently become another number. */
function numberOf(text: string): number | string {
  const trimmed = text.trim();
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed)) return text;
  const number = Number(trimmed);
  return Number.isInteger(number) && !Number.isSafeInteger(number) ? text : number;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mapValues(value: Readonly<Record<string, unknown>>, change: (inner: unknown, key: string) => unknown) {
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, change(inner, key)]));
}

/** `JSON.parse` that says what is wrong instead of throwing, and refuses what would hurt later. */
export function parseJson(text: string): Decoded {
  try {
    const value: unknown = JSON.parse(text);
    const problem = hostile(value);
    return problem === undefined ? { value } : { problem };
  } catch (error) {
    // The engine's message quotes the text, which may be a secret: only the place is taken from it.
    const place = /at position \d+(?: \(line \d+ column \d+\))?/.exec(String(error))?.[0];
    return { problem: `Not JSON: it fails ${place ?? 'at its end'}` };
  }
}

/** What makes a value unfit to be copied about: prototype keys and depth. Walks without recursion. */
function hostile(root: unknown): string | undefined {
  const open: { value: unknown; depth: number }[] = [{ value: root, depth: 1 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next.value !== 'object' || next.value === null) continue;
    if (next.depth > maxDepth) return `Nested deeper than ${maxDepth} levels`;
    for (const [key, value] of Object.entries(next.value)) {
      if (!Array.isArray(next.value) && forbiddenKeys.has(key)) return `The key "${key}" is not allowed`;
      open.push({ value, depth: next.depth + 1 });
    }
  }
  return undefined;
}
