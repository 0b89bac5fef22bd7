/**
 * The keys of a connector's configuration that are the runtime's own, with Kafka Connect's names and meanings where it
 * has them: one schema, like that of a plugin. What is not here and not in the plugin's schema is an unknown key.
 */
import type { ConfigOf, ConfigSchema } from '../../sdk/index.ts';
import type { RuntimeSettings } from './model.ts';

/** Node's timers take no more; a longer one would fire at once. */
const longestTimerMs = 2_147_483_647;

const commonProperties = {
  name: { type: 'string', description: 'Name of the connector, unique in its cluster.', importance: 'high' },
  'connector.class': {
    type: 'string',
    minLength: 1,
    description: 'The plugin: name of a built-in, an npm package, or in YAML the path of a .ts, .js or .mjs file.',
    examples: ['wine-sales-generator', './my-source.ts'],
    importance: 'high',
  },
  'tasks.max': { type: 'integer', minimum: 1, default: 1, description: 'The most tasks that this connector may have.' },
  'task.isolation': {
    type: 'string',
    enum: ['none', 'thread'],
    description:
      'Where tasks run: `thread`, each in its own thread (the default where the connector, its error handler or a transform is not built in), or `none`.',
    importance: 'low',
  },
  transforms: {
    type: 'array',
    items: { type: 'string', description: 'Alias of a transform' },
    default: [],
    description:
      'Aliases of the transforms in the order in which they are applied; `transforms.<alias>.type` names each plugin.',
  },
  'errors.tolerance': {
    type: 'string',
    enum: ['none', 'all'],
    default: 'none',
    description:
      'What a record that fails does: `none` stops the task, `all` gives the record to the error handler and goes on.',
  },
  'errors.handler': {
    type: 'string',
    minLength: 1,
    description: 'The error handler of `errors.tolerance: all`. Default `dlq`.',
    examples: ['dlq'],
  },
  'errors.retry.timeout': {
    type: 'integer',
    minimum: -1,
    default: -1,
    description: 'How long a retriable failure is tried again, in ms; -1 for ever, 0 never.',
  },
  'errors.retry.delay.max.ms': {
    type: 'integer',
    minimum: 1,
    default: 3_000,
    description:
      "The longest wait between two tries, in ms. Kafka Connect's default is 60000; with ours everything flows again " +
      'within seconds of the return of what was away.',
  },
  'errors.restart.max': {
    type: 'integer',
    minimum: 0,
    default: 10,
    description:
      'How often a task that has FAILED is started again by itself; 0 never. Not for a configuration that is wrong: ' +
      'that waits for its change.',
  },
  'errors.restart.delay.ms': {
    type: 'integer',
    minimum: 1,
    maximum: longestTimerMs,
    default: 10_000,
    description: 'The wait before the first of those restarts, in ms; it doubles with each one.',
    importance: 'low',
  },
  'errors.restart.delay.max.ms': {
    type: 'integer',
    minimum: 1,
    maximum: longestTimerMs,
    default: 300_000,
    description: 'The longest wait before such a restart, in ms.',
    importance: 'low',
  },
  'errors.restart.reset.ms': {
    type: 'integer',
    minimum: 1,
    default: 600_000,
    description: 'A task that has run for so long without a failure, in ms, has all of its restarts again.',
    importance: 'low',
  },
  'stall.timeout.ms': {
    type: 'integer',
    minimum: 0,
    maximum: longestTimerMs,
    default: 300_000,
    description:
      'A task that stands still for so long although there is work for it, in ms, is started again (as ' +
      '`errors.restart.max` allows); 0 never. Records that may lie in a batch (`batch.linger.ms`) do not count, nor ' +
      'does a destination that answers with errors and is tried again: that is what `errors.retry.timeout` is for. The ' +
      'status and `connect_task_stalled_seconds` say so after half of it, at the latest after a minute. The default is ' +
      "Kafka's `max.poll.interval.ms`, after which Kafka Connect's consumer is put out of its group.",
    importance: 'low',
  },
  'errors.log.enable': {
    type: 'boolean',
    default: false,
    description: 'Log the records that fail: a line for each batch, with the first of them.',
  },
  'errors.log.include.messages': {
    type: 'boolean',
    default: false,
    description: 'Have the key and value of a failed record in its log line.',
  },
  'value.schemas.field': {
    type: 'string',
    minLength: 1,
    description: 'The field of a value that names its event type, by which its schema is chosen.',
    examples: ['event_type'],
  },
  'value.schemas': {
    type: 'object',
    additionalProperties: { type: 'json', description: 'A JSON Schema; in YAML also the path of its file.' },
    description:
      'Event type → JSON Schema (2020-12, or draft-07 by its `$schema`). Records of other types are rejected.',
    examples: [{ ORDER_CREATED: 'schemas/order-created.json' }],
  },
} as const satisfies ConfigSchema['properties'];

