import { describe, expect, test } from 'vitest';
import { createHooks } from '../../../src/embedded/snowflake/hooks.ts';

const never = new AbortController().signal;
const none = { abort: async () => undefined };

describe('what a test can make the warehouse do wrong', () => {
  test('a fault counts down, for its kind of request and matching SQL alone', () => {
    const { hooks, take } = createHooks();
    hooks.inject({ kind: 'query', times: 2, effect: 'status', status: 503, matching: /INSERT/ });
    expect(take('query', 'SELECT 1')).toBeUndefined();
    expect(take('heartbeat')).toBeUndefined();
    expect([1, 2, 3].map(() => take('query', 'INSERT INTO T')?.status)).toEqual([503, 503, undefined]);
    expect(hooks.requests).toMatchObject({ query: 4, heartbeat: 1, login: 0 });
  });

  test('several faults of one kind come one after the other', () => {
    const { hooks, take } = createHooks();
    hooks.inject({ kind: 'query', times: 1, effect: 'expire' });
    hooks.inject({ kind: 'query', times: 1, effect: 'cut-after' });
    expect([take('query')?.effect, take('query')?.effect, take('query')]).toEqual(['expire', 'cut-after', undefined]);
  });

  test('a watcher sees each request and its client, and decides about those that no fault is for', () => {
    const { hooks, take, done } = createHooks();
    const seen: string[] = [];
    const unwatch = hooks.watch({
      arrived({ kind, sqlText, clientPort }) {
        seen.push(`${clientPort}: ${kind} ${sqlText}`);
        return sqlText === 'COMMIT' ? { effect: 'cut-after' } : undefined;
      },
      done: ({ sqlText }) => void seen.push(`done ${sqlText}`),
    });
    hooks.inject({ kind: 'query', times: 1, effect: 'expire' });
    expect(['BEGIN', 'BEGIN', 'COMMIT'].map((sql) => take('query', sql, 4711)?.effect)).toEqual([
      'expire',
      undefined,
      'cut-after',
    ]);
    done({ kind: 'query', sqlText: 'COMMIT', clientPort: 4711 });
    unwatch();
    expect(take('query', 'COMMIT', 4711)).toBeUndefined();
    expect(seen).toEqual(['4711: query BEGIN', '4711: query COMMIT', 'done COMMIT']);
  });

  test('a watcher sees each statement before it runs', async () => {
    const { hooks, beforeStatement } = createHooks();
    const seen: string[] = [];
    hooks.watch({ statement: (text) => void seen.push(text) });
    await beforeStatement('BEGIN', never, none);
    await beforeStatement('COMMIT', never, none);
    expect(seen).toEqual(['BEGIN', 'COMMIT']);
  });

  test('a statement fails with the error that was asked for, so many times', async () => {
    const { hooks, beforeStatement } = createHooks();
    hooks.failStatement(/UPDATE/, 'lockTimeout', { message: 'locked', times: 1 });
    await beforeStatement('SELECT 1', never, none);
    await expect(beforeStatement('UPDATE T', never, none)).rejects.toMatchObject({ code: '000625', message: 'locked' });
    await beforeStatement('UPDATE T', never, none);
    expect(hooks.statements).toEqual(['SELECT 1', 'UPDATE T', 'UPDATE T']);
  });

  test('a transaction is lost before a statement, so many times', async () => {
    const { hooks, beforeStatement } = createHooks();
    const lost: (string | undefined)[] = [];
    const transaction = { abort: async (reason?: string) => void lost.push(reason) };
    hooks.loseTransaction(/COMMIT/);
    for (const sql of ['UPDATE T', 'COMMIT', 'COMMIT']) await beforeStatement(sql, never, transaction);
    expect(lost).toEqual(['a test wanted it lost']);
  });

  test('a slow statement ends with its signal', async () => {
    const { hooks, beforeStatement } = createHooks();
    hooks.slowStatement(/./, 60_000);
    const cancel = new AbortController();
    const slow = beforeStatement('SELECT 1', cancel.signal, none);
    cancel.abort(new Error('canceled'));
    await expect(slow).rejects.toThrow('canceled');
  });

  test('all of it can be taken back', async () => {
    const { hooks, take, beforeStatement } = createHooks();
    hooks.inject({ kind: 'login', times: 9, effect: 'status' });
    hooks.failStatement(/./, 'internal', { times: 9 });
    hooks.clear();
    expect(take('login')).toBeUndefined();
    await beforeStatement('SELECT 1', never, none);
  });

  test('keeps 10,000 statements, and 10,000 characters of each', async () => {
    const { hooks, beforeStatement } = createHooks();
    for (let n = 0; n < 10_005; n++) await beforeStatement(`SELECT ${n}`, never, none);
    await beforeStatement('x'.repeat(20_000), never, none);
    expect(hooks.statements).toHaveLength(10_000);
    expect(hooks.statements[0]).toBe('SELECT 6');
    expect(hooks.statements.at(-1)).toHaveLength(10_000);
  });
});
