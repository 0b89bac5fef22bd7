import type { Case, Plugins } from '../model.ts';

export function loggerCases({ logger }: Plugins): readonly Case[] {
  const path = `/admin/loggers/${logger}`;
  const set = (what: string, send: unknown, status: number, body?: Case['body'], query = ''): Case => ({
    what: `level: ${what}`,
    request: `PUT ${path}${query}`,
    send,
    status,
    ...(body !== undefined && { body }),
  });
  const missing = "Desired 'level' parameter was not specified in request.";
  return [
    { what: 'all loggers', request: 'GET /admin/loggers', status: 200, body: { root: { level: /./ } } },
    {
      what: 'root logger',
      request: 'GET /admin/loggers/root',
      status: 200,
      body: { level: 'INFO', last_modified: null },
    },
    {
      what: 'unknown logger',
      request: 'GET /admin/loggers/no.such.logger',
      status: 404,
      body: 'Logger no.such.logger not found.',
    },
    set('set', { level: 'DEBUG' }, 200, [logger]),
    { what: 'level: read back', request: `GET ${path}`, status: 200, body: { level: 'DEBUG' } },
    set('in lower case', { level: 'info' }, 200, [logger]),
    set('unknown', { level: 'LOUD' }, 404, "invalid log level 'LOUD'."),
    set('none', {}, 400, missing),
    set('null', { level: null }, 400, missing),
    set('a number', { level: 5 }, 404, "invalid log level '5'."),
    set('no body', undefined, 500, /is null/),
    set('bad JSON', 'DEBUG', 500, /Unrecognized token/),
    set('scope worker', { level: 'WARN' }, 200, [logger], '?scope=worker'),
    set('scope cluster', { level: 'INFO' }, 204, '', '?scope=cluster'),
    set('scope unknown', { level: 'ERROR' }, 200, [logger], '?scope=cellar'),
    {
      what: 'level of an unknown logger',
      request: 'PUT /admin/loggers/no.such.logger',
      send: { level: 'INFO' },
      status: 200,
      body: [],
    },
  ];
}

const remove = (what: string, name: string): Case => ({
  what,
  request: `DELETE /connectors/${name}`,
  status: 204,
  body: '',
});

export const deleteCases: readonly Case[] = [
  remove('delete', 'put-made'),
  {
    what: 'delete again',
    request: 'DELETE /connectors/put-made',
    status: 404,
    body: 'Connector put-made not found',
  },
  remove('delete a stopped one', 'orders-in'),
  remove('delete a sink', 'cellar-out'),
  ...['paused-one', 'stopped-one', 'spaced', 'numeric-value', 'converters', 'queue-of-source'].map((name) =>
    remove(`delete ${name}`, name),
  ),
  { what: 'delete a name with a slash', request: 'DELETE /connectors/ros%C3%A9%2F2024', status: 400 },
  { what: 'the one with a slash is left', request: 'GET /connectors', status: 200, body: ['rosé/2024'] },
];
