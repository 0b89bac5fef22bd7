import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadFile } from '../../../src/runtime/config/load.ts';
import { resolveConnector } from '../../../src/runtime/config/resolve.ts';
import { lines, load, plugins, project } from './fixtures.ts';

const source = `connectors:
  numbers:
    connector.class: ./counter.ts
    topic: numbers
`;

test('a plugin file beside the YAML is loaded, checked and resolved', async () => {
  const loaded = await load(source);
  expect(lines(loaded)).toEqual([]);
  const [connector] = loaded.connectors;
  const resolved = await resolveConnector('numbers', connector?.config ?? {}, loaded.registry, loaded.references);
  expect(resolved.connector.plugin.name).toBe('counter');
  expect(resolved.connector.config).toEqual({ topic: 'numbers', 'poll.ms': 500, mode: 'up' });
  expect(resolved.settings.taskIsolation).toBe('thread');
});

test('the stored configuration is whole: text, the name, an absolute path of the plugin, references unresolved', async () => {
  const loaded = await load(
    `connectors:\n  numbers:\n    connector.class: ./counter.ts\n    topic: \${env:TOPIC}\n    poll.ms: 20\n    loud: true\n`,
    {},
    { env: { TOPIC: 'secret-topic' } },
  );
  expect(lines(loaded)).toEqual([]);
  expect(loaded.connectors[0]?.config).toEqual({
    name: 'numbers',
    'connector.class': join(loaded.file, '..', 'counter.ts'),
    topic: `\${env:TOPIC}`,
    'poll.ms': '20',
    loud: 'true',
  });
});

test('flat and nested keys are the same, and both at once are a complaint with both places', async () => {
  const head = 'connectors:\n  out:\n    connector.class: ./printer.ts\n    topics: [a, b]\n';
  const flat = await load(`${head}    errors.tolerance: all\n    batch.size: 5\n    batch.linger.ms: 10\n`);
  const nested = await load(
    `${head}    errors: { tolerance: all }\n    batch:\n      size: 5\n      linger: { ms: 10 }\n`,
  );
  const { 'connector.class': _, ...rest } = flat.connectors[0]?.config ?? {};
  const second = nested.connectors[0]?.config;
  expect(second).toMatchObject(rest);
  expect(rest).toMatchObject({ topics: 'a,b', 'batch.size': '5', 'batch.linger.ms': '10', 'errors.tolerance': 'all' });

  const both = await load(`${head}    batch.size: 5\n    batch: { size: 6 }\n`);
  expect(lines(both)).toEqual([
    '6:14 duplicate-key batch.size batch.size is given twice, the first time at line 5: flat and nested keys are the same.',
  ]);
});

test('flattening stops at a key whose schema takes a map or an object', async () => {
  const loaded = await load(`${source}    labels: { region: Rhône, year: 1.10 }\n    retry: { wait: long }\n`);
  expect(lines(loaded)).toEqual([]);
  const { config } = loaded.connectors[0] as (typeof loaded.connectors)[number];
  expect(JSON.parse(config['labels'] ?? '')).toEqual({ region: 'Rhône', year: 1.1 });
  const resolved = await resolveConnector('numbers', config, loaded.registry, loaded.references);
  expect(resolved.connector.config).toMatchObject({ retry: { wait: 'long', times: 3 } });
});

test('text keeps its digits where a text is wanted', async () => {
  const loaded = await load(source.replace('topic: numbers', 'topic: 1.10'));
  expect(loaded.connectors[0]?.config['topic']).toBe('1.10');
});

test('a map below transforms names the aliases in its order', async () => {
  const loaded = await load(
    `${source}    transforms:\n      second: { type: ./mask.ts, field: a }\n      first: { type: ./mask.ts, field: b }\n`,
  );
  expect(lines(loaded)).toEqual([]);
  const { config } = loaded.connectors[0] as (typeof loaded.connectors)[number];
  expect(config['transforms']).toBe('second,first');
  const { transforms } = await resolveConnector('numbers', config, loaded.registry, loaded.references);
  expect(transforms.map(({ alias, config: own }) => [alias, own])).toEqual([
    ['second', { field: 'a' }],
    ['first', { field: 'b' }],
  ]);
});

test('anchors, aliases and merges work, and the own key wins over the merged one', async () => {
  const loaded = await load(`connectors:
  a: &base
    connector.class: ./counter.ts
    topic: a
    poll.ms: 7
  b:
    <<: *base
    topic: b
`);
  expect(lines(loaded)).toEqual([]);
  expect(loaded.connectors.map(({ config }) => [config['topic'], config['poll.ms']])).toEqual([
    ['a', '7'],
    ['b', '7'],
  ]);
});

test('initial_state is no key of the configuration', async () => {
  const loaded = await load(`${source}    initial_state: paused\n`);
  expect(lines(loaded)).toEqual([]);
  expect(loaded.connectors[0]?.initialState).toBe('PAUSED');
  expect(loaded.connectors[0]?.config).not.toHaveProperty('initial_state');
  const wrong = await load(`${source}    initial_state: asleep\n`);
  expect(lines(wrong)).toEqual(['5:5 wrong-value initial_state initial_state is one of: STARTED, PAUSED, STOPPED.']);
});

