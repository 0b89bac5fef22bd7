import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readDocument } from '../../../src/runtime/config/document.ts';
import { flatConfig, flatten, type Lookup } from '../../../src/runtime/config/flatten.ts';
import type { ConfigProperty } from '../../../src/sdk/index.ts';

const text: ConfigProperty = { type: 'string', description: '' };

function flat(yaml: string, lookup: Lookup = () => text) {
  const { root, lints } = readDocument(yaml, 'f.yaml');
  expect(lints).toEqual([]);
  if (root?.kind !== 'map') throw new Error('the test needs a map');
  const flattened = flatten(root, lookup);
  return { config: flatConfig(flattened.entries), lints: flattened.lints };
}

const word = fc.stringMatching(/^[a-z]{1,5}$/).filter((it) => it !== 'transforms' && it !== 'prototype');
const keys = fc.array(word, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'));

/** Keys of which none is the beginning of another: those are the ones that can be nested. */
const configs = fc
  .uniqueArray(fc.tuple(keys, fc.string()), { selector: ([key]) => key, maxLength: 8 })
  .map((pairs) => pairs.filter(([key]) => !pairs.some(([other]) => other.startsWith(`${key}.`))))
  .map((pairs) => Object.fromEntries(pairs));

/** Nests by the dots, to a depth that `cut` chooses for each key. */
function nest(config: Readonly<Record<string, string>>, cut: number): object {
  const root: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(config)) {
    const parts = key.split('.');
    const depth = Math.min(cut, parts.length - 1);
    let at = root;
    for (const part of parts.slice(0, depth)) {
      at[part] ??= {};
      at = at[part] as Record<string, unknown>;
    }
    at[parts.slice(depth).join('.')] = value;
  }
  return root;
}

test('however deep a configuration is nested, it is the same flat one', () => {
  fc.assert(
    fc.property(configs, fc.nat(4), (config, cut) => {
      fc.pre(Object.keys(config).length > 0);
      expect(flat(JSON.stringify(nest(config, cut))).config).toEqual(config);
    }),
  );
});

test('stops where the schema takes a map, goes on where it takes a list', () => {
  const lookup: Lookup = (key) =>
    key === 'labels'
      ? { type: 'object', additionalProperties: text, description: '' }
      : key === 'topics'
        ? { type: 'array', items: text, description: '' }
        : text;
  expect(flat('labels: { a: { b: 1 } }\ntopics: { regex: x }\n', lookup).config).toEqual({
    labels: '{"a":{"b":1}}',
    'topics.regex': 'x',
  });
  expect(flat('topics: [a, b]\n', lookup).config).toEqual({ topics: 'a,b' });
});

test('a number keeps how it was written where no number is wanted', () => {
  const lookup: Lookup = (key) => (key === 'n' ? { type: 'integer', description: '' } : text);
  expect(flat('n: 0x10\nversion: 1.10\nid: 012345678901234567890\nflag: true\n', lookup).config).toEqual({
    n: '16',
    version: '1.10',
    id: '012345678901234567890',
    flag: 'true',
  });
});

test('complains of a key that is given flat and nested, and of one without a value', () => {
  const { lints } = flat('a.b: 1\na: { b: 2, c: }\n');
  expect(lints.map(({ code, key, at }) => [code, key, at?.line, at?.column])).toEqual([
    ['duplicate-key', 'a.b', 2, 6],
    ['no-value', 'a.c', 2, 12],
  ]);
});
