import { describe, expect, test } from 'vitest';
import type { FlatConfig } from '../../../src/runtime/config/model.ts';
import { createReferences } from '../../../src/runtime/config/references.ts';
import { resolveConnector } from '../../../src/runtime/config/resolve.ts';
import { createPluginRegistry } from '../../../src/runtime/plugins/registry.ts';
import { plugins, project } from './fixtures.ts';

async function resolve(flat: FlatConfig, env: Record<string, string> = {}) {
  const folder = await project({ 'package.json': '{}', ...plugins });
  const references = createReferences({ env, folder, folders: [folder] });
  return resolveConnector('c', flat, createPluginRegistry({ folder }), references);
}

describe('what the log keeps becomes what a task takes', () => {
  test('a sink with everything set, all of it text', async () => {
    const resolved = await resolve(
      {
        'connector.class': './printer.ts',
        'tasks.max': '3',
        'task.isolation': 'none',
        topics: 'sales, stock',
        prefix: `\${env:PREFIX}`,
        'batch.size': '100',
        'batch.bytes': '1000',
        'batch.linger.ms': '0',
        'consumer.max.buffered.bytes': '2000',
        'auto.offset.reset': 'latest',
        'errors.tolerance': 'all',
        'errors.retry.timeout': '60000',
        'errors.retry.delay.max.ms': '1000',
        'errors.log.enable': 'true',
        'errors.log.include.messages': 'true',
        'errors.deadletterqueue.topic.name': 'rejects',
        'value.schemas.field': 'type',
        'value.schemas': '{"ORDER":{"type":"object"}}',
        transforms: 'm',
        'transforms.m.type': './mask.ts',
        'transforms.m.field': 'customer_id',
      },
      { PREFIX: '>' },
    );
    expect(resolved.settings).toMatchObject({
      tasksMax: 3,
      taskIsolation: 'none',
      topics: ['sales', 'stock'],
      batch: { size: 100, bytes: 1000, lingerMs: 0 },
      maxBufferedBytes: 2000,
      offsetReset: 'latest',
      topicRecreated: 'fail',
      errors: {
        tolerance: 'all',
        retryTimeoutMs: 60_000,
        retryDelayMaxMs: 1000,
        logEnable: true,
        logIncludeMessages: true,
      },
      values: { field: 'type', schemas: { ORDER: { type: 'object' } } },
    });
    expect(resolved.connector).toMatchObject({ plugin: { name: 'printer' }, config: { prefix: '>' } });
    expect(resolved.errorHandler).toMatchObject({
      plugin: { name: 'dlq' },
      config: { 'errors.deadletterqueue.topic.name': 'rejects' },
    });
    expect(resolved.transforms).toMatchObject([
      { alias: 'm', plugin: { name: 'mask' }, config: { field: 'customer_id' } },
    ]);
    expect(resolved.flat['prefix']).toBe(`\${env:PREFIX}`);
  });

  test('a source with its transactions and topics', async () => {
    const { settings } = await resolve({
      'connector.class': './counter.ts',
      topic: 't',
      'transaction.max.records': '10',
      'transaction.max.bytes': '100',
      'transaction.linger.ms': '1',
      'topic.creation.default.partitions': '4',
      'topic.creation.default.replication.factor': '3',
    });
    expect(settings).toMatchObject({
      transaction: { maxRecords: 10, maxBytes: 100, lingerMs: 1 },
      topicCreation: { partitions: 4, replicationFactor: 3 },
    });
  });

  test('a plugin sees its own keys alone', async () => {
    const { connector } = await resolve({ 'connector.class': './counter.ts', topic: 't', 'tasks.max': '2' });
    expect(connector.config).toEqual({ topic: 't', 'poll.ms': 500, mode: 'up' });
  });
});

describe('a connector runs in a thread of its own', () => {
  const sink = {
    'connector.class': 'snowflake-variant',
    topics: 't',
    'snowflake.user': 'caves',
    'snowflake.password': 'caves',
  };
  const tolerant = { ...sink, 'errors.tolerance': 'all' };

  test.for([
    ['not, when all of it is built in', tolerant, 'none'],
    ['when the connector is not built in', { 'connector.class': './printer.ts', topics: 't' }, 'thread'],
    [
      'when a transform is not built in',
      { ...sink, transforms: 'm', 'transforms.m.type': './mask.ts', 'transforms.m.field': 'a' },
      'thread',
    ],
    ['when its error handler is not built in', { ...tolerant, 'errors.handler': './drop.ts' }, 'thread'],
    ['not, when it is told not to', { ...tolerant, 'errors.handler': './drop.ts', 'task.isolation': 'none' }, 'none'],
    ['when it is told to', { ...tolerant, 'task.isolation': 'thread' }, 'thread'],
  ] as const)('%s', async ([, config, expected]) => {
    expect((await resolve(config)).settings.taskIsolation).toBe(expected);
  });
});

test('all that is wrong is thrown at once, and no value of a variable is in it', async () => {
  const flat = { 'connector.class': './counter.ts', 'poll.ms': `\${env:MS}`, mode: `\${env:NONE}` };
  await expect(resolve(flat, { MS: 'hunter2' })).rejects.toMatchObject({
    code: 'INVALID_CONFIG',
    message: [
      'Connector configuration is invalid and contains the following 3 error(s):',
      `Cannot resolve \${env:NONE}: the variable NONE is not set. Set it in the environment or in .env, or give a default: \${env:NONE:-default}`,
      'Missing required configuration "topic" which has no default value.',
      `Invalid value \${env:MS} for configuration poll.ms: Not a number of type INT`,
      'You can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`',
    ].join('\n'),
  });
});
