import { describe, expect, onTestFinished, test } from 'vitest';
import { commitRecord, connectorRecord, openConfigLog } from '../../../src/runtime/cluster/config-log.ts';
import type { StateLog } from '../../../src/runtime/cluster/state-log.ts';
import { brokerForTest, clientOf } from '../../helpers/runtime/kafka.ts';

/** A log over a state log that never gives a mark back: `passed` rejects with what a test says. */
async function scene(reason = new Error('no mark comes back')) {
  const client = clientOf(await brokerForTest());
  const waiting = new Set<object>();
  const stateLog = {
    barrier: async () => undefined,
    mark() {
      const mark = {
        message: { key: 'barrier-test', value: 'token' },
        seen: false,
        passed: () => Promise.reject(reason),
        forget: () => void waiting.delete(mark),
      };
      waiting.add(mark);
      return mark;
    },
  } as unknown as StateLog;
  const log = openConfigLog({ client, topic: 'caves-configs', groupId: 'caves', stateLog: () => stateLog });
  onTestFinished(() => log.close());
  let offset = 0n;
  const apply = (key: string, value: unknown) =>
    log.apply({
      topic: 'caves-configs',
      key,
      value: value === undefined ? undefined : JSON.stringify(value),
      offset: offset++,
      timestamp: 0,
    });
  return { client, log, waiting, apply };
}

describe('a write', () => {
  test('that fails leaves nothing behind that waits for its mark', async () => {
    const { client, log, waiting } = await scene();
    await (await client.admin()).createTopics({ topics: [{ topic: 'caves-configs' }] });

    await expect(log.write(() => [commitRecord('wine', 1)])).rejects.toThrow('no mark comes back');

    expect(waiting.size).toBe(0);
  });
});

describe('a record of another program', () => {
  test('may hold values that are no text: they are read as text', async () => {
    const { log, apply } = await scene();

    expect(apply('connector-wine', { properties: { 'tasks.max': 2, on: true, list: ['a'], none: null, a: 'b' } })).toBe(
      'wine',
    );

    expect(log.entries.get('wine')?.config).toEqual({ 'tasks.max': '2', on: 'true', list: '["a"]', a: 'b' });
  });

  test.for([[[1, 2]], [{ properties: ['a'] }], [{ properties: 'a' }], ['text'], [undefined]])(
    'that is no configuration is none: %j',
    async ([value]) => {
      const { log, apply } = await scene();
      apply(connectorRecord('wine', {}).key, { properties: {} });
      expect([...log.entries.keys()]).toEqual(['wine']);

      apply('connector-wine', value);

      expect([...log.entries.keys()]).toEqual([]);
    },
  );
});
