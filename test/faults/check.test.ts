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

test('order counts within a lane, and within a series', () => {
  const sent = [...events, { name: 'event 6', text: 'e', series: 'other' }];
  expect(compare(topic, sent, ['e', 'a', 'b', 'c', 'c', 'd'])).toEqual([]);
  const inLanes = { ...topic, laneOf: (at: number) => (at === 0 ? 'one' : 'another') };
  expect(compare(inLanes, events, ['d', 'a', 'b', 'c', 'c'])).toEqual([]);
  expect(compare(inLanes, events, ['a', 'c', 'b', 'c', 'd'])).toEqual(['topic: event 2 came after event 3']);
});
