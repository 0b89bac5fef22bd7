import { beyond, type Case, type Plugins } from '../model.ts';

const invalid = (problem: string) =>
  new RegExp(
    String.raw`^Connector configuration is invalid and contains the following \d+ error\(s\):\n[^]*${problem}[^]*` +
      String.raw`\nYou can also find the above list of errors at the endpoint ` +
      '`/connector-plugins/\\{connectorType\\}/config/validate`$',
  );

const converters = {
  'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
  'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'value.converter.schemas.enable': 'false',
};

export function createCases({ source, sink, transform, text: textKey }: Plugins): readonly Case[] {
  const request = 'POST /connectors';
  const bad = (changes: object) => ({ name: 'bad-one', config: { ...source, ...changes } });
  const text = JSON.stringify({ name: 'no-type', config: source });
  const { topic: _, ...withoutTopic } = source;
  const { topics: __, ...withoutTopics } = sink;
  return [
    { what: 'list, none', request: 'GET /connectors', status: 200, body: [] },
    { what: 'list, none, expanded', request: 'GET /connectors?expand=info&expand=status', status: 200, body: {} },
    {
      what: 'create a source',
      request,
      send: { name: 'orders-in', config: source },
      status: 201,
      headers: { location: /\/connectors\/orders-in$/ },
      body: { name: 'orders-in', config: { ...source, name: 'orders-in' }, type: 'source' },
    },
    {
      what: 'create it again',
      request,
      send: { name: 'orders-in', config: source },
      status: 409,
      body: 'Connector orders-in already exists',
    },
    {
      what: 'create a sink',
      request,
      send: { name: 'cellar-out', config: sink },
      status: 201,
      body: { name: 'cellar-out', config: { ...sink, name: 'cellar-out' }, type: 'sink' },
    },
    {
      what: 'initial_state STOPPED',
      request,
      send: { name: 'stopped-one', config: source, initial_state: 'STOPPED' },
      status: 201,
      body: { name: 'stopped-one', tasks: [] },
    },
    {
      what: 'initial_state in lower case',
      request,
      send: { name: 'paused-one', config: source, initial_state: 'paused' },
      status: 201,
      body: { name: 'paused-one' },
    },
    {
      what: 'initial_state that there is not',
      request,
      send: { name: 'bad-one', config: source, initial_state: 'SLEEPING' },
      status: 500,
      body: /InitialState/,
    },
    { what: 'create: bad JSON', request, send: '{"name": ', status: 500, body: /end-of-input/ },
    { what: 'create: no body', request, status: 500, body: /is null/ },
    { what: 'create: null', request, send: 'null', status: 500, body: /is null/ },
    { what: 'create: an empty object', request, send: {}, status: 500, body: /is null/ },
    { what: 'create: a list', request, send: [], status: 500, body: /Cannot deserialize/ },
    {
      what: 'create: an unknown field',
      request,
      send: { ...bad({}), colour: 'red' },
      status: 500,
      body: /Unrecognized field "colour"/,
    },
    {
      what: 'create: another content type',
      request,
      send: text,
      with: { 'content-type': 'text/plain' },
      status: 415,
      body: 'HTTP 415 Unsupported Media Type',
    },
    {
      what: 'create: no content type',
      request,
      send: text,
      with: {},
      status: 415,
      body: 'HTTP 415 Unsupported Media Type',
    },
    { what: 'create: no config', request, send: { name: 'bad-one' }, status: 500, body: /is null/ },
    { what: 'create: a null config', request, send: { name: 'bad-one', config: null }, status: 500, body: /is null/ },
    {
      what: 'create: no name',
      request,
      send: { config: source },
      status: 400,
      body: invalid('Invalid value  for configuration name: String may not be empty'),
    },
    {
      what: 'create: no name, but one in the config',
      request,
      send: { config: { ...source, name: 'inner-name' } },
      status: 400,
      body: "Connector name configuration (inner-name) doesn't match connector name in the URL ()",
    },
    {
      what: 'create: an empty name',
      request,
      send: { name: '', config: source },
      status: 400,
      body: invalid('Invalid value  for configuration name: String may not be empty'),
    },
    {
      what: 'create: spaces around a name',
      request,
      send: { name: '  spaced  ', config: source, initial_state: 'STOPPED' },
      status: 201,
      body: { name: 'spaced', config: { name: 'spaced' } },
    },
    {
      what: 'create: a name with a control character',
      request,
      send: { name: 'bad\u0001one', config: source },
      status: 400,
      body: invalid('for configuration name: String may not contain control sequences'),
    },
    {
      what: 'create: a name with a slash',
      request,
      send: { name: 'rosé/2024', config: source, initial_state: 'STOPPED' },
      status: 201,
      body: { name: 'rosé/2024' },
    },
    { what: 'read a name with a slash', request: 'GET /connectors/ros%C3%A9%2F2024', status: 400 },
    {
      what: 'create: another name in the config',
      request,
      send: bad({ name: 'other' }),
      status: 400,
      body: "Connector name configuration (other) doesn't match connector name in the URL (bad-one)",
    },
    {
      what: 'create: no connector.class',
      request,
      send: { name: 'bad-one', config: { topic: 't' } },
      status: 400,
      body: /^Connector config \{.*\} contains no connector type/,
    },
    {
      what: 'create: an unknown class',
      request,
      send: bad({ 'connector.class': 'no.such.Connector' }),
      status: 400,
      body: /Failed to find any (class that implements Connector and|plugin) which name matches no\.such\.Connector/,
    },
    {
      what: 'create: a class that is no connector',
      request,
      send: bad({ 'connector.class': transform }),
      status: 400,
      body: /^Failed to find any class that implements Connector and which name matches |is a transform; connector\.class takes a source or a sink/,
    },
    {
      what: 'create: without a required key',
      request,
      send: { name: 'bad-one', config: withoutTopic },
      status: 400,
      body: invalid('Missing required configuration "topic" which has no default value.'),
    },
    {
      what: 'create: several faults at once',
      request,
      send: { name: 'bad-one', config: { ...withoutTopic, 'tasks.max': '0' } },
      status: 400,
      body: invalid('Invalid value 0 for configuration tasks.max: Value must be at least 1\n[^]*"topic"'),
    },
    {
      what: 'create: a sink without topics',
      request,
      send: { name: 'bad-one', config: withoutTopics },
      status: 400,
      body: invalid('Must configure one of topics or topics.regex'),
    },
    {
      what: 'create: a null value',
      request,
      send: { name: 'null-value', config: { ...source, [textKey]: null }, initial_state: 'STOPPED' },
      status: 201,
    },
    {
      what: 'create: a number as a value',
      request,
      send: { name: 'numeric-value', config: { ...source, 'tasks.max': 1 }, initial_state: 'STOPPED' },
      status: 201,
      body: { config: { 'tasks.max': '1' } },
    },
    {
      what: 'create: a nested value',
      request,
      send: bad({ topic: { a: 1 }, 'tasks.max': '0' }),
      status: 500,
      body: /Cannot deserialize/,
    },
    {
      what: 'create: a sink with topics and topics.regex',
      request,
      send: { name: 'bad-one', config: { ...sink, 'topics.regex': 'o.*' } },
      status: 400,
      body: invalid('topics and topics.regex are mutually exclusive options, but both are set.'),
    },
    {
      what: 'create: a dead letter queue of a source',
      request,
      send: {
        name: 'queue-of-source',
        config: { ...source, 'errors.deadletterqueue.topic.name': 'dlq' },
        initial_state: 'STOPPED',
      },
      status: 201,
    },
    {
      what: 'create: a dead letter queue that is the topic of the sink',
      request,
      send: { name: 'bad-one', config: { ...sink, 'errors.deadletterqueue.topic.name': sink['topics'] } },
      status: 400,
      body: invalid("The DLQ topic '.*' may not be included in the list of topics"),
    },
    beyond({
      what: 'create: an unknown key',
      request,
      send: { name: 'unknown-key', config: { ...source, 'cellar.colour': 'red' }, initial_state: 'STOPPED' },
      status: 201,
    }),
    beyond({
      what: 'create: converters by their Java names',
      request,
      send: { name: 'converters', config: { ...source, ...converters }, initial_state: 'STOPPED' },
      status: 201,
      body: { config: converters },
    }),
  ];
}
