import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyEnvelope } from '../../../src/runtime/config/envelope.ts';
import { invalidConfigMessage, lintConnector } from '../../../src/runtime/config/lint.ts';
import { createReferences } from '../../../src/runtime/config/references.ts';
import { resolveConnector } from '../../../src/runtime/config/resolve.ts';
import { createPluginRegistry } from '../../../src/runtime/plugins/registry.ts';
import { lines, load, plugins, project } from './fixtures.ts';

/** The complaints about one connector in a file, its keys beginning at line 3. */
async function complaints(keys: string, files = {}, env: Record<string, string> = {}) {
  return lines(await load(`connectors:\n  c:\n    ${keys.trim().replaceAll('\n', '\n    ')}\n`, files, { env }));
}
const source = 'connector.class: ./counter.ts\n';
const sink = 'connector.class: ./printer.ts\ntopics: sales\n';

describe('a connector in a file', () => {
  test.each([
    [
      'an unknown key',
      `${sink}batchsize: 5`,
      '5:5 unknown-key batchsize Unknown configuration "batchsize". Did you mean "batch.size"?',
    ],
    [
      'a nested unknown key',
      `${sink}batch:\n  sise: 5`,
      '6:7 unknown-key batch.sise Unknown configuration "batch.sise". Did you mean "batch.size"?',
    ],
    ['a key in camel case', `${sink}batchLingerMs: 5`, /Did you mean "batch.linger.ms"\?$/],
    [
      "a sink's key at a source",
      `${source}topic: t\nbatch.size: 5`,
      /batch.size is a key of sinks, and counter is a source\.$/,
    ],
    [
      'a map written flat',
      `${sink}value.schemas.ORDER: a.json`,
      /value.schemas is a map: give "ORDER" as a key of its value\.$/,
    ],
    ['predicates, whose absence would change data', `${sink}predicates: x`, /unknown-key predicates/],
    [
      'a missing key',
      source,
      '2:3 missing-key topic Missing required configuration "topic" which has no default value.',
    ],
    [
      'text for a number',
      `${source}topic: t\npoll.ms: often`,
      '5:5 wrong-type poll.ms Invalid value often for configuration poll.ms: Not a number of type INT',
    ],
    [
      'a number below its range',
      `${source}topic: t\ntasks.max: 0`,
      '5:5 wrong-value tasks.max Invalid value 0 for configuration tasks.max: Value must be at least 1',
    ],
    ['a number above its range', `${source}topic: t\npoll.ms: 5000`, /Value must be no more than 1000$/],
    ['a fraction for an integer', `${source}topic: t\npoll.ms: 1.5`, /Not a number of type INT$/],
    ['text for a boolean', `${source}topic: t\nloud: maybe`, /Expected value to be either true or false$/],
    [
      'a word that is not allowed',
      `${source}topic: t\nmode: dwn`,
      /String must be one of: up, down\. Did you mean "down"\?$/,
    ],
    ['a list for a text', `${source}topic: t\nmode: [up, down]`, /^5:\d+ wrong-value mode Invalid value up,down/],
    ['a list for a map', `${source}topic: t\nlabels: [a]`, /Not JSON|Expected a map/],
    [
      'an unknown field of an object',
      `${source}topic: t\nretry: { tims: 3 }`,
      /^5:5 unknown-key retry .* Unknown field "tims"\. Did you mean "times"\?/,
    ],
    [
      'a wrong value deep in an object',
      `${source}topic: t\nretry:\n  times: many`,
      /^6:14 wrong-type retry .* times: Not a number of type INT$/,
    ],
    [
      'what the plugin itself refuses',
      `${source}topic: forbidden`,
      '4:5 refused-by-plugin topic this topic is not for you',
    ],
    [
      'no class',
      'topic: t',
      '2:3 missing-key connector.class Connector config {name=c} contains no connector type: give connector.class.',
    ],
    [
      'topics and topics.regex',
      `${sink}topics.regex: s.*`,
      '4:5 wrong-value topics topics and topics.regex are mutually exclusive options, but both are set.',
    ],
    [
      'neither topics nor topics.regex',
      'connector.class: ./printer.ts',
      '2:3 missing-key topics Must configure one of topics or topics.regex',
    ],
    [
      'a topic that Kafka would not have',
      'connector.class: ./printer.ts\ntopics: sales, 2026/11',
      '4:5 wrong-value topics Invalid value 2026/11 for configuration topics: a topic has 1 to 249 letters, digits, dots, underscores and hyphens',
    ],
    [
      'a pattern that is none',
      'connector.class: ./printer.ts\ntopics.regex: "("',
      /^4:5 wrong-value topics.regex .* String must be a regex$/,
    ],
    [
      'a dead letter queue that is read',
      `${sink}errors.tolerance: all\nerrors.deadletterqueue.topic.name: sales`,
      /The DLQ topic 'sales' may not be included in the list of topics \('topics=\[sales\]'\) consumed by the connector$/,
    ],
    [
      'a dead letter queue that the pattern matches',
      `connector.class: ./printer.ts\ntopics.regex: sales.*\nerrors.tolerance: all\nerrors.deadletterqueue.topic.name: sales.dlq`,
      /may not be included in the regex matched topics/,
    ],
    [
      'a transform without type',
      `${sink}transforms: mask`,
      '2:3 missing-key transforms.mask.type Missing required configuration "transforms.mask.type" which has no default value.',
    ],
    [
      'an unknown key of a transform',
      `${sink}transforms: m\ntransforms.m.type: ./mask.ts\ntransforms.m.feild: x\ntransforms.m.field: y`,
      /^7:5 unknown-key transforms.m.feild .* Did you mean "transforms.m.field"\?$/,
    ],
    ['a transform that is not listed', `${sink}transforms.m.type: ./mask.ts`, /unknown-key transforms.m.type/],
    [
      'an alias twice',
      `${sink}transforms: m,m\ntransforms.m.type: ./mask.ts\ntransforms.m.field: y`,
      /Duplicate alias provided: m$/,
    ],
    ['schemas without the field', `${sink}value.schemas: { A: true }`, /^2:3 missing-key value.schemas.field/],
    [
      'another name',
      `${source}topic: t\nname: other`,
      /Connector name configuration \(other\) doesn't match connector name in the URL \(c\)$/,
    ],
    [
      'a source as error handler',
      `${sink}errors.tolerance: all\nerrors.handler: ./counter.ts`,
      /^6:5 wrong-plugin errors.handler .*counter.ts is a source; errors.handler takes an error handler/,
    ],
    [
      'a handler as connector',
      'connector.class: dlq\ntopics: a',
      /dlq is an error handler; connector.class takes a source or a sink\.$/,
    ],
    [
      'an unknown class',
      'connector.class: wine-sales-generatr',
      /^3:5 unknown-plugin connector.class .*Did you mean "wine-sales-generator"\?/,
    ],
    [
      'a plugin file that is not there',
      'connector.class: ./contuer.ts',
      '3:5 unknown-plugin connector.class There is no plugin file contuer.ts. Did you mean "counter.ts"?',
    ],
    [
      'a variable that is not set',
      `${source}topic: \${env:TOPIK}`,
      /^4:5 unresolved-reference topic Cannot resolve \$\{env:TOPIK\}: the variable TOPIK is not set\. Set it in the environment or in \.env, or give a default/,
    ],
    ['a reference that is not closed', `${source}topic: "\${env:TOPIC"`, /the closing \} is missing$/],
  ])('%s', async (_, keys, expected) => {
    const [first, ...more] = await complaints(keys);
    expect(more).toEqual([]);
    if (typeof expected === 'string') expect(first).toBe(expected);
    else expect(first).toMatch(expected);
  });

  test('a secret in clear is refused with the way out, and never shown', async () => {
    const found = await complaints(`${source}topic: t\npassword: hunter2`);
    expect(found).toEqual([expect.stringMatching(/^5:5 literal-secret password .* write \$\{env:PASSWORD\}/)]);
    expect(found.join()).not.toContain('hunter2');
    expect((await complaints(`${source}topic: t\npassword: \${env:PW:-hunter2}`)).join()).toMatch(
      /^5:5 literal-secret/,
    );
    expect((await complaints(`${source}topic: t\npassword: x\${env:PW}`, {}, { PW: 'a' })).join()).toMatch(
      /literal-secret/,
    );
  });

  test('a reference, and the password of the embedded services, are no secrets in clear', async () => {
    expect(await complaints(`${source}topic: t\npassword: \${env:PW}`, {}, { PW: 'hunter2' })).toEqual([]);
    expect(await complaints(`${source}topic: t\npassword: \${env:PW:-caves}`)).toEqual([]);
    expect(await complaints(`${source}topic: t\npassword: caves`)).toEqual([]);
  });

  test('a variable that holds a secret is kept out of what is shown', async () => {
    const secrets = { DB_PASSWORD: 'hunter2' };
    expect(await complaints(`${source}topic: t\npassword: \${env:DB_PASSWORD}`, {}, secrets)).toEqual([]);
    for (const key of ['topic', 'labels', 'labels: { a', 'retry: { wait']) {
      const end = key.includes('{') ? ' }' : '';
      const given = key === 'topic' ? '' : 'topic: t\n';
      const found = await complaints(`${source}${given}${key}: "\${env:DB_PASSWORD:-x}"${end}`, {}, secrets);
      expect(found, key).toEqual([
        expect.stringMatching(/forbidden-reference .* DB_PASSWORD holds a secret, and this/),
      ]);
    }
  });

  test('what a reference stands for is never shown', async () => {
    const found = await complaints(`${source}topic: t\npoll.ms: \${env:MS}`, {}, { MS: 'hunter2' });
    expect(found).toEqual([
      `5:5 wrong-type poll.ms Invalid value \${env:MS} for configuration poll.ms: Not a number of type INT`,
    ]);
  });

  test("keys of Kafka Connect's that change nothing are accepted, with a warning where they ask for something else", async () => {
    expect(
      await complaints(`${sink}key.converter: org.apache.kafka.connect.storage.StringConverter
value.converter: org.apache.kafka.connect.json.JsonConverter
value.converter.schemas.enable: false
config.action.reload: restart
`),
    ).toEqual([
      '8:5 no-effect config.action.reload config.action.reload has no effect here: a connector restarts when its configuration changes.',
    ]);
    const { lints } = await load(
      `connectors:\n  c:\n    ${sink.replaceAll('\n', '\n    ')}value.converter: AvroConverter\n`,
    );
    expect(lints).toMatchObject([{ level: 'warning', key: 'value.converter' }]);
  });

  test('a handler without tolerance is a warning', async () => {
    expect(await complaints(`${sink}errors.deadletterqueue.topic.name: q`)).toEqual([
      expect.stringMatching(/^5:5 no-effect errors.deadletterqueue.topic.name .* Set errors.tolerance: all\.$/),
    ]);
  });
});

