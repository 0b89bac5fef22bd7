/** The rules of the layout as data: who may import whom, who owns which package, how long a file may be. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../', import.meta.url));

/** Layer → the layers that it may import besides itself. The first path that fits a file is its layer. */
const layers: Readonly<Record<string, readonly string[]>> = {
  'src/sdk': [],
  'src/checksum': [],
  'src/embedded/kafka': ['src/checksum'],
  'src/embedded/snowflake': [],
  // The process that hosts both services, and how workers find it.
  'src/embedded': ['src/sdk', 'src/embedded/kafka', 'src/embedded/snowflake'],
  'src/runtime': ['src/sdk', 'src/checksum'],
  'src/testing': ['src/sdk', 'src/runtime', 'src/embedded/kafka', 'src/embedded/snowflake'],
  // The browser's code: of the runtime it knows types.
  'src/rest/page': ['src/runtime'],
  'src/rest': ['src/runtime', 'src/sdk'],
  'src/cli': ['src/embedded', 'src/runtime', 'src/rest', 'src/sdk', 'connectors'],
  // `caves-connect/sdk`, as an outside author would.
  connectors: ['src/sdk'],
};

/** Layers that load another one only when they need it. */
const lazily: readonly (readonly [from: string, to: string])[] = [
  ['src/cli', 'src/embedded'],
  ['src/testing', 'src/embedded/kafka'],
  ['src/testing', 'src/embedded/snowflake'],
  ['src/embedded', 'src/embedded/kafka'],
  ['src/embedded', 'src/embedded/snowflake'],
];

/** Package → the only places that may import it. */
const owners: Readonly<Record<string, readonly string[]>> = {
  kafkajs: ['src/runtime/kafka'],
  'prom-client': ['src/runtime/metrics'],
  yaml: ['src/runtime/config'],
  ajv: ['src/runtime', 'src/rest/validation.ts'],
  'ajv-formats': ['src/runtime', 'src/rest/validation.ts'],
  'fastest-levenshtein': ['src/runtime', 'src/rest'],
  fastify: ['src/rest', 'src/embedded/snowflake'],
  '@fastify/swagger': ['src/rest/docs.ts'],
  '@fastify/swagger-ui': ['src/rest/docs.ts'],
  '@oclif/core': ['src/cli'],
  'lit-html': ['src/rest/page'],
  uplot: ['src/rest/page'],
  'log-update': ['src/cli/screen.ts'],
  'string-width': ['src/cli/table.ts'],
  ansis: ['src/cli/terminal.ts', 'src/runtime/config/format.ts'],
  '@duckdb/node-api': ['src/embedded/snowflake'],
  'snowflake-sdk': ['connectors/snowflake-variant'],
};

/** Packages that take long to load: only by `import()`. */
const lazyPackages: readonly string[] = ['snowflake-sdk', '@duckdb/node-api'];

const maxLines = 300;
/** Files that are one table. */
const tables: readonly RegExp[] = [/\/errors\.ts$/, /\/table\.ts$/, /\/sql\/functions\.ts$/];

interface Import {
  readonly file: string;
  /** As it is written. */
  readonly specifier: string;
  /** Path from the root for our own files, the package's name otherwise. */
  readonly target: string;
  readonly kind: 'value' | 'type' | 'dynamic';
}

const sources = ['src', 'connectors'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name)),
);

const imports = sources.flatMap(importsOf);

function importsOf(file: string): readonly Import[] {
  const text = readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const found = [
    ...text.matchAll(/^\s*(?:import|export)\s+(type\s)?[^'"`;]*?from\s+'([^']+)'/gm),
    ...text.matchAll(/^\s*import\s+()'([^']+)'/gm),
  ].map(([, type, specifier = '']) => ({ specifier, kind: type ? ('type' as const) : ('value' as const) }));
  const dynamic = [...text.matchAll(/(typeof\s+)?import\(\s*'([^']+)'\s*\)/g)].map(([, type, specifier = '']) => ({
    specifier,
    kind: type ? ('type' as const) : ('dynamic' as const),
  }));
  return [...found, ...dynamic]
    .filter(({ specifier }) => !specifier.startsWith('node:'))
    .map((one) => ({ file, ...one, target: targetOf(file, one.specifier) }));
}

