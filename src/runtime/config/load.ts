/**
 * Reads the file of `caves-connect start`: YAML with a `worker:` and `connectors:`, checked as a whole before anything
 * connects. All complaints come back as lints with their places; nothing is thrown for what stands in the file.
 */
import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { createPluginRegistry, isPath, type PluginRegistry } from '../plugins/registry.ts';
import { didYouMean } from '../suggest.ts';
import { compose, lookupIn } from './compose.ts';
import { type Entry, type MapNode, type Place, readDocument, type Tree } from './document.ts';
import { anyEnvelope } from './envelope.ts';
import { type FlatEntry, flatConfig, flatten, locator } from './flatten.ts';
import { lintConnector } from './lint.ts';
import type { FlatConfig, Lint, LintCode, LoadedFile, TargetState, UnknownKeys, WorkerSettings } from './model.ts';
import { type Environment, findProject, type Project } from './project.ts';
import { createReferences, type References } from './references.ts';
import { inlineSchemas } from './schema-files.ts';
import { readWorker } from './worker-section.ts';

export interface LoadOptions {
  /** Default: the environment of the process. `.env` of the project fills in what it lacks. */
  readonly env?: Environment;
  /** What a relative path of the file starts from. */
  readonly cwd?: string;
  /** Flat keys that replace what the file says: `rest.port` of the worker, `connectors.<name>.<key>` of a connector. */
  readonly overrides?: FlatConfig;
  /** Default: a new one that starts from the file's folder and has the worker's `plugin.path`. */
  readonly registry?: PluginRegistry;
  /** Hears of the worker's settings as soon as they are read, when nothing is wrong so far: the connectors take longer. */
  readonly onWorker?: (settings: WorkerSettings) => void;
}

/** A loaded file with what it was checked against: pass both on to `resolveConnector`. */
export interface LoadedProject extends LoadedFile {
  readonly registry: PluginRegistry;
  readonly references: References;
  readonly project: Project;
}

/** Bigger files are no configuration. */
const maxFileBytes = 10 * 1024 * 1024;
const targetStates: readonly TargetState[] = ['STARTED', 'PAUSED', 'STOPPED'];

/** Reads, checks and flattens a file. When `lints` holds an error, the rest is there for display alone. */
export async function loadFile(path: string, options: LoadOptions = {}): Promise<LoadedProject> {
  const { env = process.env, cwd = process.cwd(), overrides = {} } = options;
  const file = resolve(cwd, path);
  const folder = dirname(file);
  const project = findProject(file, env, cwd);
  const lints: Lint[] = [];

  const root = await readRoot(file, path, lints);
  const parts = topLevel(root, file, lints);
  const unused = new Set(Object.keys(overrides));

  const rootReferences = createReferences({ env: project.env, folder, folders: [folder, project.root] });
  const worker = readWorker(parts.worker, { folder, project, references: rootReferences, overrides, unused });
  lints.push(...worker.lints);
  const { settings } = worker;
  if (lints.every(({ level }) => level !== 'error')) options.onWorker?.(settings);
  const fileAllow = settings.fileAllow ?? [];
  const references = createReferences({
    env: project.env,
    folder,
    folders: [folder, project.root, ...fileAllow],
    restFolders: fileAllow,
    restEnv: settings.envAllow,
  });
  const registry = options.registry ?? createPluginRegistry({ folder, pluginPath: settings.pluginPath });

  const connectors: LoadedFile['connectors'][number][] = [];
  for (const entry of parts.connectors) {
    const connector = await readConnector(entry, {
      folder,
      registry,
      references,
      unknownKeys: settings.unknownKeys,
      overrides,
      unused,
    });
    lints.push(...connector.lints);
    connectors.push({ name: connector.name, config: connector.config, ...connector.state });
  }
  for (const key of unused) {
    lints.push({
      level: 'error',
      code: 'unknown-key',
      key,
      message: `The override ${key} fits no key of the worker and no connector of ${path}.`,
    });
  }
  return { file, worker: settings, connectors, lints, registry, references, project };
}

async function readRoot(file: string, shown: string, lints: Lint[]): Promise<MapNode | undefined> {
  const at: Place = { file, line: 1, column: 1 };
  const complain = (code: LintCode, message: string) => {
    lints.push({ level: 'error', code, message, at });
    return undefined;
  };
  let text: string;
  try {
    const info = await stat(file);
    if (info.isDirectory()) return complain('no-file', `${shown} is a folder: name a YAML file in it.`);
    if (info.size > maxFileBytes) {
      return complain('too-big', `${shown} has ${info.size} bytes: this is no configuration.`);
    }
    text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return complain('no-file', `There is no file ${file}.`);
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return complain('yaml-syntax', `${shown} is not UTF-8 text.`);
    return complain('no-file', `Cannot read ${file}: ${code ?? String(error)}.`);
  }
  const document = readDocument(text, file);
  lints.push(...document.lints);
  if (document.root?.kind === 'map') return document.root;
  if (document.lints.length > 0) return undefined;
  return complain(
    'no-connectors',
    `${shown} ${document.root === undefined ? 'is empty' : 'is no map'}: a file has "connectors:", a map from names to configurations, and maybe "worker:".`,
  );
}