describe('the schema of a type of event', () => {
  const withSchema = (value: string) => `${sink}value.schemas.field: type\nvalue.schemas:\n  ORDER: ${value}`;

  test.each([
    [
      'a file that is not there',
      'none.json',
      {},
      /^7:7 no-schema value.schemas The schema of ORDER: there is no file none.json\. Paths start from the folder of this YAML\.$/,
    ],
    ['a folder', 'dir', { 'dir/a': '' }, /^7:7 no-schema value.schemas The schema of ORDER: dir is no file\.$/],
    [
      'a file that is no JSON',
      'a.json',
      { 'a.json': '{\n  "type": "object"\n  "a"' },
      /^a.json:\d+:\d+ no-schema value.schemas The schema of ORDER cannot be read/,
    ],
    ['an empty file', 'a.json', { 'a.json': '' }, /a.json is empty\.$/],
    ['a file that is no schema', 'a.json', { 'a.json': '[1]' }, /^a.json:1:1 no-schema .* is no JSON Schema/],
    [
      'an unknown type',
      'a.json',
      { 'a.json': '{\n  "properties": {\n    "id": { "type": "strin" }\n  }\n}' },
      /^a.json:3:21 no-schema .*\/properties\/id\/type must be one of: array, boolean/,
    ],
    [
      'a misspelled keyword',
      'a.json',
      { 'a.json': '{ "requred": [] }' },
      /^a.json:1:1 no-schema .* unknown keyword: "requred"/,
    ],
    [
      'a reference to nowhere',
      'a.json',
      { 'a.json': '{ "$ref": "#/$defs/none" }' },
      /^a.json:1:1 no-schema .*can't resolve reference/,
    ],
    [
      'an unknown dialect',
      'a.json',
      { 'a.json': '{ "$schema": "http://json-schema.org/draft-04/schema#" }' },
      /^a.json:1:14 no-schema .*unknown \$schema/,
    ],
    ['an inline one that is wrong', '{ type: objct }', {}, /^7:22 no-schema .*\/type must be one of/],
    ['a number', '5', {}, /^7:14 no-schema .* is no JSON Schema/],
  ])('%s', async (_, value, files, expected) => {
    const [first, ...more] = await complaints(withSchema(value), files);
    expect(more).toEqual([]);
    expect(first).toMatch(expected);
  });
});

