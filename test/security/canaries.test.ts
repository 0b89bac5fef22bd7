/**
 * Secrets planted wherever a worker takes one, plugins that let theirs slip, drivers that are refused: nothing of them
 * is found in what the worker writes, answers, counts, sends or keeps.
 */
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { expectNoStack, givenFolder, givenServices, restOf } from '../e2e/bad-input.ts';
import { eventually } from '../helpers/eventually.ts';
import { clientOf, readAll } from '../helpers/runtime/kafka.ts';
import { canary, filesBelow, type Places, sightings } from './canary.ts';
import { leakyPlugins } from './leaky-plugins.ts';

const timeout = 180_000;
const reference = (of: string) => `$\{${of}}`;

const passwordOfEnv = reference('env:SNOWFLAKE_PASSWORD');
const passphrase = canary('passphrase');
const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const secrets = {
  password: canary('password'),
  passphrase,
  'private key': privateKey.split('\n')[5] ?? '',
  'OAuth token': canary('oauth'),
  'token of a file': canary('file'),
  'password of REST': canary('rest'),
  'token of REST': `bearer-${crypto.randomUUID()}`,
};

const leaky = (kind: string, ask: string, more: object = {}) => ({
  'connector.class': `./leaky-${kind}.ts`,
  token: reference('file:secrets.json:token'),
  ask,
  ...more,
});
const tolerant = (topic: string) => ({
  errors: { tolerance: 'all', 'log.enable': true, 'deadletterqueue.topic.name': topic },
});
const snowflake = (login: object, more: object = {}) => ({
  'connector.class': 'snowflake-variant',
  topics: 'slips',
  snowflake: { user: 'caves', ...login },
  ...more,
});

const connectors = {
  'wrong-password': snowflake({ password: reference('env:SNOWFLAKE_PASSWORD') }),
  'wrong-key': snowflake({
    'private.key': reference('env:SNOWFLAKE_PRIVATE_KEY'),
    'private.key.passphrase': reference('env:SNOWFLAKE_PASSPHRASE'),
  }),
  // As the passphrase of the key, so that the driver of keys fails as well.
  'wrong-passphrase': snowflake({
    'private.key': reference('env:SNOWFLAKE_PRIVATE_KEY'),
    'private.key.passphrase': reference('env:SNOWFLAKE_PASSWORD'),
  }),
  'wrong-token': snowflake({ token: reference('env:SNOWFLAKE_TOKEN') }),
  'right-password': snowflake({ password: 'caves' }, tolerant('cellar.dlq')),
  'throws-at-open': leaky('source', 'throw at open'),
  'throws-at-read': leaky('source', 'throw at read'),
  'throws-from-a-timer': leaky('source', 'throw from a timer'),
  'runs-beside-the-worker': leaky('source', 'throw at read', { 'task.isolation': 'none' }),
  'only-talks': leaky('source', 'nothing'),
  refuses: leaky('sink', 'nothing', { topics: 'slips', ...tolerant('refused.dlq') }),
  transforms: {
    'connector.class': 'wine-sales-generator',
    topic: 'slips',
    'max.events': 3,
    'generation.delay.ms': 0,
    ...tolerant('transformed.dlq'),
    transforms: 'leak',
    'transforms.leak.type': './leaky-transform.ts',
    'transforms.leak.token': reference('file:secrets.json:token'),
  },
};

const failing = Object.keys(connectors).filter((name) => /^(wrong|throws|runs)-/.test(name));

const workerSection = {
  'rest.port': 0,
  'metrics.port': 0,
  'log.level': 'debug',
  'plugin.path': ['.'],
  'config.file.allow': ['.'],
  'rest.auth.users': [{ name: 'albert', password: reference('env:REST_PASSWORD') }],
  'rest.auth.tokens': [{ token: reference('env:REST_TOKEN'), access: 'read' }],
  'rest.auth.open': [],
};

