/**
 * What the answers of REST look like, as JSON Schema: the source of `/openapi.json`, and what the tests hold every
 * answer against. Nothing is cut or converted by them on the way out. Objects that Kafka Connect closes are closed;
 * states are open, since they say more than Connect's do.
 */

type Schema = Readonly<Record<string, unknown>>;

const text = { type: 'string' } as const;
const textOrNull = { type: ['string', 'null'] } as const;
const texts = { type: 'array', items: text } as const;

/** An object that has all of these keys, and unless `open` no others. */
function objectOf(properties: Readonly<Record<string, Schema>>, { open = false, optional = [] as string[] } = {}) {
  const required = Object.keys(properties).filter((key) => !optional.includes(key));
  return { type: 'object', properties, required, additionalProperties: open } as const;
}

const flatConfig = {
  type: 'object',
  additionalProperties: text,
  description: 'Flat keys; every value is text, references unresolved.',
  examples: [{ name: 'wine', 'connector.class': 'wine-sales-generator', topic: 'sales_events', 'tasks.max': '1' }],
} as const;

const taskId = objectOf({ connector: text, task: { type: 'integer', minimum: 0 } });
const connectorType = { type: 'string', enum: ['source', 'sink', 'unknown'] } as const;

const state = {
  state: { type: 'string', enum: ['UNASSIGNED', 'RUNNING', 'PAUSED', 'STOPPED', 'FAILED', 'RESTARTING'] },
  worker_id: { ...text, description: 'host:port of the worker that runs it.' },
  version: { ...textOrNull, description: 'Version of the plugin.' },
  trace: { ...text, description: 'Why it is FAILED.' },
} as const;
const taskState = objectOf(
  {
    id: { type: 'integer' },
    ...state,
    restarts: {
      type: 'integer',
      description: 'How often it was started again by itself; counted anew once it has run well, or by hand.',
    },
    next_restart: { type: 'string', format: 'date-time', description: 'When it will be started again by itself.' },
    stalled: {
      ...objectOf({
        since: { type: 'string', format: 'date-time' },
        reason: { ...text, description: 'What stands still, and why as far as it is known.' },
      }),
      description: 'Of a RUNNING task that stands still although there is work for it.',
    },
  },
  { open: true, optional: ['trace', 'restarts', 'next_restart', 'stalled'] },
);

const offsetObject = { type: ['object', 'null'], additionalProperties: true } as const;

const configKeyInfo = objectOf({
  name: text,
  type: { type: 'string', enum: ['BOOLEAN', 'STRING', 'INT', 'LONG', 'DOUBLE', 'LIST', 'CLASS', 'PASSWORD'] },
  required: { type: 'boolean' },
  default_value: textOrNull,
  importance: { type: 'string', enum: ['HIGH', 'MEDIUM', 'LOW'] },
  documentation: text,
  group: textOrNull,
  width: { type: 'string', enum: ['NONE', 'SHORT', 'MEDIUM', 'LONG'] },
  display_name: text,
  dependents: texts,
  order: { type: 'integer' },
});

const number = { type: 'number', minimum: 0 } as const;
const numberOrNull = { type: ['number', 'null'], minimum: 0 } as const;
const column = { type: 'array', items: numberOrNull } as const;
const health = objectOf({ status: { type: 'string', enum: ['healthy', 'unhealthy', 'starting'] }, message: text });

const connectorNumbers = objectOf({
  records_per_second: { ...number, description: 'Records made durable, over the last five seconds.' },
  bytes_per_second: number,
  rejected_per_second: { ...number, description: 'Records that a stage refused.' },
  records_total: { ...number, description: "Since the worker's start." },
  rejected_total: number,
  retries_total: number,
  lag_records: { ...numberOrNull, description: 'Of a sink: records in its topics that are not settled.' },
  lag_seconds: { ...numberOrNull, description: 'Of a sink: the age of the oldest of them.' },
  latency_seconds: {
    description: "From a record's time stamp until it was durable, over the last half minute; null when none came.",
    anyOf: [objectOf({ p50: number, p95: number, p99: number }), { type: 'null' }],
  },
});

