import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type FlushPolicy, flushNever } from '../../../../src/embedded/kafka/flush-policy.ts';
import { readHeader } from '../../../../src/embedded/kafka/log/batch.ts';
import type { LogConfig } from '../../../../src/embedded/kafka/log/log-config.ts';
import { IndexCache } from '../../../../src/embedded/kafka/log/offset-index.ts';
import { PartitionLog } from '../../../../src/embedded/kafka/log/partition-log.ts';
import { recordBatch } from '../record-batches.ts';
import { batchesIn, fetchFrom } from './log-reader.ts';
import { VolatileStore } from './volatile-store.ts';

const mebibyte = 1024 * 1024;

interface Setting {
  readonly segmentBytes?: number;
  readonly flush?: Partial<FlushPolicy>;
  readonly wasClosedCleanly?: boolean;
  readonly cache?: IndexCache;
  readonly log?: (line: string) => void;
}

function open(store: VolatileStore, { segmentBytes = 64 * mebibyte, flush, ...rest }: Setting = {}): PartitionLog {
  const config: LogConfig = {
    segmentBytes,
    retentionMs: -1,
    retentionBytes: -1,
    deletes: true,
    compacts: false,
    deleteRetentionMs: 1000,
    appendTime: false,
    flush: { ...flushNever, ...flush },
  };
  return new PartitionLog({ store, config: () => config, startOffset: 0, log: () => {}, name: 'wines-0', ...rest });
}

function append(log: PartitionLog, size: number, timestamp = 1000): void {
  const batch = recordBatch(['x'.repeat(size)], { timestamp });
  log.append(readHeader(batch), batch);
}

/** How much of a log is there after the power went and nothing of what was not flushed is left. */
function endAfterPowerLoss(store: VolatileStore, log: PartitionLog): number {
  log.discard();
  store.losePower([1], false);
  return open(store).endOffset;
}

describe('what is read when a log is opened', () => {
  test('is next to nothing after it was closed', () => {
    const store = new VolatileStore();
    const log = open(store, { segmentBytes: mebibyte });
    for (let n = 0; n < 400; n++) append(log, 10_000);
    log.close();
    store.bytesRead = 0;
    expect(open(store, { wasClosedCleanly: true }).endOffset).toBe(400);
    expect(store.bytesRead).toBeLessThan(32 * 1024);
  });

  test('is what was written behind the last few megabytes when its broker was killed', async () => {
    const store = new VolatileStore();
    const log = open(store);
    for (let n = 0; n < 21; n++) {
      append(log, mebibyte);
      await store.idle();
    }
    log.discard();
    store.bytesRead = 0;
    expect(open(store).endOffset).toBe(21);
    expect(store.bytesRead).toBeLessThan(8 * mebibyte);
  });

  test('is all of it when it was never flushed', () => {
    const store = new VolatileStore();
    const log = open(store);
    for (let n = 0; n < 3; n++) append(log, mebibyte);
    log.discard();
    store.bytesRead = 0;
    expect(open(store).endOffset).toBe(3);
    expect(store.bytesRead).toBeGreaterThan(3 * mebibyte);
  });
});

describe('a look-up in a large log', () => {
  test('reads a short way only, also when the memory is too small for its indexes', () => {
    const store = new VolatileStore();
    const log = open(store, { segmentBytes: mebibyte });
    for (let n = 0; n < 20_000; n++) append(log, 500, 1000 + n);
    log.close();
    const reopened = open(store, { cache: new IndexCache(10_000), wasClosedCleanly: true });
    for (let n = 0; n < 100; n++) {
      const offset = (n * 7919) % 20_000;
      store.bytesRead = 0;
      const [first] = [...batchesIn(fetchFrom(reopened, offset, 1, false))];
      expect(first?.header.baseOffset).toBe(offset);
      expect(reopened.offsetAt(1000 + offset, false)).toEqual({ offset, timestamp: 1000 + offset });
      expect(store.bytesRead).toBeLessThan(64 * 1024);
    }
  });
});

describe('when the power goes', () => {
  test('everything is there that was flushed as soon as it was written', () => {
    const store = new VolatileStore();
    const log = open(store, { flush: { messages: 1 } });
    for (let n = 0; n < 10; n++) append(log, 100);
    expect(endAfterPowerLoss(store, log)).toBe(10);
  });

  test('less is lost than the messages after which to flush', () => {
    const store = new VolatileStore();
    const log = open(store, { flush: { messages: 4 } });
    for (let n = 0; n < 10; n++) append(log, 100);
    expect(endAfterPowerLoss(store, log)).toBe(8);
  });

  test('the last messages are lost when flushing is left to the system', () => {
    const store = new VolatileStore();
    const log = open(store);
    for (let n = 0; n < 10; n++) append(log, 100);
    expect(endAfterPowerLoss(store, log)).toBe(0);
  });

  test('everything is there when the log was closed', () => {
    const store = new VolatileStore();
    const log = open(store);
    for (let n = 0; n < 10; n++) append(log, 100);
    log.close();
    expect(endAfterPowerLoss(store, open(store))).toBe(10);
  });

  test('the full segments are there', async () => {
    const store = new VolatileStore();
    const log = open(store, { segmentBytes: 1000 });
    for (let n = 0; n < 10; n++) append(log, 300);
    await store.idle();
    append(log, 300);
    expect(endAfterPowerLoss(store, log)).toBe(10);
  });

  describe('some time after a message', () => {
    beforeEach(() => void vi.useFakeTimers());
    afterEach(() => void vi.useRealTimers());

    test('it is there if that is the time after which to flush', async () => {
      const store = new VolatileStore();
      const log = open(store, { flush: { ms: 1000 } });
      append(log, 100);
      append(log, 100);
      await vi.advanceTimersByTimeAsync(1000);
      append(log, 100);
      await vi.advanceTimersByTimeAsync(999);
      expect(endAfterPowerLoss(store, log)).toBe(2);
    });
  });
});

test('a flush that fails is told, and made up for by the next', async () => {
  const store = new VolatileStore();
  const lines: string[] = [];
  const log = open(store, { log: (line) => void lines.push(line) });
  store.flushFailure = new Error('The disk does not answer');
  for (let n = 0; n < 9; n++) append(log, mebibyte);
  await store.idle();
  expect(lines).toEqual(['The disk does not answer; it will be tried again']);
  store.flushFailure = undefined;
  for (let n = 0; n < 8; n++) append(log, mebibyte);
  await store.idle();
  expect(endAfterPowerLoss(store, log)).toBeGreaterThan(9);
});
