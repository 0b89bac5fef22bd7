import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sinkMove, sourceMove } from '../../../src/runtime/worker/requested-offsets.ts';

const anything = fc.option(
  fc.dictionary(fc.constantFrom('kafka_topic', 'kafka_partition', 'kafka_offset', 'partition', 'next'), fc.jsonValue()),
);

/** What a call answers, or the code of what it throws. */
function outcome<T>(call: () => T): T | unknown {
  try {
    return call();
  } catch (error) {
    return (error as { readonly code?: unknown }).code;
  }
}

describe('whatever a request holds', () => {
  test('of a sink it becomes whole numbers or is refused', () => {
    fc.assert(
      fc.property(anything, anything, (partition, offset) => {
        const move = outcome(() => sinkMove({ partition, offset }));
        if (move === 'BAD_REQUEST') return;
        expect(move).toEqual({
          topic: expect.any(String),
          partition: expect.any(Number),
          next: (move as { next: unknown }).next,
        });
        expect(['bigint', 'undefined']).toContain(typeof (move as { next: unknown }).next);
      }),
    );
  });

  test('of a source it becomes a partition with an offset or none, or is refused', () => {
    fc.assert(
      fc.property(anything, anything, (partition, offset) => {
        const move = outcome(() => sourceMove({ partition, offset }, {}));
        if (move !== 'BAD_REQUEST') expect(move).toEqual([expect.any(String), offset]);
      }),
    );
  });
});

test('an offset of a source is what its plugin can read from', () => {
  const plugin = { checkOffset: (offset: object) => ('next' in offset ? undefined : 'an offset has next') };
  const move = (offset: { readonly [key: string]: number } | null) =>
    outcome(() => sourceMove({ partition: { partition: 'a' }, offset }, plugin));
  expect(move({ next: 1 })).toEqual(['a', { next: 1 }]);
  expect(move(null)).toEqual(['a', null]);
  expect(move({ nxt: 1 })).toBe('BAD_REQUEST');
});
