/**
 * Configuration keys as REST describes them: Kafka Connect's `ConfigKeyInfo` for every key of a section, and a whole
 * configuration with definition, value and errors key by key, which forms are built from. It adds to the schemas only
 * what Kafka Connect wants besides: a group, an order in it, a name to show.
 */
import type { ConfigProperty, Plugin } from '../../sdk/index.ts';
import type { ConfigInfos, ConfigKeyInfo, ConfigValueInfo } from '../connect.ts';
import { ConnectError } from '../errors.ts';
import { PluginError } from '../plugins/module.ts';
import type { PluginRegistry } from '../plugins/registry.ts';
import { encode } from '../schema/values.ts';
import { lookupIn } from './compose.ts';
import { sinkEnvelope, sourceEnvelope } from './envelope.ts';
import { examineConnector } from './lint.ts';
import type { FlatConfig, Lint, UnknownKeys } from './model.ts';
import { hasReference, type References } from './references.ts';
import { holdsSecret, type Section } from './section.ts';

/** A section of a configuration with the group under which its keys are shown. */
interface GroupedSection extends Section {
  readonly plugin?: Plugin;
  readonly alias?: string;
}

/** The keys of one plugin; of a connector the runtime's as well. Throws `NOT_FOUND` for one that REST cannot name. */
export async function describePlugin(ref: string, registry: PluginRegistry): Promise<readonly ConfigKeyInfo[]> {
  const plugin = await loadForRest(ref, registry);
  const own: GroupedSection = { prefix: '', schema: plugin.config, plugin };
  if (plugin.kind !== 'source' && plugin.kind !== 'sink') return describeSections([own]);
  const envelope = plugin.kind === 'source' ? sourceEnvelope : sinkEnvelope;
  return describeSections([{ prefix: '', schema: envelope }, own]);
}

async function loadForRest(ref: string, registry: PluginRegistry): Promise<Plugin> {
  try {
    if (registry.isOpenToRest(ref)) return await registry.load(ref);
  } catch (error) {
    if (!(error instanceof PluginError)) throw error;
  }
  throw new ConnectError('NOT_FOUND', `Unknown plugin ${ref}.`);
}

/**
 * Every key of a configuration with its definition, value and errors. What is wrong is in the answer, also a class that
 * is not there; thrown is only `BAD_REQUEST`, where the configuration is of another plugin than the one asked.
 */
export async function validateConfig(
  ref: string,
  config: FlatConfig,
  registry: PluginRegistry,
  { references, unknownKeys }: { readonly references: References; readonly unknownKeys?: UnknownKeys },
): Promise<ConfigInfos> {
  const given = config['connector.class'];
  if (given !== undefined && given !== ref) {
    throw new ConnectError('BAD_REQUEST', `Included connector type ${given} does not match request type ${ref}`);
  }
  const named = config['name'];
  const examined = await examineConnector(named ?? 'unnamed', config, registry, { references, unknownKeys });
  const { composition } = examined;
  const lints = named === undefined ? [...examined.lints, nameMissing] : examined.lints;
  const definitions = describeSections(composition.sections);
  const lookup = lookupIn(composition.sections);
  const known = new Set(definitions.map(({ name }) => name));
  const unknown = Object.keys(config).filter((key) => !known.has(key) && errorsOf(key, lints).length > 0);
  const configs = [...definitions, ...unknown.map(unknownKey)].map((definition) => ({
    definition,
    value: describeValue(definition, lookup(definition.name), config, lints),
  }));
  return {
    name: ref,
    error_count: configs.reduce((sum, { value }) => sum + value.errors.length, 0),
    groups: [...new Set(configs.flatMap(({ definition: { group } }) => (group === null ? [] : [group])))],
    configs,
  };
}

/** Kafka Connect's words; elsewhere a name stands beside the configuration. */
const nameMissing: Lint = {
  level: 'error',
  code: 'missing-key',
  key: 'name',
  message: 'Missing required configuration "name" which has no default value.',
};

/** A complaint about no key in particular is one about the plugin. */
const errorsOf = (key: string, lints: readonly Lint[]): readonly string[] =>
  lints
    .filter(({ level, key: about = 'connector.class' }) => level === 'error' && about === key)
    .map(({ message }) => message);

function describeValue(
  { name, default_value }: ConfigKeyInfo,
  property: ConfigProperty | undefined,
  config: FlatConfig,
  lints: readonly Lint[],
): ConfigValueInfo {
  const given = Object.hasOwn(config, name) ? (config[name] ?? null) : default_value;
  // A reference says nothing; a password that was sent in clear is not sent back, nor what a misspelled key may hold.
  const maySay = property !== undefined && !(given !== null && holdsSecret(property) && !hasReference(given));
  const value = given === null || maySay ? given : '[hidden]';
  return { name, value, recommended_values: recommended(property), errors: errorsOf(name, lints), visible: true };
}