describe('the error handler', () => {
  const resolve = async (keys: string) => {
    const loaded = await load(`connectors:\n  c:\n    ${keys.trim().replaceAll('\n', '\n    ')}\n`);
    expect(loaded.lints.filter(({ level }) => level === 'error')).toEqual([]);
    return resolveConnector('c', loaded.connectors[0]?.config ?? {}, loaded.registry, loaded.references);
  };

  test('is the dead letter queue when errors are tolerated', async () => {
    const { errorHandler } = await resolve(`${sink}errors.tolerance: all\nerrors.deadletterqueue.topic.name: q`);
    expect(errorHandler?.plugin.name).toBe('dlq');
    expect(errorHandler?.config).toMatchObject({ 'errors.deadletterqueue.topic.name': 'q' });
    expect((await resolve(`${sink}errors.tolerance: all`)).errorHandler?.plugin.name).toBe('dlq');
  });

  test('is none when they are not', async () => {
    expect((await resolve(sink)).errorHandler).toBeUndefined();
    expect((await resolve(`${sink}errors.handler: dlq`)).errorHandler).toBeUndefined();
  });
});

describe('a configuration from a REST client', () => {
  async function worker() {
    const folder = await project({
      ...plugins,
      'allowed/counter.ts': plugins['counter.ts'] ?? '',
      'secrets.env': 'a=1',
      'open/x.env': 'a=topic',
    });
    const registry = createPluginRegistry({ folder, pluginPath: [join(folder, 'allowed')] });
    const references = createReferences({
      env: { KAFKA_TOPIC: 't', HOME_SECRET: 's' },
      folder,
      folders: [folder],
      restFolders: [join(folder, 'open')],
      restEnv: ['KAFKA_*'],
    });
    const lint = (config: Record<string, string>) => lintConnector('c', config, registry, { references });
    return { folder, registry, references, lint };
  }

  test('may use built-ins and what lies below plugin.path', async () => {
    const { lint, folder } = await worker();
    expect(await lint({ 'connector.class': join(folder, 'allowed/counter.ts'), topic: 't' })).toEqual([]);
  });

  test('may not name another file to load, unless the YAML has named it', async () => {
    const { lint, folder, registry } = await worker();
    const path = join(folder, 'counter.ts');
    for (const ref of [path, './counter.ts', `${folder}/allowed/../counter.ts`]) {
      expect(await lint({ 'connector.class': ref, topic: 't' })).toMatchObject([{ code: 'forbidden-plugin' }]);
    }
    expect(registry.list()).toEqual([]);
    await registry.load(path);
    expect(await lint({ 'connector.class': path, topic: 't' })).toEqual([]);
  });

  test('may leave the file that the connector runs already, which another worker has loaded', async () => {
    const { registry, references, folder } = await worker();
    const [path, other] = [join(folder, 'counter.ts'), join(folder, 'other.ts')];
    // Of a transform that is not in the list of transforms nobody has asked what it names.
    const present = { 'connector.class': path, topic: 't', 'transforms.x.type': other };
    const lint = (config: Record<string, string>) => lintConnector('c', config, registry, { references, present });

    expect(await lint({ 'connector.class': path, topic: 'u' })).toEqual([]);
    const forbidden = [{ code: 'forbidden-plugin' }];
    expect(await lint({ 'connector.class': other, topic: 't' })).toMatchObject(forbidden);
    expect(await lint({ ...present, transforms: 'x' })).toMatchObject(forbidden);
  });

  test('may not run a package that is not made for us', async () => {
    const { lint } = await worker();
    expect(await lint({ 'connector.class': 'vitest' })).toMatchObject([{ level: 'error' }]);
  });

  test('may read only the variables and files that the worker allows', async () => {
    const { lint, folder } = await worker();
    const base = { 'connector.class': join(folder, 'allowed/counter.ts') };
    expect(await lint({ ...base, topic: `\${env:KAFKA_TOPIC}` })).toEqual([]);
    expect(await lint({ ...base, topic: `\${file:open/x.env:a}` })).toEqual([]);
    for (const topic of [
      `\${env:HOME_SECRET}`,
      `\${file:secrets.env:a}`,
      `\${file:open/../secrets.env:a}`,
      `\${env:HOME_SECRET:-x}`,
    ]) {
      expect(await lint({ ...base, topic }), topic).toMatchObject([
        { level: 'error', code: 'forbidden-reference', key: 'topic' },
      ]);
    }
  });

  test('may have a secret put where it is kept, and nowhere else', async () => {
    const { registry, folder } = await worker();
    const references = createReferences({
      env: { KAFKA_PASSWORD: 'hunter2' },
      folder,
      folders: [],
      restEnv: ['KAFKA_*'],
    });
    const base = { 'connector.class': join(folder, 'allowed/counter.ts'), topic: 't' };
    const lint = (config: Record<string, string>) =>
      lintConnector('c', { ...base, ...config }, registry, { references });

    expect(await lint({ password: `\${env:KAFKA_PASSWORD}` })).toEqual([]);
    for (const config of [{ topic: `x \${env:KAFKA_PASSWORD}` }, { labels: `{"a":"\${env:KAFKA_PASSWORD}"}` }]) {
      expect(await lint(config)).toMatchObject([{ level: 'error', code: 'forbidden-reference' }]);
    }
    expect(JSON.stringify(await lint({ 'connector.class': `\${env:KAFKA_PASSWORD}` }))).not.toContain('hunter2');
  });

  test('cannot hide a reference in the escapes of JSON text', async () => {
    const { lint, folder } = await worker();
    const labels = '{"a":"\\u0024{env:HOME_SECRET}"}';
    expect(await lint({ 'connector.class': join(folder, 'allowed/counter.ts'), topic: 't', labels })).toMatchObject([
      { level: 'error', code: 'forbidden-reference', key: 'labels' },
    ]);
  });

  test('with an allowed variable that is not set here is only warned: the task may run elsewhere', async () => {
    const { lint, folder } = await worker();
    const topic = `\${env:KAFKA_ELSEWHERE}`;
    expect(await lint({ 'connector.class': join(folder, 'allowed/counter.ts'), topic })).toMatchObject([
      { level: 'warning', code: 'unresolved-reference' },
    ]);
  });

  test('cannot give the path of a schema', async () => {
    const { lint, folder } = await worker();
    const found = await lint({
      'connector.class': join(folder, 'allowed/counter.ts'),
      topic: 't',
      'value.schemas.field': 'type',
      'value.schemas': '{"A":"secrets.env"}',
    });
    expect(found).toMatchObject([{ code: 'no-schema', message: expect.stringContaining('counts only in the YAML') }]);
  });

  test('with prototype keys, null or nested values is refused', async () => {
    const { lint, folder } = await worker();
    const hostile = JSON.parse(
      `{"connector.class": ${JSON.stringify(join(folder, 'allowed/counter.ts'))}, "topic": "t", "__proto__": "x", "mode": null, "ratio": {"a": 1}, "constructor": "y"}`,
    );
    const found = await lint(hostile);
    expect(found.map(({ code, key }) => `${code} ${key}`).sort()).toEqual([
      'forbidden-key __proto__',
      'forbidden-key constructor',
      'wrong-type mode',
      'wrong-type ratio',
    ]);
  });

  test('whatever it holds, the answer is a list of complaints', async () => {
    const { registry, references } = await worker();
    const classes = ['dlq', 'wine-sales-generator', './counter.ts', '/etc/passwd', 'file:///x.ts', 'toString', '\0'];
    const key = fc.oneof(
      fc.constantFrom('connector.class', 'transforms', 'transforms.a.type', 'errors.handler', 'errors.tolerance'),
      fc.constantFrom(...Object.keys(anyEnvelope.properties)),
      fc.string(),
    );
    const value = fc.oneof(fc.constantFrom(...classes), fc.json(), fc.string(), fc.constant(`\${env:HOME_SECRET}`));
    await fc.assert(
      fc.asyncProperty(
        fc.string(),
        fc.dictionary(key, value),
        fc.constantFrom(...classes),
        async (name, config, ref) => {
          const lints = await lintConnector(name, { 'connector.class': ref, ...config }, registry, { references });
          for (const { message } of lints) expect(message).not.toMatch(/\n\s+at |TypeError|RangeError/);
        },
      ),
      { numRuns: 300 },
    );
  });

  test.each([
    ['', 'String may not be empty'],
    [
      'bad\u0001one',
      'Invalid value badone for configuration name: String may not contain control sequences but had the following ASCII chars: 1',
    ],
    ['a/b', 'String may not contain a slash'],
  ])('with the name %j is refused', async (name, message) => {
    const { registry, references } = await worker();
    const found = await lintConnector(name, { 'connector.class': 'dlq' }, registry, { references });
    expect(found.map((lint) => lint.message)).toContainEqual(expect.stringContaining(message));
  });
});