function targetOf(file: string, specifier: string): string {
  if (specifier.startsWith('.')) return relative(root, resolve(root, dirname(file), specifier));
  const own = /^caves-connect\/(sdk|testing)$/.exec(specifier);
  if (own) return `src/${own[1]}/index.ts`;
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

const layerOf = (path: string) => Object.keys(layers).find((layer) => path.startsWith(`${layer}/`));
const isOurs = (path: string) => path.startsWith('src/') || path.startsWith('connectors/');
const show = ({ file, specifier }: Import) => `${file} imports ${specifier}`;

test('the scanner sees imports of every kind', () => {
  expect(sources.length).toBeGreaterThan(100);
  const kinds = new Set(imports.map(({ kind }) => kind));
  expect([...kinds].sort()).toEqual(['dynamic', 'type', 'value']);
  expect(imports.some(({ file, target }) => file === 'src/cli/launch.ts' && target === 'src/runtime/log.ts')).toBe(
    true,
  );
});

describe('who may import whom', () => {
  test('every file belongs to a layer', () => {
    expect(sources.filter((file) => layerOf(file) === undefined)).toEqual([]);
  });

  test('a layer imports only those that it may', () => {
    const wrong = imports.filter(({ file, target }) => {
      if (!isOurs(target)) return false;
      const [from, to] = [layerOf(file), layerOf(target)];
      return from !== to && !(from && to && layers[from]?.includes(to));
    });
    expect(wrong.map(show)).toEqual([]);
  });

  test('a connector reaches us through the SDK alone, and no other connector', () => {
    const wrong = imports.filter(({ file, specifier, target }) => {
      const [, connector] = /^connectors\/([^/]+)\//.exec(file) ?? [];
      if (!connector || !isOurs(target)) return false;
      return specifier !== 'caves-connect/sdk' && !target.startsWith(`connectors/${connector}/`);
    });
    expect(wrong.map(show)).toEqual([]);
  });

  test('the embedded services are loaded only when they are needed', () => {
    const wrong = imports.filter(({ file, target, kind }) =>
      lazily.some(([from, to]) => kind === 'value' && layerOf(file) === from && layerOf(target) === to),
    );
    expect(wrong.map(show)).toEqual([]);
  });

  test('a command loads what it needs when it runs, since all of them are loaded to find one', () => {
    const light = ['src/cli/errors.ts', 'src/runtime/log.ts'];
    const wrong = imports.filter(
      ({ file, target, kind }) =>
        file.startsWith('src/cli/commands/') && kind === 'value' && isOurs(target) && !light.includes(target),
    );
    expect(wrong.map(show)).toEqual([]);
  });

  test('no two folders import each other, unless one lies in the other', () => {
    const edges = new Map<string, Set<string>>();
    for (const { file, target, kind } of imports) {
      const [from, to] = [dirname(file), dirname(target)];
      // A folder's entry imports its parts, and they its shared names: that is one subject.
      const isWithin = `${from}/`.startsWith(`${to}/`) || `${to}/`.startsWith(`${from}/`);
      if (kind === 'type' || !isOurs(target) || isWithin) continue;
      edges.set(from, (edges.get(from) ?? new Set()).add(to));
    }
    expect(cyclesIn(edges)).toEqual([]);
  });
});

test('the code of the browser knows types of the runtime, and nothing that runs in Node', () => {
  const outside = imports.filter(
    ({ file, target, kind }) =>
      file.startsWith('src/rest/page/') && /^src\/(?!rest\/page)/.test(target) && kind !== 'type',
  );
  expect(outside).toEqual([]);
});

describe('who owns a package', () => {
  test('every package is imported by its owner alone', () => {
    const wrong = imports.filter(
      ({ file, target, kind }) =>
        kind !== 'type' && !isOurs(target) && !owners[target]?.some((owner) => file.startsWith(owner)),
    );
    expect(wrong.map(show)).toEqual([]);
  });

  test('heavy packages are loaded by import() only', () => {
    const wrong = imports.filter(({ target, kind }) => kind === 'value' && lazyPackages.includes(target));
    expect(wrong.map(show)).toEqual([]);
  });

  test('every dependency is used, and every used package is a dependency', () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      dependencies: Readonly<Record<string, string>>;
    };
    const used = new Set(imports.map(({ target }) => target).filter((target) => !isOurs(target)));
    expect([...used].sort()).toEqual(Object.keys(dependencies).sort());
  });
});

test(`a file is one subject: at most ${maxLines} lines, tables aside`, () => {
  const long = sources
    .filter((file) => !tables.some((table) => table.test(file)))
    .map((file) => ({ file, lines: readFileSync(join(root, file), 'utf8').split('\n').length - 1 }))
    .filter(({ lines }) => lines > maxLines);
  expect(long).toEqual([]);
});

/** Groups of folders that reach each other, as `a → b → a`. */
function cyclesIn(edges: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  const cycles = new Set<string>();
  const walk = (path: readonly string[]) => {
    for (const next of edges.get(path.at(-1) ?? '') ?? []) {
      const start = path.indexOf(next);
      if (start < 0) walk([...path, next]);
      else cycles.add(rotated(path.slice(start)));
    }
  };
  for (const folder of edges.keys()) walk([folder]);
  return [...cycles].sort();
}

/** The same cycle reads the same wherever it was entered. */
function rotated(cycle: readonly string[]): string {
  const first = cycle.indexOf([...cycle].sort()[0] ?? '');
  const turned = [...cycle.slice(first), ...cycle.slice(0, first)];
  return [...turned, turned[0]].join(' → ');
}
