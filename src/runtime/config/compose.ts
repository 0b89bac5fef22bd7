/** The plugins that a configuration names, and the sections that they and the runtime bring to it. */
import type {
  ConfigProperty,
  ErrorHandlerPlugin,
  Plugin,
  SinkPlugin,
  SourcePlugin,
  TransformPlugin,
} from '../../sdk/index.ts';
import { PluginError } from '../plugins/module.ts';
import { isPath, type PluginRegistry } from '../plugins/registry.ts';
import { decode } from '../schema/values.ts';
import { anyEnvelope, sinkEnvelope, sourceEnvelope, transformEnvelope } from './envelope.ts';
import type { Lookup } from './flatten.ts';
import type { FlatConfig } from './model.ts';
import { hasReference, type References } from './references.ts';
import type { Finding, Section } from './section.ts';

/** A plugin, what names it (resolved), and its section. */
interface Named<P extends Plugin> extends Section {
  readonly ref: string;
  readonly plugin: P;
}

export interface Composition {
  /** The runtime's keys. */
  readonly envelope: Section;
  readonly connector: Named<SourcePlugin | SinkPlugin> | undefined;
  /** Whose keys are known; whether it is used is up to `errors.tolerance`. */
  readonly handler: Named<ErrorHandlerPlugin> | undefined;
  readonly transforms: readonly (Named<TransformPlugin> & { readonly alias: string })[];
  readonly sections: readonly Section[];
  /** How the keys begin that nobody can judge, since the plugin is missing that may know them. */
  readonly unjudged: readonly string[];
  readonly findings: readonly Finding[];
}

/** The handler of `errors.tolerance: all` when none is named. */
const defaultHandler = 'dlq';

/** Loads what the configuration names. `mayLoad` refuses references (with a reason) before anything is imported. */
export async function compose(
  flat: FlatConfig,
  registry: PluginRegistry,
  references: References,
  options: { readonly folder?: string | undefined; readonly mayLoad?: (ref: string) => string | undefined } = {},
): Promise<Composition> {
  const findings: Finding[] = [];
  const unjudged: string[] = [];
  const read = (key: string) =>
    Object.hasOwn(flat, key) ? references.resolve(flat[key] as string).text.trim() : undefined;

  async function load<K extends Plugin['kind']>(key: string, prefix: string, kinds: readonly K[], ref = read(key)) {
    if (ref === undefined || ref === '') {
      if (key !== 'errors.handler') unjudged.push(prefix);
      return undefined;
    }
    try {
      const refused = options.mayLoad?.(ref);
      if (refused !== undefined) throw new PluginError('forbidden-plugin', refused);
      const plugin = await registry.load(ref, options.folder);
      if (!kinds.includes(plugin.kind as K)) throw wrongKind(key, ref, plugin, kinds, registry);
      return { ref, plugin: plugin as Extract<Plugin, { readonly kind: K }> };
    } catch (error) {
      if (!(error instanceof PluginError)) throw error;
      unjudged.push(prefix);
      const given = flat[key] ?? ref;
      // What a variable holds is not shown, also when it is no name of a plugin.
      const message = hasReference(given) ? `${key}: ${given} names no plugin that fits.` : error.message;
      findings.push({ level: 'error', code: error.code, key, message });
      return undefined;
    }
  }

  const named = await load('connector.class', '', ['source', 'sink']);
  const envelope: Section = { prefix: '', schema: envelopeOf(named?.plugin) };
  const namedHandler = await load('errors.handler', 'errors.', ['error-handler'], handlerName(flat, read));
  const aliases = aliasesOf(read('transforms') ?? '');
  const transforms: (Named<TransformPlugin> & { readonly alias: string })[] = [];
  const types: Section[] = [];
  for (const alias of aliases) {
    const prefix = `transforms.${alias}.`;
    types.push({ prefix, schema: transformEnvelope });
    const transform = await load(`${prefix}type`, prefix, ['transform']);
    if (transform !== undefined) transforms.push({ alias, prefix, schema: transform.plugin.config, ...transform });
  }

  const connector = named && { prefix: '', schema: named.plugin.config, ...named };
  const handler = namedHandler && { prefix: '', schema: namedHandler.plugin.config, ...namedHandler };
  const own: readonly (Section | undefined)[] = [envelope, connector, handler, ...types, ...transforms];
  return {
    envelope,
    connector,
    handler,
    transforms,
    sections: own.filter((section) => section !== undefined),
    unjudged,
    findings,
  };
}

/** The plugins that a configuration names, as they stand there. */
export function namedPlugins(flat: FlatConfig): ReadonlySet<string> {
  const keys = [
    'connector.class',
    'errors.handler',
    ...aliasesOf(flat['transforms'] ?? '').map((alias) => `transforms.${alias}.type`),
  ];
  return new Set(keys.flatMap((key) => flat[key] ?? []));
}

function envelopeOf(plugin: SourcePlugin | SinkPlugin | undefined) {
  if (plugin === undefined) return anyEnvelope;
  return plugin.kind === 'source' ? sourceEnvelope : sinkEnvelope;
}

/** The keys of the dead letter queue are known wherever they are used, also while the tolerance is `none`. */
function handlerName(flat: FlatConfig, read: (key: string) => string | undefined): string | undefined {
  const named = read('errors.handler');
  if (named !== undefined) return named;
  const mentioned = Object.keys(flat).some((key) => key.startsWith('errors.deadletterqueue.'));
  return mentioned || read('errors.tolerance') === 'all' ? defaultHandler : undefined;
}

const aliasList: ConfigProperty = { type: 'array', items: { type: 'string', description: '' }, description: '' };

function aliasesOf(text: string): readonly string[] {
  const decoded = decode(aliasList, text);
  return 'value' in decoded && Array.isArray(decoded.value) ? [...new Set(decoded.value.map(String))] : [];
}

function wrongKind(
  key: string,
  ref: string,
  plugin: Plugin,
  kinds: readonly string[],
  registry: PluginRegistry,
): PluginError {
  const fitting = registry
    .list()
    .filter(({ type }) => kinds.includes(type))
    .map((info) => info.class)
    .filter((name) => !isPath(name));
  const there = fitting.length === 0 ? '' : ` Loaded are: ${fitting.join(', ')}.`;
  const wanted = kinds.map(withArticle).join(' or ');
  return new PluginError('wrong-plugin', `${ref} is ${withArticle(plugin.kind)}; ${key} takes ${wanted}.${there}`);
}

const withArticle = (kind: string) => `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind.replace('-', ' ')}`;

/** The schema of a flat key. */
export function lookupIn(sections: readonly Section[]): Lookup {
  const properties = new Map<string, ConfigProperty>();
  for (const { prefix, schema } of sections) {
    for (const [own, property] of Object.entries(schema.properties)) properties.set(prefix + own, property);
  }
  return (key) => properties.get(key);
}
