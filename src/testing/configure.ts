/** A plugin's configuration as the runtime hands it over: through the runtime's own reader, without files and references. */
import { checkValues } from '../runtime/schema/config-schema.ts';
import { decode, encode } from '../runtime/schema/values.ts';
import { didYouMean } from '../runtime/suggest.ts';
import type { ConfigSchema } from '../sdk/index.ts';

type Values = Readonly<Record<string, unknown>>;

/** The values with defaults filled in. Throws one error that names every key at fault. */
export function configure(plugin: string, schema: ConfigSchema, given: Values): Values {
  const known = Object.keys(schema.properties);
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(given)) {
    const property = schema.properties[key];
    if (property === undefined) {
      problems.push(`${key}: unknown key.${didYouMean(key, known)}`);
    } else if (value !== undefined) {
      const decoded = decode(property, encode(property, value));
      if ('problem' in decoded) problems.push(`${key}: ${decoded.problem}`);
      else values[key] = decoded.value;
    }
  }
  for (const { key, code, reason } of checkValues(schema, values)) {
    problems.push(code === 'missing-key' && reason === '' ? `${key}: missing` : `${key}: ${reason}`);
  }
  if (problems.length > 0) throw new Error(`The configuration does not fit ${plugin}: ${problems.join('; ')}`);
  return values;
}
