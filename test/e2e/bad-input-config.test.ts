/** Configuration that cannot run: every complaint with its place and the way out, exit code 1, and nothing starts. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { expectNoStack, givenFolder } from './bad-input.ts';

const sink = `
    connector.class: snowflake-variant
    topics: events
    snowflake: {user: caves, password: caves}`;

/** A file, what else lies beside it, and the complaint: where it stands, and what it says. */
const cases = {
  'YAML that does not parse': {
    yaml: 'connectors:\n  wine: [red, white\n  beer: none\n',
    complaint: /^caves\.yaml:3:3 +error +Not valid YAML: .*must .* end with a \]/,
  },
  'an unknown key': {
    yaml: `connectors:\n  wine:${sink}\n    batchsize: 100\n`,
    complaint: /^caves\.yaml:6:5 .*Unknown configuration "batchsize"\. Did you mean "batch\.size"\?$/,
  },
  'a value of the wrong type': {
    yaml: `connectors:\n  wine:${sink}\n    batch.size: many\n`,
    complaint: /^caves\.yaml:6:5 .*batch\.size +Invalid value many for configuration batch\.size: Not a number/,
  },
  'a missing key': {
    yaml: 'connectors:\n  wine:\n    connector.class: snowflake-variant\n    topics: events\n',
    complaint: /^caves\.yaml:2:3 .*Missing required configuration "snowflake\.user"/,
  },
  'an unknown connector class': {
    yaml: 'connectors:\n  wine: {connector.class: snowflake-varian, topics: events}\n',
    complaint: /^caves\.yaml:2:10 .*snowflake-varian: it is no built-in, .*Did you mean "snowflake-variant"\?/,
  },
  'a plugin file that is not there': {
    yaml: 'connectors:\n  wine: {connector.class: ./cellar.ts, topics: events}\n',
    complaint: /^caves\.yaml:2:10 .*There is no plugin file .*cellar\.ts\.$/,
  },
  'a plugin file that throws': {
    yaml: 'connectors:\n  wine: {connector.class: ./cellar.ts, topics: events}\n',
    files: { 'cellar.ts': "\nthrow new Error('the cellar is locked');\n" },
    complaint: /^caves\.yaml:2:10 .*cellar\.ts:2:7: the cellar is locked$/,
  },
  'a plugin file with a slip of the pen': {
    yaml: 'connectors:\n  wine: {connector.class: ./cellar.ts, topics: events}\n',
    files: { 'cellar.ts': 'export default {{;\n' },
    complaint: /^caves\.yaml:2:10 .*cellar\.ts:1: SyntaxError: /,
  },
  'a schema file that is not there': {
    yaml: `connectors:\n  wine:${sink}\n    value.schemas.field: type\n    value.schemas: {SALE: ./sale.json}\n`,
    complaint: /^caves\.yaml:7:21 .*The schema of SALE: there is no file .*sale\.json\. Paths start from the folder/,
  },
  'a schema file that is no schema': {
    yaml: `connectors:\n  wine:${sink}\n    value.schemas.field: type\n    value.schemas: {SALE: ./sale.json}\n`,
    files: { 'sale.json': '{\n  "type": "text"\n}\n' },
    complaint: /^sale\.json:2:11 .*The schema of SALE: \/type must be one of: .*string\.$/,
  },
  'a schema file that is no JSON': {
    yaml: `connectors:\n  wine:${sink}\n    value.schemas.field: type\n    value.schemas: {SALE: ./sale.json}\n`,
    files: { 'sale.json': '{"type": ' },
    complaint: /^sale\.json:1:10 .*The schema of SALE cannot be read: /,
  },
} as const;

describe('start refuses', () => {
  test.each(Object.entries(cases))('%s, with its place', async (_, { yaml, complaint, ...rest }) => {
    const folder = givenFolder({ 'caves.yaml': yaml, ...('files' in rest ? rest.files : {}) });
    const { code, stdout, stderr } = await folder.run('start', 'caves.yaml');
    expect(stderr.split('\n').filter((line) => complaint.test(line))).toHaveLength(1);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expectNoStack(stderr);
  });
});

test('validate tells every complaint of every file at once', async () => {
  const files = Object.fromEntries(Object.values(cases).map(({ yaml }, i) => [`${i}.yaml`, yaml]));
  const { code, stdout, stderr } = await givenFolder(files).run('validate', ...Object.keys(files));
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  for (const name of Object.keys(files)) expect(stdout).toMatch(new RegExp(`^${name}: 1 error$`, 'm'));
});

describe('start names the way out when a port is in use by another program', () => {
  test.each([
    [
      'rest.port',
      (port: number) =>
        new RegExp(`^rest.port: cannot listen on 127.0.0.1:${port}: .*set rest.port to a free port\\. .*\n$`),
    ],
    [
      'metrics.port',
      (port: number) =>
        new RegExp(`^metrics.port: cannot listen on .*:${port}: .*set metrics.port to a free port\\. .*\n$`),
    ],
    ['CAVES_KAFKA_PORT', (port: number) => new RegExp(`^Port ${port} on .* CAVES_KAFKA_PORT=\\d+ puts .*\n$`)],
    ['CAVES_SNOWFLAKE_PORT', (port: number) => new RegExp(`^Port ${port} on .* CAVES_SNOWFLAKE_PORT=\\d+ puts .*\n$`)],
  ])('%s', async (key, complaint) => {
    const other = createServer((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => void other.close());
    const { port } = other.address() as AddressInfo;
    const [worker, env] = key.startsWith('CAVES_')
      ? ['', { [key]: String(port) }]
      : [`worker: {${key}: ${port}}\n`, {}];
    const folder = givenFolder({ 'caves.yaml': `${worker}connectors:\n  wine:${sink}\n` }, env);
    const { code, stdout, stderr } = await folder.run('start', 'caves.yaml');
    expect(stderr).toMatch(complaint(port));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });
});
