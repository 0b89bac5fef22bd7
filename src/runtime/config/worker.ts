/** The worker's own keys (`worker:` in YAML), with the names of Kafka's and Kafka Connect's worker configuration. */
import { resolve } from 'node:path';
import type { ConfigOf, ConfigSchema } from '../../sdk/index.ts';
import type { KafkaSettings, RestAuth, WorkerSettings } from './model.ts';

const text = (description: string) => ({ type: 'string', minLength: 1, description }) as const;
const port = (description: string, number: number) =>
  ({ type: 'integer', minimum: 0, maximum: 65_535, default: number, description }) as const;

const access = {
  type: 'string',
  enum: ['read', 'write'],
  default: 'write',
  description: 'read: may look, and change nothing.',
} as const;

export const workerSchema = {
  properties: {
    'group.id': {
      type: 'string',
      minLength: 1,
      maxLength: 200,
      pattern: '^[A-Za-z0-9._-]+$',
      default: 'caves-connect',
      description: 'Workers with the same group.id on the same Kafka are one cluster.',
      importance: 'high',
    },
    'bootstrap.servers': {
      type: 'array',
      items: text('host:port, or the word embedded'),
      minItems: 1,
      default: ['embedded'],
      description: 'Brokers as host:port. `embedded` is the broker for development that comes with this program.',
      examples: ['kafka-1:9092,kafka-2:9092'],
      importance: 'high',
    },
    'client.id': { ...text('Name of this worker in the logs of Kafka.'), default: 'caves-connect' },
    'security.protocol': {
      type: 'string',
      enum: ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'],
      default: 'PLAINTEXT',
      description: 'How the brokers are spoken to.',
    },
    'sasl.mechanism': {
      type: 'string',
      enum: ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'],
      default: 'PLAIN',
      description: 'How the worker signs in, with a SASL_* protocol.',
    },
    'sasl.username': text('User of a SASL_* protocol.'),
    'sasl.password': { ...text('Password of a SASL_* protocol.'), secret: true },
    'ssl.truststore.certificates': text('Certificates (PEM) that are trusted, often by a reference to a file.'),
    'ssl.keystore.certificate.chain': text('Certificate (PEM) of this client.'),
    'ssl.keystore.key': { ...text('Private key (PEM) of this client.'), secret: true },
    'ssl.verify': {
      type: 'boolean',
      default: true,
      description: 'Whether the certificate of a broker must be trusted.',
    },
    'rest.host': { ...text('Address of the REST API.'), default: '127.0.0.1' },
    'rest.port': port(
      'Port of the REST API. The default moves to the next free port; one that is named does not.',
      8083,
    ),
    'rest.auth.users': {
      type: 'array',
      items: {
        type: 'object',
        description: 'One who signs in by basic auth.',
        properties: {
          name: { type: 'string', pattern: '^[^:\\u0000-\\u001f]+$', description: 'Name of the user.' },
          password: { ...text('Password of the user.'), secret: true },
          access,
        },
        required: ['name', 'password'],
      },
      default: [],
      description: 'Users of the REST API (basic auth). With users or tokens, all others are refused.',
      examples: [[{ name: 'albert', password: `\${env:REST_PASSWORD}` }]],
    },
    'rest.auth.tokens': {
      type: 'array',
      items: {
        type: 'object',
        description: 'A bearer token.',
        properties: { token: { ...text('The token.'), secret: true }, access },
        required: ['token'],
      },
      default: [],
      description: 'Bearer tokens of the REST API.',
      examples: [[{ token: `\${env:REST_TOKEN}`, access: 'read' }]],
    },
    'rest.auth.open': {
      type: 'array',
      items: { type: 'string', enum: ['health', 'metrics'], description: 'GET /health, GET /metrics' },
      default: ['health', 'metrics'],
      description: 'What asks for no credentials all the same: probes and scrapers seldom have any.',
    },
    'rest.allowed.hosts': {
      type: 'array',
      items: text('A host name without a port'),
      default: [],
      description:
        'Names under which the REST API and the metrics answer besides localhost, addresses and rest.host, while they ' +
        'listen on an address of this machine alone and ask for no credentials.',
      examples: [['connect.example.org']],
    },
    'metrics.host': { ...text('Address of the metrics.'), default: '127.0.0.1' },
    'metrics.port': port('Port of the metrics; as rest.port.', 8000),
    'plugin.path': {
      type: 'array',
      items: text('A folder, relative to this file'),
      default: [],
      description: 'Folders with plugin files that REST clients may name.',
    },
    'config.unknown.keys': {
      type: 'string',
      enum: ['error', 'warn', 'ignore'],
      default: 'error',
      description:
        'What a key is that no plugin of a connector knows. Kafka Connect ignores it, and with it every misspelling.',
    },
    'config.env.allow': {
      type: 'array',
      items: text('A glob pattern'),
      default: ['SNOWFLAKE_*', 'KAFKA_*'],
      description: 'Environment variables that configurations from REST may refer to.',
    },
    'config.file.allow': {
      type: 'array',
      items: text('A folder, relative to this file'),
      default: [],
      description:
        'Folders that `file` references may read besides the project; those of REST clients read nowhere else.',
    },
    'data.dir': text('Folder of the embedded services. Default: .caves in the project.'),
    'log.level': {
      type: 'string',
      enum: ['debug', 'info', 'warn', 'error'],
      default: 'info',
      description: 'The least important lines that are logged.',
    },
    'internal.topics.replication.factor': {
      type: 'integer',
      minimum: 1,
      description: 'Replicas of the internal topics. Default: 3, or as many as there are brokers.',
    },
    'task.shutdown.graceful.timeout.ms': {
      type: 'integer',
      minimum: 0,
      default: 5000,
      description: 'How long tasks may take to settle when the worker stops, in ms.',
    },
  },
} as const satisfies ConfigSchema;

