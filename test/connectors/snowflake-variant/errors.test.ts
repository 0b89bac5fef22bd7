import { describe, expect, test } from 'vitest';
import type { SinkConfig } from '../../../connectors/snowflake-variant/config.ts';
import { explained } from '../../../connectors/snowflake-variant/errors.ts';
import { pluginErrorCode } from '../../../src/sdk/errors.ts';

const config = {
  'snowflake.account': 'org-caves',
  'snowflake.user': 'albert',
  'snowflake.password': 'never shown',
} as unknown as SinkConfig;

const explain = (error: object) => explained(error, 'Writing a batch', config) as Error & { key?: string };

describe('an error of Snowflake', () => {
  test.each([
    ['a lost connection', { code: 401001, message: 'reset' }, 'RETRIABLE'],
    ['an HTTP status 503', { code: 401002, message: 'HTTP 503', response: { statusCode: 503 } }, 'RETRIABLE'],
    ['a session that is gone', { code: '390111', message: 'gone' }, 'RETRIABLE'],
    ['a transaction that was ended', { code: '000615', sqlState: '57014', message: 'aborted' }, 'RETRIABLE'],
    ['a lock', { code: '000625', sqlState: '57014', message: 'locked' }, 'RETRIABLE'],
    ['text that is no number', { code: '100038', sqlState: '22018', message: 'six' }, 'BATCH_REJECTED'],
    ['data in a way that is new', { code: '100999', sqlState: '22999', message: 'odd' }, 'BATCH_REJECTED'],
    ['a wrong password', { code: '390100', message: 'Incorrect' }, 'CONFIG'],
    ['a missing privilege', { code: '003001', sqlState: '42501', message: 'Insufficient' }, 'CONFIG'],
    ['a statement that does not compile', { code: '002023', sqlState: '22000', message: 'type' }, undefined],
    ['anything unknown', { code: '999999', message: 'what' }, undefined],
  ])('steers the runtime: %s', (_, error, code) => {
    expect(pluginErrorCode(explain(error))).toBe(code);
  });

  test('keeps its number, its place and its cause', () => {
    const error = { code: '100038', sqlState: '22018', message: "Numeric value\n'six' is not recognized" };
    expect(explain(error)).toMatchObject({
      message: "Writing a batch: Numeric value 'six' is not recognized (100038)",
      cause: error,
    });
  });

  test('says how to end the transaction that holds a lock', () => {
    expect(explain({ code: '000625', message: 'locked in transaction 17' }).message).toMatch(
      /locked in transaction 17 .*SYSTEM\$ABORT_TRANSACTION\(its id\).*ACCOUNTADMIN.*five idle minutes$/,
    );
  });

  test('says which key to change, and never the secret', () => {
    const error = explain({ code: '390100', message: 'Incorrect username or password was specified.' });
    expect(error.key).toBe('snowflake.password');
    expect(error.message).toContain('Check snowflake.user (albert) and snowflake.password');
    expect(error.message).not.toContain('never shown');
    expect(explain({ code: '000606', message: 'No active warehouse' }).key).toBe('snowflake.warehouse');
    expect(explain({ code: 401002, message: 'HTTP 404', response: { statusCode: 404 } }).key).toBe('snowflake.account');
  });

  test('of our own stays as it is', () => {
    const own = new TypeError('a mistake');
    expect(explained(own, 'Writing', config)).toBe(own);
  });
});
