import { checkValues, compileSchema } from '../runtime/schema/config-schema.ts';
import type { ConfigSchema } from '../sdk/index.ts';
import { expect } from './report.ts';

/** Throws when a configuration schema would serve its users badly: cannot be compiled, documented or kept secret. */
export function checkSchema(schema: ConfigSchema): void {
  compileSchema(schema);
  for (const [key, property] of Object.entries(schema.properties)) {
    expect(/^[a-z][a-z0-9]*(\.[a-z0-9]+)*$/.test(key), `${key}: write keys as Kafka Connect does, "poll.interval.ms"`);
    expect(property.description.trim() !== '', `${key}: a description is missing`);
    const secret = property.type === 'string' && property.secret === true;
    expect(!secret || property.default === undefined, `${key}: a secret can have no default`);
    if (property.default !== undefined) {
      const [refusal] = checkValues({ properties: { [key]: property } }, { [key]: property.default });
      expect(refusal === undefined, `${key}: its own default is refused: ${refusal?.reason}`);
    }
  }
  for (const key of schema.required ?? []) {
    const property = schema.properties[key];
    expect(property !== undefined, `${key} is required and is no property`);
    expect(property.default === undefined, `${key} is required and has a default: one of them is too much`);
  }
}