test("all errors in one message, in Kafka Connect's words", async () => {
  const registry = createPluginRegistry();
  const references = createReferences({ env: {}, folder: '/', folders: [] });
  const flat = { 'connector.class': 'wine-sales-generator', 'tasks.max': 'zero', 'errors.tolerance': 'some' };
  await expect(resolveConnector('c', flat, registry, references)).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
  expect(invalidConfigMessage(await lintConnector('c', flat, registry, { references })).split('\n')).toEqual([
    expect.stringMatching(/^Connector configuration is invalid and contains the following \d error\(s\):$/),
    ...(await lintConnector('c', flat, registry, { references })).map(({ message }) => message),
    'You can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`',
  ]);
});

test('what a plugin refuses is told with its key', async () => {
  const registry = createPluginRegistry();
  const references = createReferences({ env: {}, folder: '/', folders: [] });
  const flat = { 'connector.class': 'snowflake-variant', topics: 't', 'snowflake.user': 'u', 'snowflake.account': 'a' };
  const lints = await lintConnector('c', flat, registry, { references });
  expect(invalidConfigMessage(lints)).toMatch(/^snowflake\.password: is missing: /m);
});

describe('nothing of a secret is said', () => {
  const nested = {
    'vault.ts': `
import { defineSource } from 'caves-connect/sdk';
export default defineSource({
  name: 'vault', version: '1.0.0', summary: 'Keeps',
  config: {
    properties: {
      login: {
        type: 'object',
        properties: { user: { type: 'string', description: '' }, password: { type: 'string', secret: true, description: '' } },
        description: '',
      },
      labels: { type: 'object', additionalProperties: { type: 'string', description: '' }, description: '' },
    },
  },
  initialOffset: {}, open: () => ({ async *read() {} }),
});`,
  };
  const vault = 'connector.class: ./vault.ts\n';

  test('when it stands in clear inside of a structure', async () => {
    const found = await complaints(`${vault}login: { user: albert, password: hunter2, pin: 5 }`, nested);
    expect(found.map((line) => line.split(' ')[1])).toEqual(['literal-secret', 'unknown-key']);
    expect(found.join()).not.toContain('hunter2');
    expect(await complaints(`${vault}login: { password: "\${env:PW}" }`, nested, { PW: 'hunter2' })).toEqual([]);
  });

  test('when it is no JSON, named as a plugin, or used as a topic', async () => {
    const env = { PW: 'hunter2' };
    const all = [
      await complaints(`${vault}labels: \${env:PW}`, nested, env),
      await complaints(`${vault}login: '{hunter2'`, nested, env),
      await complaints(`connector.class: \${env:PW}`, {}, env),
      await complaints(
        `connector.class: ./printer.ts\ntopics: \${env:PW}\nerrors.tolerance: all\nerrors.deadletterqueue.topic.name: \${env:PW}`,
        {},
        env,
      ),
    ];
    for (const found of all) {
      expect(found).toHaveLength(1);
      expect(found.join()).not.toContain('hunter2');
    }
  });
});

