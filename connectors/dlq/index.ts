/**
 * The dead letter queue: an error handler that answers each rejected record as it came (key, value, headers, time
 * stamp) for a Kafka topic, with Kafka Connect's headers about what went wrong. The runtime writes the answer in one
 * transaction with the task's progress.
 *
 * The headers are those of Kafka's `DeadLetterQueueReporter`. Two things differ: what has no value is left out (Kafka
 * Connect writes a header that is null), and headers of an earlier rejection are replaced (Kafka Connect appends), so
 * that a record that was replayed and failed again tells of its last failure only.
 */
import { defineErrorHandler, type RawRecord, type RejectedRecord, type Stage } from 'caves-connect/sdk';

const prefix = '__connect.errors.';
/** Brokers refuse records that are too large; a message or trace beyond this says nothing more. */
const longestText = 8192;

/** What runs a stage, where the runtime does not say: its converters. */
const converters: Readonly<Partial<Record<Stage, string>>> = {
  KEY_CONVERTER: 'string',
  VALUE_CONVERTER: 'json',
  HEADER_CONVERTER: 'utf-8',
};

export default defineErrorHandler({
  name: 'dlq',
  version: '1.0.0',
  summary: 'Sends rejected records to a Kafka topic, with the reason in their headers',
  config: {
    properties: {
      'errors.deadletterqueue.topic.name': {
        type: 'string',
        minLength: 1,
        pattern: '^[a-zA-Z0-9._-]{1,249}$',
        description: "The topic for rejected records. Left out: `<topic>.dlq`, after the record's own topic.",
        examples: ['sales_events.dlq'],
        importance: 'high',
      },
      'errors.deadletterqueue.topic.partitions': {
        type: 'integer',
        minimum: 1,
        default: 1,
        description: 'The number of partitions the topic is created with, when it does not exist.',
        importance: 'low',
      },
      'errors.deadletterqueue.topic.replication.factor': {
        type: 'integer',
        minimum: 1,
        description: 'The replication factor the topic is created with. Left out: 3, or the number of brokers if less.',
        importance: 'low',
      },
      'errors.deadletterqueue.context.headers.enable': {
        type: 'boolean',
        default: true,
        description: 'Whether rejected records get headers that say where they came from and what is wrong.',
      },
    },
  },

  endpoint: (config, { topics: [topic, ...others] }) =>
    config['errors.deadletterqueue.topic.name'] ??
    (topic !== undefined && others.length === 0 ? `${topic}.dlq` : '<topic>.dlq'),

  open({ config, connector, task }) {
    const topic = config['errors.deadletterqueue.topic.name'];
    const withContext = config['errors.deadletterqueue.context.headers.enable'];
    return {
      topics: {
        partitions: config['errors.deadletterqueue.topic.partitions'],
        replicationFactor: config['errors.deadletterqueue.topic.replication.factor'],
      },
      async handle(rejected) {
        return rejected.map(
          (record): RawRecord => ({
            topic: topic ?? `${record.origin.topic}.dlq`,
            key: record.key,
            value: record.value,
            headers: withContext
              ? [...ownHeaders(record), ...contextHeaders(record, connector, task)]
              : record.headers.map(withoutNull),
            ...(isTaken(record.timestamp) && { timestamp: record.timestamp }),
          }),
        );
      },
    };
  },
});

/** Kafka takes no time stamp that lies further ahead, unless a topic says otherwise: such a record gets the present. */
const furthestAheadMs = 3_600_000;
const isTaken = (timestamp: number): boolean => timestamp <= Date.now() + furthestAheadMs - 60_000;

type Header = RawRecord['headers'][number];

function ownHeaders(record: RejectedRecord): readonly Header[] {
  return record.headers.filter(([name]) => !name.startsWith(prefix)).map(withoutNull);
}

/** Headers on their way into Kafka have no null: an empty one stands for it. */
function withoutNull([name, value]: RejectedRecord['headers'][number]): Header {
  return [name, value ?? new Uint8Array()];
}

function contextHeaders(record: RejectedRecord, connector: string, task: number): readonly Header[] {
  const { origin, stage, error } = record;
  const context: readonly (readonly [name: string, value: string | number | bigint | undefined])[] = [
    ['topic', origin.topic],
    ['partition', origin.partition],
    ['offset', origin.offset],
    ['connector.name', connector],
    ['task.id', task],
    ['stage', stage],
    ['class.name', record.component ?? converters[stage]],
    ['exception.class.name', error.name],
    ['exception.message', shortened(error.message)],
    ['exception.stacktrace', shortened(error.stack)],
  ];
  return context.flatMap(([name, value]): readonly Header[] =>
    value === undefined ? [] : [[`${prefix}${name}`, `${value}`]],
  );
}

function shortened(text: string | undefined): string | undefined {
  return text === undefined || text.length <= longestText ? text : `${text.slice(0, longestText)}… (shortened)`;
}
