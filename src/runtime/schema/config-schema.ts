/**
 * A plugin's `ConfigSchema` at work: checks decoded values, fills in defaults, and words each complaint as Kafka Connect
 * does (`ConfigDef`), since REST clients read them. ajv does the checking; this file is the only one that knows.
 */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormatsModule from 'ajv-formats';
import type { ConfigProperty, ConfigSchema } from '../../sdk/index.ts';
import { didYouMean } from '../suggest.ts';

// ajv-formats is CommonJS: its types and its runtime disagree about `default`.
const addFormats = addFormatsModule as unknown as typeof addFormatsModule.default;

/** A value that its schema refuses. */
export interface Refusal {
  /** The key of the section, without prefix. */
  readonly key: string;
  readonly code: 'missing-key' | 'wrong-type' | 'wrong-value' | 'unknown-key';
  /** JSON pointer within the value: `''` for the whole. */
  readonly pointer: string;
  /** The reason alone: `Value must be at least 1`. */
  readonly reason: string;
}

const ajv = new Ajv({
  allErrors: true,
  useDefaults: true,
  verbose: true,
  strictTypes: false,
  // What is no schema fails to compile; checking it by the schema of schemas as well costs start-up time.
  meta: false,
  validateSchema: false,
  code: { optimize: false },
});
addFormats(ajv);

const compiled = new WeakMap<ConfigSchema, ValidateFunction>();

/** Compiles (once) the check of a schema. Throws when the schema is not of the closed subset. */
export function compileSchema(schema: ConfigSchema): ValidateFunction {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  const properties = Object.fromEntries(
    Object.entries(schema.properties).map(([key, property]) => [key, toJsonSchema(property, key)]),
  );
  const validate = ajv.compile({ type: 'object', properties, required: [...(schema.required ?? [])] });
  compiled.set(schema, validate);
  return validate;
}

const documentation: readonly string[] = ['type', 'description', 'examples', 'importance'];
/** The closed subset: what each type takes, and JSON Schema knows by the same name. */
const keywords: Readonly<Record<ConfigProperty['type'], readonly string[]>> = {
  string: ['default', 'enum', 'pattern', 'minLength', 'maxLength', 'format'],
  integer: ['default', 'minimum', 'maximum', 'exclusiveMinimum'],
  number: ['default', 'minimum', 'maximum', 'exclusiveMinimum'],
  boolean: ['default'],
  array: ['default', 'minItems'],
  object: ['default', 'required'],
  json: ['default'],
};
/** What else a type takes, handled by its own line below. */
const structure: readonly string[] = ['secret', 'items', 'properties', 'additionalProperties'];

/** JSON Schema of one property; documentation is left out. Throws `TypeError` for what is not of the subset. */
function toJsonSchema(property: ConfigProperty, key: string): Record<string, unknown> {
  const { type } = property;
  if (!Object.hasOwn(keywords, type)) throw new TypeError(`property "${key}" has the unknown type "${type}"`);
  const own = keywords[type];
  const unknown = Object.keys(property).find((it) => ![...own, ...documentation, ...structure].includes(it));
  if (unknown !== undefined) throw new TypeError(`property "${key}" (${type}) has the unknown keyword "${unknown}"`);

  const schema = Object.fromEntries(Object.entries(property).filter(([it]) => own.includes(it)));
  if (type === 'json') return schema;
  if (type === 'array') return { ...schema, type, items: toJsonSchema(property.items, key) };
  if (type !== 'object') return { ...schema, type };
  if (!('properties' in property)) {
    return { ...schema, type, additionalProperties: toJsonSchema(property.additionalProperties, key) };
  }
  const properties = Object.entries(property.properties).map(([name, inner]) => [name, toJsonSchema(inner, name)]);
  return { ...schema, type, properties: Object.fromEntries(properties), additionalProperties: false };
}

/** Fills defaults into `values` and answers everything that the schema refuses. */
export function checkValues(schema: ConfigSchema, values: Record<string, unknown>): readonly Refusal[] {
  const validate = compileSchema(schema);
  if (validate(values)) return [];
  return (validate.errors ?? []).map(refusal);
}

function refusal(error: ErrorObject): Refusal {
  const [key = '', ...rest] = error.instancePath.split('/').slice(1).map(unescapePointer);
  const pointer = error.instancePath.replace(/^\/[^/]*/, '');
  if (error.keyword === 'required') {
    const missing = String(error.params['missingProperty']);
    if (key === '') return { key: missing, code: 'missing-key', pointer: '', reason: '' };
    return { key, code: 'missing-key', pointer, reason: `${within(rest)}Missing "${missing}"` };
  }
  const code =
    error.keyword === 'type' ? 'wrong-type' : error.keyword === 'additionalProperties' ? 'unknown-key' : 'wrong-value';
  return { key, code, pointer, reason: within(rest) + reason(error) };
}

const unescapePointer = (segment: string) => segment.replaceAll('~1', '/').replaceAll('~0', '~');
const within = (path: readonly string[]) => (path.length === 0 ? '' : `${path.join('.')}: `);

/** Kafka Connect's words where it has some (`ConfigDef.Range`, `ValidString`, `parseType`). */
function reason(error: ErrorObject): string {
  const { params } = error;
  switch (error.keyword) {
    case 'type':
      return typeReason(String(params['type']));
    case 'minimum':
      return `Value must be at least ${params['limit']}`;
    case 'maximum':
      return `Value must be no more than ${params['limit']}`;
    case 'exclusiveMinimum':
      return `Value must be more than ${params['limit']}`;
    case 'enum': {
      const allowed = (params['allowedValues'] as readonly unknown[]).map(String);
      return `String must be one of: ${allowed.join(', ')}.${didYouMean(String(error.data), allowed)}`.replace(
        /\.$/,
        '',
      );
    }
    case 'minLength':
      return params['limit'] === 1
        ? 'String may not be empty'
        : `String must have at least ${params['limit']} characters`;
    case 'maxLength':
      return `String must have at most ${params['limit']} characters`;
    case 'pattern':
      return `String must match pattern ${params['pattern']}`;
    case 'format':
      return `String must be a ${params['format']}`;
    case 'minItems':
      return params['limit'] === 1 ? 'List may not be empty' : `List must have at least ${params['limit']} items`;
    case 'additionalProperties': {
      const unknown = String(params['additionalProperty']);
      const known = Object.keys((error.parentSchema?.['properties'] as object | undefined) ?? {});
      return `Unknown field "${unknown}".${didYouMean(unknown, known)} Known fields are: ${known.join(', ')}`;
    }
    default:
      return error.message ?? `Refused by "${error.keyword}"`;
  }
}

function typeReason(type: string): string {
  switch (type) {
    case 'integer':
      return 'Not a number of type INT';
    case 'number':
      return 'Not a number of type DOUBLE';
    case 'boolean':
      return 'Expected value to be either true or false';
    case 'array':
      return 'Expected a list';
    case 'object':
      return 'Expected a map (in REST: JSON text of an object)';
    default:
      return `Expected a ${type}`;
  }
}
