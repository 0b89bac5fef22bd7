/** Loads one module and makes sure that its default export is a plugin. Every failure is a `PluginError` for people. */
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import type { Plugin } from '../../sdk/index.ts';
import { compileSchema } from '../schema/config-schema.ts';
import { isObject } from '../schema/values.ts';

export type PluginErrorCode = 'unknown-plugin' | 'broken-plugin' | 'not-a-plugin' | 'wrong-plugin' | 'forbidden-plugin';

/** Why a plugin cannot be had. The message says what was looked for and what to do. */
export class PluginError extends Error {
  override readonly name = 'PluginError';
  readonly code: PluginErrorCode;

  constructor(code: PluginErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const definers = {
  source: 'defineSource',
  sink: 'defineSink',
  'error-handler': 'defineErrorHandler',
  transform: 'defineTransform',
} as const satisfies Readonly<Record<Plugin['kind'], string>>;

/** Imports `url`; `shown` is what messages call it. */
export async function importPlugin(url: string, shown: string): Promise<Plugin> {
  let module: { readonly default?: unknown };
  try {
    module = await import(/* @vite-ignore */ url);
  } catch (error) {
    throw new PluginError('broken-plugin', `${placeOfThrow(error, url) ?? shown}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
  // A CommonJS module that was compiled from ESM has its default export one step further in.
  const exported = isObject(module.default) && 'default' in module.default ? module.default.default : module.default;
  const fault = faultOf(exported);
  if (fault !== undefined) throw new PluginError('not-a-plugin', `${shown}: ${fault}`);
  return exported as Plugin;
}

function faultOf(exported: unknown): string | undefined {
  const wanted = `The default export must be what ${Object.values(definers).join(', ')} of "caves-connect/sdk" answer`;
  if (exported === undefined) return `There is no default export. ${wanted}.`;
  if (!isObject(exported) || !Object.hasOwn(definers, String(exported['kind']))) return `${wanted}.`;
  const definer = definers[exported['kind'] as Plugin['kind']];
  for (const field of ['name', 'version', 'summary']) {
    if (typeof exported[field] !== 'string' || exported[field] === '') return `${definer} needs a ${field} (text).`;
  }
  if (typeof exported['open'] !== 'function') return `${definer} needs a function "open".`;
  if (exported['kind'] === 'source' && !isObject(exported['initialOffset'])) {
    return `${definer} needs an initialOffset (an object).`;
  }
  const { config } = exported;
  if (!isObject(config) || !isObject(config['properties'])) {
    return `${definer} needs a config: { properties: { 'some.key': { type: 'string', description: '…' } } }.`;
  }
  try {
    compileSchema(config as unknown as Plugin['config']);
    return undefined;
  } catch (error) {
    return `Its config is no schema that the SDK knows: ${reasonOf(error)}.`;
  }
}

/** The first line of what was thrown: no stack, no source excerpt. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : `threw ${inspect(error, { depth: 0 })}`;
  return message.replace(/^Error: /, '').split('\n')[0] ?? '';
}

/** A place in a stack: a path or file URL with a line, and a column in all but the head of a syntax error. */
const framePattern = /(?<=^|[\s(])(?<file>(?:file:\/\/)?(?:\/|[A-Za-z]:\\)[^\s()]+?):(?<at>\d+(?::\d+)?)/gm;

/** `file:line[:column]` of where an import failed: in the plugin's own file if it shows up, else in what it imports. */
function placeOfThrow(error: unknown, url: string): string | undefined {
  const stack = error instanceof Error ? error.stack : undefined;
  const pathOf = (file: string) => (file.startsWith('file:') && URL.canParse(file) ? fileURLToPath(file) : file);
  const places = [...(stack ?? '').matchAll(framePattern)].map(({ groups = {} }) => ({
    file: pathOf(groups['file'] ?? ''),
    at: groups['at'],
  }));
  // Our own frames are those of the import hook, on the way to a module that is not there.
  const foreign = places.filter(({ file }) => !file.startsWith(import.meta.dirname));
  const place = foreign.find(({ file }) => file === pathOf(url)) ?? foreign[0];
  return place && `${place.file}:${place.at}`;
}
