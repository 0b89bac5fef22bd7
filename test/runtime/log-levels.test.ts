import { describe, expect, test } from 'vitest';
import { createLogger, type LogEntry } from '../../src/runtime/log.ts';
import { createLogLevels } from '../../src/runtime/log-levels.ts';

/** Loggers of a worker and of two tasks, and what they have written. */
function scene() {
  const levels = createLogLevels('info');
  const entries: LogEntry[] = [];
  const loggerOf = (scope: string) => createLogger((entry) => entries.push(entry), scope, levels);
  const loggers = [loggerOf('worker'), loggerOf('snk|task-0'), loggerOf('snk|task-1')];
  /** The scopes whose lines of a level are written now. */
  const speaking = (level: 'debug' | 'error') => {
    entries.length = 0;
    for (const logger of loggers) logger[level]('line');
    return entries.map(({ scope }) => scope);
  };
  return { levels, speaking };
}

describe('the levels of loggers', () => {
  test('are those of the root until they are set', () => {
    const { levels, speaking } = scene();
    expect(speaking('debug')).toEqual([]);
    expect(levels.list()).toEqual(
      Object.fromEntries(
        ['root', 'snk', 'snk|task-0', 'snk|task-1', 'worker'].map((name) => [
          name,
          { level: 'INFO', last_modified: null },
        ]),
      ),
    );
  });

  test('change for one, for a connector with its tasks, and for all', () => {
    const { levels, speaking } = scene();
    expect(levels.set('snk|task-1', 'debug')).toEqual(['snk|task-1']);
    expect(speaking('debug')).toEqual(['snk|task-1']);
    expect(levels.set('snk', 'TRACE')).toEqual(['snk', 'snk|task-0', 'snk|task-1']);
    expect(speaking('debug')).toEqual(['snk|task-0', 'snk|task-1']);
    expect(levels.set('root', 'OFF')).toHaveLength(5);
    expect(speaking('error')).toEqual([]);
    expect(levels.list()).toMatchObject({ worker: { level: 'OFF', last_modified: expect.any(Number) } });
  });

  test('hold for a task that comes later', () => {
    const { levels } = scene();
    levels.set('snk', 'DEBUG');
    expect(levels.of('snk|task-7')).toBe('debug');
  });

  test('are not those of a logger that nobody has', () => {
    expect(scene().levels.set('nobody', 'DEBUG')).toEqual([]);
  });

  test('are refused when there is no such level', () => {
    expect(() => scene().levels.set('root', 'LOUD')).toThrow("invalid log level 'LOUD'.");
    expect(() => scene().levels.set('root', 'constructor')).toThrow(RangeError);
  });

  test('tell those who watch', () => {
    const { levels } = scene();
    let changes = 0;
    const unwatch = levels.watch(() => changes++);
    levels.set('root', 'WARN');
    unwatch();
    levels.set('root', 'INFO');
    expect(changes).toBe(1);
  });
});
