import { expect, test } from 'vitest';
import { placeOf, readDocument, toJson } from '../../../src/runtime/config/document.ts';

const complaints = (text: string) =>
  readDocument(text, 'f.yaml').lints.map(({ at, code, message }) => `${at?.line}:${at?.column} ${code} ${message}`);

test('every key and value knows its line and column', () => {
  const { root } = readDocument('a:\n  - b: 1\n    c: [x, y]\n', 'f.yaml');
  expect(root).toBeDefined();
  if (root === undefined) return;
  expect(toJson(root)).toEqual({ a: [{ b: 1, c: ['x', 'y'] }] });
  expect(placeOf(root, '/a/0/c/1')).toEqual({ file: 'f.yaml', line: 3, column: 12 });
  expect(placeOf(root, '/a/0/nothing/here')).toMatchObject({ line: 2 });
});

test.each([
  ['an open brace', 'a: {b: 1\nc: 2\n', /^\d:\d+ yaml-syntax Not valid YAML/],
  ['wrong indentation', 'a:\n    b: 1\n   c: 2\n', /^3:\d+ yaml-syntax/],
  ['a tab', 'a:\n\tb: 1\n', /yaml-syntax/],
  ['a key twice', 'a: 1\nb: 2\na: 3\n', /^3:1 duplicate-key The key "a" is there twice/],
  ['a tag', 'a: !!js/function x\n', /^1:4 yaml-syntax The tag !!js\/function means nothing here/],
  ['an anchor that is missing', 'a: *b\n', /^1:4 yaml-syntax/],
  ['a second document', 'a: 1\n---\nb: 2\n', /^2:1 yaml-syntax There is a second document/],
  ['a list as a key', '? [a, b]\n: 1\n', /^1:3 yaml-syntax A key must be plain text/],
  ['"key: value" behind a value', 'a: b: c\n', /^1:\d+ yaml-syntax/],
  ['__proto__', 'a:\n  __proto__: { polluted: true }\n', /^2:3 forbidden-key The key "__proto__" is not allowed/],
  ['constructor', 'constructor: 1\n', /^1:1 forbidden-key/],
  ['prototype', 'a: { prototype: 1 }\n', /^1:6 forbidden-key/],
  ['an anchor that contains itself', 'a: &a\n  b: *a\n', /contains itself/],
  ['a merge of text', 'a:\n  <<: text\n', /^2:3 yaml-syntax "<<" takes a map/],
])('%s is refused with its place', (_, text, expected) => {
  expect(complaints(text)[0]).toMatch(expected);
});

test('nothing reaches the prototype of objects', () => {
  readDocument('__proto__: { polluted: true }\nconstructor: { prototype: { polluted: true } }\n', 'f.yaml');
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

test('a bomb of aliases is refused soon', () => {
  const levels = Array.from({ length: 12 }, (_, n) => `l${n + 1}: &l${n + 1} [${Array(10).fill(`*l${n}`).join(', ')}]`);
  const started = performance.now();
  expect(complaints(['l0: &l0 lol', ...levels].join('\n'))).toContainEqual(expect.stringMatching(/too-big More than/));
  expect(performance.now() - started).toBeLessThan(5000);
});

test('deep nesting is refused, not overflowed', () => {
  expect(complaints(`${'['.repeat(100)}${']'.repeat(100)}`)[0]).toMatch(/too-deep Nested deeper than 64 levels/);
  expect(complaints('['.repeat(100_000)).length).toBeGreaterThan(0);
});
