import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createReferences } from '../../../src/runtime/config/references.ts';
import { project } from './fixtures.ts';

const inEnv = (env: Record<string, string>) => createReferences({ env, folder: '/', folders: [] });

test.each([
  [`\${env:A}`, 'one'],
  [`x-\${env:A}-\${env:B}-y`, 'x-one-two-y'],
  [`\${env:NONE:-some:default}`, 'some:default'],
  [`\${env:NONE:-}`, ''],
  [`\${env:EMPTY:-default}`, 'default'],
  [`\${env:EMPTY}`, ''],
  [`\${topic}-\${timestamp:yyyy}`, `\${topic}-\${timestamp:yyyy}`],
  [`$A $\{ plain`, `$A $\{ plain`],
])('%s is %j', (text, expected) => {
  const references = inEnv({ A: 'one', B: 'two', EMPTY: '' });
  expect(references.resolve(text)).toEqual({ text: expected, problems: [] });
});

test('what a variable holds is not searched for references', () => {
  expect(inEnv({ A: `\${env:B}`, B: 'secret' }).resolve(`\${env:A}`).text).toBe(`\${env:B}`);
});

test.each([
  [`\${env:KAFKA_BROKRES}`, /the variable KAFKA_BROKRES is not set\. Did you mean "KAFKA_BROKERS"\?/],
  [`\${env:}`, /"" is no name of a variable/],
  [`\${env:a b}`, /"a b" is no name of a variable/],
  [`\${env:A:-\${env:B}}`, /a default cannot be a reference itself/],
  [`\${env:A`, /the closing } is missing/],
  [`\${env:__proto__}`, /not set/],
])('%s cannot be resolved, and the reason says why', (text, expected) => {
  const { problems } = inEnv({ KAFKA_BROKERS: 'k:9092' }).resolve(text);
  expect(problems.map(({ message }) => message)).toEqual([expect.stringMatching(expected)]);
});

test('every reference that fails is named, and no value that did resolve', () => {
  const { problems } = inEnv({ PW: 'hunter2' }).resolve(`\${env:PW} \${env:X} \${env:Y}`);
  expect(problems).toHaveLength(2);
  expect(JSON.stringify(problems)).not.toContain('hunter2');
});

test('files give a key of dotenv, properties or JSON, or all of their text', async () => {
  const folder = await project({
    'a.env': 'USER=albert\nPASSWORD="with # and = in it"\n',
    'a.properties': '# a comment\nuser.name = albert\nport: 9092\n',
    'a.json': '{"user":"albert","port":9092,"deep":{"a":1}}',
    'ca.pem': 'BEGIN\nEND\n',
  });
  const { resolve } = createReferences({ env: {}, folder, folders: [folder] });
  const text = (reference: string) => resolve(reference).text;
  expect(text(`\${file:a.env:PASSWORD}`)).toBe('with # and = in it');
  expect(text(`\${file:a.properties:user.name}:\${file:a.properties:port}`)).toBe('albert:9092');
  expect(text(`\${file:./a.json:port}`)).toBe('9092');
  expect(text(`\${file:a.json:deep}`)).toBe('{"a":1}');
  expect(text(`\${file:${folder}/ca.pem}`)).toBe('BEGIN\nEND');
});

test('files outside of the allowed folders are not read, by no path and by no link', async () => {
  const folder = await project({ 'in/x.env': 'A=1', 'out/secret.env': 'A=hunter2', 'inside/x.env': 'A=2' });
  await symlink(join(folder, 'out/secret.env'), join(folder, 'in/link.env'));
  await mkdir(join(folder, 'in/sub'));
  const { resolve } = createReferences({ env: {}, folder: join(folder, 'in'), folders: [join(folder, 'in')] });
  expect(resolve(`\${file:sub/../x.env:A}`).text).toBe('1');
  for (const path of [
    '../out/secret.env',
    join(folder, 'out/secret.env'),
    'link.env',
    '../inside/x.env',
    '/etc/passwd',
  ]) {
    const { problems } = resolve(`\${file:${path}:A}`);
    expect(problems, path).toMatchObject([{ message: expect.stringContaining('outside of the folders') }]);
  }
});

test.each([
  ['x.env:USR', /has no key "USR"\. Did you mean "USER"\?/],
  ['none.env:A', /cannot read .*none.env: ENOENT/],
  ['bad.json:A', /is not a JSON object/],
  ['x.env:__proto__', /has no key "__proto__"/],
  ['', /no file named/],
])('the reference to the file %j cannot be resolved, and the reason says why', async (rest, expected) => {
  const folder = await project({ 'x.env': 'USER=1', 'bad.json': '[1' });
  const { problems } = createReferences({ env: {}, folder, folders: [folder] }).resolve(`\${file:${rest}}`);
  expect(problems.map(({ message }) => message)).toEqual([expect.stringMatching(expected)]);
});

test('restricted references refuse what a REST client may not read', () => {
  const references = createReferences({
    env: { KAFKA_A: 'a', B: 'b' },
    folder: '/',
    folders: ['/'],
    restEnv: ['KAFKA_*'],
  });
  expect(references.resolve(`\${env:KAFKA_A}\${env:B}`).text).toBe('ab');
  const { text, problems } = references.restricted().resolve(`\${env:KAFKA_A}\${env:B}\${file:etc/passwd}`);
  expect(text).toBe(`a\${env:B}\${file:etc/passwd}`);
  expect(problems.map(({ code }) => code)).toEqual(['forbidden-reference', 'forbidden-reference']);
});

test.for([
  ['SNOWFLAKE_PASSWORD', true],
  ['db_passphrase', true],
  ['CLIENT_SECRET_2', true],
  ['OAUTH_TOKEN', true],
  ['SNOWFLAKE_PRIVATE_KEY', true],
  ['SNOWFLAKE_USER', false],
  ['KAFKA_KEY', false],
] as const)('by its name the variable %s holds a secret: %s', ([name, isSecret]) => {
  const { resolve } = inEnv({ [name]: 'hunter2' });
  const shown = resolve(`x-\${env:${name}}`);

  expect(resolve(`\${env:${name}}`, { secret: true })).toEqual({ text: 'hunter2', problems: [] });
  expect(shown.text).toBe(isSecret ? `x-\${env:${name}}` : 'x-hunter2');
  expect(shown.problems.map(({ code }) => code)).toEqual(isSecret ? ['forbidden-reference'] : []);
  expect(JSON.stringify(shown.problems)).not.toContain('hunter2');
});