/** A worker that has met all of its troubles, and is still there to be asked. */
async function givenTroubledWorker() {
  const home = join(givenFolder({}).path, 'home');
  mkdirSync(home);
  const folder = givenFolder(
    {
      'caves.yaml': `worker: ${JSON.stringify(workerSection)}\nconnectors: ${JSON.stringify(connectors)}\n`,
      'secrets.json': JSON.stringify({ token: secrets['token of a file'] }),
      ...leakyPlugins,
    },
    {
      HOME: home,
      XDG_CACHE_HOME: join(home, 'cache'),
      SNOWFLAKE_PASSWORD: secrets.password,
      SNOWFLAKE_PRIVATE_KEY: privateKey,
      SNOWFLAKE_PASSPHRASE: passphrase,
      SNOWFLAKE_TOKEN: secrets['OAuth token'],
      REST_PASSWORD: secrets['password of REST'],
      REST_TOKEN: secrets['token of REST'],
    },
  );
  const worker = folder.start('start', 'caves.yaml');
  await worker.prints(/^ {2}REST +http/m, 40_000);
  const rest = await restOf(worker);
  const basic = Buffer.from(`albert:${secrets['password of REST']}`).toString('base64');
  const ask = (path: string, { authorization = `Basic ${basic}`, ...init }: Asked = {}) =>
    fetch(`${rest}${path}`, {
      ...init,
      headers: { authorization, accept: '*/*', ...(init.body && { 'content-type': 'application/json' }) },
    });
  await ask('/admin/loggers/root', { method: 'PUT', body: '{"level":"TRACE"}' });
  await eventually(
    async () => {
      const all = (await (await ask('/connectors?expand=status')).json()) as Statuses;
      const states = Object.entries(all).map(([name, { status }]) => [name, status.tasks[0]?.state]);
      expect(Object.fromEntries(states)).toMatchObject(Object.fromEntries(failing.map((name) => [name, 'FAILED'])));
    },
    { timeout: 80_000 },
  );
  const [, kafkaPort] = /Kafka +127\.0\.0\.1:(\d+)/.exec(worker.stdout()) ?? [];
  const kafka = clientOf({ host: '127.0.0.1', port: Number(kafkaPort) });
  return { folder, home, worker, rest, ask, kafka, metrics: /Metrics +(\S+)/.exec(worker.stdout())?.[1] ?? '' };
}

type Asked = RequestInit & { readonly authorization?: string };
type Statuses = Readonly<
  Record<
    string,
    { readonly status: { readonly tasks: readonly { readonly state: string; readonly trace?: string }[] } }
  >
>;
type Troubled = Awaited<ReturnType<typeof givenTroubledWorker>>;

/** The answers of every GET route, for every connector. */
async function everyAnswer({ ask }: Troubled): Promise<Places> {
  const { paths } = (await (await ask('/openapi.json')).json()) as { readonly paths: Readonly<Record<string, object>> };
  const gets = Object.entries(paths).flatMap(([path, methods]) => ('get' in methods ? [path] : []));
  expect(gets).toEqual(expect.arrayContaining(['/connectors/{name}/config/history', '/connectors/{name}/status']));
  const urls = gets.flatMap((path) =>
    (path.includes('{name}') ? Object.keys(connectors) : ['']).map((name) =>
      path
        .replace('{name}', name)
        .replace(/\{task(Id)?\}/, '0')
        .replace('{logger}', 'root')
        .replace('{plugin}', 'snowflake-variant'),
    ),
  );
  urls.push('/connectors?expand=info&expand=status', '/openapi.json');
  const answers = await Promise.all(urls.map(async (url) => [`GET ${url}`, await textOf(await ask(url))] as const));
  return Object.fromEntries(answers);
}

/** The answer with its headers; of a stream of events the first. */
async function textOf(answer: Response): Promise<string> {
  const headers = JSON.stringify([...answer.headers]);
  if (!answer.headers.get('content-type')?.includes('event-stream')) return `${headers}${await answer.text()}`;
  const reader = answer.body?.getReader();
  const first = await reader?.read();
  await reader?.cancel();
  return `${headers}${Buffer.from(first?.value ?? [])}`;
}

/** What is answered to who writes, asks for a verdict, or gets a secret wrong. */
async function provokedAnswers({ ask }: Troubled): Promise<Places> {
  const flat = { ...connectors['wrong-password'], snowflake: undefined, 'snowflake.user': 'caves' };
  const validate = (plugin: string, config: object) =>
    ask(`/connector-plugins/${encodeURIComponent(plugin)}/config/validate`, {
      method: 'PUT',
      body: JSON.stringify(config),
    });
  const create = (config: object) =>
    ask('/connectors', { method: 'POST', body: JSON.stringify({ name: 'x', config }) });
  const patch = (key: string, value: string) =>
    ask('/connectors/only-talks/config', { method: 'PATCH', body: JSON.stringify({ [key]: value }) });
  const requests: Readonly<Record<string, readonly [expected: RegExp, request: () => Promise<Response>]>> = {
    'validate a literal secret': [
      /^200 .*is a secret and may not stand/s,
      () => validate('snowflake-variant', { ...flat, name: 'x', 'snowflake.password': secrets.password }),
    ],
    'validate a reference': [
      /^200 /,
      () => validate('snowflake-variant', { ...flat, name: 'x', 'snowflake.password': passwordOfEnv }),
    ],
    'a secret in an open key': [
      /^200 .*by its name the variable .* holds a secret/s,
      () => validate('snowflake-variant', { ...flat, name: 'x', 'snowflake.user': passwordOfEnv }),
    ],
    'create with a literal secret': [
      /^400 .*is a secret and may not stand/s,
      () => create({ ...flat, 'snowflake.password': secrets.password }),
    ],
    'a secret for a number': [/^400 .*by its name the variable/s, () => patch('tasks.max', passwordOfEnv)],
    'check of a plugin': [/^400 .*refused with .*\[hidden\]/s, () => patch('ask', 'check')],
    'wrong password': [/^401 /, () => ask('/connectors', { authorization: 'Basic eDp5' })],
    'wrong token': [/^401 /, () => ask('/connectors', { authorization: 'Bearer nobody' })],
    'right token, not allowed': [
      /^403 /,
      () => ask('/connectors/refuses', { method: 'DELETE', authorization: `Bearer ${secrets['token of REST']}` }),
    ],
    'stop the sink': [/^204 /, () => ask('/connectors/refuses/stop', { method: 'PUT' })],
    'move its positions': [/^(400|500|503) /, () => ask('/connectors/refuses/offsets', { method: 'DELETE' })],
  };
  const places: Record<string, string> = {};
  for (const [name, [expected, request]] of Object.entries(requests)) {
    const answer = await request();
    const text = `${answer.status} ${await textOf(answer)}`;
    if (!expected.test(text)) throw new Error(`${name} was answered ${text.slice(0, 600)}`);
    places[name] = text;
  }
  return places;
}

