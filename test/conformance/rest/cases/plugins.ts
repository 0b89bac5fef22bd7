import type { Case, Plugins } from '../model.ts';

/** What validate answers about a key with these errors, at least. */
const about = (name: string, ...errors: readonly (string | RegExp)[]) => ({ value: { name, errors } });

export function pluginCases({ source, sourceNames, sink, transform, converter }: Plugins): readonly Case[] {
  const { 'connector.class': sourceClass = '' } = source;
  const { 'connector.class': sinkClass = '' } = sink;
  const validate = `PUT /connector-plugins/${sourceNames.short}/config/validate`;
  const key = (name: string | RegExp, rest: object) => ({
    name,
    display_name: /./,
    documentation: /./,
    width: /NONE|SHORT|MEDIUM|LONG/,
    importance: /HIGH|MEDIUM|LOW/,
    ...rest,
  });
  const keys = [
    key('name', { type: 'STRING', required: true, default_value: null }),
    key('tasks.max', { type: 'INT', required: false, default_value: '1' }),
  ];
  const keysOf = (what: string, plugin: string, body: object): Case => ({
    what: `keys of ${what}`,
    request: `GET /connector-plugins/${plugin}/config`,
    status: 200,
    body,
  });
  return [
    {
      what: 'connectors only',
      request: 'GET /connector-plugins',
      status: 200,
      body: [
        { class: sourceClass, type: 'source', version: /./ },
        { class: sinkClass, type: 'sink', version: /./ },
      ],
    },
    {
      what: 'all plugins',
      request: 'GET /connector-plugins?connectorsOnly=false',
      status: 200,
      body: [
        { class: sourceClass, type: 'source' },
        { class: transform, type: 'transformation' },
      ],
    },
    {
      what: 'connectorsOnly not a boolean',
      request: 'GET /connector-plugins?connectorsOnly=maybe',
      status: 200,
      body: [{ class: transform, type: 'transformation' }],
    },
    keysOf('a source by its short name', sourceNames.short, keys),
    keysOf('a source by its simple name', sourceNames.simple, keys),
    keysOf('a sink by its class', sinkClass, keys),
    keysOf('a transformation', transform, [key(/./, { type: /./ })]),
    keysOf('a converter', converter, [key(/./, { type: /./ })]),
    {
      what: 'keys of an unknown plugin',
      request: 'GET /connector-plugins/Nope/config',
      status: 404,
      body: 'Unknown plugin Nope.',
    },
    {
      what: 'validate: a good configuration',
      request: validate,
      send: { ...source, name: 'orders-in' },
      status: 200,
      body: {
        name: sourceClass,
        error_count: 0,
        groups: ['Common'],
        configs: [{ definition: keys[0], value: { name: 'name', value: 'orders-in', visible: true, errors: [] } }],
      },
    },
    {
      what: 'validate: no name, no topic',
      request: validate,
      send: { 'connector.class': sourceClass },
      status: 200,
      body: {
        error_count: 2,
        configs: [
          about('name', 'Missing required configuration "name" which has no default value.'),
          about('topic', 'Missing required configuration "topic" which has no default value.'),
        ],
      },
    },
    {
      what: 'validate: a wrong type and an empty text',
      request: validate,
      send: { ...source, name: 'n', 'tasks.max': 'zero', topic: '' },
      status: 200,
      body: {
        configs: [
          about('tasks.max', 'Invalid value zero for configuration tasks.max: Not a number of type INT'),
          about('topic', /^Invalid value {2}for configuration topic: /),
        ],
      },
    },
    {
      what: 'validate: a value out of range',
      request: validate,
      send: { ...source, name: 'n', 'tasks.max': '0' },
      status: 200,
      body: {
        error_count: 1,
        configs: [about('tasks.max', 'Invalid value 0 for configuration tasks.max: Value must be at least 1')],
      },
    },
    {
      what: 'validate: numbers instead of text',
      request: validate,
      send: { ...source, name: 'n', 'tasks.max': 1 },
      status: 200,
      body: { error_count: 0, configs: [{ value: { name: 'tasks.max', value: '1' } }] },
    },
    {
      what: 'validate: null is no value',
      request: validate,
      send: { ...source, name: 'n', topic: null },
      status: 200,
      body: { configs: [{ value: { name: 'topic', value: null } }] },
    },
    {
      what: 'validate: a nested value',
      request: validate,
      send: { ...source, name: { a: 1 } },
      status: 500,
      body: /./,
    },
    {
      what: 'validate: an unknown key',
      request: validate,
      send: { ...source, name: 'n', 'cellar.colour': 'red' },
      status: 200,
      body: { error_count: 0 },
    },
    {
      what: 'validate: a transform of an unknown class',
      request: validate,
      send: { ...source, name: 'n', transforms: 'x', 'transforms.x.type': 'no.such.Transform' },
      status: 200,
      body: { error_count: 1, configs: [about('transforms.x.type', /no\.such\.Transform/)] },
    },
    {
      what: 'validate: a transform without a type',
      request: validate,
      send: { ...source, name: 'n', transforms: 'x' },
      status: 200,
      body: { error_count: 1, configs: [about('transforms.x.type', /./)] },
    },
    {
      what: 'validate: no connector.class',
      request: validate,
      send: { name: 'n', topic: 'orders' },
      status: 500,
      body: /contains no connector type/,
    },
    {
      what: 'validate: the class of another plugin',
      request: validate,
      send: { ...sink, name: 'n' },
      status: 400,
      body: `Included connector type ${sinkClass} does not match request type ${sourceNames.short}`,
    },
    {
      what: 'validate: an unknown class',
      request: 'PUT /connector-plugins/Nope/config/validate',
      send: { 'connector.class': 'Nope', name: 'n' },
      status: 500,
      body: /Failed to find any class that implements Connector and which name matches Nope/,
    },
    { what: 'validate: no body', request: validate, status: 500, body: /./ },
    { what: 'validate: bad JSON', request: validate, send: '{', status: 500, body: /./ },
    { what: 'validate: a list', request: validate, send: [], status: 500, body: /./ },
    {
      what: 'validate: a sink without topics',
      request: `PUT /connector-plugins/${sinkClass}/config/validate`,
      send: { ...sink, name: 'n', topics: null },
      status: 200,
      body: { configs: [about('topics', 'Must configure one of topics or topics.regex')] },
    },
    {
      what: 'validate: a sink with topics and topics.regex',
      request: `PUT /connector-plugins/${sinkClass}/config/validate`,
      send: { ...sink, name: 'n', 'topics.regex': 'o.*' },
      status: 200,
      body: {
        configs: [about('topics', 'topics and topics.regex are mutually exclusive options, but both are set.')],
      },
    },
  ];
}
