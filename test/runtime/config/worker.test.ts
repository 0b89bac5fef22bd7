import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lines, load } from './fixtures.ts';

const connectors = 'connectors:\n  numbers: { connector.class: ./counter.ts, topic: t }\n';
const worker = async (yaml: string, env: Record<string, string> = {}) =>
  load(`${connectors}worker:\n${yaml}`, {}, { env });

test('without a worker section everything is embedded and local', async () => {
  const { worker: settings, project } = await load(connectors);
  expect(settings).toEqual({
    groupId: 'caves-connect',
    kafka: { brokers: ['127.0.0.1:19092'], clientId: 'caves-connect', ssl: false },
    embeddedKafka: true,
    rest: { host: '127.0.0.1', port: 8083, explicit: false, allowedHosts: [] },
    metrics: { host: '127.0.0.1', port: 8000, explicit: false, allowedHosts: [] },
    pluginPath: [],
    unknownKeys: 'error',
    envAllow: ['SNOWFLAKE_*', 'KAFKA_*'],
    fileAllow: [],
    dataDir: join(project.root, '.caves'),
    logLevel: 'info',
    replicationFactor: undefined,
    shutdownTimeoutMs: 5000,
  });
});

test('references are resolved at once, and a list may come out of one variable', async () => {
  const yaml = `  bootstrap.servers: \${env:KAFKA_BROKERS:-embedded}\n  group.id: g-\${env:NAME}\n`;
  const { worker: settings } = await worker(yaml, { KAFKA_BROKERS: 'a:9092, b:9092', NAME: 'x' });
  expect(settings.kafka.brokers).toEqual(['a:9092', 'b:9092']);
  expect(settings.embeddedKafka).toBe(false);
  expect(settings.groupId).toBe('g-x');
});

test('SASL and TLS go by the names of Kafka', async () => {
  const yaml = `  bootstrap.servers: [k:9093]
  security.protocol: SASL_SSL
  sasl: { mechanism: SCRAM-SHA-512, username: albert, password: "\${env:KAFKA_PASSWORD}" }
  ssl.truststore.certificates: \${file:ca.pem}
`;
  const { worker: settings, lints } = await load(
    `${connectors}worker:\n${yaml}`,
    { 'ca.pem': 'PEM\nPEM\n' },
    { env: { KAFKA_PASSWORD: 'pw' } },
  );
  expect(lints).toEqual([]);
  expect(settings.kafka).toMatchObject({
    sasl: { mechanism: 'scram-sha-512', username: 'albert', password: 'pw' },
    ssl: { ca: 'PEM\nPEM', rejectUnauthorized: true },
  });
});

test('a plugin.path that is no folder is named before anything starts, and lets the worker start', async () => {
  const loaded = await worker('  plugin.path: [none, counter.ts]\n');
  expect(lines(loaded)).toEqual([
    expect.stringMatching(/^4:3 no-effect plugin.path plugin.path: There is no folder .*none\. REST clients can name/),
    expect.stringMatching(/^4:3 no-effect plugin.path plugin.path: .*counter.ts is no folder\. REST clients can name/),
  ]);
  expect(loaded.lints.map(({ level }) => level)).toEqual(['warning', 'warning']);
});

test('folders start from the file, and a port that is named is explicit', async () => {
  const { worker: settings, file } = await worker(
    '  plugin.path: [plugins]\n  data.dir: data\n  metrics: { port: 0 }\n  rest.allowed.hosts: [caves.example]\n',
  );
  expect(settings.pluginPath).toEqual([join(file, '..', 'plugins')]);
  expect(settings.dataDir).toBe(join(file, '..', 'data'));
  expect(settings.metrics).toEqual({ host: '127.0.0.1', port: 0, allowedHosts: ['caves.example'], explicit: true });
});

test('who may use REST: users and tokens with their access, and what is open to all', async () => {
  const yaml = `  rest.auth:
    users:
      - { name: albert, password: "\${env:REST_PASSWORD}" }
      - { name: guest, password: "\${file:guest.txt}", access: read }
    tokens: [{ token: "\${env:REST_TOKEN}", access: read }]
    open: [health]
`;
  const { worker: settings, lints } = await load(
    `${connectors}worker:\n${yaml}`,
    { 'guest.txt': 'petit\n' },
    { env: { REST_PASSWORD: 'grand', REST_TOKEN: 'tok' } },
  );
  expect(lints).toEqual([]);
  const auth = {
    users: [
      { name: 'albert', password: 'grand', access: 'write' },
      { name: 'guest', password: 'petit', access: 'read' },
    ],
    tokens: [{ token: 'tok', access: 'read' }],
    open: ['health'],
  };
  expect([settings.rest.auth, settings.metrics.auth]).toEqual([auth, auth]);
});

