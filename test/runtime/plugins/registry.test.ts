import { mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { PluginError } from '../../../src/runtime/plugins/module.ts';
import { createPluginRegistry, isPath } from '../../../src/runtime/plugins/registry.ts';
import { type Files, plugins, project, registryUrl, runScript, write } from '../config/fixtures.ts';

/** What `load` refuses with, without the folder of the test. */
async function refusal(ref: string, files: Files = {}): Promise<string> {
  const folder = await project({ 'package.json': '{}', ...files });
  const thrown = await createPluginRegistry({ folder })
    .load(ref)
    .then(
      () => undefined,
      (error: unknown) => error,
    );
  expect(thrown).toBeInstanceOf(PluginError);
  const { code, message } = thrown as PluginError;
  expect(message).not.toMatch(/\n|\s+at /);
  return `${code} ${message.replaceAll(`${folder}/`, '')}`;
}

const jsSource = (name: string) => `
export default {
  kind: 'source', name: '${name}', version: '1.0.0', summary: 'A source', config: { properties: {} },
  initialOffset: {}, open: () => ({ async *read() {} }),
};`;

describe('load', () => {
  test('finds built-ins by name, loads them once and only when asked', async () => {
    const registry = createPluginRegistry();
    expect(registry.list()).toEqual([]);
    expect(registry.isBuiltIn('dlq')).toBe(true);
    const plugin = await registry.load('dlq');
    expect(plugin).toMatchObject({ kind: 'error-handler', name: 'dlq' });
    expect(await registry.load('dlq')).toBe(plugin);
    expect(registry.get('dlq')).toBe(plugin);
    expect(registry.list()).toEqual([
      { class: 'dlq', type: 'error-handler', version: plugin.version, summary: plugin.summary },
    ]);
  });

  test('finds files by path, relative to where they are named, by one name however they are written', async () => {
    const folder = await project({ 'package.json': '{}', 'configs/counter.ts': plugins['counter.ts'] ?? '' });
    const registry = createPluginRegistry({ folder });
    const plugin = await registry.load('./counter.ts', join(folder, 'configs'));
    expect(plugin.name).toBe('counter');
    expect(registry.get('configs/counter.ts')).toBe(plugin);
    expect(registry.get(pathToFileURL(join(folder, 'configs/counter.ts')).href)).toBe(plugin);
    expect(registry.isBuiltIn('./counter.ts')).toBe(false);
  });

  test('runs .js and .mjs, and CommonJS that was compiled from modules', async () => {
    const folder = await project({
      'package.json': '{"type":"module"}',
      'a.js': jsSource('a'),
      'b.mjs': jsSource('b'),
      'c/package.json': '{"type":"commonjs"}',
      'c/index.js': `exports.__esModule = true; exports.default = ${jsSource('c').replace('\nexport default', '')}`,
    });
    const registry = createPluginRegistry({ folder });
    expect((await registry.load('./a.js')).name).toBe('a');
    expect((await registry.load('./b.mjs')).name).toBe('b');
    expect((await registry.load('./c/index.js')).name).toBe('c');
  });

  test('finds npm packages of the project, also those that have nothing but an import condition', async () => {
    const folder = await project({
      'package.json': '{}',
      'node_modules/tides/package.json': '{"name":"tides","type":"module","exports":{"import":"./lib.js"}}',
      'node_modules/tides/lib.js': jsSource('tides'),
      'node_modules/@albert/cellar/package.json': '{"name":"@albert/cellar","type":"module","main":"lib.js"}',
      'node_modules/@albert/cellar/lib.js': jsSource('cellar'),
      'configs/x': '',
    });
    const { stdout } = await runScript(
      folder,
      `const { createPluginRegistry } = await import(${JSON.stringify(registryUrl)});
       const registry = createPluginRegistry({ folder: '/' });
       console.log((await registry.load('tides', '${folder}/configs')).name, (await registry.load('@albert/cellar', '${folder}')).name);`,
    );
    expect(stdout).toBe('tides cellar\n');
  });

  test('says what it looked for, what is there and what was meant when there is no such name', async () => {
    expect(await refusal('dql')).toMatch(
      /^unknown-plugin Failed to find any plugin which name matches dql: it is no built-in, no package installed for .*, and no path of a file\. Did you mean "dlq"\? Available plugins are: .*dlq/,
    );
    expect(await refusal('../../etc')).toMatch(/^unknown-plugin/);
    expect(await refusal('a/../../b')).toMatch(/^unknown-plugin Failed to find/);
  });

  test.each([
    [
      'a file that is not there',
      './contuer.ts',
      plugins,
      'unknown-plugin There is no plugin file contuer.ts (./contuer.ts). Did you mean "counter.ts"?',
    ],
    [
      'a folder that is not there',
      './x/y.ts',
      {},
      'unknown-plugin There is no plugin file x/y.ts (./x/y.ts). There is no folder x.',
    ],
    [
      'a file below a file',
      './x.ts/y.ts',
      { 'x.ts': '' },
      'unknown-plugin There is no plugin file x.ts/y.ts (./x.ts/y.ts). x.ts is no folder.',
    ],
    ['a folder', './x', { 'x/y.ts': '' }, "unknown-plugin x (./x) is no file: name the plugin's .ts, .js or .mjs."],
    [
      'a file of another kind',
      './x.yaml',
      { 'x.yaml': '' },
      'not-a-plugin x.yaml (./x.yaml): a plugin file ends in .ts, .mts, .js, .mjs.',
    ],
    [
      'TypeScript in node_modules',
      './node_modules/p/a.ts',
      { 'node_modules/p/a.ts': '' },
      /^broken-plugin .* Node does not run TypeScript below node_modules/,
    ],
  ])('refuses %s', async (_, ref, files, expected) => {
    const message = await refusal(ref, files);
    if (typeof expected === 'string') expect(message).toBe(expected);
    else expect(message).toMatch(expected);
  });
});

/** Plugin files that cannot be loaded, and what is said about each. */
const broken: readonly (readonly [what: string, text: string, said: string | RegExp])[] = [
  [
    'throws on import',
    `import { defineSink } from 'caves-connect/sdk';\n\nconst cellar: string | undefined = undefined;\nthrow new TypeError('no cellar');\nexport default defineSink;`,
    'broken-plugin p.ts:4:7: TypeError: no cellar',
  ],
  ['throws no error', `throw 'no cellar';`, `broken-plugin p.ts: threw 'no cellar'`],
  ['has a syntax error', 'const a = 1;\nexport default {{;\n', /^broken-plugin p\.ts:2: SyntaxError: /],
  ['uses an enum', 'export enum Colour { Red }\nexport default 1;\n', /^broken-plugin p\.ts:1: SyntaxError: .*enum/],
  [
    'imports a file that is not there',
    `import a from './a.ts';\nexport default a;\n`,
    /^broken-plugin p\.ts: Cannot find module '.*a\.ts'/,
  ],
  [
    'imports a package that is not there',
    `import a from 'no-such-package';\nexport default a;\n`,
    /^broken-plugin p\.ts: Cannot find package 'no-such-package'/,
  ],
  [
    'imports a name that is not there',
    `import { defineSauce } from 'caves-connect/sdk';\nexport default defineSauce({});\n`,
    /^broken-plugin p\.ts.*defineSauce/,
  ],
  [
    'has no default export',
    'export const a = 1;\n',
    /^not-a-plugin p\.ts: There is no default export\. The default export must be what defineSource, /,
  ],
  ['exports no object', 'export default 5;\n', /^not-a-plugin p\.ts: The default export must be what/],
  [
    'exports another kind of object',
    'export default { kind: "toString" };\n',
    /^not-a-plugin p\.ts: The default export must be what/,
  ],
  [
    'lacks a version',
    'export default { kind: "sink", name: "s" };\n',
    'not-a-plugin p.ts: defineSink needs a version (text).',
  ],
  [
    'lacks open',
    'export default { kind: "sink", name: "s", version: "1", summary: "s" };\n',
    'not-a-plugin p.ts: defineSink needs a function "open".',
  ],
  [
    'lacks an offset',
    'export default { kind: "source", name: "s", version: "1", summary: "s", open() {} };\n',
    'not-a-plugin p.ts: defineSource needs an initialOffset (an object).',
  ],
  [
    'lacks a config',
    'export default { kind: "sink", name: "s", version: "1", summary: "s", open() {} };\n',
    /^not-a-plugin p\.ts: defineSink needs a config: \{ properties/,
  ],
  [
    'has a config that is no schema',
    'export default { kind: "sink", name: "s", version: "1", summary: "s", open() {}, config: { properties: { a: { type: "strin" } } } };\n',
    'not-a-plugin p.ts: Its config is no schema that the SDK knows: TypeError: property "a" has the unknown type "strin".',
  ],
  ['fails in a file which it imports', `import '../lib.ts';\nexport default 1;\n`, 'broken-plugin lib.ts:3:7: in lib'],
];

describe('a plugin file', () => {
  // In a Node of its own: vitest's loader fails in other words. One process for all, as it takes a while to start.
  let said: readonly string[];
  beforeAll(async () => {
    const folder = await mkdtemp(join(await realpath(tmpdir()), 'caves-plugins-'));
    await write(folder, { 'package.json': '{}', 'lib.ts': `export {};\n\nthrow new Error('in lib');\n` });
    for (const [index, [, text]] of broken.entries()) await write(folder, { [`${index}/p.ts`]: text });
    const output = await runScript(
      folder,
      `const { createPluginRegistry } = await import(${JSON.stringify(registryUrl)});
       const registry = createPluginRegistry();
       const said = [];
       for (let index = 0; index < ${broken.length}; index++) {
         await registry.load('./' + index + '/p.ts').catch((error) => said.push(error.code + ' ' + error.message));
       }
       console.log(JSON.stringify(said));`,
    );
    said = (JSON.parse(output.stdout) as string[]).map((it) =>
      it.replaceAll(`${folder}/`, '').replaceAll(/\b\d+\/p\.ts/g, 'p.ts'),
    );
    await rm(folder, { recursive: true });
  });

  test.each(broken.map(([what, , expected], index) => ({ what, expected, index })))(
    'that $what is refused in one line with its place',
    ({ expected, index }) => {
      expect(said[index]).not.toMatch(/\n|\s+at /);
      if (typeof expected === 'string') expect(said[index]).toBe(expected);
      else expect(said[index]).toMatch(expected);
    },
  );
});

describe('discover', () => {
  test('finds what lies in plugin.path, by file and by name, and reports what cannot be imported', async () => {
    const folder = await project({
      'package.json': '{}',
      'p/counter.ts': plugins['counter.ts'] ?? '',
      'p/deep/index.ts': plugins['mask.ts'] ?? '',
      'p/counter.test.ts': 'throw 1',
      'p/notes.md': '',
      'p/broken.ts': 'export default 5;',
    });
    const registry = createPluginRegistry({
      folder,
      pluginPath: [join(folder, 'p'), join(folder, 'none')],
      builtIns: pathToFileURL(join(folder, 'none/')),
    });
    const faults = await registry.discover();
    expect(faults.map(({ code }) => code)).toEqual(['not-a-plugin']);
    expect(registry.list()).toMatchObject([
      { class: 'counter', type: 'source', version: '1.2.3', summary: 'Counts' },
      { class: 'mask', type: 'transform' },
    ]);
    expect(registry.get('counter')).toBe(registry.get(join(folder, 'p/counter.ts')));
  });

  test('reports what is no folder, and finds what lies in the others', async () => {
    const folder = await project({ 'package.json': '{}', 'p/counter.ts': plugins['counter.ts'] ?? '', file: '' });
    const registry = createPluginRegistry({
      folder,
      pluginPath: [join(folder, 'file'), join(folder, 'p')],
      builtIns: pathToFileURL(join(folder, 'none/')),
    });

    const faults = await registry.discover();

    expect(faults.map(({ message }) => message)).toEqual([`plugin.path: ${join(folder, 'file')} is no folder.`]);
    expect(registry.list()).toMatchObject([{ class: 'counter' }]);
  });
});

describe('a REST client', () => {
  test('may name what is built in, loaded, below plugin.path, or a package that depends on us', async () => {
    const folder = await project({
      'package.json': '{}',
      'p/a.ts': '',
      'q/b.ts': plugins['counter.ts'] ?? '',
      'node_modules/ours/package.json': '{"name":"ours","peerDependencies":{"caves-connect":"*"}}',
      'node_modules/theirs/package.json': '{"name":"theirs"}',
    });
    await symlink(join(folder, 'q/b.ts'), join(folder, 'p/link.ts'));
    const registry = createPluginRegistry({ folder, pluginPath: [join(folder, 'p')] });
    expect(registry.isOpenToRest('dlq')).toBe(true);
    expect(registry.isOpenToRest('ours')).toBe(true);
    expect(registry.isOpenToRest('theirs')).toBe(false);
    expect(registry.isOpenToRest('none')).toBe(false);
    expect(registry.isOpenToRest('../connectors/dlq')).toBe(false);
    expect(registry.isOpenToRest(join(folder, 'p/a.ts'))).toBe(true);
    expect(registry.isOpenToRest(join(folder, 'p/../q/b.ts'))).toBe(false);
    expect(registry.isOpenToRest(join(folder, 'p/link.ts'))).toBe(false);
    expect(registry.isOpenToRest(join(folder, 'q/b.ts'))).toBe(false);
    await registry.load('q/b.ts');
    expect(registry.isOpenToRest(join(folder, 'q/b.ts'))).toBe(true);
  });
});

test.each([
  ['./a.ts', true],
  ['../a', true],
  ['/a/b.js', true],
  ['a/b.ts', true],
  ['file:///a.ts', true],
  ['C:\\a', true],
  ['dlq', false],
  ['@scope/name', false],
  ['org.apache.kafka.Connector', false],
])('%s is a path: %s', (ref, expected) => {
  expect(isPath(ref)).toBe(expected);
});
