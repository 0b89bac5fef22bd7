/** What ajv finds wrong with a request, in words for its sender: the place, what is there, and what should be. */
import { closest, distance } from 'fastest-levenshtein';
import type { FastifySchemaValidationError } from 'fastify/types/schema.js';

/** All complaints as one text. */
export function describeInvalid(errors: readonly FastifySchemaValidationError[]): string {
  return errors.map(describe).join('\n');
}

/** ajv with `verbose` adds the value and the schema that it was held against. */
type VerboseError = FastifySchemaValidationError & {
  readonly data?: unknown;
  readonly parentSchema?: { readonly properties?: Readonly<Record<string, unknown>> };
};

function describe(error: VerboseError): string {
  const { keyword, params, data, message = 'is not as it should be' } = error;
  const place = placeOf(error.instancePath);
  switch (keyword) {
    case 'type':
      if (error.instancePath === '' && data === null)
        return `${place} is missing: send a JSON ${String(params['type'])}`;
      return data === null
        ? `${place} is null: leave the key out, or give it a value`
        : `${place} must be ${[params['type']].flat().join(' or ')}, not ${nameOf(data)}`;
    case 'required':
      return `${place} needs the key ${JSON.stringify(params['missingProperty'])}`;
    case 'additionalProperties': {
      const key = String(params['additionalProperty']);
      const known = Object.keys(error.parentSchema?.properties ?? {});
      const near = closest(key, known);
      const hint = distance(key, near) <= 2 ? `did you mean ${JSON.stringify(near)}?` : `it takes ${known.join(', ')}`;
      return `${place} has an unknown key ${JSON.stringify(key)}: ${hint}`;
    }
    default:
      return `${place} ${message}`;
  }
}

/** A JSON pointer as a person writes it; keys of a configuration have dots of their own, hence the quotes. */
function placeOf(pointer: string): string {
  if (pointer === '') return 'The body';
  const keys = pointer
    .slice(1)
    .split('/')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  return keys.map((key) => JSON.stringify(key)).join(' → ');
}

const nameOf = (value: unknown): string => (Array.isArray(value) ? 'array' : typeof value);
