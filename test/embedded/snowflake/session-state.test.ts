import { describe, expect, test } from 'vitest';
import { createState, type SessionOptions, type Shared } from '../../../src/embedded/snowflake/session-state.ts';

const options: SessionOptions = {
  user: 'caves',
  account: 'embedded',
  database: undefined,
  schema: undefined,
  warehouse: undefined,
  role: undefined,
  parameters: {},
};

describe('a session that cannot begin', () => {
  test.each([
    ['its login sets a parameter to what it cannot be', { LOCK_TIMEOUT: 'never' }],
    ['DuckDB refuses its first statement', { TIMEZONE: 'Europe/Paris' }],
  ])('leaves no connection behind, because %s', async (_, parameters) => {
    let open = 0;
    const connection = {
      run: async () => {
        throw new Error('refused');
      },
      close: () => open--,
    };
    const connect = async () => {
      open++;
      return connection;
    };
    const shared = { engine: { connect }, states: new Map() } as unknown as Shared;
    await expect(createState('1', { ...options, parameters }, shared)).rejects.toThrow();
    expect([open, shared.states.size]).toEqual([0, 0]);
  });
});