test('a pattern that matches its own dead letter queues is refused', async () => {
  const sink = (regex: string) => `connector.class: ./printer.ts\nerrors.tolerance: all\ntopics.regex: ${regex}`;
  expect(await complaints(sink('sales.*'))).toEqual([
    expect.stringMatching(/^5:5 wrong-value topics.regex .*own dead letter queues/),
  ]);
  expect(await complaints(sink('(?!.*\\.dlq$)sales.*'))).toEqual([]);
  expect(await complaints(sink('sales|stock'))).toEqual([]);
  expect(await complaints(`${sink('sales.*')}\nerrors.deadletterqueue.topic.name: rejects`)).toEqual([]);
});

describe('a key that nobody knows', () => {
  const worker = (value: string) => `worker:\n  config.unknown.keys: ${value}\n`;
  const file = (value: string) =>
    `${worker(value)}connectors:\n  c:\n    connector.class: ./printer.ts\n    topics: t\n    batchsize: 5\n`;

  test('is an error, a warning or nothing, as the worker says', async () => {
    const levels = async (value: string) =>
      (await load(file(value), {})).lints.map(({ level, code }) => `${level} ${code}`);
    expect(await levels('error')).toEqual(['error unknown-key']);
    expect(await levels('warn')).toEqual(['warning unknown-key']);
    expect(await levels('ignore')).toEqual([]);
  });
});
