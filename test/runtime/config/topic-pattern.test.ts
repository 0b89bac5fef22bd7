import { expect, test } from 'vitest';
import { topicPattern } from '../../../src/runtime/config/topic-pattern.ts';

test.for([
  ['wine|beer', 'wine', true],
  ['wine|beer', 'wines', false],
  ['.*\\.sales', 'eu.sales', true],
  ['\\p{Lu}.*', 'Wines', true],
  ['\\p{Lu}.*', 'wines', false],
] as const)('the pattern %s and the topic %s: %s', ([pattern, topic, expected]) => {
  expect(topicPattern(pattern).test(topic)).toBe(expected);
});