test('.env is found from the file up to the project, from any working directory, and the real environment wins', async () => {
  const folder = await project({
    '.env': 'OUTSIDE=1\n',
    'app/package.json': '{}',
    'app/.env': 'TOPIC=from-file\nPOLL=9\n',
    'app/configs/deep/caves.yaml': `connectors:\n  n:\n    connector.class: ./counter.ts\n    topic: \${env:TOPIC}\n    poll.ms: \${env:POLL}\n    mode: \${env:OUTSIDE:-down}\n`,
    'app/configs/deep/counter.ts': plugins['counter.ts'] ?? '',
  });
  await mkdir(join(folder, 'elsewhere'));
  const loaded = await loadFile('../app/configs/deep/caves.yaml', {
    env: { TOPIC: 'from-env' },
    cwd: join(folder, 'elsewhere'),
  });
  expect(lines(loaded)).toEqual([]);
  const { config } = loaded.connectors[0] as (typeof loaded.connectors)[number];
  const resolved = await resolveConnector('n', config, loaded.registry, loaded.references);
  expect(resolved.connector.config).toEqual({ topic: 'from-env', 'poll.ms': 9, mode: 'down' });
  expect(loaded.worker.dataDir).toBe(join(folder, 'app', '.caves'));
});

test('overrides replace keys of the worker and of a connector, and one that fits nothing is a complaint', async () => {
  const overrides = { 'rest.port': '0', 'connectors.numbers.poll.ms': '3', 'rest.prt': '1' };
  const loaded = await load(`worker: { rest.port: 1 }\n${source}`, {}, { overrides });
  expect(loaded.worker.rest).toMatchObject({ host: '127.0.0.1', port: 0, explicit: true });
  expect(loaded.connectors[0]?.config['poll.ms']).toBe('3');
  expect(loaded.lints.map(({ key }) => key)).toEqual(['rest.prt']);
});

test('schemas are read in from files beside the YAML', async () => {
  const schemas = `connectors:
  out:
    connector.class: ./printer.ts
    topics: a
    value.schemas.field: type
    value.schemas:
      ORDER: schemas/order.json
      STOCK: { type: object }
      ANY: true
`;
  const loaded = await load(schemas, { 'schemas/order.json': '{ "type": "object", "required": ["id"] }' });
  expect(lines(loaded)).toEqual([]);
  const { config } = loaded.connectors[0] as (typeof loaded.connectors)[number];
  const { settings } = await resolveConnector('out', config, loaded.registry, loaded.references);
  expect(settings.values).toEqual({
    field: 'type',
    schemas: { ORDER: { type: 'object', required: ['id'] }, STOCK: { type: 'object' }, ANY: true },
  });
});

test('two connectors may use the same schema with an $id, also of draft-07', async () => {
  const $schema = 'http://json-schema.org/draft-07/schema#';
  const connector = (name: string) =>
    `  ${name}: { connector.class: ./printer.ts, topics: ${name}, value.schemas.field: t, value.schemas: { A: a.json } }\n`;
  const loaded = await load(`connectors:\n${connector('one')}${connector('two')}`, {
    'a.json': JSON.stringify({ $schema, $id: 'https://caves.example/a', type: 'object', format: 'date-time' }),
  });
  expect(lines(loaded)).toEqual([]);
});

test('all complaints come at once, each with its line and column', async () => {
  const loaded = await load(`worker:
  rest.prt: 1
connectors:
  a:
    connector.class: ./counter.ts
    pol.ms: 5
    tasks.max: 0
  b:
    connector.class: ./printer.ts
`);
  expect(lines(loaded)).toEqual([
    '2:3 unknown-key rest.prt Unknown configuration "rest.prt". Did you mean "rest.port"?',
    '7:5 wrong-value tasks.max Invalid value 0 for configuration tasks.max: Value must be at least 1',
    '4:3 missing-key topic Missing required configuration "topic" which has no default value.',
    '6:5 unknown-key pol.ms Unknown configuration "pol.ms". Did you mean "poll.ms"?',
    '8:3 missing-key topics Must configure one of topics or topics.regex',
  ]);
});

test.each([
  [
    'an unknown part',
    'conectors: {}\n',
    /^1:1 unknown-key conectors Unknown key "conectors" at the top .* mean "connectors"/,
  ],
  ['no connectors', 'worker: {}\n', /^1:1 no-connectors connectors The file names no connectors/],
  ['a list of connectors', 'connectors:\n  - name: a\n', /^1:1 wrong-type connectors "connectors" takes a map/],
  [
    'a connector without configuration',
    'connectors:\n  a:\n',
    /^2:3 wrong-type - The connector a has no configuration/,
  ],
  ['an empty file', '', /^1:1 no-connectors - caves.yaml is empty/],
  ['a file that is a list', '- a\n', /^1:1 no-connectors - caves.yaml is no map/],
  ['a file that is text', 'hello\n', /^1:1 no-connectors - caves.yaml is no map/],
  ['a key without value', `${source}    mode:\n`, /^5:5 no-value mode mode has no value/],
])('%s is a complaint', async (_, yaml, expected) => {
  const [first] = lines(await load(yaml));
  expect(first).toMatch(expected);
});

test('a file that is not there, or is a folder, or no UTF-8, is a complaint and not an exception', async () => {
  const folder = await project({ 'sub/x': '', 'package.json': '{}' });
  const at = async (path: string) =>
    (await loadFile(path, { env: {}, cwd: folder })).lints.map(({ message }) => message);
  expect(await at('none.yaml')).toEqual([`There is no file ${join(folder, 'none.yaml')}.`]);
  expect(await at('sub')).toEqual(['sub is a folder: name a YAML file in it.']);
  const { writeFile } = await import('node:fs/promises');
  await writeFile(join(folder, 'latin.yaml'), Buffer.from([0x61, 0xe9, 0x3a]));
  expect(await at('latin.yaml')).toEqual(['latin.yaml is not UTF-8 text.']);
});
