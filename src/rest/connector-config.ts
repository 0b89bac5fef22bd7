/**
 * A connector's configuration as a request has it, on its way to the flat text that the log keeps: numbers and booleans
 * become strings, lists comma text, objects JSON text. Whether a key takes what it is given, the schema of its plugin decides.
 */
import type { FlatConfig } from '../runtime/config/model.ts';
import { encode } from '../runtime/schema/values.ts';
import { HttpError } from './errors.ts';

type Value = string | number | boolean | object;

/** What a request may hold. A key whose value is null is one that is left out, or in a patch one that goes. */
export type ConfigBody = Readonly<Record<string, Value | null>>;

const bodySchema = {
  type: 'object',
  additionalProperties: { type: ['string', 'number', 'boolean', 'object', 'array', 'null'] },
} as const;

/** JSON Schema of a {@link ConfigBody}, for the routes. */
export const configSchema = {
  ...bodySchema,
  description: "Kafka Connect's flat keys; values are text, or JSON that the plugin's schema takes; null is no value.",
  examples: [{ 'connector.class': 'wine-sales-generator', topic: 'sales_events' }],
} as const;

/** The same, of a patch. */
export const patchSchema = {
  ...bodySchema,
  description: 'Keys with their values; null for a key that is not to be there.',
  examples: [{ 'tasks.max': '2' }],
} as const;

/** A value as the log keeps it. */
export function toText(value: Value): string {
  return encode(undefined, value);
}

/**
 * Redpanda Console (3.7) gives this pattern to a connector that has no topics, unless its class has "Source" in its name:
 * a source would have a key that nobody knows, a sink would wait for a topic that never comes.
 */
const consolePlaceholder: readonly [key: string, value: string] = ['topics.regex', '__TOPICS_REGEX_PLACEHOLDER'];

/** The keys that a request gives a value, which is the text that the log keeps. */
export function givenConfig(body: ConfigBody): FlatConfig {
  const [key, placeholder] = consolePlaceholder;
  const isGiven = (entry: readonly [string, Value | null]): entry is [string, Value] =>
    entry[1] !== null && !(entry[0] === key && entry[1] === placeholder);
  return Object.fromEntries(
    Object.entries(body)
      .filter(isGiven)
      .map(([name, value]) => [name, toText(value)]),
  );
}

/** The flat configuration with its name in it, which must be the one that the request is about. */
export function flatConfig(name: string, body: ConfigBody): FlatConfig {
  const flat = givenConfig(body);
  assertSameName(name, flat['name'] ?? name);
  return { ...flat, name };
}

/** Refuses a configuration that names another connector than the request is about. */
export function assertSameName(name: string, inner: string): void {
  if (inner.trim() === name) return;
  throw new HttpError(400, `Connector name configuration (${inner}) doesn't match connector name in the URL (${name})`);
}

/** Refuses a configuration without a connector class; all else about it the worker says. */
export function assertHasClass(config: FlatConfig): void {
  if (config['connector.class'] !== undefined) return;
  // Only the keys: without a plugin nobody can say which of the values is a secret.
  const keys = Object.keys(config).join(', ');
  const hint = config['config'] === undefined ? 'set "connector.class"' : 'send what is inside of "config"';
  throw new HttpError(400, `Connector config {${keys}} contains no connector type: ${hint}`);
}
