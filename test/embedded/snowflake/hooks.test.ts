import { describe, expect, test } from 'vitest';
import { createHooks } from '../../../src/embedded/snowflake/hooks.ts';

const never = new AbortController().signal;

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

  test('a statement fails with the error that was asked for, so many times', async () => {
    const { hooks, beforeStatement } = createHooks();
    hooks.failStatement(/UPDATE/, 'lockTimeout', { message: 'locked', times: 1 });
    await beforeStatement('SELECT 1', never);
    await expect(beforeStatement('UPDATE T', never)).rejects.toMatchObject({ code: '000625', message: 'locked' });
    await beforeStatement('UPDATE T', never);
    expect(hooks.statements).toEqual(['SELECT 1', 'UPDATE T', 'UPDATE T']);
  });

  test('a slow statement ends with its signal', async () => {
    const { hooks, beforeStatement } = createHooks();
    hooks.slowStatement(/./, 60_000);
    const cancel = new AbortController();
    const slow = beforeStatement('SELECT 1', cancel.signal);
    cancel.abort(new Error('canceled'));
    await expect(slow).rejects.toThrow('canceled');
  });

  test('all of it can be taken back', async () => {
    const { hooks, take, beforeStatement } = createHooks();
    hooks.inject({ kind: 'login', times: 9, effect: 'status' });
    hooks.failStatement(/./, 'internal', { times: 9 });
    hooks.clear();
    expect(take('login')).toBeUndefined();
    await beforeStatement('SELECT 1', never);
  });

  test('keeps 10,000 statements, and 10,000 characters of each', async () => {
    const { hooks, beforeStatement } = createHooks();
    for (let n = 0; n < 10_005; n++) await beforeStatement(`SELECT ${n}`, never);
    await beforeStatement('x'.repeat(20_000), never);
    expect(hooks.statements).toHaveLength(10_000);
    expect(hooks.statements[0]).toBe('SELECT 6');
    expect(hooks.statements.at(-1)).toHaveLength(10_000);
  });
});