const deadLetters = ['refused.dlq', 'transformed.dlq'];

const topicsOf = async ({ kafka }: Pick<Troubled, 'kafka'>) => (await kafka.admin()).listTopics();

/** Everything in every topic. */
async function everyTopic({ kafka }: Pick<Troubled, 'kafka'>): Promise<Places> {
  const read = async (topic: string) => {
    const messages = await readAll(kafka, topic);
    const lines = messages.flatMap(({ key, value, headers = {} }) => [
      `${key} ${value}`,
      ...Object.entries(headers).map(([name, of]) => `${name}: ${of}`),
    ]);
    return [`topic ${topic}`, lines.join('\n')] as const;
  };
  return Object.fromEntries(await Promise.all((await topicsOf({ kafka })).map(read)));
}

test('a worker whose login Kafka refuses shows no secret of it', { timeout }, async () => {
  const { brokers } = await givenServices();
  const secret = { 'password of Kafka': canary('kafka') };
  const settings = {
    'bootstrap.servers': brokers,
    'security.protocol': 'SASL_PLAINTEXT',
    'sasl.username': 'albert',
    'sasl.password': reference('env:KAFKA_PASSWORD'),
    'rest.port': 0,
    'metrics.port': 0,
    'log.level': 'debug',
  };
  const yaml = `worker: ${JSON.stringify(settings)}\nconnectors: ${JSON.stringify({ talks: connectors['only-talks'] })}\n`;
  const files = { 'caves.yaml': yaml, 'secrets.json': '{"token":"a token"}', ...leakyPlugins };
  const worker = givenFolder(files, { KAFKA_PASSWORD: secret['password of Kafka'] }).start('start', 'caves.yaml');
  await worker.prints('The worker cannot start', 40_000);
  worker.child.kill('SIGTERM');
  const { stdout, stderr } = await worker.ended;
  expect(sightings(secret, { stdout, stderr })).toEqual([]);
});

describe('a worker in trouble', () => {
  test('shows no secret anywhere', { timeout }, async () => {
    const troubled = await givenTroubledWorker();
    const { worker, metrics, folder, home, ask } = troubled;
    await eventually(async () => expect(await topicsOf(troubled)).toEqual(expect.arrayContaining(deadLetters)), {
      timeout: 40_000,
    });
    await eventually(async () => expect(await (await ask('/metrics')).text()).toContain('slips_total{'), {
      timeout: 40_000,
    });
    const counted = {
      'REST /metrics': await (await ask('/metrics')).text(),
      metrics: await (
        await fetch(metrics, { headers: { authorization: `Bearer ${secrets['token of REST']}` } })
      ).text(),
    };
    const answered = { ...(await everyAnswer(troubled)), ...(await provokedAnswers(troubled)) };
    const sent = await everyTopic(troubled);
    worker.child.kill('SIGTERM');
    const { code, stdout, stderr } = await worker.ended;
    const written = { stdout, stderr };
    const data = filesBelow(join(folder.path, '.caves'));

    expect(sightings(secrets, { ...written, ...answered, ...counted, ...sent, ...data })).toEqual([]);
    // They were there to be seen: each was hidden in every kind of place.
    expect(stdout).toContain('the token is [hidden]');
    expect(stdout).toContain('Authorization: Basic ');
    expect(/slips_total\{.*by="(.*?)"/.exec(counted.metrics)?.[1]).toBe('[hidden]');
    expect(answered['GET /connectors/throws-at-read/status']).toContain('cannot read: {\\"token\\":\\"[hidden]\\"');
    expect(sent['topic refused.dlq']).toContain('[hidden]');
    expect(sent['topic transformed.dlq']).toContain('[hidden]');
    expect(Object.keys(data).length).toBeGreaterThan(3);
    // No log, cache or credential store of a driver either.
    expect(Object.keys(filesBelow(home))).toEqual([]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expectNoStack(stderr);
  });
});