/** Where the embedded broker listens. */
const embeddedBroker = '127.0.0.1:19092';

type WorkerValues = ConfigOf<typeof workerSchema>;

/** The settings of checked values. `given` are the keys that the file itself names; paths start at `folder`. */
export function toWorkerSettings(
  checked: Readonly<Record<string, unknown>>,
  given: ReadonlySet<string>,
  { folder, root }: { readonly folder: string; readonly root: string },
): WorkerSettings {
  const values = checked as WorkerValues;
  const folders = (paths: readonly string[]) => paths.map((path) => resolve(folder, path));
  const auth = restAuth(values);
  const served = (name: 'rest' | 'metrics') => ({
    host: values[`${name}.host`],
    port: values[`${name}.port`],
    explicit: given.has(`${name}.port`),
    auth,
    allowedHosts: values['rest.allowed.hosts'],
  });
  return {
    groupId: values['group.id'],
    kafka: kafkaSettings(values),
    embeddedKafka: isEmbedded(values),
    rest: served('rest'),
    metrics: served('metrics'),
    pluginPath: folders(values['plugin.path']),
    unknownKeys: values['config.unknown.keys'],
    envAllow: values['config.env.allow'],
    fileAllow: folders(values['config.file.allow']),
    dataDir: values['data.dir'] === undefined ? resolve(root, '.caves') : resolve(folder, values['data.dir']),
    logLevel: values['log.level'],
    replicationFactor: values['internal.topics.replication.factor'],
    shutdownTimeoutMs: values['task.shutdown.graceful.timeout.ms'],
  };
}

/** Undefined when nobody is named: then nobody is asked. */
function restAuth(values: WorkerValues): RestAuth | undefined {
  const { 'rest.auth.users': users, 'rest.auth.tokens': tokens, 'rest.auth.open': open } = values;
  return users.length + tokens.length === 0 ? undefined : { users, tokens, open };
}

const isEmbedded = (values: WorkerValues) => values['bootstrap.servers'][0] === 'embedded';

function kafkaSettings(values: WorkerValues): KafkaSettings {
  const protocol = values['security.protocol'];
  const ca = values['ssl.truststore.certificates'];
  const cert = values['ssl.keystore.certificate.chain'];
  const key = values['ssl.keystore.key'];
  return {
    brokers: isEmbedded(values) ? [embeddedBroker] : values['bootstrap.servers'],
    clientId: values['client.id'],
    ssl:
      protocol === 'SSL' || protocol === 'SASL_SSL'
        ? {
            rejectUnauthorized: values['ssl.verify'],
            ...(ca === undefined ? {} : { ca }),
            ...(cert === undefined ? {} : { cert }),
            ...(key === undefined ? {} : { key }),
          }
        : false,
    ...(protocol.startsWith('SASL_')
      ? {
          sasl: {
            mechanism: values['sasl.mechanism'].toLowerCase() as NonNullable<KafkaSettings['sasl']>['mechanism'],
            username: values['sasl.username'] ?? '',
            password: values['sasl.password'] ?? '',
          },
        }
      : {}),
  };
}

/** What the schema cannot say: key → message. */
export function checkWorker(checked: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const values = checked as WorkerValues;
  const problems: Record<string, string> = {};
  if (values['bootstrap.servers'].length > 1 && values['bootstrap.servers'].includes('embedded')) {
    problems['bootstrap.servers'] = 'The embedded broker stands alone: name it, or other brokers, not both.';
  }
  if (!values['bootstrap.servers'].every((broker) => /^(embedded|.+:\d{1,5})$/.test(broker))) {
    problems['bootstrap.servers'] =
      'A broker is host:port, such as localhost:9092; the word embedded is the one that comes with this program. ' +
      'The shipped configurations take it from KAFKA_BROKERS.';
  }
  if (values['security.protocol'].startsWith('SASL_')) {
    for (const key of ['sasl.username', 'sasl.password'] as const) {
      if (values[key] === undefined) problems[key] = `security.protocol ${values['security.protocol']} needs ${key}.`;
    }
  }
  if ((values['ssl.keystore.key'] === undefined) !== (values['ssl.keystore.certificate.chain'] === undefined)) {
    problems['ssl.keystore.key'] = 'ssl.keystore.key and ssl.keystore.certificate.chain come together.';
  }
  const names = values['rest.auth.users'].map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) problems['rest.auth.users'] = `The user "${twice}" is there twice: a name has one password.`;
  return problems;
}