/** The schemas that have a name of their own in OpenAPI. */
export const components = {
  Error: objectOf({ error_code: { type: 'integer', description: 'The HTTP status.' }, message: text }),
  ServerInfo: objectOf({ version: text, commit: text, kafka_cluster_id: text }),
  Health: health,
  Liveness: objectOf({ status: { const: 'live' } }),
  Readiness: objectOf({
    status: { type: 'string', enum: ['ready', 'not_ready'] },
    reasons: {
      type: 'array',
      description: 'What is not ready, and why. Of a worker that is ready: what has failed on it all the same.',
      items: objectOf({ what: { ...text, description: '`worker`, or the name of a connector.' }, why: text }),
    },
  }),
  Config: flatConfig,
  ConfigHistory: {
    type: 'array',
    maxItems: 20,
    items: objectOf({ config: flatConfig, timestamp: { type: 'integer', description: 'When it was written, in ms.' } }),
  },
  Connector: objectOf({ name: text, config: flatConfig, tasks: { type: 'array', items: taskId }, type: connectorType }),
  ConnectorStatus: objectOf(
    {
      name: text,
      connector: objectOf(state, { open: true, optional: ['trace'] }),
      tasks: { type: 'array', items: taskState },
      type: connectorType,
    },
    { open: true },
  ),
  Tasks: { type: 'array', items: objectOf({ id: taskId, config: flatConfig }) },
  TaskStatus: taskState,
  Topics: {
    type: 'object',
    description: 'The name of the connector, with its topics.',
    additionalProperties: objectOf({ topics: texts }),
  },
  Records: {
    type: 'array',
    items: objectOf({
      partition: { type: 'integer', minimum: 0 },
      offset: { type: 'integer', minimum: 0 },
      timestamp: { type: 'integer', description: 'In ms since 1970.' },
      key: textOrNull,
      value: { ...textOrNull, description: 'Its first 16 KiB.' },
      value_bytes: { type: 'integer', minimum: 0, description: 'How long it is.' },
      headers: { type: 'array', items: objectOf({ name: text, value: text }) },
    }),
  },
  Offsets: objectOf({
    offsets: { type: 'array', items: objectOf({ partition: offsetObject, offset: offsetObject }) },
  }),
  Message: objectOf({ message: text }),
  Plugins: { type: 'array', items: objectOf({ class: text, type: text, version: text }) },
  PluginConfig: { type: 'array', items: configKeyInfo },
  Validation: objectOf({
    name: text,
    error_count: { type: 'integer', minimum: 0 },
    groups: texts,
    configs: {
      type: 'array',
      items: objectOf({
        definition: configKeyInfo,
        value: objectOf({
          name: text,
          value: textOrNull,
          recommended_values: texts,
          errors: texts,
          visible: { type: 'boolean' },
        }),
      }),
    },
  }),
  Logger: objectOf({
    level: textOrNull,
    last_modified: { type: ['integer', 'null'], description: 'When it was set, in ms; null if never.' },
  }),
  Loggers: {
    type: 'object',
    additionalProperties: objectOf({ level: textOrNull, last_modified: { type: ['integer', 'null'] } }),
  },
  Overview: objectOf({
    at: { type: 'integer', description: 'In ms since 1970.' },
    worker: objectOf({
      version: text,
      kafka_cluster_id: text,
      health,
      since: { type: 'integer', description: 'The start of the worker, in ms since 1970.' },
    }),
    connectors: {
      type: 'array',
      items: objectOf({
        name: text,
        type: connectorType,
        class: text,
        state: { ...state.state, description: 'FAILED when any of its tasks is.' },
        connector: objectOf(state, { open: true, optional: ['trace'] }),
        tasks: { type: 'array', items: taskState },
        endpoint: { ...text, description: 'The system that a source reads or a sink writes.' },
        topics: { ...texts, description: 'Those that a sink reads, or that a source has written to.' },
        rejects_to: { ...textOrNull, description: 'Where rejected records go; null where they end the task.' },
        numbers: connectorNumbers,
      }),
    },
  }),
  OverviewHistory: objectOf({
    step_seconds: { type: 'integer' },
    at: { type: 'array', items: number, description: 'In seconds since 1970; the other columns have the same length.' },
    connectors: {
      type: 'object',
      additionalProperties: objectOf({
        records_per_second: column,
        rejected_per_second: column,
        lag_records: column,
        latency_p50_seconds: column,
        latency_p95_seconds: column,
      }),
    },
  }),
  LoggerNames: { ...texts, description: 'The loggers that were set.' },
} as const satisfies Readonly<Record<string, Schema>>;

/** A component by its name, for the schema of a route. */
export function component(name: keyof typeof components, description?: string): Schema {
  return { description: description ?? name, content: { 'application/json': { schema: { $ref: `${name}#` } } } };
}

/** An answer without a body. */
export function nothing(description: string): Schema {
  return { type: 'null', description };
}

const errorTexts: Readonly<Record<number, string>> = {
  400: 'The request cannot be understood, or its configuration is invalid: the message names every fault.',
  401: 'Credentials are needed, or those that were sent are wrong.',
  403: 'The credentials may read only; or a web page of another site asks.',
  404: 'There is no such thing.',
  406: 'The answer is of another media type than those of Accept.',
  409: 'It is there already, or was changed by somebody else at the same time: try again.',
  413: 'The body is too large.',
  415: 'The body is not application/json.',
  429: 'Too many log-ins from this address have failed: Retry-After says when to try again.',
  500: 'The worker failed, and its log says why; or Kafka did not answer in time: try again.',
  503: 'Not to be had yet, such as while the worker starts: try again.',
};

/** What every route may answer. */
const general = [400, 401, 403, 406, 429, 500, 503];

/** The `response` of a route's schema: its own answers, and the errors that it and every route may give. */
export function answers(own: Readonly<Record<number, Schema>>, ...errors: readonly number[]): Schema {
  const refused = [...general, ...errors].map((status) => [status, component('Error', errorTexts[status])] as const);
  return { ...Object.fromEntries(refused), ...own };
}

/** The errors of a route that takes a body. */
export const bodyErrors = [413, 415] as const;

/** The `params` of a route about one connector. */
export const connectorParams = {
  type: 'object',
  properties: { name: { type: 'string', description: 'Name of the connector.', examples: ['wine'] } },
  required: ['name'],
} as const;
