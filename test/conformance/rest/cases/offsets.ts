import { beyond, type Case, type Plugins } from '../model.ts';

const altered = { message: 'The offsets for this connector have been altered successfully' };
const managed =
  'The Connect framework-managed offsets for this connector have been altered successfully. However, if this connector ' +
  'manages offsets externally, they will need to be manually altered in the system that the connector uses.';
const reset = { message: 'The offsets for this connector have been reset successfully' };
const notStopped = (name: string) =>
  'Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified ' +
  `connector by issuing a 'PUT' request to the '/connectors/${name}/stop' endpoint`;
const nothingGiven = 'Partitions / offsets need to be provided for an alter offsets request';
const keysMissing =
  "The partition for a sink connector offset must contain the keys 'kafka_topic' and 'kafka_partition'";
const unparsed = (what: string, whose: string) =>
  `Failed to parse the following Kafka ${what} value in the provided offsets: 'x'. ${whose} values for sink connectors need to be integers.`;

const isPositive = (offset: unknown) => Number(offset) > 0;

/** Both have run by now. */
export function offsetCases({ sink, place }: Plugins): readonly Case[] {
  const topic = sink['topics'];
  const { partition, offset, further, end, wrong } = place;
  const entry = { partition, offset };
  const sinkPartition = { kafka_topic: topic, kafka_partition: 0 };
  const sinkEntry = { partition: sinkPartition, offset: { kafka_offset: 2 } };
  const alter = (name: string, what: string, send: unknown, status: number, body: Case['body']): Case => ({
    what: `alter: ${what}`,
    request: `PATCH /connectors/${name}/offsets`,
    send,
    status,
    ...(body !== undefined && { body }),
  });
  const read = (name: string, what: string, offsets: object): Case => ({
    what: `offsets: ${what}`,
    request: `GET /connectors/${name}/offsets`,
    status: 200,
    body: { offsets },
  });
  const alterSource = (what: string, send: unknown, status = 200, body: Case['body'] = altered) =>
    alter('orders-in', what, send, status, body);
  const alterSink = (what: string, one: unknown, status = 200, body: Case['body'] = altered) =>
    alter('cellar-out', what, { offsets: [one] }, status, body);
  return [
    read('orders-in', 'of a source', [{ partition, offset: end }]),
    read('cellar-out', 'of a sink', [{ partition: sinkPartition, offset: { kafka_offset: isPositive } }]),
    read('task-fails', 'of one that has none', []),
    alterSource('a running source', { offsets: [entry] }, 400, notStopped('orders-in')),
    alterSink('a running sink', sinkEntry, 400, notStopped('cellar-out')),
    {
      what: 'reset offsets of a running source',
      request: 'DELETE /connectors/orders-in/offsets',
      status: 400,
      body: notStopped('orders-in'),
    },
    { what: 'pause it first', request: 'PUT /connectors/orders-in/pause', status: 202 },
    alterSource('a paused source', { offsets: [entry] }, 400, notStopped('orders-in')),
    { what: 'stop the source', request: 'PUT /connectors/orders-in/stop', status: 204 },
    { what: 'stop the sink', request: 'PUT /connectors/cellar-out/stop', status: 204 },
    ...['orders-in', 'cellar-out'].map((name) =>
      beyond({
        what: `${name} is stopped`,
        request: `GET /connectors/${name}/status`,
        status: 200,
        body: { connector: { state: 'STOPPED' }, tasks: [] },
      }),
    ),
    alterSource('a source', { offsets: [entry] }),
    read('orders-in', 'of a source, read back', [entry]),
    alterSource('a source: null removes', { offsets: [{ partition, offset: null }] }),
    read('orders-in', 'of a source, removed', []),
    alterSource(
      'a source: a partition that its plugin does not know',
      { offsets: [{ partition: { cellar: 'north' }, offset }] },
      500,
      /should contain the key/,
    ),
    alterSource(
      'a source: an offset that its plugin refuses',
      { offsets: [{ partition, offset: wrong }] },
      500,
      /is expected to be a/,
    ),
    alterSource('a source: no partition', { offsets: [{ offset }] }, 500, 'Partition objects cannot be null'),
    alterSource(
      'a source: a partition that is no object',
      { offsets: [{ partition: 'x', offset }] },
      500,
      /LinkedHashMap/,
    ),
    alterSource('a source: no offset key', { offsets: [{ partition }] }),
    alterSource('a source: the same partition twice', { offsets: [entry, { partition, offset: further }] }),
    beyond(read('orders-in', 'of a source, the last of two', [{ partition, offset: further }])),
    alterSource('an empty list', { offsets: [] }, 400, nothingGiven),
    alterSource('no offsets key', {}, 400, nothingGiven),
    alterSource('null offsets', { offsets: null }, 400, nothingGiven),
    alterSource('an unknown key', { positions: [] }, 500, /Unrecognized field "positions"/),
    alterSource('a bare list', [], 500, /Cannot deserialize/),
    alterSource('no body', undefined, 500, /is null/),
    alterSource('bad JSON', '{', 500, /end-of-input/),
    alter('nobody', 'an unknown connector', { offsets: [entry] }, 404, 'Connector nobody not found'),
    alterSink('a sink', sinkEntry),
    read('cellar-out', 'of a sink, read back', [sinkEntry]),
    alterSink('a sink, numbers as text', {
      partition: { kafka_topic: topic, kafka_partition: '0' },
      offset: { kafka_offset: '3' },
    }),
    beyond(read('cellar-out', 'of a sink, from text', [{ partition: sinkPartition, offset: { kafka_offset: 3 } }])),
    alterSink('a sink: no kafka_topic', { ...sinkEntry, partition: { topic, kafka_partition: 0 } }, 400, keysMissing),
    alterSink('a sink: no kafka_partition', { ...sinkEntry, partition: { kafka_topic: topic } }, 400, keysMissing),
    alterSink(
      'a sink: a partition that is no number',
      { ...sinkEntry, partition: { kafka_topic: topic, kafka_partition: 'x' } },
      400,
      unparsed('partition', 'Partition'),
    ),
    alterSink(
      'a sink: a null partition',
      { ...sinkEntry, partition: null },
      400,
      'The partition for a sink connector offset cannot be null or missing',
    ),
    alterSink(
      'a sink: no kafka_offset',
      { partition: sinkPartition, offset: { position: 2 } },
      400,
      "The offset for a sink connector should either be null or contain the key 'kafka_offset'",
    ),
    alterSink(
      'a sink: an offset that is no number',
      { partition: sinkPartition, offset: { kafka_offset: 'x' } },
      400,
      unparsed('offset', 'Offset'),
    ),
    alterSink(
      'a sink: a topic that there is not',
      { partition: { ...sinkPartition, kafka_topic: 'nowhere' }, offset: { kafka_offset: 2 } },
      500,
      'Failed to alter consumer group offsets for connector cellar-out',
    ),
    alterSink('a sink: null resets the partition', { partition: sinkPartition, offset: null }),
    read('cellar-out', 'of a sink, reset', []),
    ...['orders-in', 'cellar-out', 'cellar-out'].map((name, time) => ({
      what: `reset offsets of ${name}${time === 2 ? ' again' : ''}`,
      request: `DELETE /connectors/${name}/offsets`,
      status: 200,
      body: reset,
    })),
    {
      what: 'reset offsets of an unknown connector',
      request: 'DELETE /connectors/nobody/offsets',
      status: 404,
      body: 'Connector nobody not found',
    },
    { what: 'stop the one whose task fails', request: 'PUT /connectors/task-fails/stop', status: 204, body: '' },
    alter('task-fails', 'a source that has no say in it', { offsets: [entry] }, 200, { message: managed }),
    {
      what: 'offsets by the wrong method',
      request: 'PUT /connectors/cellar-out/offsets',
      send: { offsets: [sinkEntry] },
      status: 405,
      body: 'HTTP 405 Method Not Allowed',
    },
    beyond({ what: 'delete the one whose task fails', request: 'DELETE /connectors/task-fails', status: 204 }),
  ];
}
