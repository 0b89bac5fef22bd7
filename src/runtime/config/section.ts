/**
 * One schema applied to its part of a flat configuration. A connector has several such sections: the runtime's keys,
 * its plugin's, the error handler's and one for each transform; a worker has one.
 */
import type { ConfigProperty, ConfigSchema } from '../../sdk/index.ts';
import { checkValues, type Refusal } from '../schema/config-schema.ts';
import { decode, forbiddenKeys, isObject, parseJson } from '../schema/values.ts';
import { didYouMean } from '../suggest.ts';
import type { FlatConfig, Lint } from './model.ts';
import { hasReference, type ReferenceProblem, type References, soleReference } from './references.ts';

export interface Section {
  /** What stands before its keys: `''`, or `transforms.mask.`. */
  readonly prefix: string;
  readonly schema: ConfigSchema;
}

/** A complaint with the place inside a value; whoever knows the file turns the pointer into a line. */
export interface Finding extends Omit<Lint, 'connector' | 'at'> {
  readonly pointer?: string;
}

export interface SectionValues {
  /** Typed, defaults filled in; without the keys that are wrong. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly findings: readonly Finding[];
}

/** The password of the embedded services: no secret, so it may stand in a file. */
const embeddedPassword = 'caves';

/** Reads a section: decodes, resolves references, fills in defaults, and collects all complaints. */
export function readSection({ prefix, schema }: Section, flat: FlatConfig, references: References): SectionValues {
  const values: Record<string, unknown> = {};
  const findings: Finding[] = [];
  const faulty = new Set<string>();

  for (const [own, property] of Object.entries(schema.properties)) {
    const key = prefix + own;
    if (!Object.hasOwn(flat, key)) continue;
    const text = flat[key] as string;
    if (hasLiteralSecret(property, property.type === 'string' ? text : structureOf(text))) {
      findings.push({ level: 'error', code: 'literal-secret', key, message: secretMessage(key) });
    }
    const problems: ReferenceProblem[] = [];
    const decoded = decode(property, text, (part, of) => {
      const resolution = references.resolve(part, { secret: holdsSecret(of) });
      problems.push(...resolution.problems);
      return resolution.text;
    });
    findings.push(...problems.map(({ code, message }): Finding => ({ level: 'error', code, key, message })));
    if ('problem' in decoded && problems.length === 0) {
      findings.push({
        level: 'error',
        code: 'wrong-type',
        key,
        message: invalid(key, property, text, decoded.problem),
      });
    }
    if ('value' in decoded && problems.length === 0) values[own] = decoded.value;
    else faulty.add(own);
  }

  for (const refusal of checkValues(schema, values)) {
    if (refusal.code === 'missing-key' && faulty.has(refusal.key) && refusal.pointer === '') continue;
    findings.push(findingOf(refusal, prefix, schema, flat));
    delete values[refusal.key];
  }
  return { values, findings };
}

function findingOf(
  { key: own, code, pointer, reason }: Refusal,
  prefix: string,
  schema: ConfigSchema,
  flat: FlatConfig,
): Finding {
  const key = prefix + own;
  const property = schema.properties[own];
  const text = flat[key];
  if (text === undefined || property === undefined) {
    const message = `Missing required configuration "${key}" which has no default value.`;
    return { level: 'error', code: 'missing-key', key, message };
  }
  return { level: 'error', code, key, pointer, message: invalid(key, property, text, reason) };
}

/** Kafka Connect's sentence (`ConfigException`). A reference is shown as it stands, a secret not at all. */
function invalid(key: string, property: ConfigProperty, text: string, reason: string): string {
  const shown =
    holdsSecret(property) && !hasReference(text) ? '[hidden]' : text.length > 80 ? `${text.slice(0, 77)}...` : text;
  return `Invalid value ${shown} for configuration ${key}: ${reason}`;
}

export function holdsSecret(property: ConfigProperty): boolean {
  switch (property.type) {
    case 'string':
      return property.secret === true;
    case 'array':
      return holdsSecret(property.items);
    case 'object':
      return 'properties' in property
        ? Object.values(property.properties).some(holdsSecret)
        : holdsSecret(property.additionalProperties);
    default:
      return false;
  }
}

/** Looks for secrets inside of structures as well. */
function hasLiteralSecret(property: ConfigProperty, value: unknown): boolean {
  switch (property.type) {
    case 'string':
      return property.secret === true && typeof value === 'string' && !isSafeSecret(value);
    case 'array':
      return Array.isArray(value) && value.some((item) => hasLiteralSecret(property.items, item));
    case 'object':
      return (
        isObject(value) &&
        Object.entries(value).some(([key, inner]) => {
          const field = 'properties' in property ? property.properties[key] : property.additionalProperties;
          return field !== undefined && hasLiteralSecret(field, inner);
        })
      );
    default:
      return false;
  }
}

/** The structure that a text holds; undefined when it is none, or a reference to one. */
function structureOf(text: string): unknown {
  const parsed = parseJson(text);
  return 'value' in parsed ? parsed.value : undefined;
}

/** A reference and nothing else; its default, if it has one, is as public as any other text in the file. */
function isSafeSecret(text: string): boolean {
  const reference = soleReference(text);
  const literal = reference === undefined ? text : (reference.fallback ?? '');
  return literal === '' || literal === embeddedPassword;
}

function secretMessage(key: string): string {
  const name = key.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_');
  return `${key} is a secret and may not stand in a configuration: write \${env:${name}} (or \${file:path:key}) and set the value there.`;
}

interface UnknownKeyOptions {
  /** Lets further keys pass. */
  readonly isKnown?: (key: string, text: string) => boolean;
  /** Says more about a key that would be right elsewhere. */
  readonly hint?: (key: string) => string | undefined;
}

/** Complaints about keys that no section knows. */
export function unknownKeys(
  sections: readonly Section[],
  flat: FlatConfig,
  { isKnown = () => false, hint = () => undefined }: UnknownKeyOptions = {},
): readonly Finding[] {
  const known = sections.flatMap(({ prefix, schema }) => Object.keys(schema.properties).map((own) => prefix + own));
  const names = new Set(known);
  const maps = known.filter((name) => isMapKey(name, sections));
  const explain = (key: string): string => {
    const map = maps.find((name) => key.startsWith(`${name}.`));
    const meant = didYouMean(key, known);
    if (map !== undefined) {
      return `${meant} ${map} is a map: give "${key.slice(map.length + 1)}" as a key of its value.`;
    }
    if (meant !== '') return meant;
    return hint(key) ?? '';
  };
  return Object.entries(flat).flatMap(([key, text]): Finding[] => {
    if (forbiddenKeys.has(key)) {
      return [{ level: 'error', code: 'forbidden-key', key, message: `The key "${key}" is not allowed.` }];
    }
    if (names.has(key) || isKnown(key, text)) return [];
    return [{ level: 'error', code: 'unknown-key', key, message: `Unknown configuration "${key}".${explain(key)}` }];
  });
}

function isMapKey(name: string, sections: readonly Section[]): boolean {
  return sections.some(({ prefix, schema }) => schema.properties[name.slice(prefix.length)]?.type === 'object');
}
