import { beyond, type Case, type Plugins } from '../model.ts';

export function configureCases({ source, sink, optional, text }: Plugins): readonly Case[] {
  const request = 'PUT /connectors/orders-in/config';
  const patch = 'PATCH /connectors/orders-in/config';
  const changed = { ...source, [optional]: '1000' };
  const info = (config: object) => ({
    name: 'orders-in',
    config: { ...config, name: 'orders-in' },
    type: 'source',
  });
  return [
    { what: 'put a config', request, send: changed, status: 200, body: info(changed) },
    { what: 'put it again', request, send: changed, status: 200, body: info(changed) },
    {
      what: 'create by PUT',
      request: 'PUT /connectors/put-made/config',
      send: source,
      status: 201,
      headers: { location: /\/connectors\/put-made$/ },
      body: { name: 'put-made', config: { ...source, name: 'put-made' }, type: 'source' },
    },
    {
      what: 'put: another name',
      request,
      send: { ...source, name: 'other' },
      status: 400,
      body: "Connector name configuration (other) doesn't match connector name in the URL (orders-in)",
    },
    { what: 'put: no connector.class', request, send: { topic: 't' }, status: 400, body: /contains no connector type/ },
    { what: 'put: an empty object', request, send: {}, status: 400, body: /contains no connector type/ },
    { what: 'put: no body', request, status: 500, body: /is null/ },
    { what: 'put: bad JSON', request, send: '{]', status: 500, body: /Unexpected close marker/ },
    {
      what: 'put: wrapped by mistake',
      request,
      send: { name: 'orders-in', config: source },
      status: 500,
      body: /Cannot deserialize/,
    },
    {
      what: 'put: a null value',
      request: 'PUT /connectors/put-made/config',
      send: { ...source, [text]: null },
      status: 200,
      body: { name: 'put-made', config: { [text]: null } },
    },
    {
      what: 'put: an unknown class',
      request,
      send: { ...source, 'connector.class': 'no.such.C' },
      status: 400,
      body: /Failed to find any (class that implements Connector and|plugin) which name matches no\.such\.C/,
    },
    {
      what: 'put: a source becomes a sink',
      request: 'PUT /connectors/put-made/config',
      send: sink,
      status: 200,
      body: { config: { ...sink, name: 'put-made' }, type: 'sink' },
    },
    {
      what: 'patch a value',
      request: patch,
      send: { [optional]: '500' },
      status: 200,
      body: info({ ...source, [optional]: '500' }),
    },
    beyond({
      what: 'what was patched is there',
      request: 'GET /connectors/orders-in/config',
      status: 200,
      body: { [optional]: '500', name: 'orders-in' },
    }),
    {
      what: 'patch with null removes the key',
      request: patch,
      send: { [optional]: null },
      status: 200,
      body: info(source),
    },
    beyond({
      what: 'patch removed it',
      request: 'GET /connectors/orders-in/config',
      status: 200,
      body: { ...source, name: 'orders-in' },
    }),
    { what: 'patch with nothing', request: patch, send: {}, status: 200, body: info(source) },
    {
      what: 'patch an unknown connector',
      request: 'PATCH /connectors/nobody/config',
      send: { a: 'b' },
      status: 404,
      body: 'Connector nobody not found',
    },
    {
      what: 'patch to an invalid config',
      request: patch,
      send: { 'tasks.max': 'zero' },
      status: 400,
      body: /invalid and contains.*Invalid value zero for configuration tasks.max: Not a number of type INT/s,
    },
    {
      what: 'patch removes a required key',
      request: patch,
      send: { topic: null },
      status: 400,
      body: /invalid and contains.*Missing required configuration "topic" which has no default value\./s,
    },
    { what: 'patch: bad JSON', request: patch, send: 'nope', status: 500, body: /Unrecognized token 'nope'/ },
    { what: 'patch: no body', request: patch, status: 500, body: /is null/ },
    {
      what: 'patch the name',
      request: patch,
      send: { name: 'other' },
      status: 200,
      body: { config: { name: 'other' } },
    },
    {
      what: 'patch an unknown key',
      request: patch,
      send: { 'cellar.colour': 'red' },
      status: 200,
      body: { config: { 'cellar.colour': 'red' } },
    },
  ];
}
