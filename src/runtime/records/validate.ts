/**
 * Validation of values by event type: the field `value.schemas.field` names the type, `value.schemas` has one JSON
 * Schema for each. Compiled once per task. Dialect by the `$schema` of each schema (2020-12 when it says nothing,
 * or draft-07), formats are checked. A verdict names the place within the event, and the types that are known.
 */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { ConfigError } from '../../sdk/errors.ts';
import type { JsonValue } from '../../sdk/index.ts';
import { createPattern, PatternTimeoutError } from '../schema/pattern.ts';
import { nearest } from '../suggest.ts';

export interface Verdict {
  /** The event's type; undefined where none is asked for, or where it has none. */
  readonly type: string | undefined;
  /** Why the value is refused; undefined for a valid one. */
  readonly problem: string | undefined;
}

export type Validator = (value: JsonValue) => Verdict;

const anything: Verdict = { type: undefined, problem: undefined };

/** What a schema of many branches has to say of one value is cut to so many: a message is read by a person. */
const maxProblems = 5;

export function createValidator(values: {
  readonly field?: string | undefined;
  readonly schemas?: Readonly<Record<string, unknown>> | undefined;
}): Validator {
  const { field, schemas } = values;
  if (field === undefined) return () => anything;
  const compile = createCompiler();
  const compiled = new Map(Object.entries(schemas ?? {}).map(([type, schema]) => [type, compile(type, schema)]));
  const valid = new Map([...compiled.keys()].map((type) => [type, { type, problem: undefined }] as const));
  const known = [...compiled.keys()];

  return (value) => {
    if (value === null) return refuse(undefined, 'the event is null');
    if (typeof value !== 'object' || Array.isArray(value)) {
      return refuse(
        undefined,
        `the event is ${Array.isArray(value) ? 'an array' : `a ${typeof value}`}, not an object`,
      );
    }
    const type = (value as Readonly<Record<string, JsonValue>>)[field];
    if (typeof type !== 'string') {
      const found = Object.hasOwn(value, field) ? `${field} is ${kindOf(type)}` : `${field} is missing`;
      return refuse(undefined, `${found}; known types: ${known.join(', ')}`);
    }
    // Without schemas the field is only the label of the event.
    if (schemas === undefined) return { type, problem: undefined };
    const check = compiled.get(type);
    if (check === undefined)
      return refuse(undefined, `unknown ${field} ${JSON.stringify(type.slice(0, 60))}${meant(type, known)}`);
    try {
      if (check(value)) return valid.get(type) ?? anything;
    } catch (error) {
      // Not the event's fault, and the next one would take as long: the schema must be mended.
      if (error instanceof PatternTimeoutError) throw unusable(type, error);
      // Each level of a schema that refers to itself takes a piece of the stack.
      if (error instanceof RangeError)
        return refuse(type, 'it is nested too deeply for its schema, which refers to itself');
      throw error;
    }
    return refuse(type, describe(check.errors ?? []));
  };
}

/** A value that is no text, as a person reads it; one of many levels is not walked. */
function kindOf(value: JsonValue | undefined): string {
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

/**
 * One compiler for each dialect and task. Schemas were checked when the configuration was, so that only what makes them
 * impossible to compile (a `$ref` that leads nowhere) is found here; it throws with ajv's reason.
 */
function createCompiler() {
  // The first thing wrong ends the check: an event of a million bad items would make a million errors.
  const code = { regExp: Object.assign(createPattern, { code: 'new RegExp' }) };
  const options = { allErrors: false, strict: false, validateSchema: false, code } as const;
  const addFormats = formats as unknown as (ajv: unknown) => void;
  const dialects = { draft7: () => new Ajv(options), newest: () => new Ajv2020(options) };
  const made = new Map<keyof typeof dialects, Ajv>();
  return (type: string, schema: unknown): ValidateFunction => {
    const declared = (schema as { readonly $schema?: unknown } | null)?.$schema;
    const dialect = typeof declared === 'string' && declared.includes('draft-07') ? 'draft7' : 'newest';
    const ajv = made.get(dialect) ?? dialects[dialect]();
    if (!made.has(dialect)) addFormats(ajv);
    made.set(dialect, ajv);
    try {
      return ajv.compile(schema as object);
    } catch (error) {
      throw unusable(type, error as Error);
    } finally {
      // Two types may have copies of one schema, with the same `$id`.
      if (typeof schema === 'object' && schema !== null) ajv.removeSchema(schema);
    }
  };
}

function unusable(type: string, cause: Error): Error {
  const message = `The schema of ${type} in value.schemas cannot be used: ${cause.message}`;
  return new ConfigError(message, { cause, key: 'value.schemas' });
}

function refuse(type: string | undefined, problem: string): Verdict {
  return { type, problem };
}

function meant(type: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  const near = nearest(type, known);
  return `; known types: ${known.join(', ')}${near === undefined ? '' : ` (did you mean ${near}?)`}`;
}

function describe(errors: readonly ErrorObject[]): string {
  const texts = errors.slice(0, maxProblems).map(({ instancePath, message, params, keyword }) => {
    const place = instancePath === '' ? 'the event' : instancePath.slice(1).replaceAll('/', '.');
    const extra = keyword === 'additionalProperties' ? ` (${String(params['additionalProperty']).slice(0, 60)})` : '';
    const allowed = keyword === 'enum' ? ` (${(params['allowedValues'] as unknown[]).join(', ').slice(0, 200)})` : '';
    const wanted = keyword === 'const' ? ` (${JSON.stringify(params['allowedValue'])})` : '';
    return `${place} ${message ?? 'is invalid'}${extra}${allowed}${wanted}`;
  });
  const more = errors.length - texts.length;
  return texts.join('; ') + (more > 0 ? `; and ${more} more` : '');
}
