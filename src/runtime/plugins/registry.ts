/**
 * The plugins that a worker has: built-ins by name, packages by name, files by path. Nothing is imported before it is
 * asked for, so that a source does not pay for a sink's packages. Plugins stay loaded for the life of the process.
 *
 * What REST clients may name is narrower than what a YAML may (DESIGN decision 7): `isOpenToRest` says.
 */
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { basename, dirname, extname, isAbsolute, join, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Plugin } from '../../sdk/index.ts';
import type { PluginInfo } from '../connect.ts';
import { didYouMean } from '../suggest.ts';
import { packageUrl, registerPluginImports } from './imports.ts';
import { importPlugin, PluginError } from './module.ts';

export interface RegistryOptions {
  /** Where relative paths start and packages are looked up, unless `load` says otherwise. Default: the working directory. */
  readonly folder?: string;
  /** Folders below which REST clients may name files (`plugin.path`), absolute. */
  readonly pluginPath?: readonly string[];
  /** Folder of the built-ins: for tests. */
  readonly builtIns?: URL;
}

export interface PluginRegistry {
  /** Plain data, from which another thread can make the same registry. */
  readonly options: Required<RegistryOptions>;
  /** The plugin that `ref` names, seen from folder `from`. Throws {@link PluginError}. */
  load(ref: string, from?: string): Promise<Plugin>;
  /** The plugin if it is loaded already. */
  get(ref: string, from?: string): Plugin | undefined;
  /** Imports the built-ins and what lies in `plugin.path`, and answers what could not be imported. */
  discover(): Promise<readonly PluginError[]>;
  /** The plugins loaded so far; after `discover` all that are there. */
  list(): readonly PluginInfo[];
  isBuiltIn(ref: string): boolean;
  /** What there is to say about a name that is not here, with what is. */
  unknown(name: string): PluginError;
  /** Whether a REST client may name it: built in, loaded already, below `plugin.path`, or a package made for us. */
  isOpenToRest(ref: string): boolean;
}

const pluginExtensions: readonly string[] = ['.ts', '.mts', '.js', '.mjs'];
/** `connectors/` lies beside `src/`, in a checkout and below `dist/` alike. */
const ownBuiltIns = new URL('../../../connectors/', import.meta.url);
const ownExtension = extname(import.meta.url);

/** True when a plugin reference is a path and not a name. */
export function isPath(ref: string): boolean {
  // No file can have this in its name, and Node throws at it.
  if (ref.includes('\0')) return false;
  return /^\.{0,2}[\\/]|^\.{1,2}$|^[A-Za-z]:[\\/]|^file:/.test(ref) || pluginExtensions.includes(extname(ref));
}

/** The absolute path that a reference means. */
function pathOf(ref: string, from: string): string {
  try {
    if (ref.startsWith('file:')) return fileURLToPath(ref);
  } catch {
    // A URL that means no file here: as a path it is not there either, and that is said.
  }
  return resolve(from, ref);
}

