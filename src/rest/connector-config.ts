/**
 * A connector's configuration as a request has it, on its way to the flat text that the log keeps: numbers and booleans
 * become strings, lists comma text, objects JSON text. Whether a key takes what it is given, the schema of its plugin decides.
 */
import type { FlatConfig } from '../runtime/config/model.ts';
import { encode } from '../runtime/schema/values.ts';
import { HttpError } from './errors.ts';

/** What a request may hold; null is kept out by the schema. */
export type ConfigBody = Readonly<Record<string, string | number | boolean | object>>;

/** JSON Schema of {@link ConfigBody}, for the routes. */
export const configSchema = {
  type: 'object',
  additionalProperties: { type: ['string', 'number', 'boolean', 'object', 'array'] },
  description: "Kafka Connect's flat keys; values are text, or JSON that the plugin's schema takes.",
} as const;

/** The flat configuration with its name in it, which must be the one that the request is about. */
export function flatConfig(name: string, body: ConfigBody): FlatConfig {
  const flat: FlatConfig = Object.fromEntries(
    Object.entries(body).map(([key, value]) => [key, encode(undefined, value)]),
  );
  const inner = flat['name'] ?? name;
  if (inner.trim() !== name) {
    throw new HttpError(
      400,
      `Connector name configuration (${inner}) doesn't match connector name in the URL (${name})`,
    );
  }
  return { ...flat, name };
}

/** Refuses a configuration without a connector class; all else about it the worker says. */
export function assertHasClass(config: FlatConfig): void {
  if (config['connector.class'] !== undefined) return;
  // Only the keys: without a plugin nobody can say which of the values is a secret.
  const keys = Object.keys(config).join(', ');
  const hint = config['config'] === undefined ? 'set "connector.class"' : 'send what is inside of "config"';
  throw new HttpError(400, `Connector config {${keys}} contains no connector type: ${hint}`);
}
