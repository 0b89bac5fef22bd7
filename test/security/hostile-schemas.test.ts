/** Schemas and patterns of users that reach out, or that take for ever: neither holds up a worker or its neighbours. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createValidator } from '../../src/runtime/records/validate.ts';
import { defineSink } from '../../src/sdk/index.ts';
import { eventually } from '../helpers/eventually.ts';
import { brokerForTest, clientOf, createTopic, produce } from '../helpers/runtime/kafka.ts';
import { registryOf } from '../helpers/runtime/plugins.ts';
import { workerForTest } from '../helpers/runtime/worker.ts';
import { tempFolder } from '../helpers/temp-folder.ts';

const timeout = 90_000;
const slow = '^(a+)+$';

/** Takes everything. */
const barrel = defineSink({
  name: 'barrel',
  version: '1.0.0',
  summary: 'Takes everything',
  config: { properties: {} },
  open: () => ({ write: async () => undefined }),
});

async function givenWorker() {
  const broker = await brokerForTest();
  const worker = workerForTest({ broker, plugins: registryOf(barrel) });
  await worker.ready;
  const put = (name: string, config: object) =>
    worker.put(
      name,
      { 'connector.class': 'barrel', 'task.isolation': 'none', ...config },
      { fromFile: { folder: '/' } },
    );
  const traceOf = (name: string) =>
    eventually(
      () => {
        const [task] = worker.status(name).tasks;
        expect(task).toMatchObject({ state: 'FAILED' });
        return task?.trace ?? '';
      },
      { timeout: 40_000 },
    );
  return { broker, worker, client: clientOf(broker), put, traceOf };
}

const schemas = (schema: object) => ({
  'value.schemas.field': 'type',
  'value.schemas': JSON.stringify({ SALE: schema }),
  'errors.tolerance': 'all',
});

describe('a schema', () => {
  test('that refers to an address or a file is refused, and neither is read', async () => {
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url);
      response.end('{"type": "object"}');
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const file = join(tempFolder(), 'secret.json');
    writeFileSync(file, '{"type": "object"}');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/schema.json`;
    const { worker } = await givenWorker();
    for (const $ref of [
      url,
      `${url}#/definitions/x`,
      pathToFileURL(file).href,
      file,
      '/etc/passwd',
      '../secret.json',
    ]) {
      for (const schema of [
        { $ref },
        { $id: url, properties: { n: { $ref } } },
        { $schema: $ref },
        { allOf: [{ $ref }] },
      ]) {
        const config = { 'connector.class': 'barrel', topics: 'sales', ...schemas(schema) };
        const refusals = (await worker.lint('wine', config)).filter(({ key }) => key === 'value.schemas');
        // Its own $id is no other place.
        const isOwn = '$id' in schema && $ref === url;
        if (!isOwn)
          expect(refusals.map(({ message }) => message).join(), $ref).toMatch(
            /can't resolve reference|unknown \$schema/,
          );
      }
    }
    expect(asked).toEqual([]);
  });

  test('with a pattern that takes for ever stops its own task, in words, and nobody else', { timeout }, async () => {
    const { worker, client, put, traceOf } = await givenWorker();
    await createTopic(client, 'sales');
    await put('slow', { topics: 'sales', ...schemas({ properties: { note: { type: 'string', pattern: slow } } }) });
    await put('neighbour', { topics: 'sales' });
    const note = `${'a'.repeat(60)}!`;
    await produce(client, 'sales', [
      { value: '{"type":"SALE","note":"aaa"}' },
      { value: JSON.stringify({ type: 'SALE', note }) },
    ]);
    expect(await traceOf('slow')).toMatch(
      /^ConfigError: The schema of SALE in value\.schemas cannot be used: the pattern \^\(a\+\)\+\$ was not matched within/,
    );
    await produce(client, 'sales', [{ value: '{"type":"SALE"}' }]);
    await eventually(async () =>
      expect((await worker.offsets('neighbour')).map(({ offset }) => offset)).toEqual([{ kafka_offset: 3 }]),
    );
    expect(worker.status('neighbour').tasks).toMatchObject([{ state: 'RUNNING' }]);
    // What was not judged is not settled: the next start, with another pattern, judges it.
    expect((await worker.offsets('slow')).every(({ offset }) => ((offset?.['kafka_offset'] ?? 0) as number) <= 1)).toBe(
      true,
    );
  });

  test('may have many formats, and each is quick about the worst text', () => {
    const formats = [
      'date-time',
      'email',
      'uri',
      'uri-reference',
      'hostname',
      'ipv6',
      'uuid',
      'duration',
      'json-pointer',
      'iso-date-time',
    ];
    const texts = [
      'a'.repeat(50_000),
      '1:'.repeat(25_000),
      'a.'.repeat(25_000),
      `${'a@'.repeat(25_000)}!`,
      '%'.repeat(50_000),
      '0'.repeat(50_000),
    ];
    for (const format of formats) {
      const validate = createValidator({ field: 'type', schemas: { SALE: { properties: { text: { format } } } } });
      for (const text of texts) expect(validate({ type: 'SALE', text }).type).toBe('SALE');
    }
  });
});

test('a pattern of topics that takes for ever stops its own connector, in words', { timeout }, async () => {
  const { worker, client, put, traceOf } = await givenWorker();
  await createTopic(client, `${'a'.repeat(100)}-`);
  await createTopic(client, 'sales');
  await put('slow', { 'topics.regex': slow });
  await put('neighbour', { topics: 'sales' });
  expect(await traceOf('slow')).toMatch(
    /topics\.regex: the pattern .* was not matched within 1000 ms against a text of 101/,
  );
  expect(worker.status('neighbour').tasks).toMatchObject([{ state: 'RUNNING' }]);
});
