import { createRequire } from 'node:module';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConnectError, connectErrorCode } from '../../../src/runtime/errors.ts';
import {
  classifyKafkaError,
  isConnectionFailure,
  isRefusal,
  kafkaReason,
  LostAnswerError,
} from '../../../src/runtime/kafka/errors.ts';
import { fromText, toText } from '../../../src/runtime/tasks/thread-messages.ts';
import { ConfigError, pluginErrorCode, RetriableError } from '../../../src/sdk/errors.ts';

const crossed = (thrown: unknown): Error => fromText(structuredClone(toText(thrown)));

/** All that is asked of an error on the other side. */
const judged = (error: unknown) => ({
  failure: classifyKafkaError(error),
  isOutage: isConnectionFailure(error),
  isRefusal: isRefusal(error),
  reason: kafkaReason(error),
  plugin: pluginErrorCode(error),
  connect: connectErrorCode(error),
});

const wrapped = (cause: unknown) =>
  Object.assign(new Error('no more retries', { cause }), { name: 'KafkaJSNumberOfRetriesExceeded', retriable: false });
const typed = (type: string) =>
  Object.assign(new Error(type), { name: 'KafkaJSProtocolError', type, retriable: false });

/** What kafkajs throws whose answer is missing, and where it asks a broker that it has not connected. */
async function stumbles(): Promise<readonly unknown[]> {
  const require = createRequire(import.meta.url);
  const createAdmin = require('kafkajs/src/admin');
  const Broker = require('kafkajs/src/broker');
  const logger = { namespace: () => logger };
  const cluster = { metadata: async () => null };
  const thrown = (call: Promise<unknown>) => call.catch((error: unknown) => error);
  return [
    await thrown(createAdmin({ logger, cluster, retry: {} }).listTopics()),
    await thrown(new Broker({ connectionPool: {}, logger }).metadata([])),
  ];
}

describe('an error that crosses to another thread', () => {
  test.for([
    ['an outage', wrapped(Object.assign(new Error('closed'), { name: 'KafkaJSConnectionClosedError' }))],
    ['what Kafka gets over', typed('UNKNOWN_PRODUCER_ID')],
    ['fencing', wrapped(typed('INVALID_PRODUCER_EPOCH'))],
    ['a refusal', typed('TOPIC_AUTHORIZATION_FAILED')],
    ['an answer that was lost', new LostAnswerError()],
    ['what is retriable', Object.assign(new Error('busy'), { retriable: true })],
    ['a slip', new TypeError('x is null')],
    ['a wrong configuration', new ConfigError('The password is wrong')],
    ['a request for another try', new RetriableError('busy')],
    ['one of the runtime', new ConnectError('NOT_READY', 'The worker is not ready')],
  ] as const)('is thought of as before: %s', ([, error]) => {
    expect(judged(crossed(error))).toEqual(judged(error));
    expect(crossed(error)).toMatchObject({ name: error.name, message: error.message, stack: error.stack });
  });

  test('is thought of as before where kafkajs stumbled', async () => {
    for (const error of await stumbles()) {
      expect(judged(error)).toMatchObject({ failure: 'retriable', isOutage: true });
      expect(judged(crossed(error))).toEqual(judged(error));
    }
  });

  test('arrives whatever was thrown, and whatever it carries', () => {
    const odd = Object.assign(new Error('odd', { cause: null }), { code: () => 1, type: Symbol('t'), stack: 5 });
    expect(crossed(odd)).toMatchObject({ name: 'Error', message: 'odd' });
    for (const thrown of [null, undefined, 'text', 7, Symbol('s')]) expect(crossed(thrown)).toBeInstanceOf(Error);
    expect(crossed('text').message).toBe('text');
    fc.assert(fc.property(fc.anything(), (thrown) => void inspect(crossed(thrown))));
  });
});
