import { describe, expect, test } from 'vitest';
import { createRestServer, generator } from './rest-server.ts';

const sink = { 'connector.class': 'snowflake-variant', topics: 'sales_events' };
const sourceEntry = { partition: { partition: '0' }, offset: { n: 16 } };
const sinkEntry = { partition: { kafka_topic: 'sales_events', kafka_partition: 0 }, offset: { kafka_offset: 2 } };

const stopped = async () => {
  const server = await createRestServer();
  await server.call('POST /connectors', { name: 'wine', config: generator, initial_state: 'STOPPED' });
  await server.call('POST /connectors', { name: 'cellar', config: sink, initial_state: 'STOPPED' });
  const alter = async (name: string, body: unknown) => {
    const { status, json } = await server.call(`PATCH /connectors/${name}/offsets`, body);
    return `${status} ${json.message}`;
  };
  const offsets = async (name: string) => (await server.call(`GET /connectors/${name}/offsets`)).json.offsets;
  return { ...server, alter, offsets };
};

const altered = '200 The offsets for this connector have been altered successfully';

describe('a source', () => {
  test('is moved, partition by partition; null takes one away, and of two the last counts', async () => {
    const { alter, offsets } = await stopped();
    const other = { partition: { partition: '1' }, offset: { n: 3 } };
    expect(await alter('wine', { offsets: [sourceEntry, other] })).toBe(altered);
    expect(await offsets('wine')).toEqual([sourceEntry, other]);
    expect(await alter('wine', { offsets: [{ ...sourceEntry, offset: null }] })).toBe(altered);
    expect(await offsets('wine')).toEqual([other]);
    expect(await alter('wine', { offsets: [{ partition: { partition: '1' } }] })).toBe(altered);
    expect(await offsets('wine')).toEqual([]);
    expect(await alter('wine', { offsets: [sourceEntry, { ...sourceEntry, offset: { n: 40 } }] })).toBe(altered);
    expect(await offsets('wine')).toEqual([{ ...sourceEntry, offset: { n: 40 } }]);
  });

  test('needs a partition', async () => {
    const { alter } = await stopped();
    expect(await alter('wine', { offsets: [{ offset: { n: 1 } }] })).toBe('400 Partition objects cannot be null');
    expect(await alter('wine', { offsets: [{ partition: 'p', offset: { n: 1 } }] })).toBe(
      '400 "offsets" → "0" → "partition" must be object or null, not string',
    );
  });
});

describe('a sink', () => {
  test('is moved by topic and partition, with numbers or text', async () => {
    const { alter, offsets } = await stopped();
    expect(await alter('cellar', { offsets: [sinkEntry] })).toBe(altered);
    const text = { partition: { kafka_topic: 'sales_events', kafka_partition: '0' }, offset: { kafka_offset: '3' } };
    expect(await alter('cellar', { offsets: [text] })).toBe(altered);
    expect(await offsets('cellar')).toEqual([{ ...sinkEntry, offset: { kafka_offset: 3 } }]);
    expect(await alter('cellar', { offsets: [{ ...sinkEntry, offset: null }] })).toBe(altered);
    expect(await offsets('cellar')).toEqual([]);
  });

  const keysMissing =
    "The partition for a sink connector offset must contain the keys 'kafka_topic' and 'kafka_partition'";
  const { partition, offset } = sinkEntry;
  test.each([
    ['no topic', { partition: { topic: 'a', kafka_partition: 0 }, offset }, keysMissing],
    ['no partition number', { partition: { kafka_topic: 'a' }, offset }, keysMissing],
    [
      'a null partition',
      { partition: null, offset },
      'The partition for a sink connector offset cannot be null or missing',
    ],
    [
      'a partition that is no number',
      { partition: { ...partition, kafka_partition: 'x' }, offset },
      "Failed to parse the following Kafka partition value in the provided offsets: 'x'. Partition values for sink connectors need to be integers.",
    ],
    [
      'no offset',
      { partition, offset: { position: 2 } },
      "The offset for a sink connector should either be null or contain the key 'kafka_offset'",
    ],
    [
      'an offset that is no number',
      { partition, offset: { kafka_offset: 'x' } },
      "Failed to parse the following Kafka offset value in the provided offsets: 'x'. Offset values for sink connectors need to be integers.",
    ],
    [
      'a negative offset',
      { partition, offset: { kafka_offset: -2 } },
      "Failed to parse the following Kafka offset value in the provided offsets: '-2'. Offset values for sink connectors need to be not negative.",
    ],
    [
      'a topic that is no name',
      { partition: { ...partition, kafka_topic: ['a'] }, offset },
      'The topic of a sink connector offset must be a name, not ["a"]',
    ],
  ])('refuses %s', async (_what, entry, message) => {
    const { alter, offsets } = await stopped();
    expect(await alter('cellar', { offsets: [sinkEntry, entry] })).toBe(`400 ${message}`);
    expect(await offsets('cellar')).toEqual([]);
  });
});

