import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConnectError } from '../../../src/runtime/errors.ts';
import {
  callKafka,
  classifyKafkaError,
  isConnectionFailure,
  isRefusal,
  kafkaFailureOf,
  kafkaReason,
  LostAnswerError,
} from '../../../src/runtime/kafka/errors.ts';
import { TransactionExpiredError } from '../../../src/runtime/kafka/producer.ts';
import { TopicRecreatedError } from '../../../src/runtime/kafka/recreated.ts';

const typed = (type: string, cause?: unknown) => Object.assign(new Error(type, { cause }), { type });
const named = (name: string, cause?: unknown) => Object.assign(new Error(`a ${name}`, { cause }), { name });
/** A slip that was thrown in the first of these files, which the second called. */
const slipIn = (...files: readonly string[]) =>
  Object.assign(new TypeError('x is null'), { stack: ['TypeError: x is null', ...files.map(frameIn)].join('\n') });
const frameIn = (file: string) => `    at someFunction (${file}:1:2)`;

const inPackage = '/srv/app/node_modules/kafkajs/src/admin/index.js';
const stumble = slipIn(inPackage, '/srv/app/dist/src/runtime/kafka/topics.js');
const recreated = new TopicRecreatedError({ topic: 't', partition: 0, kept: 'it was', found: 'it is' }, 'So what.');

describe('a failure of kafkajs', () => {
  test.for([
    ['fenced', typed('INVALID_PRODUCER_EPOCH')],
    ['fenced', named('KafkaJSNumberOfRetriesExceeded', typed('PRODUCER_FENCED'))],
    ['refused', typed('MESSAGE_TOO_LARGE')],
    ['fatal', typed('TOPIC_AUTHORIZATION_FAILED')],
    ['retriable', typed('OUT_OF_ORDER_SEQUENCE_NUMBER')],
    ['retriable', typed('UNKNOWN')],
    ['retriable', named('KafkaJSNonRetriableError', named('KafkaJSConnectionError'))],
    ['retriable', Object.assign(new Error('busy'), { retriable: true })],
    ['retriable', Object.assign(named('KafkaJSAggregateError'), { errors: [typed('NOT_COORDINATOR')] })],
    ['fatal', named('KafkaJSNonRetriableError')],
    ['retriable', new LostAnswerError()],
    ['retriable', stumble],
    ['retriable', named('KafkaJSNonRetriableError', stumble)],
    ['retriable', slipIn('C:\\app\\node_modules\\kafkajs\\src\\admin\\index.js')],
    ['retriable', new TransactionExpiredError('id', 10_000, typed('INVALID_PRODUCER_EPOCH'))],
    ['fatal', recreated],
    ['fatal', new TypeError('a slip of ours')],
    ['fatal', slipIn('/srv/app/src/runtime/kafka/kafkajs/record-batch.ts', inPackage)],
    ['fatal', slipIn('node:buffer', inPackage)],
  ] as const)('is %s: %s', ([failure, error]) => {
    expect(classifyKafkaError(error)).toBe(failure);
  });

  test('is classified whatever was thrown', () => {
    const circle: { cause?: unknown } = {};
    circle.cause = circle;
    for (const thrown of [circle, undefined, null, 'text', 7]) {
      expect(classifyKafkaError(thrown)).toBe('fatal');
      expect(isConnectionFailure(thrown)).toBe(false);
      expect(typeof kafkaReason(thrown)).toBe('string');
    }
    fc.assert(fc.property(fc.anything(), (thrown) => void classifyKafkaError(thrown)));
  });

  test('has the words of its innermost cause', () => {
    expect(kafkaReason(named('outer', named('inner')))).toBe('a inner');
  });

  test('is retriable, and of the connection, where kafkajs uses a broker that it has not connected', async () => {
    const Broker = createRequire(import.meta.url)('kafkajs/src/broker');
    const logger = { namespace: () => logger };
    const error = await new Broker({ connectionPool: {}, logger }).metadata([]).catch((thrown: unknown) => thrown);
    const wrapped = named('KafkaJSNonRetriableError', error);

    expect(error.message).toBe('Broker not connected');
    expect([classifyKafkaError(wrapped), isConnectionFailure(wrapped)]).toEqual(['retriable', true]);
  });

  test('is a matter of the connection by the names in its chain', () => {
    const refused = Object.assign(named('KafkaJSConnectionError'), { code: 'ECONNREFUSED' });
    expect(isConnectionFailure(named('KafkaJSNumberOfRetriesExceeded', refused))).toBe(true);
    expect(isConnectionFailure(new LostAnswerError())).toBe(true);
    expect(isConnectionFailure(typed('MESSAGE_TOO_LARGE'))).toBe(false);
  });

  test('is a refusal where Kafka said no for good or the configuration is wrong', () => {
    const wrong = new ConnectError('INVALID_CONFIG', 'topics.regex: nothing to repeat.');
    const denied = named('KafkaJSNonRetriableError', typed('GROUP_AUTHORIZATION_FAILED'));
    expect([wrong, denied, recreated].map(isRefusal)).toEqual([true, true, true]);
    expect([stumble, new TypeError('a slip of ours'), typed('PRODUCER_FENCED')].map(isRefusal)).toEqual([
      false,
      false,
      false,
    ]);
  });

  test('is never outage and refusal, nor either of them against what is to be done', () => {
    const names = ['KafkaJSConnectionError', 'TypeError', 'TopicRecreatedError', 'TransactionExpiredError', 'Error'];
    const types = ['TOPIC_AUTHORIZATION_FAILED', 'PRODUCER_FENCED', 'NOT_COORDINATOR', 'MESSAGE_TOO_LARGE', undefined];
    const link = fc.record({
      name: fc.constantFrom(...names),
      type: fc.constantFrom(...types),
      retriable: fc.boolean(),
      stack: fc.constantFrom(frameIn(inPackage), frameIn('/srv/app/src/runtime/kafka/kafkajs/index.ts')),
      code: fc.constantFrom('INVALID_CONFIG', 'ECONNREFUSED', undefined),
    });
    const chain = fc
      .array(link, { minLength: 1, maxLength: 3 })
      .map((links) => links.reduce((cause: object | undefined, one) => ({ ...one, cause }), undefined));
    fc.assert(
      fc.property(chain, (error) => {
        if (isConnectionFailure(error)) expect(classifyKafkaError(error)).toBe('retriable');
        if (isRefusal(error)) expect(classifyKafkaError(error)).toBe('fatal');
      }),
    );
  });

  test('has words for a person where kafkajs stumbles', () => {
    expect(kafkaReason(named('KafkaJSNonRetriableError', stumble))).toBe(
      'a broker went away in the middle of a request',
    );
  });

  test('is known wherever it is caught when it was met in a call to Kafka, and no other is', async () => {
    const met = named('KafkaJSConnectionError');
    const lookAlike = named('KafkaJSConnectionError');
    await expect(callKafka(() => Promise.reject(met))).rejects.toBe(met);
    await expect(callKafka(() => Promise.reject('text'))).rejects.toBe('text');

    expect([met, lookAlike, 'text', undefined].map(kafkaFailureOf)).toEqual([
      'retriable',
      undefined,
      undefined,
      undefined,
    ]);
    expect(await callKafka(async () => 7)).toBe(7);
  });
});
