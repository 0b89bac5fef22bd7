import { describe, expect, test } from 'vitest';
import { createActiveTopics } from '../../../src/runtime/cluster/active-topics.ts';
import type { StateLog } from '../../../src/runtime/cluster/state-log.ts';
import { clusterTopics } from '../../../src/runtime/cluster/topics.ts';

/** Active topics over a log that gives back at once what is written, unless it is `away`. */
function scene() {
  const written: string[] = [];
  const state = { away: false };
  const log: Pick<StateLog, 'append' | 'barrier'> = {
    async append(topic, _partition, key, value) {
      if (state.away) throw new Error('Kafka is away');
      written.push(`${key} ${value === null ? 'gone' : 'there'}`);
      active.apply({ topic, key, value: value ?? undefined, offset: 0n, timestamp: 0 });
    },
    barrier: async () => undefined,
  };
  const active = createActiveTopics(clusterTopics('g'), () => log as StateLog);
  return { active, written, state };
}

describe('the topics of a connector', () => {
  test('are written once each, and forgotten', async () => {
    const { active, written } = scene();
    active.saw('wine', 0, ['orders', 'sales']);
    active.saw('wine', 1, ['orders']);
    expect(active.of('wine')).toEqual(['orders', 'sales']);
    await active.reset('wine');
    expect(active.of('wine')).toEqual([]);
    expect(written).toEqual([
      'status-topic-orders:connector-wine there',
      'status-topic-sales:connector-wine there',
      'status-topic-orders:connector-wine gone',
      'status-topic-sales:connector-wine gone',
    ]);
  });

  test('are not said to be forgotten while Kafka does not take that', async () => {
    const { active, state } = scene();
    active.saw('wine', 0, ['orders']);
    await active.reset('cellar');
    state.away = true;
    await expect(active.reset('wine')).rejects.toThrow('Kafka is away');
    expect(active.of('wine')).toEqual(['orders']);

    state.away = false;
    await active.reset('wine');
    expect(active.of('wine')).toEqual([]);
  });

  test('that could not be written are written with the next sight of them', async () => {
    const { active, state, written } = scene();
    state.away = true;
    active.saw('wine', 0, ['orders']);
    await expect(active.reset('wine')).rejects.toThrow();
    state.away = false;
    active.saw('wine', 0, ['orders']);
    await active.reset('cellar');
    expect(written).toEqual(['status-topic-orders:connector-wine there']);
  });
});