function recommended(property: ConfigProperty | undefined): readonly string[] {
  if (property?.type === 'string') return property.enum ?? [];
  return property?.type === 'boolean' ? ['true', 'false'] : [];
}

const unknownKey = (name: string): ConfigKeyInfo => ({
  name,
  type: 'STRING',
  required: false,
  default_value: null,
  importance: 'LOW',
  documentation: 'No plugin of this configuration knows this key.',
  group: null,
  width: 'NONE',
  display_name: name,
  dependents: [],
  order: -1,
});

function describeSections(sections: readonly GroupedSection[]): readonly ConfigKeyInfo[] {
  const orders = new Map<string, number>();
  const described = new Map<string, ConfigKeyInfo>();
  for (const section of sections) {
    for (const [own, property] of Object.entries(section.schema.properties)) {
      const name = section.prefix + own;
      if (described.has(name)) continue;
      const group = groupOf(section, name);
      const order = (orders.get(group) ?? 0) + 1;
      orders.set(group, order);
      described.set(name, describeKey({ name, property, group, order, section, own }));
    }
  }
  return [...described.values()];
}

interface Key {
  readonly name: string;
  /** Its name within the section. */
  readonly own: string;
  readonly property: ConfigProperty;
  readonly section: Section;
  readonly group: string;
  readonly order: number;
}

function describeKey({ name, own, property, section, group, order }: Key): ConfigKeyInfo {
  const type = typeOf(name, property);
  const byDefault = 'default' in property ? property.default : undefined;
  const isNamed = name === 'name' || name === 'connector.class';
  return {
    name,
    type,
    required: isNamed || (section.schema.required?.includes(own) ?? false),
    default_value: byDefault === undefined ? null : encode(property, byDefault),
    importance: (property.importance ?? 'medium').toUpperCase() as ConfigKeyInfo['importance'],
    documentation: property.description,
    group,
    width: widths[type],
    display_name: displayName(own),
    dependents: [],
    order,
  };
}

function typeOf(name: string, property: ConfigProperty): ConfigKeyInfo['type'] {
  if (name === 'connector.class' || name === 'errors.handler' || /^transforms\.[^.]+\.type$/.test(name)) return 'CLASS';
  switch (property.type) {
    case 'string':
      return property.secret === true ? 'PASSWORD' : 'STRING';
    case 'integer':
      return Math.abs(property.maximum ?? 0) > 0x7fff_ffff ? 'LONG' : 'INT';
    case 'number':
      return 'DOUBLE';
    case 'boolean':
      return 'BOOLEAN';
    case 'array':
      return property.items.type === 'string' || property.items.type === 'integer' ? 'LIST' : 'STRING';
    default:
      // JSON as text.
      return 'STRING';
  }
}

const widths: Readonly<Record<ConfigKeyInfo['type'], ConfigKeyInfo['width']>> = {
  BOOLEAN: 'SHORT',
  INT: 'SHORT',
  LONG: 'SHORT',
  DOUBLE: 'SHORT',
  STRING: 'MEDIUM',
  PASSWORD: 'MEDIUM',
  LIST: 'LONG',
  CLASS: 'LONG',
};

/** `batch.linger.ms` is shown as `Batch linger ms`. */
function displayName(key: string): string {
  const words = key.split(/[._]/).join(' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The runtime's keys by how they begin, in Kafka Connect's words; what is not here is `Common`. */
const runtimeGroups: readonly (readonly [prefix: string, group: string])[] = [
  ['errors.', 'Error Handling'],
  ['transforms', 'Transforms'],
  ['topic.creation.', 'Topic Creation'],
  ['transaction.', 'Transactions'],
  ['batch.', 'Batches'],
  ['consumer.', 'Batches'],
  ['value.schemas', 'Validation'],
];

function groupOf({ plugin, alias }: GroupedSection, name: string): string {
  if (alias !== undefined) return `Transforms: ${alias}`;
  if (plugin?.kind === 'error-handler') return 'Error Handling';
  if (plugin !== undefined) return plugin.name;
  const [, transform] = /^transforms\.([^.]+)\./.exec(name) ?? [];
  if (transform !== undefined) return `Transforms: ${transform}`;
  return runtimeGroups.find(([prefix]) => name.startsWith(prefix))?.[1] ?? 'Common';
}
