import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { SnowflakeError } from '../../../src/embedded/snowflake/errors.ts';
import { createQueries, type Queries } from '../../../src/embedded/snowflake/queries.ts';
import { tableOf } from '../../../src/embedded/snowflake/results.ts';
import type { QueryAnswer } from '../../../src/embedded/snowflake/session.ts';

const answerOf = (queryId: string, characters: number): QueryAnswer => ({
  queryId,
  result: tableOf([['A', { name: 'VARCHAR' }]], [['x'.repeat(characters)]], 0x1000),
  children: [],
  database: undefined,
  schema: undefined,
  warehouse: undefined,
  role: 'SYSADMIN',
  parameters: [],
});

function start(queries: Queries, forgotten: string[] = []): string {
  const queryId = randomUUID();
  queries.start({
    queryId,
    sessionId: '1',
    user: 'CAVES',
    role: 'SYSADMIN',
    database: undefined,
    schema: undefined,
    warehouse: undefined,
    tag: '',
    text: `SELECT '${'y'.repeat(20_000)}'`,
    answer: new Promise(() => undefined),
    cancel: () => undefined,
    forget: () => forgotten.push(queryId),
  });
  return queryId;
}

describe('the record of statements', () => {
  const limits = { statements: 5, bytes: 30_000 };

  test('keeps so many of them, and the beginning of their text', () => {
    const queries = createQueries(limits);
    const ids = Array.from({ length: 8 }, () => {
      const id = start(queries);
      queries.succeeded(id, answerOf(id, 1));
      return id;
    });
    expect(queries.newest().map(({ queryId }) => queryId)).toEqual(ids.slice(3).reverse());
    expect(queries.newest()[0]?.text).toHaveLength(10_000);
  });

  test('forgets the oldest large results, and no small one before its statement', () => {
    const queries = createQueries(limits);
    const forgotten: string[] = [];
    const small = start(queries, forgotten);
    queries.succeeded(small, answerOf(small, 10));
    const large = [1, 2, 3].map(() => {
      const id = start(queries, forgotten);
      queries.succeeded(id, answerOf(id, 12_000));
      return id;
    });
    expect(forgotten).toEqual([large[0]]);
    expect(queries.find(small)?.status).toBe('SUCCESS');
    expect(queries.find(large[0] as string)).toBeUndefined();
    expect(queries.find(large[2] as string)?.rows).toBe(1);
  });

  test('keeps the newest result whatever its size, and what runs whatever its age', () => {
    const queries = createQueries(limits);
    const running = start(queries);
    for (let n = 0; n < 10; n++) {
      const id = start(queries);
      queries.succeeded(id, answerOf(id, 100_000));
      expect(queries.find(id)?.status).toBe('SUCCESS');
    }
    expect(queries.newest()).toHaveLength(2);
    expect(queries.find(running)?.status).toBe('RUNNING');
  });

  test('tells a statement that failed from one that was canceled', () => {
    const queries = createQueries(limits);
    const error = new SnowflakeError('syntax', 'no');
    const [failed, canceled] = [start(queries), start(queries)];
    queries.failed(failed, error, false);
    queries.failed(canceled, error, true);
    expect([failed, canceled].map((id) => queries.find(id)?.status)).toEqual(['FAILED_WITH_ERROR', 'ABORTED']);
    expect(queries.find(failed)?.error).toBe(error);
  });
});
