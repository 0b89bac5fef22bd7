/**
 * What a failure of kafkajs means for whoever called it. Classified by code and by the chain of causes, never by
 * message; it never throws. Unknown failures are `fatal`: they are not tried again.
 *
 * kafkajs 2.2.4 wraps connection errors into a "non-retriable" error once its own retries are used up; for us an
 * outage is always worth another try, so the innermost cause counts.
 */
import type { ConnectErrorCode } from '../errors.ts';
import { TopicRecreatedError } from './recreated.ts';

export type KafkaFailure =
  /** An outage or a passing state of the cluster: try again. */
  | 'retriable'
  /** Another producer has taken over the transactional id: stop. */
  | 'fenced'
  /** A record that the broker will never take (too large, invalid time stamp). */
  | 'refused'
  | 'fatal';

const fenced = new Set(['INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED']);

const refused = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_TIMESTAMP', 'INVALID_RECORD']);

const fatal = new Set([
  'SASL_AUTHENTICATION_FAILED',
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'UNSUPPORTED_VERSION',
  'INVALID_TOPIC_EXCEPTION',
]);

/** Protocol errors that kafkajs calls non-retriable although a new producer or consumer gets over them. */
const passing = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_TXN_STATE',
  'INVALID_PRODUCER_ID_MAPPING',
  'CONCURRENT_TRANSACTIONS',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'KAFKA_STORAGE_ERROR',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
  'REBALANCE_IN_PROGRESS',
]);

const wrong: ConnectErrorCode = 'INVALID_CONFIG';

const connection = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSBrokerNotFound',
  'KafkaJSNoBrokerAvailableError',
  'KafkaJSMetadataNotLoaded',
  'KafkaJSTopicMetadataNotLoaded',
  'KafkaJSGroupCoordinatorNotFound',
  'KafkaJSLockTimeout',
]);

/** The error itself and all that caused it, innermost last. */
function causes(error: unknown): readonly Record<string, unknown>[] {
  const chain: Record<string, unknown>[] = [];
  for (let next = error; typeof next === 'object' && next !== null && chain.length < 10; ) {
    chain.push(next as Record<string, unknown>);
    // Creating topics fails with a list, one for each topic: the first speaks for all.
    const { cause, errors } = next as { cause?: unknown; errors?: readonly unknown[] };
    next = cause ?? errors?.[0];
  }
  return chain;
}

/**
 * A broker that goes away in the middle of a metadata request: kafkajs 2.2.4 (`brokerPool.withBroker`) swallows that
 * error, answers null and stumbles over it. Or it asks a broker that it has not connected again since
 * (`notInitializedLookup`), which is an error without a name of its own.
 */
function isStumble(error: Readonly<Record<string, unknown>>): boolean {
  if (!(error instanceof Error) || !/[\\/]kafkajs[\\/]/.test(error.stack ?? '')) return false;
  return error instanceof TypeError || /\bnotInitializedLookup\b/.test(error.stack ?? '');
}

export function classifyKafkaError(error: unknown): KafkaFailure {
  const chain = causes(error);
  if (chain.some(isStumble)) return 'retriable';
  const types = chain.map(({ type }) => String(type ?? ''));
  if (types.some((type) => fenced.has(type))) return 'fenced';
  if (types.some((type) => refused.has(type))) return 'refused';
  if (types.some((type) => fatal.has(type))) return 'fatal';
  if (types.some((type) => passing.has(type))) return 'retriable';
  if (chain.some(({ name, retriable }) => retriable === true || connection.has(String(name)))) return 'retriable';
  return 'fatal';
}

/**
 * Whether Kafka said no for good, or what it was asked is configured wrong: no retry mends that. Unknown failures are
 * not among them.
 */
export function isRefusal(error: unknown): boolean {
  const isFinal = ({ type, code }: Readonly<Record<string, unknown>>) =>
    fatal.has(String(type ?? '')) || code === wrong;
  return error instanceof TopicRecreatedError || causes(error).some(isFinal);
}

/** Whether Kafka refused a record for its time stamp. */
export const isTimeRefused = (error: unknown): boolean =>
  causes(error).some(({ type }) => type === 'INVALID_TIMESTAMP');

const networkCodes = /^(ECONN|EHOST|ENOT|ETIMEDOUT|EPIPE)/;

/** Whether Kafka could not be reached at all, as against an answer that was an error. */
export function isConnectionFailure(error: unknown): boolean {
  return causes(error).some(
    (one) => isStumble(one) || connection.has(String(one['name'])) || networkCodes.test(String(one['code'])),
  );
}

/** The words of the innermost cause: what a person wants to read in one line. */
export function kafkaReason(error: unknown): string {
  const last = causes(error).at(-1);
  return String(last?.['message'] ?? error);
}
