/** Files of configuration that are bombs or reach for more than their values: each is refused in words, and soon. */
import { expect, test } from 'vitest';
import { expectNoStack, givenFolder } from '../e2e/bad-input.ts';

const laughs = (line: (i: number, name: string) => string) =>
  ['a0: &a0 {k: [x, x, x, x, x, x, x, x, x, x]}', ...Array.from({ length: 24 }, (_, i) => line(i + 1, `*a${i}`))].join(
    '\n',
  );
const sink = 'connector.class: wine-sales-generator\n    topic: sales';

/** What is in a file, and what is said of it. */
const files: Readonly<Record<string, readonly [yaml: string, complaint: RegExp]>> = {
  'laughs.yaml': [
    laughs((i, before) => `a${i}: &a${i} [${Array(10).fill(before).join(', ')}]`),
    /More than 200000 values, aliases included/,
  ],
  'merges.yaml': [
    laughs((i, before) => `a${i}: &a${i} {<<: [${before}, ${before}], k${i}: {<<: ${before}}}`),
    /More than 200000 values, aliases included/,
  ],
  'deep.yaml': [`connectors: ${'['.repeat(100_000)}`, /Nested deeper than 64 levels/],
  'deep-blocks.yaml': [
    Array.from({ length: 200 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
    /Nested deeper than 64 levels/,
  ],
  'large.yaml': [`# ${'x'.repeat(11_000_000)}`, /has 11000002 bytes: this is no configuration/],
  'twice.yaml': ['connectors: {}\nworker: {}\nconnectors: {}\n', /The key "connectors" is there twice: take one out/],
  'function.yaml': [
    `connectors:\n  wine:\n    ${sink}\n    seed: !!js/function "() => process.exit(3)"\n`,
    /The tag !!js\/function means nothing here/,
  ],
  'python.yaml': [
    'connectors: !!python/object/apply:os.system ["touch evil"]\n',
    /The tag !!python\/object\/apply:os\.system means nothing here/,
  ],
  'proto.yaml': [
    `connectors:\n  wine:\n    ${sink}\n    __proto__: {polluted: true}\n`,
    /The key "__proto__" is not allowed/,
  ],
  'proto-name.yaml': [`connectors:\n  __proto__:\n    ${sink}\n`, /The key "__proto__" is not allowed/],
  'constructor.yaml': [
    `connectors:\n  wine:\n    ${sink}\n    constructor: {prototype: {polluted: true}}\n`,
    /The key "constructor" is not allowed/,
  ],
  'flat-proto.yaml': [
    `connectors:\n  wine:\n    ${sink}\n    constructor.prototype.polluted: true\n`,
    /Unknown configuration "constructor\.prototype\.polluted"/,
  ],
  'name.yaml': [`connectors:\n  ../../wine:\n    ${sink}\n`, /String may not contain a slash/],
  'escapes.yaml': [`connectors:\n  "\\e[2J\\nforged":\n    ${sink}\n`, /String may not contain control sequences/],
  'schema.yaml': [
    `connectors:\n  wine:\n    connector.class: snowflake-variant\n    topics: sales\n    snowflake: {user: caves, password: caves}\n    value.schemas.field: type\n    value.schemas: {SALE: ./laughs.yaml}\n`,
    /The schema of SALE cannot be read: More than 200000 values/,
  ],
};

test('every hostile file is refused by its name and in words', { timeout: 120_000 }, async () => {
  const folder = givenFolder(Object.fromEntries(Object.entries(files).map(([name, [yaml]]) => [name, yaml])));
  const { code, stdout, stderr } = await folder.run('validate', ...Object.keys(files));
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  for (const [name, [, complaint]] of Object.entries(files)) {
    const told = stdout.split('\n').filter((line) => line.startsWith(name) || line.startsWith('laughs.yaml'));
    expect(told.join('\n'), name).toMatch(complaint);
  }
  expect(stdout).not.toContain('\u001b');
  expect(stdout).not.toMatch(/^forged/m);
  expectNoStack(stdout);
});
