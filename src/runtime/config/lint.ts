/** The complaints about a connector's configuration. */
import type { PluginRegistry } from '../plugins/registry.ts';
import { type Examination, examine } from './examine.ts';
import type { Locate } from './flatten.ts';
import type { FlatConfig, Lint, UnknownKeys } from './model.ts';
import { createReferences, type References } from './references.ts';

export interface LintOptions {
  /** What `${…}` means on this worker. Default: the environment of the process. */
  readonly references?: References;
  /** What a key is that nobody knows. Default: an error. */
  readonly unknownKeys?: UnknownKeys | undefined;
  /** The configuration is out of a YAML of this worker, which may name files. Left out: it came from a REST client. */
  readonly fromFile?: { readonly folder: string; readonly locate?: Locate } | undefined;
  /** The configuration that it is to replace: plugins that this one names may stay. */
  readonly present?: FlatConfig | undefined;
}

/** All complaints about a connector's configuration at once; nothing is connected to. */
export async function lintConnector(
  name: string,
  flat: FlatConfig,
  registry: PluginRegistry,
  options: LintOptions = {},
): Promise<readonly Lint[]> {
  return (await examineConnector(name, flat, registry, options)).lints;
}

/** The same, with the connector as it would start when no complaint is an error. */
export function examineConnector(
  name: string,
  flat: FlatConfig,
  registry: PluginRegistry,
  { references = processReferences(), fromFile, unknownKeys, present }: LintOptions = {},
): Promise<Examination> {
  const { folder, locate } = fromFile ?? {};
  const fromRest = fromFile === undefined;
  return examine(name, flat, registry, { references, locate, folder, fromRest, unknownKeys, present });
}

function processReferences(): References {
  return createReferences({ env: process.env, folder: process.cwd(), folders: [] });
}

/** Kafka Connect's words for a configuration that it refuses, as REST answers them. */
export function invalidConfigMessage(lints: readonly Lint[]): string {
  const errors = lints
    .filter(({ level }) => level === 'error')
    // A plugin says what is wrong with a key without naming it.
    .map(({ code, key, message }) => (code === 'refused-by-plugin' ? `${key}: ${message}` : message));
  return [
    `Connector configuration is invalid and contains the following ${errors.length} error(s):`,
    ...errors,
    'You can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`',
  ].join('\n');
}