export function createPluginRegistry(options: RegistryOptions = {}): PluginRegistry {
  const { folder = process.cwd(), pluginPath = [], builtIns = ownBuiltIns } = options;
  /** By the name under which each is named again: built-in or package name, absolute path, name of a file in `plugin.path`. */
  const loaded = new Map<string, Plugin>();

  const builtInUrl = (name: string) => new URL(`${name}/index${ownExtension}`, builtIns);
  const isBuiltIn = (ref: string) => /^[\w-]+$/.test(ref) && existsSync(builtInUrl(ref));
  const builtInNames = () => (existsSync(builtIns) ? readdirSync(builtIns).filter(isBuiltIn).sort() : []);
  const keyOf = (ref: string, from: string) => (isPath(ref) ? pathOf(ref, from) : ref);

  async function load(ref: string, from = folder): Promise<Plugin> {
    const key = keyOf(ref, from);
    const known = loaded.get(key);
    if (known !== undefined) return known;
    const plugin = isPath(ref) ? await loadFile(key, ref) : await loadName(ref, from);
    loaded.set(key, plugin);
    return plugin;
  }

  async function loadFile(path: string, ref: string): Promise<Plugin> {
    const kind = statSync(path, { throwIfNoEntry: false });
    const shown = path === ref ? path : `${path} (${ref})`;
    if (kind === undefined)
      throw new PluginError('unknown-plugin', `There is no plugin file ${shown}.${nearFile(path)}`);
    if (!kind.isFile())
      throw new PluginError('unknown-plugin', `${shown} is no file: name the plugin's .ts, .js or .mjs.`);
    if (!pluginExtensions.includes(extname(path))) {
      throw new PluginError('not-a-plugin', `${shown}: a plugin file ends in ${pluginExtensions.join(', ')}.`);
    }
    if (extname(path).endsWith('ts') && path.split(sep).includes('node_modules')) {
      throw new PluginError(
        'broken-plugin',
        `${shown}: Node does not run TypeScript below node_modules; name the package's .js.`,
      );
    }
    registerPluginImports();
    return importPlugin(pathToFileURL(path).href, path);
  }

  async function loadName(name: string, from: string): Promise<Plugin> {
    if (isBuiltIn(name)) return importPlugin(builtInUrl(name).href, `The built-in "${name}"`);
    const parent = pathToFileURL(join(from, 'caves.yaml')).href;
    if (packageJson(name, parent) === undefined) throw unknown(name, from);
    registerPluginImports();
    return importPlugin(packageUrl(name, parent), `The package "${name}"`);
  }

  function unknown(name: string, from = folder): PluginError {
    const names = [...new Set([...builtInNames(), ...[...loaded.keys()].filter((key) => !isAbsolute(key))])];
    const sought = `it is no built-in, no package installed for ${from}, and no path of a file`;
    const there = names.length === 0 ? 'none' : names.join(', ');
    return new PluginError(
      'unknown-plugin',
      `Failed to find any plugin which name matches ${name}: ${sought}.${didYouMean(name, names)} Available plugins are: ${there}.`,
    );
  }

  function isOpenToRest(ref: string): boolean {
    if (isPath(ref)) {
      if (!isAbsolute(ref)) return false;
      return loaded.has(ref) || isBelow(ref, pluginPath);
    }
    if (loaded.has(ref) || isBuiltIn(ref)) return true;
    const manifest = packageJson(ref, pathToFileURL(join(folder, 'caves.yaml')).href);
    // Importing a package runs its code: only those that say they are for us are run for a stranger.
    return manifest !== undefined && 'caves-connect' in { ...manifest.peerDependencies, ...manifest.dependencies };
  }

  return {
    load,
    get: (ref, from = folder) => loaded.get(keyOf(ref, from)),
    options: { folder, pluginPath, builtIns },
    isBuiltIn,
    isOpenToRest,
    unknown,
    async discover() {
      const faults: PluginError[] = [];
      const attempt = async (work: () => Promise<void>) => {
        try {
          await work();
        } catch (error) {
          if (!(error instanceof PluginError)) throw error;
          faults.push(error);
        }
      };
      for (const name of builtInNames()) await attempt(async () => void (await load(name)));
      const paths: string[] = [];
      for (const one of pluginPath) await attempt(async () => void paths.push(...pluginFiles(one)));
      for (const path of paths) {
        await attempt(async () => {
          const plugin = await load(path);
          if (!loaded.has(plugin.name)) loaded.set(plugin.name, plugin);
        });
      }
      return faults;
    },
    list() {
      const seen = new Map<Plugin, string>();
      for (const [key, plugin] of loaded) {
        // The shorter name wins where a plugin has a path as well.
        if (!seen.has(plugin) || !isAbsolute(key)) seen.set(plugin, key);
      }
      return [...seen]
        .map(([{ kind, version, summary }, name]) => ({ class: name, type: kind, version, summary }))
        .sort((a, b) => a.class.localeCompare(b.class));
    },
  };
}

/** ` Did you mean "./my-source.ts"?` for a path that is not there. */
function nearFile(path: string): string {
  const folder = dirname(path);
  const fault = folderFault(folder);
  if (fault !== undefined) return ` ${fault}`;
  return didYouMean(
    basename(path),
    readdirSync(folder).filter((name) => pluginExtensions.includes(extname(name))),
  );
}

/** Why nothing can be listed there; undefined when it can. */
export function folderFault(folder: string): string | undefined {
  try {
    readdirSync(folder);
    return undefined;
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return `There is no folder ${folder}.`;
    return code === 'ENOTDIR' ? `${folder} is no folder.` : `The folder ${folder} cannot be read (${code}).`;
  }
}

/** Plugin files directly in a folder, and the index files of the folders in it. */
function pluginFiles(folder: string): readonly string[] {
  const isPlugin = (name: string) => pluginExtensions.includes(extname(name)) && !/\.(d|test)\.m?[tj]s$/.test(name);
  if (!existsSync(folder)) return [];
  const fault = folderFault(folder);
  if (fault !== undefined) throw new PluginError('unknown-plugin', `plugin.path: ${fault}`);
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isFile()) return isPlugin(entry.name) ? [join(folder, entry.name)] : [];
    const index = pluginExtensions
      .map((extension) => join(folder, entry.name, `index${extension}`))
      .find((path) => existsSync(path));
    return index === undefined ? [] : [index];
  });
}

function isBelow(path: string, folders: readonly string[]): boolean {
  if (!existsSync(path)) return false;
  const real = realpathSync(path);
  return folders.some((folder) => existsSync(folder) && real.startsWith(realpathSync(folder) + sep));
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** The package.json of an installed package, without importing it; undefined when there is none. */
function packageJson(name: string, parent: string): Manifest | undefined {
  if (!/^(@[\w.-]+\/)?[\w.-]+(\/[\w./-]+)?$/.test(name)) return undefined;
  try {
    const path = findPackageJSON(name, parent);
    return path === undefined ? undefined : (JSON.parse(readFileSync(path, 'utf8')) as Manifest);
  } catch {
    return undefined;
  }
}
