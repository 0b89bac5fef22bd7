import { expect, test } from 'vitest';
import { createTransaction } from '../../../src/runtime/tasks/transaction.ts';

const limits = { maxRecords: 5000, maxBytes: 1024 * 1024, lingerMs: 50 };
const transforms = { apply: <R>(records: readonly R[]) => records, close: async () => undefined };
const large = { topic: 'wines', value: 'x'.repeat(400_000) };

test.each([
  ['records', undefined],
  ['rejects', 'too long'],
])('a transaction is full by the bytes of its %s', (_, problem) => {
  const transaction = createTransaction({ limits, transforms, validate: () => ({ type: undefined, problem }) });
  for (let n = 1; n <= 3; n++) {
    expect(transaction.full).toBeUndefined();
    transaction.add('0', [large], { n });
  }
  expect(transaction.full).toBe('bytes');
  expect(transaction.heldBytes).toBe(3 * 400_002);
  expect(transaction.bytes).toBe(problem === undefined ? 3 * 400_002 : 0);
});
