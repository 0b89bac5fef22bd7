/** A plugin registry with plugins that a test made, beside the built-ins. */

import { createPluginRegistry, type PluginRegistry } from '../../../src/runtime/plugins/registry.ts';
import type { Plugin } from '../../../src/sdk/index.ts';

export function registryOf(...plugins: readonly Plugin[]): PluginRegistry {
  const own = new Map(plugins.map((plugin) => [plugin.name, plugin]));
  const shipped = createPluginRegistry();
  return {
    ...shipped,
    load: async (ref, from) => own.get(ref) ?? shipped.load(ref, from),
    get: (ref, from) => own.get(ref) ?? shipped.get(ref, from),
    isOpenToRest: (ref) => own.has(ref) || shipped.isOpenToRest(ref),
  };
}
