import { expect, test } from 'vitest';
import { compare } from './check.ts';

const events = ['a', 'b', 'c', 'c', 'd'].map((text, index) => ({ name: `event ${index + 1}`, text }));
const topic = { name: 'topic', ordered: true };
const table = { name: 'table', ordered: false };

test('what came as it was sent has no findings, equal events included', () => {
  expect(compare(topic, events, ['a', 'b', 'c', 'c', 'd'])).toEqual([]);
});

test('a lost event is named', () => {
  expect(compare(topic, events, ['a', 'c', 'c', 'd'])).toEqual(['topic: event 2 is lost']);
});

test('a doubled event is named, also where it equals another one', () => {
  expect(compare(topic, events, ['a', 'b', 'b', 'c', 'c', 'd', 'c'])).toEqual([
    'topic: event 2 is doubled, again as number 2',
    'topic: event 4 is doubled, again as number 6',
  ]);
});

test('an event in the wrong place is named where order counts', () => {
  expect(compare(topic, events, ['b', 'a', 'c', 'c', 'd'])).toEqual(['topic: event 1 came after event 2']);
  expect(compare(table, events, ['b', 'a', 'c', 'c', 'd'])).toEqual([]);
});

test('what was never sent is shown', () => {
  expect(compare(table, events, ['a', 'b', 'c', 'c', 'd', 'e'])).toEqual([
    'table: what came as number 5 was never sent: e',
  ]);
});
