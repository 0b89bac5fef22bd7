import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPattern } from '../../../src/runtime/schema/pattern.ts';

describe('a pattern', () => {
  test('says what RegExp says, of short texts and of long ones', () => {
    const sources = fc.constantFrom('^(ab)+$', '\\p{L}*x', '[a-z]+-?[a-z]+', '^a{2,}b*$', '\\(+', '[+*]', 'é|🍷', '');
    const texts = fc.string({ unit: fc.constantFrom('a', 'b', 'x', '-', '+', '(', 'é', '🍷'), maxLength: 40 });
    fc.assert(
      fc.property(sources, texts, (source, text) => {
        expect(createPattern(source, 'u').test(text)).toBe(new RegExp(source, 'u').test(text));
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    ['repetitions in a repetition', '^(a+)+$', `${'a'.repeat(40)}!`],
    ['alternatives that overlap', '^(a|aa)*$', `${'a'.repeat(80)}!`],
    ['repetitions side by side', 'a*a*a*a*a*a*$', `${'a'.repeat(2000)}!`],
    ['a repetition that may begin anywhere', 'a+$', `${'a'.repeat(1_000_000)}!`],
  ])('with %s gives up in time', (_, source, text) => {
    expect(() => createPattern(source, 'u').test(text)).toThrow(
      /^the pattern .* was not matched within 1000 ms against a text of \d+ characters: write it without repetitions/,
    );
  });

  test('of a text that is no pattern is refused as RegExp refuses it', () => {
    expect(() => createPattern('(', 'u')).toThrow(SyntaxError);
  });
});
