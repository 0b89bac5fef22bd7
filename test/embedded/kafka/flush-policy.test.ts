import fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type FlushPolicy, FlushSchedule, flushNever } from '../../../src/embedded/kafka/flush-policy.ts';
import { brokerForTest, createTopic, kafkaOf, producerOf } from './clients.ts';
import { newFolder } from './folders.ts';

describe('a schedule of flushes', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('counts messages up to the next flush', () => {
    const schedule = new FlushSchedule(() => {});
    const policy: FlushPolicy = { ...flushNever, messages: 3 };
    schedule.wrote(1, policy);
    expect([schedule.isDue(1, policy), schedule.isDue(2, policy)]).toEqual([false, true]);
    schedule.flushed();
    expect(schedule.isDue(2, policy)).toBe(false);
    expect(schedule.isDue(1_000_000, flushNever)).toBe(false);
  });

  test('flushes once so long after the first message since the last flush', () => {
    const flush = vi.fn();
    const schedule = new FlushSchedule(flush);
    const policy: FlushPolicy = { ...flushNever, ms: 1000 };
    schedule.wrote(1, policy);
    vi.advanceTimersByTime(900);
    schedule.wrote(1, policy);
    vi.advanceTimersByTime(100);
    expect(flush).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(5000);
    expect(flush).toHaveBeenCalledTimes(1);
    schedule.wrote(1, policy);
    schedule.flushed();
    vi.advanceTimersByTime(5000);
    expect(flush).toHaveBeenCalledTimes(1);
  });

  test('does not wait for longer than a timer can', () => {
    const schedule = new FlushSchedule(() => {});
    schedule.wrote(1, { ...flushNever, ms: Number('9223372036854775807') });
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a broker', () => {
  /** How often it flushes while so many messages are produced, each acknowledged before the next. */
  async function flushesFor(messages: number, flush: Partial<FlushPolicy>, topicFlush?: string): Promise<number> {
    const broker = await brokerForTest({ dataDir: newFolder(), flush });
    const kafka = kafkaOf(broker);
    if (topicFlush === undefined) await createTopic(kafka, 'wines');
    else {
      const admin = kafka.admin();
      await admin.connect();
      const configEntries = [{ name: 'flush.messages', value: topicFlush }];
      await admin.createTopics({ topics: [{ topic: 'wines', configEntries }] });
      await admin.disconnect();
    }
    const producer = await producerOf(kafka);
    const fdatasync = vi.spyOn(fs, 'fdatasyncSync').mockClear();
    onTestFinished(() => void fdatasync.mockRestore());
    for (let n = 0; n < messages; n++) await producer.send({ topic: 'wines', messages: [{ value: String(n) }] });
    return fdatasync.mock.calls.length;
  }

  test('leaves flushing to the system by default', async () => {
    expect(await flushesFor(6, {})).toBe(0);
  });

  test('flushes before it answers when it is told to', async () => {
    expect(await flushesFor(6, { messages: 1 })).toBe(6);
    expect(await flushesFor(6, { messages: 3 })).toBe(2);
  });

  test('follows the policy of the topic where that has one', async () => {
    expect(await flushesFor(6, { messages: 1 }, '2')).toBe(3);
  });

  test('flushes its journal before it answers when it is told to', async () => {
    const broker = await brokerForTest({ dataDir: newFolder(), flush: { messages: 1 } });
    const fdatasync = vi.spyOn(fs, 'fdatasyncSync');
    onTestFinished(() => void fdatasync.mockRestore());
    await createTopic(kafkaOf(broker), 'wines');
    expect(fdatasync).toHaveBeenCalledTimes(1);
  });
});
