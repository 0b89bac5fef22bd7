import { expect, test } from 'vitest';
import { anyEnvelope, toRuntimeSettings } from '../../../src/runtime/config/envelope.ts';
import { foreignKey } from '../../../src/runtime/config/foreign-keys.ts';
import { workerSchema } from '../../../src/runtime/config/worker.ts';
import { checkValues } from '../../../src/runtime/schema/config-schema.ts';

test.each([
  ['connector', anyEnvelope],
  ['worker', workerSchema],
])('the keys of a %s are flat, described, and pass their own schema', (_, schema) => {
  for (const [key, { description }] of Object.entries(schema.properties)) {
    expect(key).toMatch(/^[a-z]+(\.[a-z]+)*$/);
    expect(description, key).toMatch(/\S/);
  }
  expect(checkValues(schema, {})).toEqual([]);
});

test('the defaults', () => {
  expect(toRuntimeSettings({}, 'thread')).toEqual({
    tasksMax: 1,
    taskIsolation: 'thread',
    errors: {
      tolerance: 'none',
      retryTimeoutMs: -1,
      retryDelayMaxMs: 3_000,
      restart: { max: 10, delayMs: 10_000, delayMaxMs: 300_000, resetMs: 600_000 },
      logEnable: false,
      logIncludeMessages: false,
    },
    values: { field: undefined, schemas: undefined },
    topicCreation: { partitions: 1, replicationFactor: -1 },
    transaction: { maxRecords: 5000, maxBytes: 1_048_576, lingerMs: 50 },
    topics: [],
    topicsRegex: undefined,
    batch: { size: 500, bytes: 4_194_304, lingerMs: 500 },
    stallTimeoutMs: 300_000,
    maxBufferedBytes: 16_777_216,
    offsetReset: 'earliest',
    topicRecreated: 'fail',
  });
});

test('no key that we know is one that Kafka Connect has and we ignore', () => {
  for (const key of Object.keys(anyEnvelope.properties)) expect(foreignKey(key, 'x'), key).toBeUndefined();
});
