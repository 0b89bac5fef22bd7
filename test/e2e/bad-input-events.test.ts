/** Events that cannot be: each ends in the dead letter queue as it came, with its reason, and the others in the table. */
import type { KafkaMessage } from 'kafkajs';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import { expectNoStack, givenFolder, givenServices, type Services } from './bad-input.ts';

const timeout = 60_000;
const megabytes = 1024 * 1024;

/** An event that the schema takes when `note` is a text. */
const sale = (id: string, note: unknown = 'fine') =>
  JSON.stringify({
    event_type: 'SALE',
    product_id: 1,
    customer_id: 2,
    event_metadata: { event_id: id },
    event_content: { note },
  });

const schema = {
  type: 'object',
  properties: { event_content: { type: 'object', properties: { note: { type: 'string' } } } },
};

/** A worker with one sink, from `events` to the table. */
function givenSink({ worker, snowflake }: Services, settings: object = {}) {
  const cellar = {
    'connector.class': 'snowflake-variant',
    topics: 'events',
    'value.schemas.field': 'event_type',
    'value.schemas': { SALE: schema },
    errors: { tolerance: 'all', 'deadletterqueue.topic.name': 'events.dlq' },
    snowflake,
    ...settings,
  };
  return givenFolder({ 'caves.yaml': `${worker}\nconnectors:\n  cellar: ${JSON.stringify(cellar)}\n` });
}

async function send({ kafka }: Services, values: readonly (string | Buffer | null)[]): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  const configEntries = [{ name: 'max.message.bytes', value: String(8 * megabytes) }];
  await admin.createTopics({ topics: [{ topic: 'events', configEntries }] });
  await admin.disconnect();
  const producer = kafka.producer();
  await producer.connect();
  for (const value of values) await producer.send({ topic: 'events', messages: [{ value }] });
  await producer.disconnect();
}

/** The records of a topic, as soon as there are so many. */
async function read({ kafka }: Services, topic: string, count: number): Promise<readonly KafkaMessage[]> {
  const admin = kafka.admin();
  await admin.connect();
  await eventually(async () => (await admin.listTopics()).includes(topic));
  await admin.disconnect();
  const consumer = kafka.consumer({ groupId: `read-${topic}`, maxWaitTimeInMs: 50 });
  onTestFinished(() => consumer.disconnect());
  const messages: KafkaMessage[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => void messages.push(message) });
  await eventually(() => messages.length >= count);
  return messages;
}

/** The rows of the table, as `caves-connect sql` answers them. */
async function rowsOf(sink: ReturnType<typeof givenSink>, columns: string) {
  const statement = `SELECT ${columns} FROM RAW_EVENTS_STREAM ORDER BY 1`;
  const { stdout, stderr } = await sink.run('sql', '--config', 'caves.yaml', '-o', 'json', statement);
  if (stderr !== '') throw new Error(stderr);
  return JSON.parse(stdout) as readonly Readonly<Record<string, unknown>>[];
}

const reasonOf = ({ headers }: KafkaMessage) => String(headers?.['__connect.errors.exception.message']);

test('every event ends once, in the table or in the dead letter queue, whatever it is', { timeout }, async () => {
  const services = await givenServices();
  const bad: readonly (readonly [string | Buffer | null, RegExp])[] = [
    ['{"event_type": "SALE"', /JSON/],
    [Buffer.from([0xff, 0xfe, 0x00]), /JSON|UTF-8/],
    ['"a text"', /object/],
    ['[]', /object/],
    [null, /null|tombstone|object/],
    ['null', /null|object/],
    ['{"customer_id": 1}', /event_type/],
    ['{"event_type": "SAIL"}', /unknown event_type "SAIL"; known types: SALE \(did you mean SALE\?\)/],
    [sale('bad', 5), /event_content\.note must be string/],
    [sale('large and bad', ['x'.repeat(5 * megabytes)]), /event_content\.note must be string/],
  ];
  const large = 'x'.repeat(5 * megabytes);
  await send(services, [sale('1'), ...bad.map(([value]) => value), sale('2', large), sale('3')]);
  const sink = givenSink(services);
  const worker = sink.start('start', 'caves.yaml');

  const rejected = await read(services, 'events.dlq', bad.length);
  expect(rejected.map(({ value }) => value?.toString('latin1') ?? null)).toEqual(
    bad.map(([value]) => (value === null ? null : Buffer.from(value).toString('latin1'))),
  );
  for (const [i, [, reason]] of bad.entries()) {
    expect(reasonOf(rejected[i] as KafkaMessage)).toMatch(reason);
    expect(rejected[i]?.headers?.['__connect.errors.offset']?.toString()).toBe(String(i + 1));
  }
  const columns = 'EVENT_METADATA:event_id::STRING AS ID, LENGTH(EVENT_CONTENT:note::STRING) AS SIZE';
  await eventually(async () =>
    expect(await rowsOf(sink, columns)).toEqual([
      { ID: '1', SIZE: 4 },
      { ID: '2', SIZE: large.length },
      { ID: '3', SIZE: 4 },
    ]),
  );
  worker.child.kill('SIGTERM');
  const { code, stdout, stderr } = await worker.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expectNoStack(stdout);
  expect(stdout).toContain(`Inserted: 3 | DLQ: ${bad.length} | Total: ${bad.length + 3}\n`);
  expect(stdout, 'what was refused is not poured over the terminal').not.toContain('xxxx');
});

test('without tolerance the first bad event stops the task, by its place and with the way out', {
  timeout,
}, async () => {
  const services = await givenServices();
  await send(services, [sale('1'), 'no JSON']);
  const sink = givenSink(services, { errors: { tolerance: 'none' } });
  const worker = sink.start('start', 'caves.yaml');
  await worker.prints('ERROR cellar|task-0 FAILED: The record events-0@1 was refused by VALUE_CONVERTER', 20_000);
  expect(worker.stdout()).toContain('Set errors.tolerance: all to send such records to the dead letter queue');
  expectNoStack(worker.stdout());
});

test('SIGTERM in mid-batch finishes the batch, and the next start neither repeats nor skips one', {
  timeout,
}, async () => {
  const services = await givenServices();
  await send(services, [sale('1'), sale('2'), 'no JSON', sale('3')]);
  const insert = /INSERT INTO .*RAW_EVENTS_STREAM/i;
  services.warehouse.hooks.slowStatement(insert, 1500);
  const sink = givenSink(services);
  const first = sink.start('start', 'caves.yaml');
  await eventually(() => services.warehouse.hooks.statements.some((sql) => insert.test(sql)));
  first.child.kill('SIGTERM');
  await first.prints('stopping: finishing the open batches');
  const { code, stdout, stderr } = await first.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/Inserted: 3 \| DLQ: 1 \| Total: 4\n(.*\n)*stopped\n$/);

  await send(services, [sale('4')]);
  const second = sink.start('start', 'caves.yaml');
  await second.prints('Inserted: 1 | DLQ: 0 | Total: 1', 20_000);
  second.child.kill('SIGTERM');
  expect(await second.ended).toMatchObject({ code: 0, stderr: '' });
  const ids = await rowsOf(sink, 'EVENT_METADATA:event_id::STRING AS ID');
  expect(ids.map(({ ID }) => ID)).toEqual(['1', '2', '3', '4']);
  expect(await read(services, 'events.dlq', 1)).toHaveLength(1);
});
