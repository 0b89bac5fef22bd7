/**
 * A connector's configuration as a request has it, on its way to the flat text that the log keeps: numbers and booleans
 * become strings, lists comma text, objects JSON text. Whether a key takes what it is given, the schema of its plugin decides.
 */
import type { FlatConfig } from '../runtime/config/model.ts';
import { encode } from '../runtime/schema/values.ts';
import { HttpError } from './errors.ts';

type Value = string | number | boolean | object;

/** What a request may hold; null is kept out by the schema. */
export type ConfigBody = Readonly<Record<string, Value>>;
/** The same where null means that the key is not there. */
export type PatchBody = Readonly<Record<string, Value | null>>;

const valueTypes = ['string', 'number', 'boolean', 'object', 'array'] as const;

/** JSON Schema of {@link ConfigBody}, for the routes. */
export const configSchema = {
  type: 'object',
  additionalProperties: { type: valueTypes },
  description: "Kafka Connect's flat keys; values are text, or JSON that the plugin's schema takes.",
  examples: [{ 'connector.class': 'wine-sales-generator', topic: 'sales_events' }],
} as const;

/** JSON Schema of {@link PatchBody}. */
export const patchSchema = {
  type: 'object',
  additionalProperties: { type: [...valueTypes, 'null'] },
  description: 'Keys with their values; null for a key that is not to be there.',
  examples: [{ 'tasks.max': '2' }],
} as const;

/** A value as the log keeps it. */
export function toText(value: Value): string {
  return encode(undefined, value);
}

/** The flat configuration with its name in it, which must be the one that the request is about. */
export function flatConfig(name: string, body: ConfigBody): FlatConfig {
  const flat: FlatConfig = Object.fromEntries(Object.entries(body).map(([key, value]) => [key, toText(value)]));
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
