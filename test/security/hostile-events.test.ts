/**
 * Events that were made to hurt: each ends once, in the table or in the dead letter queue, its neighbours reach the
 * table, and the worker (which is this process) is as it was.
 */
import { expect, onTestFinished, test } from 'vitest';
import type { SinkConfig } from '../../connectors/snowflake-variant/config.ts';
import { openSession } from '../../connectors/snowflake-variant/session.ts';
import { startBroker } from '../../src/embedded/kafka/index.ts';
import { startWarehouse } from '../../src/embedded/snowflake/index.ts';
import { createPluginRegistry } from '../../src/runtime/plugins/registry.ts';
import { eventually } from '../helpers/eventually.ts';
import { clientOf, createTopic, produce, readAll } from '../helpers/runtime/kafka.ts';
import { workerForTest } from '../helpers/runtime/worker.ts';

const timeout = 120_000;

/** An event of the schema's type, with this text as its content. */
const withContent = (id: string, content: string) =>
  `{"event_type":"SALE","product_id":1,"customer_id":2,"event_metadata":{"event_id":"${id}"},"event_content":${content}}`;
const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const deepObject = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

/** What becomes of an event: its id in the table, or why it is refused. */
type End = string | RegExp;

/** Events by what is wrong with them. */
const hostile: Readonly<Record<string, readonly [value: string | Buffer, end: End]>> = {
  'a key __proto__': [withContent('proto', '{"__proto__":{"polluted":true},"n":1}'), 'proto'],
  'a key __proto__ at the top': [
    '{"__proto__":{"polluted":true,"event_type":"SALE"},"product_id":1}',
    /^event_type is missing/,
  ],
  'constructor.prototype': [
    withContent('constructor', '{"constructor":{"prototype":{"polluted":true}}}'),
    'constructor',
  ],
  'metadata with __proto__': [
    '{"event_type":"SALE","event_metadata":{"__proto__":{"polluted":true},"event_id":"metadata"}}',
    'metadata',
  ],
  'a type that every object has': ['{"event_type":"toString"}', /^unknown event_type "toString"/],
  'a type that is a deep array': [`{"event_type":${deep(100_000)}}`, /^event_type is an array/],
  'metadata that is a deep array': [
    `{"event_type":"SALE","event_metadata":${deep(100_000)}}`,
    /^event_metadata is not an object: an array$/,
  ],
  'a product that is a deep object': [
    `{"event_type":"SALE","product_id":${deepObject(50_000)}}`,
    /^product_id is not an integer: an object$/,
  ],
  'a content of 100,000 arrays': [withContent('arrays', deep(100_000)), 'arrays'],
  'a content of 50,000 objects': [withContent('objects', deepObject(50_000)), 'objects'],
  'a tree as deep as its schema looks': [
    `{"event_type":"TREE","children":[${'{"children":['.repeat(20_000)}${']}'.repeat(20_000)}]}`,
    /^it is nested too deeply for its schema/,
  ],
  'half a surrogate pair': [withContent('surrogate', String.raw`{"text":"\ud800"}`), /Error parsing JSON/],
  'half a surrogate pair as a type': [String.raw`{"event_type":"\udfff"}`, /^unknown event_type "\\udfff"/],
  NaN: [withContent('nan', '{"n":NaN}'), /is not JSON/],
  Infinity: [withContent('infinity', '{"n":-Infinity}'), /is not JSON/],
  'a number beyond all': [withContent('1e400', '{"n":1e400}'), '1e400'],
  'a product beyond all': ['{"event_type":"SALE","product_id":1e400}', /^product_id is not an integer: Infinity$/],
  'a number of 100,000 digits': [withContent('digits', `{"n":${'9'.repeat(100_000)}}`), 'digits'],
  'a product of 100,000 digits': [
    `{"event_type":"SALE","product_id":${'9'.repeat(100_000)}}`,
    /^product_id is not an integer: Infinity$/,
  ],
  'a key twice': [withContent('key twice', '{"n":1,"n":2}'), 'key twice'],
  'the type twice': [
    '{"event_type":"OTHER","event_type":"SALE","event_metadata":{"event_id":"type twice"}}',
    'type twice',
  ],
  'a byte order mark': [Buffer.from(`\ufeff${withContent('bom', '1')}`), /is not JSON/],
  'UTF-16': [Buffer.from(withContent('utf16', '1'), 'utf16le'), /is not JSON/],
  'NUL characters': [withContent('nul', String.raw`{"a\u0000b":"c\u0000d"}`), 'nul'],
  'raw control characters': [withContent('controls', '{"text":"\u0001"}'), /is not JSON/],
  'the end of the array that it is put in': [`${withContent('end', '1')}],[{"event_type":"SALE"}`, /is not JSON/],
  'a statement': [
    withContent("'; DROP TABLE RAW_EVENTS_STREAM; --", `"'); DROP TABLE RAW_EVENTS_STREAM; --"`),
    "'; DROP TABLE RAW_EVENTS_STREAM; --",
  ],
  'escapes of a terminal': [
    String.raw`{"event_type":"\u001b[2J\u001b]0;title\u0007\r\nforged line"}`,
    /^unknown event_type "\\u001b\[2J/,
  ],
};

