/** The plugins of the worker in memory: their keys as data, and what is wrong with a configuration, in Kafka Connect's words. */
import type { FlatConfig, Lint } from '../../src/runtime/config/model.ts';
import type { ConfigInfos, ConfigKeyInfo, PluginInfo } from '../../src/runtime/connect.ts';
import { ConnectError } from '../../src/runtime/errors.ts';

interface Key extends Pick<ConfigKeyInfo, 'type' | 'required' | 'default_value'> {
  readonly problem?: (text: string) => string | undefined;
}

const optional = { required: false, default_value: null } as const;
const text: Key = { type: 'STRING', ...optional };
const topic: Key = {
  type: 'STRING',
  required: true,
  default_value: null,
  problem: (given) => (given === '' ? 'String must be non-empty' : undefined),
};

/** Of every connector. */
const common: Readonly<Record<string, Key>> = {
  name: { type: 'STRING', required: true, default_value: null },
  'connector.class': { type: 'STRING', required: true, default_value: null },
  'tasks.max': {
    type: 'INT',
    required: false,
    default_value: '1',
    problem: (given) => {
      if (!/^-?\d+$/.test(given)) return 'Not a number of type INT';
      return Number(given) < 1 ? 'Value must be at least 1' : undefined;
    },
  },
};

const keys: Readonly<Record<string, Readonly<Record<string, Key>>>> = {
  'wine-sales-generator': { ...common, topic, 'batch.size': { type: 'INT', ...optional }, file: text },
  'snowflake-variant': {
    ...common,
    topics: { type: 'LIST', ...optional },
    'topics.regex': text,
    'errors.deadletterqueue.topic.name': text,
    'snowflake.password': { type: 'PASSWORD', ...optional },
  },
  dlq: { 'errors.deadletterqueue.topic.name': text },
  mask: { fields: { type: 'LIST', required: true, default_value: null } },
};

export const plugins: readonly PluginInfo[] = [
  { class: 'wine-sales-generator', type: 'source', version: '1.0.0', summary: 'Wine sales' },
  { class: 'snowflake-variant', type: 'sink', version: '1.0.0', summary: 'Snowflake' },
  { class: 'dlq', type: 'error-handler', version: '1.0.0', summary: 'Dead letters' },
  { class: 'mask', type: 'transform', version: '1.0.0', summary: 'Masks fields' },
];

/** What a class of connectors is. */
export function typeOf({ 'connector.class': name }: FlatConfig): 'source' | 'sink' | 'unknown' {
  const type = plugins.find((plugin) => plugin.class === name)?.type;
  return type === 'source' || type === 'sink' ? type : 'unknown';
}

/** The keys of a plugin; undefined for one that is not there. */
export function keysOf(plugin: string): readonly ConfigKeyInfo[] | undefined {
  const own = Object.hasOwn(keys, plugin) ? keys[plugin] : undefined;
  return own && Object.entries(own).map(([name, { problem: _, ...key }], order) => definition(name, key, order));
}

function definition(name: string, key: Omit<Key, 'problem'>, order: number): ConfigKeyInfo {
  return {
    name,
    ...key,
    importance: key.required ? 'HIGH' : 'MEDIUM',
    documentation: `What ${name} says.`,
    group: 'Common',
    width: 'MEDIUM',
    display_name: name,
    dependents: [],
    order,
  };
}

/** Every complaint about a configuration. */
export function lint(config: FlatConfig): readonly Lint[] {
  const error = (key: string, message: string): Lint => ({ level: 'error', code: 'wrong-value', key, message });
  const lints: Lint[] = [];
  const { 'connector.class': plugin } = config;
  if (plugin !== undefined && typeOf(config) === 'unknown') {
    lints.push(error('connector.class', `Failed to find any plugin which name matches ${plugin}`));
  }
  const own = typeOf(config) === 'unknown' ? common : (keys[plugin ?? ''] ?? common);
  for (const [name, { required, problem }] of Object.entries(own)) {
    const given = config[name];
    if (given === undefined) {
      const message =
        name === 'connector.class'
          ? `Connector config {${Object.keys(config).join(', ')}} contains no connector type`
          : `Missing required configuration "${name}" which has no default value.`;
      if (required) lints.push(error(name, message));
      continue;
    }
    const reason = problem?.(given);
    if (reason !== undefined) lints.push(error(name, `Invalid value ${given} for configuration ${name}: ${reason}`));
  }
  if (typeOf(config) === 'sink') lints.push(...lintTopics(config, error));
  for (const alias of config['transforms']?.split(',') ?? []) {
    const type = config[`transforms.${alias}.type`];
    if (type === undefined || !Object.hasOwn(keys, type)) {
      lints.push(error(`transforms.${alias}.type`, `Failed to find any plugin which name matches ${type}`));
    }
  }
  if (config['cellar.colour'] !== undefined)
    lints.push(error('cellar.colour', 'Unknown configuration "cellar.colour".'));
  if (config['old.key'] !== undefined) {
    lints.push({ level: 'warning', code: 'unknown-key', message: 'old.key is of no use', key: 'old.key' });
  }
  return lints;
}

function lintTopics(config: FlatConfig, error: (key: string, message: string) => Lint): readonly Lint[] {
  const { topics, 'topics.regex': regex, 'errors.deadletterqueue.topic.name': dlq } = config;
  if (topics === undefined && regex === undefined)
    return [error('topics', 'Must configure one of topics or topics.regex')];
  if (topics !== undefined && regex !== undefined) {
    return [error('topics', 'topics and topics.regex are mutually exclusive options, but both are set.')];
  }
  if (dlq === undefined || dlq !== topics) return [];
  const where = `the list of topics ('topics=[${topics}]')`;
  return [error('errors.deadletterqueue.topic.name', `The DLQ topic '${dlq}' may not be included in ${where}`)];
}

/** Key by key, as validate answers it. Values of passwords are hidden. */
export function validate(plugin: string, config: FlatConfig): ConfigInfos {
  const { 'connector.class': given = plugin } = config;
  if (given !== plugin) {
    throw new ConnectError('BAD_REQUEST', `Included connector type ${given} does not match request type ${plugin}`);
  }
  const errors = lint(config).filter(({ level }) => level === 'error');
  const own = keysOf(plugin) ?? Object.entries(common).map(([name, key], order) => definition(name, key, order));
  const others = [...new Set(errors.flatMap(({ key }) => key ?? []))].filter(
    (key) => !own.some(({ name }) => name === key),
  );
  const known = [...own, ...others.map((name) => definition(name, text, 0))];
  return {
    name: plugin,
    error_count: errors.length,
    groups: ['Common'],
    configs: known.map((key) => {
      const given = config[key.name] ?? key.default_value;
      return {
        definition: key,
        value: {
          name: key.name,
          value: key.type === 'PASSWORD' && given !== null ? '[hidden]' : given,
          recommended_values: [],
          errors: errors.filter((one) => one.key === key.name).map(({ message }) => message),
          visible: true,
        },
      };
    }),
  };
}
