import { defineSource, type SourceBatch } from 'caves-connect/sdk';
import { checkSource } from 'caves-connect/testing';
import { describe, expect, test } from 'vitest';

const one = (n: number): SourceBatch<{ next: number }> => ({
  records: [{ topic: 'numbers', value: { n } }],
  offset: { next: n + 1 },
});

/** A sound source, with parts of it replaced by what a test wants to see caught. */
const source = (read: (next: number, signal: AbortSignal) => AsyncIterable<SourceBatch<{ next: number }>>) =>
  defineSource({
    name: 'numbers',
    version: '1.0.0',
    summary: 'Counts',
    config: { properties: {} },
    initialOffset: { next: 1 },
    open: () => ({ read: ({ offset, signal }) => read(offset.next, signal) }),
  });

describe('checkSource', () => {
  test('tells what it saw kept', async () => {
    const counter = source(async function* (next, signal) {
      for (let n = next; !signal.aborted; n++) yield one(n);
    });
    expect((await checkSource(counter, {})).passed).toEqual([
      'its configuration schema is well-formed',
      'its initial offset is a JSON object',
      'its partitions are distinct and stay the same',
      'partition 0: what it reads are records with JSON values and JSON offsets',
      'partition 0: reading on from any offset gives the same rest',
      'a read ends soon after its signal is aborted',
      'closing it twice is harmless',
    ]);
  });

  test('takes a partition that ends', async () => {
    const three = source(async function* (next) {
      for (let n = next; n <= 3; n++) yield one(n);
    });
    expect((await checkSource(three, {})).passed).toHaveLength(7);
  });

  test('catches a source that ignores its offset', async () => {
    const forgetful = source(async function* (_next, signal) {
      for (let n = 1; !signal.aborted; n++) yield one(n);
    });
    await expect(checkSource(forgetful, {})).rejects.toThrow(
      '✗ partition 0: reading on from any offset gives the same rest\n      from offset {"next":2} the record 1 was ' +
        '{"topic":"numbers","value":{"n":2}} and is now {"topic":"numbers","value":{"n":1}}',
    );
  });

  test('catches an offset one too far', async () => {
    const skipping = source(async function* (next, signal) {
      for (let n = next; !signal.aborted; n++) yield { ...one(n), offset: { next: n + 2 } };
    });
    await expect(checkSource(skipping, {})).rejects.toThrow('reading on from any offset');
  });

  test('catches a read that does not end when it is aborted', async () => {
    const stubborn = source(async function* (next, signal) {
      for (let n = next; n < next + 5; n++) yield one(n);
      if (signal.aborted) return;
      await new Promise(() => {});
    });
    await expect(checkSource(stubborn, { timeoutMs: 100 })).resolves.toBeDefined();
    const deaf = source(async function* (next) {
      if (next <= 5) yield one(next);
      await new Promise(() => {});
    });
    await expect(checkSource(deaf, { timeoutMs: 100, count: 1 })).rejects.toThrow('the read did not end within 100 ms');
  });

  test('catches a source that refuses its own offsets', async () => {
    const reading = source(async function* (next) {
      yield one(next);
    });
    const picky = { ...reading, checkOffset: () => 'no offset is good enough' };
    await expect(checkSource(picky, { count: 1 })).rejects.toThrow('no offset is good enough');
  });

  test('catches values that do not survive JSON', async () => {
    const dated = source(async function* (next) {
      yield {
        records: [{ topic: 'numbers', value: { at: new Date() as unknown as string } }],
        offset: { next: next + 1 },
      };
    });
    await expect(checkSource(dated, {})).rejects.toThrow('changes on its way through JSON');
  });

  test('refuses a configuration that the schema does not know, with the name that was meant', async () => {
    const polling = defineSource({
      name: 'polling',
      version: '1.0.0',
      summary: 'Polls',
      config: { properties: { 'poll.ms': { type: 'integer', default: 10, description: 'How often' } } },
      initialOffset: { next: 1 },
      open: () => ({ async *read() {} }),
    });
    await expect(checkSource(polling, { config: { 'pol.ms': 5 } })).rejects.toThrow(
      'pol.ms: unknown key. Did you mean "poll.ms"?',
    );
  });

  test('catches a schema that would serve nobody', async () => {
    const badly = defineSource({
      name: 'badly',
      version: '1.0.0',
      summary: 'Badly described',
      config: { properties: { pollMs: { type: 'integer', default: 10, description: 'How often' } } },
      initialOffset: { next: 1 },
      open: () => ({ async *read() {} }),
    });
    await expect(checkSource(badly, {})).rejects.toThrow('pollMs: write keys as Kafka Connect does');
  });
});