/** The two parts of a file, each a map. */
function topLevel(root: MapNode | undefined, file: string, lints: Lint[]) {
  const known = ['worker', 'connectors'];
  for (const { key, at } of root?.entries ?? []) {
    if (known.includes(key)) continue;
    const message = `Unknown key "${key}" at the top of the file.${didYouMean(key, known)} There are: ${known.join(', ')}.`;
    lints.push({ level: 'error', code: 'unknown-key', key, message, at });
  }
  const part = (name: string, hint: string): MapNode | undefined => {
    const entry = root?.entries.find(({ key }) => key === name);
    if (entry === undefined || isEmpty(entry.node)) return undefined;
    if (entry.node.kind === 'map') return entry.node;
    lints.push({
      level: 'error',
      code: 'wrong-type',
      key: name,
      message: `"${name}" takes a map: ${hint}.`,
      at: entry.at,
    });
    return undefined;
  };
  const worker = part('worker', 'rest: { port: 8083 }');
  const connectors = part('connectors', 'the name of each connector, and below it its configuration');
  if (root !== undefined && connectors === undefined && lints.every(({ level }) => level !== 'error')) {
    lints.push({
      level: 'error',
      code: 'no-connectors',
      key: 'connectors',
      message: 'The file names no connectors: add "connectors:", a map from names to configurations.',
      at: { file, line: 1, column: 1 },
    });
  }
  return { worker, connectors: connectors?.entries ?? [] };
}

const isEmpty = (node: Tree) => node.kind === 'scalar' && node.value === null;

interface ConnectorOptions {
  readonly folder: string;
  readonly registry: PluginRegistry;
  readonly references: References;
  readonly unknownKeys: UnknownKeys;
  readonly overrides: FlatConfig;
  readonly unused: Set<string>;
}

interface ReadConnector {
  readonly name: string;
  readonly config: FlatConfig;
  readonly state: { readonly initialState?: TargetState };
  readonly lints: readonly Lint[];
}

async function readConnector(
  { key: name, at, node }: Entry,
  { folder, registry, references, unknownKeys, overrides, unused }: ConnectorOptions,
): Promise<ReadConnector> {
  if (node.kind !== 'map') {
    const message = `The connector ${name} has no configuration: it takes a map, with connector.class in it.`;
    return {
      name,
      config: {},
      state: {},
      lints: [{ level: 'error', code: 'wrong-type', connector: name, message, at }],
    };
  }
  const { state, rest, lints: stateLints } = takeState(node);
  // The schemas say where flattening stops, and the flat keys say which schemas: so once without, once with them.
  const draft = flatten(rest, lookupIn([{ prefix: '', schema: anyEnvelope }]));
  const prefix = `connectors.${name}.`;
  const own = Object.entries(overrides).filter(([key]) => key.startsWith(prefix));
  for (const [key] of own) unused.delete(key);
  const replaced = Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value]));
  const composition = await compose({ ...absolutePaths(draft.entries, folder), ...replaced }, registry, references, {
    folder,
  });
  const flat = flatten(rest, lookupIn(composition.sections));
  const schemas = await inlineSchemas(flat.entries, folder);

  const config = {
    ...absolutePaths(schemas.entries, folder),
    ...replaced,
    name: flat.entries.get('name')?.text ?? name,
  };
  const locate = locator(schemas.entries, at);
  const lints = await lintConnector(name, config, registry, {
    references,
    unknownKeys,
    fromFile: { folder, locate },
  });
  const early = [...stateLints, ...flat.lints, ...schemas.lints].map((lint) => ({ ...lint, connector: name }));
  return { name, config, state, lints: [...early, ...lints] };
}

/** `initial_state` stands beside the configuration in REST (KIP-980); in a file it stands among its keys. */
function takeState(node: MapNode): {
  readonly state: ReadConnector['state'];
  readonly rest: MapNode;
  readonly lints: readonly Lint[];
} {
  const key = 'initial_state';
  const entry = node.entries.find((it) => it.key === key);
  if (entry === undefined) return { state: {}, rest: node, lints: [] };
  const rest = { ...node, entries: node.entries.filter((it) => it !== entry) };
  const given = entry.node.kind === 'scalar' ? String(entry.node.value).toUpperCase() : '';
  const initialState = targetStates.find((state) => state === given);
  if (initialState !== undefined) return { state: { initialState }, rest, lints: [] };
  const message = `initial_state is one of: ${targetStates.join(', ')}.`;
  return { state: {}, rest, lints: [{ level: 'error', code: 'wrong-value', key, message, at: entry.at }] };
}

/** A relative path means something beside this file alone: what is stored and sent to other threads is absolute. */
function absolutePaths(entries: ReadonlyMap<string, FlatEntry>, folder: string): FlatConfig {
  const pluginKey = /^(connector\.class|errors\.handler|transforms\..+\.type)$/;
  return Object.fromEntries(
    Object.entries(flatConfig(entries)).map(([key, text]) => [
      key,
      pluginKey.test(key) && isPath(text) && !text.startsWith('file:') ? resolve(folder, text) : text,
    ]),
  );
}
