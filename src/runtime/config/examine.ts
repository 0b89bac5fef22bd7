/**
 * Everything that can be said about one connector's configuration before anything connects: all complaints at once,
 * and when none is an error, the connector ready to be started.
 */
import type { Plugin } from '../../sdk/index.ts';
import { isPath, type PluginRegistry } from '../plugins/registry.ts';
import { redactionOf } from '../redaction.ts';
import { nearest } from '../suggest.ts';
import { type Composition, compose, lookupIn, namedPlugins } from './compose.ts';
import { sinkEnvelope, sourceEnvelope, toRuntimeSettings } from './envelope.ts';
import type { Locate } from './flatten.ts';
import { foreignKey } from './foreign-keys.ts';
import type { FlatConfig, Lint, ResolvedConnector, UnknownKeys } from './model.ts';
import type { References } from './references.ts';
import { checkForeignKeys, checkHandling, checkName, checkSettings } from './rules.ts';
import { secretsIn } from './secrets.ts';
import { type Finding, readSection, type Section, type SectionValues, unknownKeys } from './section.ts';

export interface ExamineOptions {
  readonly references: References;
  /** From a file: where its keys stand. */
  readonly locate?: Locate | undefined;
  /** Where relative plugin paths start. */
  readonly folder?: string | undefined;
  /** From a REST client: it may name plugins that are there, variables and files that the worker allows. */
  readonly fromRest: boolean;
  /** What it is to replace: a REST client may leave in it what somebody else has named, also a file. */
  readonly present?: FlatConfig | undefined;
  /** Default `error`. */
  readonly unknownKeys?: UnknownKeys | undefined;
}

export interface Examination {
  readonly lints: readonly Lint[];
  /** The plugins that it names, and whose keys it may have. */
  readonly composition: Composition;
  /** Present when no lint is an error. */
  readonly resolved: ResolvedConnector | undefined;
}

export async function examine(
  name: string,
  given: FlatConfig,
  registry: PluginRegistry,
  options: ExamineOptions,
): Promise<Examination> {
  const { folder, fromRest } = options;
  const references = fromRest ? options.references.restricted() : options.references;
  const { flat, findings: untextual } = textOnly(given);
  const named = namedPlugins(options.present ?? {});
  const mayLoad = (ref: string) => (fromRest && !named.has(ref) ? refusedFromRest(ref, registry) : undefined);
  const composition = await compose(flat, registry, references, { folder, mayLoad });

  const parts = new Map(composition.sections.map((section) => [section, readSection(section, flat, references)]));
  const valuesOf = (section: Section) => (parts.get(section) as SectionValues).values;
  const envelope = valuesOf(composition.envelope);
  const { connector, handler, transforms } = composition;
  // All of them run in the task: one that is not built in may hold up whatever shares its thread.
  const ownCode = [connector, handler, ...transforms].some((named) => named && !registry.isBuiltIn(named.ref));
  const settings = toRuntimeSettings(envelope, ownCode ? 'thread' : 'none');
  const deadLetters = handler && valuesOf(handler)['errors.deadletterqueue.topic.name'];

  const findings: readonly Finding[] = [
    ...untextual,
    ...checkName(name, flat),
    ...composition.findings,
    ...[...parts].flatMap(([section, { values, findings: own }]) =>
      own.length === 0 && 'plugin' in section ? runCheck(section.plugin as Plugin, section.prefix, values) : own,
    ),
    ...checkKeys(flat, composition),
    ...checkSettings(settings, composition, flat),
    ...checkHandling(settings, composition, flat, deadLetters),
  ];
  const lints = toLints(findings, name, options);
  if (connector === undefined || lints.some(({ level }) => level === 'error'))
    return { lints, composition, resolved: undefined };
  const { ref, plugin } = connector;
  const config = valuesOf(connector);
  const resolved: ResolvedConnector = {
    name,
    flat,
    settings,
    connector: plugin.kind === 'source' ? { ref, plugin, config } : { ref, plugin, config },
    errorHandler:
      handler !== undefined && settings.errors.tolerance === 'all'
        ? { ref: handler.ref, plugin: handler.plugin, config: valuesOf(handler) }
        : undefined,
    transforms: transforms.map((it) => ({ alias: it.alias, ref: it.ref, plugin: it.plugin, config: valuesOf(it) })),
  };
  return { lints, composition, resolved };
}

