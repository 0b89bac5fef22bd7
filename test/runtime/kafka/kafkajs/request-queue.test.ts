import { createRequire } from 'node:module';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { letIdleConnectionsSleep } from '../../../../src/runtime/kafka/kafkajs/request-queue.ts';

const RequestQueue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js');

letIdleConnectionsSleep();
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function createQueue(maxInFlightRequests: number | null = null) {
  const sent: number[] = [];
  const queue = new RequestQueue({
    maxInFlightRequests,
    requestTimeout: 1000,
    enforceRequestTimeout: false,
    clientId: 'test',
    broker: 'broker:9092',
    logger: { debug() {}, warn() {} },
  });
  const push = (correlationId: number) =>
    queue.push({
      entry: { correlationId, resolve() {}, reject() {} },
      expectResponse: true,
      sendRequest: () => sent.push(correlationId),
    });
  const answer = (correlationId: number) => queue.fulfillRequest({ correlationId, payload: null, size: 0 });
  return { queue, sent, push, answer };
}

test('a connection whose requests are answered plans nothing', () => {
  const { sent, push, answer } = createQueue();

  push(1);
  answer(1);
  push(2);
  answer(2);

  expect(sent).toEqual([1, 2]);
  expect(vi.getTimerCount()).toBe(0);
});

test('a request that the broker throttles is sent when its time has come', () => {
  const { queue, sent, push } = createQueue();

  queue.maybeThrottle(500);
  push(1);
  push(2);
  vi.advanceTimersByTime(499);
  expect(sent).toEqual([]);
  queue.maybeThrottle(300);
  vi.advanceTimersByTime(299);
  expect(sent, 'throttled again meanwhile').toEqual([]);
  vi.advanceTimersByTime(1);

  expect(sent).toEqual([1, 2]);
  expect(vi.getTimerCount()).toBe(0);
});

test('with as many requests under way as may be, the answer to one sends the next', () => {
  const { sent, push, answer } = createQueue(1);

  push(1);
  push(2);
  expect(sent).toEqual([1]);
  answer(1);
  expect(sent).toEqual([1, 2]);
  answer(2);
  vi.advanceTimersByTime(20);

  expect(vi.getTimerCount()).toBe(0);
});
