/** Whether the JSON Schemas of `value.schemas` are schemas: 2020-12 by default, draft-07 by `$schema`. */
import { hash } from 'node:crypto';
import { Ajv, type ErrorObject } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormatsModule from 'ajv-formats';
import { isObject } from './values.ts';

// ajv-formats is CommonJS: its types and its runtime disagree about `default`.
const addFormats = addFormatsModule as unknown as typeof addFormatsModule.default;

export interface SchemaFault {
  /** JSON pointer within the schema. */
  readonly pointer: string;
  readonly message: string;
}

const uriOfDraft07 = /^https?:\/\/json-schema\.org\/draft-07\/schema#?$/;
const uriOf2020 = /^https:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/;

/** What keeps a value from being a JSON Schema; nothing when it is one. */
export function schemaFaults(schema: unknown): readonly SchemaFault[] {
  if (typeof schema === 'boolean') return [];
  if (!isObject(schema)) return [{ pointer: '', message: 'is no JSON Schema: that is an object (or true, or false)' }];
  const dialect = schema['$schema'];
  const isOld = typeof dialect === 'string' && uriOfDraft07.test(dialect);
  if (dialect !== undefined && !isOld && !(typeof dialect === 'string' && uriOf2020.test(dialect))) {
    return [
      { pointer: '/$schema', message: `has the unknown $schema ${JSON.stringify(dialect)}: use 2020-12 or draft-07` },
    ];
  }
  const digest = hash('sha256', JSON.stringify(schema));
  if (good.has(digest)) return [];
  if (compileFault(isOld ? quickDraft07() : quick2020(), schema) === undefined) {
    remember(digest);
    return [];
  }
  const ajv = isOld ? draft07() : draft2020();
  if (ajv.validateSchema(schema) !== true) return deepest(ajv.errors ?? []);
  const message = compileFault(ajv, schema);
  return message === undefined ? [] : [{ pointer: '', message }];
}

/** A configuration is examined several times on its way to a task, and compiling its schemas is most of that. */
const good = new Set<string>();
const mostRemembered = 1000;

function remember(digest: string): void {
  if (good.size >= mostRemembered) good.clear();
  good.add(digest);
}

const options = {
  allErrors: true,
  strictSchema: true,
  strictTypes: false,
  strictTuples: false,
  logger: false,
  code: { optimize: false },
} as const;
/**
 * A good schema is known by compiling it. Only a bad one is checked by the schema of its dialect, which tells where the
 * fault is and takes longer to compile than all of a user's schemas.
 */
const quick = { ...options, meta: false, validateSchema: false } as const;
const quickDraft07 = once(() => withFormats(new Ajv(quick)));
const quick2020 = once(() => withFormats(new Ajv2020(quick)));
const draft07 = once(() => withFormats(new Ajv(options)));
const draft2020 = once(() => withFormats(new Ajv2020(options)));

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function withFormats<A extends Ajv>(ajv: A): A {
  addFormats(ajv);
  return ajv;
}

function compileFault(ajv: Ajv, schema: Readonly<Record<string, unknown>>): string | undefined {
  try {
    ajv.compile(schema);
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return message.replace(/^strict mode: /, '');
  } finally {
    // Two connectors may have schemas of the same $id.
    ajv.removeSchema(schema);
  }
}

/** A fault deep in a schema is reported once more by every level above it (`anyOf`, `$ref`): the deepest says it best. */
function deepest(errors: readonly ErrorObject[]): readonly SchemaFault[] {
  const depth = (error: ErrorObject) => error.instancePath.split('/').length;
  const most = Math.max(...errors.map(depth));
  const byPointer = Map.groupBy(
    errors.filter((error) => depth(error) === most),
    (error) => error.instancePath,
  );
  return [...byPointer].map(([pointer, [error]]) => ({
    pointer,
    message: `${pointer || 'the schema'} ${wordsOf(error as ErrorObject)}`,
  }));
}

function wordsOf(error: ErrorObject): string {
  if (error.keyword !== 'enum') return error.message ?? error.keyword;
  return `must be one of: ${(error.params['allowedValues'] as readonly unknown[]).join(', ')}`;
}
