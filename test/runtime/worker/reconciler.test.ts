import { describe, expect, test } from 'vitest';
import type { ConnectorEntry } from '../../../src/runtime/cluster/config-log.ts';
import { createLogger, type LogEntry } from '../../../src/runtime/log.ts';
import type { RunningConnector } from '../../../src/runtime/worker/connector.ts';
import { createReconciler } from '../../../src/runtime/worker/reconciler.ts';

const entry = (version: string, targetState: ConnectorEntry['targetState'] = 'STARTED'): ConnectorEntry => ({
  config: { version },
  targetState,
  tasks: 1,
});

function scene() {
  const entries = new Map<string, ConnectorEntry>();
  const events: string[] = [];
  const log: LogEntry[] = [];
  const gates = new Map<string, PromiseWithResolvers<void>>();
  const reconciler = createReconciler({
    entries,
    start: (name, of) => {
      events.push(`start ${name} ${of.config['version']}`);
      return {
        entry: of,
        status: { name },
        stop: async () => {
          events.push(`stop ${name} ${of.config['version']}`);
          await gates.get(name)?.promise;
          events.push(`stopped ${name} ${of.config['version']}`);
        },
      } as unknown as RunningConnector;
    },
    onRemoved: ({ status }) => events.push(`removed ${status.name}`),
    stopWithinMs: 1_000,
    log: createLogger((line) => log.push(line), 'reconciler'),
  });
  return { entries, events, log, gates, reconciler };
}

describe('a reconciler', () => {
  test('starts, replaces and removes what the log says', async () => {
    const { entries, events, reconciler } = scene();
    for (const version of ['1', '2']) {
      entries.set('wine', entry(version));
      reconciler.changed('wine');
      await reconciler.settled('wine');
    }
    entries.delete('wine');
    reconciler.changed('wine');
    await reconciler.settled('wine');

    expect(events).toEqual([
      'start wine 1',
      'stop wine 1',
      'stopped wine 1',
      'start wine 2',
      'stop wine 2',
      'stopped wine 2',
      'removed wine',
    ]);
    expect(reconciler.running.size).toBe(0);
  });

  test('lets a call run between two steps, and tells its outcome', async () => {
    const { entries, events, reconciler, log } = scene();
    entries.set('wine', entry('1'));
    reconciler.changed('wine');
    const called = reconciler.inTurn('wine', async () => {
      events.push('called');
      return 7;
    });
    const failed = reconciler.inTurn('wine', async () => {
      throw new Error('refused');
    });
    reconciler.restart('wine');

    expect(await called).toBe(7);
    await expect(failed).rejects.toThrow('refused');
    await reconciler.settled('wine');
    expect(events).toEqual(['start wine 1', 'called', 'stop wine 1', 'stopped wine 1', 'start wine 1']);
    expect(log).toEqual([]);
  });

  test('does nothing for an entry that says the same', async () => {
    const { entries, events, reconciler } = scene();
    entries.set('wine', entry('1'));
    reconciler.changed('wine');
    entries.set('wine', { ...entry('1'), tasks: 7 });
    reconciler.changed('wine');
    await reconciler.settled('wine');

    expect(events).toEqual(['start wine 1']);
  });

  test('takes only the last of many changes that came while a connector was stopping', async () => {
    const { entries, events, gates, reconciler } = scene();
    entries.set('wine', entry('1'));
    reconciler.changed('wine');
    await reconciler.settled('wine');
    const gate = Promise.withResolvers<void>();
    gates.set('wine', gate);
    for (const version of ['2', '3', '4']) {
      entries.set('wine', entry(version));
      reconciler.changed('wine');
    }
    gate.resolve();
    await reconciler.settled('wine');

    expect(events).toEqual(['start wine 1', 'stop wine 1', 'stopped wine 1', 'start wine 4']);
  });

  test('lets a connector that is slow to stop hold up no other', async () => {
    const { entries, events, gates, reconciler } = scene();
    gates.set('slow', Promise.withResolvers());
    entries.set('slow', entry('1'));
    reconciler.changed('slow');
    await reconciler.settled('slow');
    reconciler.restart('slow');
    entries.set('quick', entry('1'));
    reconciler.changed('quick');
    await reconciler.settled('quick');

    expect(events).toEqual(['start slow 1', 'stop slow 1', 'start quick 1']);
    gates.get('slow')?.resolve();
    await reconciler.settled('slow');
    expect(events.at(-1)).toBe('start slow 1');
  });

  test('restarts the same entry when it is told to', async () => {
    const { entries, events, reconciler } = scene();
    entries.set('wine', entry('1'));
    reconciler.changed('wine');
    reconciler.restart('wine');
    await reconciler.settled('wine');

    expect(events).toEqual(['start wine 1', 'stop wine 1', 'stopped wine 1', 'start wine 1']);
  });

  test('stops all of them when it is closed, and starts none any more', async () => {
    const { entries, events, reconciler } = scene();
    for (const name of ['a', 'b']) {
      entries.set(name, entry('1'));
      reconciler.changed(name);
    }
    await reconciler.settled('b');
    const closing = reconciler.close();
    entries.set('c', entry('1'));
    reconciler.changed('c');
    await closing;
    await reconciler.settled('c');

    expect(events).toEqual(['start a 1', 'start b 1', 'stop a 1', 'stop b 1', 'stopped a 1', 'stopped b 1']);
  });
});
