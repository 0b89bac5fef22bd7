import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { classifyKafkaError, isConnectionFailure, kafkaReason } from '../../../src/runtime/kafka/errors.ts';

const typed = (type: string, cause?: unknown) => Object.assign(new Error(type, { cause }), { type });
const named = (name: string, cause?: unknown) => Object.assign(new Error(`a ${name}`, { cause }), { name });

describe('a failure of kafkajs', () => {
  test.for([
    ['fenced', typed('INVALID_PRODUCER_EPOCH')],
    ['fenced', named('KafkaJSNumberOfRetriesExceeded', typed('PRODUCER_FENCED'))],
    ['refused', typed('MESSAGE_TOO_LARGE')],
    ['fatal', typed('TOPIC_AUTHORIZATION_FAILED')],
    ['retriable', typed('OUT_OF_ORDER_SEQUENCE_NUMBER')],
    ['retriable', named('KafkaJSNonRetriableError', named('KafkaJSConnectionError'))],
    ['retriable', Object.assign(new Error('busy'), { retriable: true })],
    ['retriable', Object.assign(named('KafkaJSAggregateError'), { errors: [typed('NOT_COORDINATOR')] })],
    ['fatal', named('KafkaJSNonRetriableError')],
    ['fatal', new TypeError('a slip of ours')],
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

  test('is a matter of the connection by the names and codes in its chain', () => {
    expect(isConnectionFailure(named('KafkaJSNumberOfRetriesExceeded', { code: 'ECONNREFUSED' }))).toBe(true);
    expect(isConnectionFailure(typed('MESSAGE_TOO_LARGE'))).toBe(false);
  });
});
