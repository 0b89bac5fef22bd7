/** The values that a configuration keeps secret, as far as schemas say so: what its log, errors and metrics must not show. */
import type { ConfigProperty, ConfigSchema } from '../../sdk/index.ts';
import { isObject } from '../schema/values.ts';
import type { KafkaSettings, ResolvedConnector, WorkerSettings } from './model.ts';

/** The values below the keys of a schema that are marked `secret`. */
export function secretsIn(schema: ConfigSchema, values: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(schema.properties).flatMap(([key, property]) => below(property, values[key]));
}

function below(property: ConfigProperty, value: unknown): readonly string[] {
  switch (property.type) {
    case 'string':
      return property.secret === true && typeof value === 'string' ? [value] : [];
    case 'array':
      return Array.isArray(value) ? value.flatMap((item) => below(property.items, item)) : [];
    case 'object':
      return isObject(value)
        ? Object.entries(value).flatMap(([key, inner]) => {
            const field = 'properties' in property ? property.properties[key] : property.additionalProperties;
            return field === undefined ? [] : below(field, inner);
          })
        : [];
    default:
      return [];
  }
}

/** Those of a connector: its own, its error handler's, its transforms'. */
export function secretsOf({ connector, errorHandler, transforms }: ResolvedConnector): readonly string[] {
  return [connector, errorHandler, ...transforms].flatMap((configured) =>
    configured === undefined ? [] : secretsIn(configured.plugin.config, configured.config),
  );
}

/** Those that a worker speaks to Kafka with. */
export function secretsOfKafka({ sasl, ssl }: KafkaSettings): readonly string[] {
  return [sasl?.password, typeof ssl === 'object' ? ssl.key : undefined].filter((secret) => secret !== undefined);
}

/** Those of a worker's own settings. */
export function secretsOfWorker({ kafka, rest: { auth } }: Pick<WorkerSettings, 'kafka' | 'rest'>): readonly string[] {
  const users = auth?.users.map(({ password }) => password) ?? [];
  const tokens = auth?.tokens.map(({ token }) => token) ?? [];
  return [...secretsOfKafka(kafka), ...users, ...tokens];
}