test.each([
  [{ offsets: [] }, 'Partitions / offsets need to be provided for an alter offsets request'],
  [{ offsets: null }, 'Partitions / offsets need to be provided for an alter offsets request'],
  [{}, 'Partitions / offsets need to be provided for an alter offsets request'],
  [{ positions: [] }, 'The body has an unknown key "positions": it takes offsets'],
  [{ offsets: [{ partiton: {} }] }, '"offsets" → "0" has an unknown key "partiton": did you mean "partition"?'],
  [[], 'The body must be object, not array'],
  [undefined, 'The body is missing: send a JSON object'],
  ['{', 'The body is not JSON: line 1, column 2'],
])('a body of %j is refused: %s', async (body, message) => {
  const { alter } = await stopped();
  expect(await alter('wine', body)).toContain(`400 ${message}`);
});

test('they move only while the connector is STOPPED', async () => {
  const { call, alter } = await stopped();
  const refused =
    "400 Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified connector by issuing a 'PUT' request to the '/connectors/wine/stop' endpoint";
  for (const action of ['resume', 'pause']) {
    await call(`PUT /connectors/wine/${action}`);
    expect(await alter('wine', { offsets: [sourceEntry] })).toBe(refused);
    const { status, json } = await call('DELETE /connectors/wine/offsets');
    expect(`${status} ${json.message}`).toBe(refused);
  }
});

test('DELETE forgets all of them, as often as it is asked', async () => {
  const { call, alter, offsets } = await stopped();
  await alter('cellar', { offsets: [sinkEntry] });
  for (let time = 0; time < 2; time++) {
    const { status, json } = await call('DELETE /connectors/cellar/offsets');
    expect([status, json]).toEqual([200, { message: 'The offsets for this connector have been reset successfully' }]);
    expect(await offsets('cellar')).toEqual([]);
  }
});

test('where the plugin had no say in it, it is said that it may keep offsets of its own', async () => {
  const { call, connect, alter } = await stopped();
  connect.alterOffsets = async () => ({ byPlugin: false });
  connect.resetOffsets = async () => ({ byPlugin: false });
  const said = (done: string) =>
    `200 The Connect framework-managed offsets for this connector have been ${done} successfully. However, if this ` +
    `connector manages offsets externally, they will need to be manually ${done} in the system that the connector uses.`;
  expect(await alter('wine', { offsets: [sourceEntry] })).toBe(said('altered'));
  const { status, json } = await call('DELETE /connectors/wine/offsets');
  expect(`${status} ${json.message}`).toBe(said('reset'));
});

test('an unknown connector is 404', async () => {
  const { call } = await createRestServer();
  for (const request of ['GET', 'PATCH', 'DELETE']) {
    const body = request === 'PATCH' ? { offsets: [sourceEntry] } : undefined;
    const { status, json } = await call(`${request} /connectors/nobody/offsets`, body);
    expect([status, json.message]).toEqual([404, 'Connector nobody not found']);
  }
});
