import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { readHeader, transactionMarker } from '../../../../src/embedded/kafka/log/batch.ts';
import { ProducerStates, producerExpirationMs } from '../../../../src/embedded/kafka/log/producer-states.ts';
import { type BatchOptions, recordBatch } from '../record-batches.ts';

function note(states: ProducerStates, options: BatchOptions): void {
  const batch = recordBatch(['x'], options);
  states.note(readHeader(batch), () => batch);
}

const ids = (states: ProducerStates): readonly number[] => states.list().map(({ producerId }) => producerId);

describe('a producer that is idle', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('is forgotten after a day by the clock, whatever the times of its records', () => {
    const states = new ProducerStates();
    note(states, { producerId: 1, baseSequence: 0, timestamp: 1000 });
    vi.advanceTimersByTime(producerExpirationMs);
    note(states, { producerId: 2, baseSequence: 0, timestamp: 1000 });
    states.expire(Date.now() - producerExpirationMs);
    expect(ids(states)).toEqual([1, 2]);
    vi.advanceTimersByTime(1);
    states.expire(Date.now() - producerExpirationMs);
    expect(ids(states)).toEqual([2]);
  });

  test('is remembered while its transaction is open, and a day from its end', () => {
    const states = new ProducerStates();
    note(states, { producerId: 1, baseSequence: 0, transactional: true });
    vi.advanceTimersByTime(2 * producerExpirationMs);
    states.expire(Date.now() - producerExpirationMs);
    expect(states.isOpen(1)).toBe(true);
    const marker = transactionMarker({ producerId: 1, producerEpoch: 0, commit: true, timestamp: 1000 });
    states.note(readHeader(marker), () => marker);
    states.expire(Date.now() - producerExpirationMs);
    expect(ids(states)).toEqual([1]);
    vi.advanceTimersByTime(producerExpirationMs + 1);
    states.expire(Date.now() - producerExpirationMs);
    expect(ids(states)).toEqual([]);
  });

  test('may go on with any sequence once it is forgotten, as one whose records were deleted', () => {
    const states = new ProducerStates();
    note(states, { producerId: 1, baseSequence: 0 });
    const next = readHeader(recordBatch(['x'], { producerId: 1, baseSequence: 7 }));
    expect(() => states.check(next)).toThrow('sent sequence 7 where 1 was due');
    vi.advanceTimersByTime(producerExpirationMs + 1);
    states.expire(Date.now() - producerExpirationMs);
    expect(states.check(next)).toBeUndefined();
  });
});

test('what is known of producers is the same after a snapshot', () => {
  const states = new ProducerStates();
  note(states, { producerId: 1, baseSequence: 0 });
  note(states, { producerId: 2, baseSequence: 0, transactional: true });
  const copy = new ProducerStates(JSON.parse(JSON.stringify(states.snapshot())));
  expect(copy.list()).toEqual(states.list());
  expect(copy.firstOpenOffset).toBe(states.firstOpenOffset);
});