const sourceProperties = {
  'topic.creation.default.partitions': {
    type: 'integer',
    minimum: 1,
    default: 1,
    description: 'Partitions of a topic that the runtime creates for this source.',
  },
  'topic.creation.default.replication.factor': {
    type: 'integer',
    minimum: -1,
    default: -1,
    description: "Replicas of a topic that the runtime creates for this source; -1: the brokers' default.",
  },
  'transaction.max.records': {
    type: 'integer',
    minimum: 1,
    default: 5000,
    description: 'The most records in one Kafka transaction.',
    importance: 'low',
  },
  'transaction.max.bytes': {
    type: 'integer',
    minimum: 1,
    default: 1_048_576,
    description: 'The most bytes in one Kafka transaction.',
    importance: 'low',
  },
  'transaction.linger.ms': {
    type: 'integer',
    minimum: 0,
    default: 50,
    description: 'How long a transaction waits for more records, in ms.',
    importance: 'low',
  },
} as const satisfies ConfigSchema['properties'];

const sinkProperties = {
  topics: {
    type: 'array',
    items: { type: 'string', minLength: 1, description: 'Name of a topic' },
    default: [],
    description: 'The topics to read. Exactly one of `topics` and `topics.regex` is given.',
    importance: 'high',
  },
  'topics.regex': {
    type: 'string',
    minLength: 1,
    format: 'regex',
    description: 'Pattern of the topics to read; it must match the whole name.',
    importance: 'high',
  },
  'batch.size': { type: 'integer', minimum: 1, default: 500, description: 'The most records in a batch.' },
  'batch.bytes': { type: 'integer', minimum: 1, default: 4_194_304, description: 'The most bytes in a batch.' },
  'batch.linger.ms': {
    type: 'integer',
    minimum: 0,
    default: 500,
    description:
      'How long a batch waits for more records, in ms. What is in the topic when a task starts does not wait.',
  },
  'consumer.max.buffered.bytes': {
    type: 'integer',
    minimum: 1,
    default: 16_777_216,
    description:
      'How much a task holds between Kafka and its destination before it stops fetching, in bytes: keys, values and ' +
      'headers, and 300 for each record. Beside it there are one fetch from each broker (16 MiB at most, or one batch of ' +
      'a producer that is larger), the batch that is filled and the one that is written (`batch.bytes` each, and what ' +
      'their values take once they are parsed).',
    importance: 'low',
  },
  'auto.offset.reset': {
    type: 'string',
    enum: ['earliest', 'latest'],
    default: 'earliest',
    description: 'Where a partition without a committed offset begins.',
  },
  'topic.recreated': {
    type: 'string',
    enum: ['fail', 'reset'],
    default: 'fail',
    description:
      'What a task does that finds another topic of the same name (deleted and created again, or in another cluster) ' +
      'than the one it has read: `fail` stops it, `reset` warns, and writes the new topic from its beginning.',
  },
} as const satisfies ConfigSchema['properties'];

/** The runtime's keys for a source. */
export const sourceEnvelope = {
  properties: { ...commonProperties, ...sourceProperties },
} as const satisfies ConfigSchema;
/** The runtime's keys for a sink. */
export const sinkEnvelope = {
  properties: { ...commonProperties, ...sinkProperties },
} as const satisfies ConfigSchema;
/** The runtime's keys while it is not known which of the two a connector is. */
export const anyEnvelope: ConfigSchema = {
  properties: { ...commonProperties, ...sourceProperties, ...sinkProperties },
};

type Values = ConfigOf<typeof sourceEnvelope> & ConfigOf<typeof sinkEnvelope>;
const defaults = Object.fromEntries(
  Object.entries(anyEnvelope.properties).flatMap(([key, property]) =>
    'default' in property ? [[key, property.default]] : [],
  ),
);

/** The typed settings of checked values; the other kind's keys have their defaults. */
export function toRuntimeSettings(
  checked: Readonly<Record<string, unknown>>,
  isolation: 'none' | 'thread',
): RuntimeSettings {
  const values = { ...defaults, ...checked } as Values;
  return {
    tasksMax: values['tasks.max'],
    taskIsolation: values['task.isolation'] ?? isolation,
    errors: {
      tolerance: values['errors.tolerance'],
      retryTimeoutMs: values['errors.retry.timeout'],
      retryDelayMaxMs: values['errors.retry.delay.max.ms'],
      restart: {
        max: values['errors.restart.max'],
        delayMs: values['errors.restart.delay.ms'],
        delayMaxMs: values['errors.restart.delay.max.ms'],
        resetMs: values['errors.restart.reset.ms'],
      },
      logEnable: values['errors.log.enable'],
      logIncludeMessages: values['errors.log.include.messages'],
    },
    stallTimeoutMs: values['stall.timeout.ms'],
    values: { field: values['value.schemas.field'], schemas: values['value.schemas'] },
    topicCreation: {
      partitions: values['topic.creation.default.partitions'],
      replicationFactor: values['topic.creation.default.replication.factor'],
    },
    transaction: {
      maxRecords: values['transaction.max.records'],
      maxBytes: values['transaction.max.bytes'],
      lingerMs: values['transaction.linger.ms'],
    },
    topics: values.topics,
    topicsRegex: values['topics.regex'],
    batch: { size: values['batch.size'], bytes: values['batch.bytes'], lingerMs: values['batch.linger.ms'] },
    maxBufferedBytes: values['consumer.max.buffered.bytes'],
    offsetReset: values['auto.offset.reset'],
    topicRecreated: values['topic.recreated'],
  };
}

/** A transform's own envelope, below `transforms.<alias>.`. */
export const transformEnvelope: ConfigSchema = {
  properties: { type: { type: 'string', minLength: 1, description: 'The plugin of this transform.' } },
  required: ['type'],
};