/** A value that is no text is a client's mistake; it is not looked at any further. */
function textOnly(given: FlatConfig): { readonly flat: FlatConfig; readonly findings: readonly Finding[] } {
  const entries = Object.entries(given) as readonly [string, unknown][];
  const isText = ([, value]: readonly [string, unknown]) => typeof value === 'string';
  const findings = entries
    .filter((entry) => !isText(entry))
    .map(([key, value]): Finding => {
      const shown = value === null ? 'null' : `of type ${typeof value}`;
      return {
        level: 'error',
        code: 'wrong-type',
        key,
        message: `Invalid value ${shown} for configuration ${key}: Expected text`,
      };
    });
  return { flat: Object.fromEntries(entries.filter(isText)) as FlatConfig, findings };
}

function refusedFromRest(ref: string, registry: PluginRegistry): string | undefined {
  if (registry.isOpenToRest(ref)) return undefined;
  if (isPath(ref)) {
    return `${ref}: a REST client may not name a file to load. Put it below a folder of the worker's plugin.path and give its absolute path, or name it in the YAML of the worker.`;
  }
  return registry.unknown(ref).message;
}

/** What the plugin itself has to say. It is foreign code: when it throws, that is a complaint as well. */
function runCheck(plugin: Plugin, prefix: string, values: Readonly<Record<string, unknown>>): readonly Finding[] {
  // The plugin's own type of its configuration is lost in a list of plugins; its schema has just been checked.
  const check = plugin.check as ((config: unknown) => Readonly<Record<string, string>> | undefined) | undefined;
  // It has seen the secrets, and its words go into the answers of REST.
  const { text } = redactionOf(secretsIn(plugin.config, values));
  try {
    return Object.entries(check?.(values) ?? {}).map(([own, message]) => ({
      level: 'error',
      code: 'refused-by-plugin',
      key: prefix + own,
      message: text(String(message)),
    }));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = text(`The check of ${plugin.name} failed: ${reason}`);
    return [{ level: 'error', code: 'broken-plugin', message }];
  }
}

/** Keys that nobody knows, unless a plugin is missing that may know them; and Kafka Connect's that change nothing. */
function checkKeys(flat: FlatConfig, { sections, unjudged, connector }: Composition): readonly Finding[] {
  const lookup = lookupIn(sections);
  const foreign = checkForeignKeys(flat, (key) => lookup(key) !== undefined);
  if (connector === undefined) return foreign;
  const [own, other, envelope] =
    connector.plugin.kind === 'source' ? ['source', 'sinks', sinkEnvelope] : ['sink', 'sources', sourceEnvelope];
  const hint = (key: string) => {
    const meant = nearest(key, Object.keys(envelope.properties));
    return meant && ` ${meant} is a key of ${other}, and ${connector.plugin.name} is a ${own}.`;
  };
  const isKnown = (key: string, text: string) =>
    foreignKey(key, text) !== undefined || unjudged.some((prefix) => key.startsWith(prefix));
  return [...unknownKeys(sections, flat, { isKnown, hint }), ...foreign];
}

/** A variable that is missing here may be there on the worker that runs the task: for REST that is a warning. */
function toLints(
  findings: readonly Finding[],
  connector: string,
  { locate, fromRest, unknownKeys = 'error' }: ExamineOptions,
): readonly Lint[] {
  const levelOf = ({ code, level }: Finding): Lint['level'] => {
    if (code === 'unknown-key' && unknownKeys === 'warn') return 'warning';
    return fromRest && code === 'unresolved-reference' ? 'warning' : level;
  };
  const meant = findings.filter(({ code }) => code !== 'unknown-key' || unknownKeys !== 'ignore');
  // A key that two sections know is complained of once.
  const distinct = new Map(
    meant.map((finding) => [JSON.stringify([finding.key, finding.pointer, finding.message]), finding]),
  );
  return [...distinct.values()].map(({ pointer, ...finding }) => {
    const at = locate?.(finding.key ?? '', pointer);
    return { ...finding, level: levelOf(finding), connector, ...(at === undefined ? {} : { at }) };
  });
}