/** Its children are trees: the check goes as deep as the event. */
const tree = { type: 'object', properties: { children: { type: 'array', items: { $ref: '#' } } } };

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

test('every hostile event ends once, in the table or in the dead letter queue', { timeout }, async () => {
  const [broker, warehouse] = await Promise.all([startBroker(), startWarehouse()]);
  onTestFinished(async () => void (await Promise.all([broker.close(), warehouse.close()])));
  const login = { 'snowflake.user': 'caves', 'snowflake.password': 'caves', 'snowflake.url': warehouse.url };
  const client = clientOf(broker);
  await createTopic(client, 'events');
  // Each has a good neighbour.
  const all = Object.entries(hostile).flatMap(([name, [value, end]], i) => [
    { name, value, end },
    { name: `good ${i}`, value: withContent(`good ${i}`, '1'), end: `good ${i}` },
  ]);
  const headers = Object.fromEntries(['__proto__', 'constructor', 'toString'].map((name) => [name, 'x']));
  for (let from = 0; from < all.length; from += 4) {
    const messages = all.slice(from, from + 4).map(({ value }) => ({ key: '__proto__', value, headers }));
    await produce(client, 'events', messages);
  }

  const worker = workerForTest({ broker, plugins: createPluginRegistry() });
  await worker.ready;
  await worker.put(
    'cellar',
    {
      'connector.class': 'snowflake-variant',
      topics: 'events',
      'value.schemas.field': 'event_type',
      'value.schemas': JSON.stringify({ SALE: { type: 'object' }, TREE: tree }),
      'errors.tolerance': 'all',
      'errors.deadletterqueue.topic.name': 'events.dlq',
      ...login,
    },
    { fromFile: { folder: '/nowhere' } },
  );
  await eventually(
    async () => {
      expect(worker.status('cellar').tasks.map(({ trace }) => trace)).toEqual([undefined]);
      const offsets = (await worker.offsets('cellar')).map(({ offset }) => offset);
      expect(offsets).toEqual([{ kafka_offset: all.length }]);
    },
    { timeout: 40_000 },
  );

  const reasons = (await readAll(client, 'events.dlq')).map(({ headers: of = {} }) => ({
    name: all[Number(String(of['__connect.errors.offset']))]?.name,
    reason: String(of['__connect.errors.exception.message']),
  }));
  const expected = all.flatMap(({ name, end }) =>
    typeof end === 'string' ? [] : [{ name, reason: expect.stringMatching(end) }],
  );
  expect(reasons).toHaveLength(expected.length);
  expect(reasons).toEqual(expect.arrayContaining(expected));

  const session = await openSession(
    { ...login, 'snowflake.account': 'embedded' } as unknown as SinkConfig,
    { queryTag: 'test', log: quiet },
    new AbortController().signal,
  );
  onTestFinished(() => session.close());
  const ids = 'SELECT EVENT_METADATA:event_id::STRING FROM WINE_SALES_DB.RAW_DATA.RAW_EVENTS_STREAM ORDER BY 1';
  const { rows } = await session.execute(ids, [], new AbortController().signal);
  expect(rows.flat()).toEqual(all.flatMap(({ end }) => (typeof end === 'string' ? [end] : [])).sort());

  expect(Object.keys(Object.prototype)).toEqual([]);
  expect('polluted' in {}).toBe(false);
  for (const { message } of worker.log) expect(message).not.toMatch(/^forged line/m);
});