test('a list of users may come out of one variable, and without any nobody is asked', async () => {
  const users = JSON.stringify([{ name: 'albert', password: 'grand' }]);
  const yaml = `  rest.auth.users: \${env:REST_USERS}\n  rest.auth.open: []\n`;
  const { worker: settings, lints } = await worker(yaml, { REST_USERS: users });
  expect(lints).toEqual([]);
  expect(settings.rest.auth?.users).toEqual([{ name: 'albert', password: 'grand', access: 'write' }]);
  expect(settings.rest.auth?.open).toEqual([]);
  const none = await worker('  rest.auth.open: [health]\n');
  expect(none.worker.rest.auth).toBeUndefined();
});

test.each([
  [
    'a password of REST in clear',
    '  rest.auth.users: [{ name: albert, password: hunter2 }]\n',
    /^4:\d+ literal-secret rest.auth.users rest.auth.users is a secret and may not stand in a configuration/,
  ],
  [
    'a token of REST in clear',
    '  rest.auth.tokens: [{ token: hunter2 }]\n',
    /^4:\d+ literal-secret rest.auth.tokens rest.auth.tokens is a secret/,
  ],
  [
    'a user who is there twice',
    `  rest.auth.users: [{ name: a, password: caves }, { name: a, password: caves, access: read }]\n`,
    '4:3 wrong-value rest.auth.users The user "a" is there twice: a name has one password.',
  ],
  [
    'a name that basic auth cannot carry',
    `  rest.auth.users: [{ name: "a:b", password: caves }]\n`,
    /^4:\d+ wrong-value rest.auth.users .*String must match pattern/,
  ],
  [
    'an access that there is not',
    `  rest.auth.users: [{ name: a, password: caves, access: admin }]\n`,
    /^4:\d+ wrong-value rest.auth.users .*String must be one of: read, write/,
  ],
  [
    'an unknown path to leave open',
    '  rest.auth.open: [connectors]\n',
    /^4:\d+ wrong-value rest.auth.open .*String must be one of: health, metrics/,
  ],
  [
    'an unknown key',
    '  group: { idd: x }\n',
    '4:12 unknown-key group.idd Unknown configuration "group.idd". Did you mean "group.id"?',
  ],
  [
    'a port out of range',
    '  rest.port: 70000\n',
    '4:3 wrong-value rest.port Invalid value 70000 for configuration rest.port: Value must be no more than 65535',
  ],
  [
    'a broker without port',
    '  bootstrap.servers: kafka\n',
    /^4:\d+ wrong-value bootstrap.servers A broker is host:port, such as localhost:9092; .*KAFKA_BROKERS/,
  ],
  [
    'a missing variable',
    `  rest.port: \${env:NO_PORT}\n`,
    /^4:3 unresolved-reference rest.port Cannot resolve \$\{env:NO_PORT\}: the variable NO_PORT is not set/,
  ],
  [
    'a password in clear',
    '  sasl.password: hunter2\n',
    /^4:3 literal-secret sasl.password .* write \$\{env:SASL_PASSWORD\}/,
  ],
  [
    'a secret where all can see it',
    `  group.id: "\${env:SASL_PASSWORD}"\n`,
    /^4:3 forbidden-reference group.id \$\{env:SASL_PASSWORD\}: by its name the variable SASL_PASSWORD holds a secret/,
  ],
  [
    'SASL without a user',
    '  security.protocol: SASL_SSL\n  sasl.password: caves\n',
    '4:3 wrong-value sasl.username security.protocol SASL_SSL needs sasl.username.',
  ],
  [
    'a private key alone',
    `  ssl.keystore.key: caves\n`,
    '4:3 wrong-value ssl.keystore.key ssl.keystore.key and ssl.keystore.certificate.chain come together.',
  ],
])('%s is a complaint with its place', async (_, yaml, expected) => {
  const [first, ...more] = lines(await worker(yaml));
  expect(more).toEqual([]);
  expect(first).toMatch(expected);
});
