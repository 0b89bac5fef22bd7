/** From the flat text that the log keeps to the values that a task takes. */
import { ConnectError } from '../errors.ts';
import type { PluginRegistry } from '../plugins/registry.ts';
import { examine } from './examine.ts';
import { invalidConfigMessage } from './lint.ts';
import type { FlatConfig, ResolvedConnector } from './model.ts';
import type { References } from './references.ts';

/**
 * Loads the plugins, resolves references, checks and types every value. Throws `ConnectError` (`INVALID_CONFIG`) with
 * all complaints. What a REST client may not ask for, and what nobody knows, was looked at when the configuration was
 * written.
 */
export async function resolveConnector(
  name: string,
  flat: FlatConfig,
  registry: PluginRegistry,
  references: References,
): Promise<ResolvedConnector> {
  const { lints, resolved } = await examine(name, flat, registry, {
    references,
    fromRest: false,
    unknownKeys: 'ignore',
  });
  if (resolved === undefined) throw new ConnectError('INVALID_CONFIG', invalidConfigMessage(lints));
  return resolved;
}
