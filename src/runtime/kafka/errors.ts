/**
 * What a failure of Kafka means for whoever called it. There is one judge, `verdictOf`, and whatever is asked here is
 * read from its verdict, so that no two answers disagree. It goes by code, by name and by the chain of causes, never by
 * message, and it never throws; all that it looks at crosses the border of a thread (tasks/thread-messages.ts). Unknown
 * failures are `fatal`: they are not tried again.
 *
 * It tells Kafka's failures from each other and not from those of others: a plugin may use kafkajs itself. So it is to be
 * asked about what a call to Kafka has thrown. Where that comes out together with what plugins throw, the call is made
 * by `callKafka`, and `kafkaFailureOf` knows its failures again.
 *
 * kafkajs 2.2.4 wraps connection errors into a "non-retriable" error once its own retries are used up; for us an
 * outage is always worth another try, so the innermost cause counts.
 */
import type { ConnectErrorCode } from '../errors.ts';

export type KafkaFailure =
  /** An outage or a passing state of the cluster: try again. */
  | 'retriable'
  /** Another producer has taken over the transactional id: stop. */
  | 'fenced'
  /** A record that the broker will never take (too large, invalid time stamp). */
  | 'refused'
  | 'fatal';

type Verdict =
  /** Nobody has answered, or the answer was lost. */
  | 'unreachable'
  /** It cannot now, or not for who asks as who he was. */
  | 'passing'
  | 'fenced'
  | 'refused'
  /** Kafka said no for good, or what it was asked is configured wrong: no retry mends that. */
  | 'denied'
  | 'unknown';

const failures: Readonly<Record<Verdict, KafkaFailure>> = {
  unreachable: 'retriable',
  passing: 'retriable',
  fenced: 'fenced',
  refused: 'refused',
  denied: 'fatal',
  unknown: 'fatal',
};

const fenced = new Set(['INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED']);

const refused = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_TIMESTAMP', 'INVALID_RECORD']);

const denied = new Set([
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
  // UNKNOWN_SERVER_ERROR: the broker has stumbled, as Apache Kafka does when it was stopped in the midst of a transaction.
  'UNKNOWN',
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

/** What carries the code of another failure and is none: Kafka ended the transaction, and nobody took its id over. */
const expired = 'TransactionExpiredError';
/** Another topic of the same name. */
const recreated = 'TopicRecreatedError';
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
  'LostAnswerError',
]);

/** What is looked at of an error; each is empty where it is of another kind. */
interface Looks {
  readonly name: string;
  readonly type: string;
  readonly code: string;
  readonly message: string;
  readonly stack: string;
  readonly retriable: boolean;
}

/** The error itself and all that caused it, innermost last. */
function causes(error: unknown): readonly Looks[] {
  const text = (of: unknown) => (typeof of === 'string' ? of : '');
  const chain: Looks[] = [];
  for (let next = error; typeof next === 'object' && next !== null && chain.length < 10; ) {
    const { name, type, code, message, stack, retriable, cause, errors } = next as Readonly<Record<string, unknown>>;
    chain.push({
      name: text(name),
      type: text(type),
      code: text(code),
      message: text(message),
      stack: text(stack),
      retriable: retriable === true,
    });
    // Creating topics fails with a list, one for each topic: the first speaks for all.
    next = cause ?? (Array.isArray(errors) ? errors[0] : undefined);
  }
  return chain;
}

/** The package, as against our own folder of that name. */
const inKafkajs = /[\\/]node_modules[\\/]kafkajs[\\/]/;

/**
 * A broker that goes away in the middle of a metadata request: kafkajs 2.2.4 (`brokerPool.withBroker`) swallows that
 * error, answers null and stumbles over it. Or it asks a broker that it has not connected again since
 * (`notInitializedLookup`), which is an error without a name of its own. Where kafkajs only calls what throws, that is a
 * slip of ours.
 */
function isStumble({ name, stack }: Looks): boolean {
  const thrownAt = /^\s+at .*$/m.exec(stack)?.[0] ?? '';
  return inKafkajs.test(thrownAt) && (name === 'TypeError' || /\bnotInitializedLookup\b/.test(thrownAt));
}

const wentAway = 'a broker went away in the middle of a request';

/** What kafkajs stumbles over, met by ourselves: the answer is null, and the error that says why is gone. */
export class LostAnswerError extends Error {
  override readonly name = 'LostAnswerError';

  constructor() {
    super(wentAway);
  }
}

function verdictOf(error: unknown): Verdict {
  const chain = causes(error);
  const isOneOf = (types: ReadonlySet<string>) => chain.some(({ type }) => types.has(type));
  if (chain.some(({ name }) => name === expired)) return 'passing';
  if (chain.some(isStumble)) return 'unreachable';
  if (isOneOf(fenced)) return 'fenced';
  if (isOneOf(refused)) return 'refused';
  if (isOneOf(denied) || chain.some(({ name, code }) => name === recreated || code === wrong)) return 'denied';
  if (chain.some(({ name }) => connection.has(name))) return 'unreachable';
  if (isOneOf(passing) || chain.some(({ retriable }) => retriable)) return 'passing';
  return 'unknown';
}

/** What whoever called Kafka has to do about its failure. */
export const classifyKafkaError = (error: unknown): KafkaFailure => failures[verdictOf(error)];

/** Whether Kafka said no for good, or what it was asked is configured wrong. Unknown failures are not among them. */
export const isRefusal = (error: unknown): boolean => verdictOf(error) === 'denied';

/** Whether Kafka could not be reached at all, as against an answer that was an error. */
export const isConnectionFailure = (error: unknown): boolean => verdictOf(error) === 'unreachable';

/** Whether Kafka refused records for the size of their batch. */
export const isSizeRefused = (error: unknown): boolean =>
  causes(error).some(({ type }) => type === 'MESSAGE_TOO_LARGE' || type === 'RECORD_LIST_TOO_LARGE');

/** Whether Kafka refused a record for its time stamp. */
export const isTimeRefused = (error: unknown): boolean =>
  causes(error).some(({ type }) => type === 'INVALID_TIMESTAMP');

/** The words of the innermost cause: what a person wants to read in one line. */
export function kafkaReason(error: unknown): string {
  const last = causes(error).at(-1);
  if (last === undefined) return String(error);
  return isStumble(last) ? wentAway : last.message || last.name || 'no reason was given';
}

/** Failures that {@link callKafka} has met. */
const met = new WeakMap<object, KafkaFailure>();

/** Makes a call to Kafka: what it throws is known from then on for a failure of Kafka's, wherever it is caught. */
export async function callKafka<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (typeof error === 'object' && error !== null) met.set(error, classifyKafkaError(error));
    throw error;
  }
}

/** What to do about a failure that came out of {@link callKafka}; undefined of all others, whatever they look like. */
export const kafkaFailureOf = (error: unknown): KafkaFailure | undefined =>
  typeof error === 'object' && error !== null ? met.get(error) : undefined;
