import { beyond, type Case, type Plugins } from '../model.ts';

export function loggerCases({ loggers: { one, namespace, inside } }: Plugins): readonly Case[] {
  const path = `/admin/loggers/${one}`;
  const set = (what: string, send: unknown, status: number, body?: Case['body'], query = ''): Case => ({
    what: `level: ${what}`,
    request: `PUT ${path}${query}`,
    send,
    status,
    ...(body !== undefined && { body }),
  });
  const missing = "Desired 'level' parameter was not specified in request.";
  const untouched = { level: 'INFO', last_modified: null };
  return [
    { what: 'all loggers', request: 'GET /admin/loggers', status: 200, body: { [one]: { level: /./ } } },
    { what: 'a logger that nobody has set', request: `GET ${path}`, status: 200, body: untouched },
    { what: 'root logger', request: 'GET /admin/loggers/root', status: 200, body: untouched },
    {
      what: 'unknown logger',
      request: 'GET /admin/loggers/no.such.logger',
      status: 404,
      body: 'Logger no.such.logger not found.',
    },
    set('set', { level: 'DEBUG' }, 200, [one]),
    {
      what: 'level: read back',
      request: `GET ${path}`,
      status: 200,
      body: { level: 'DEBUG', last_modified: (at: unknown) => Number(at) > 0 },
    },
    {
      what: 'level: of those below a name',
      request: `PUT /admin/loggers/${namespace}`,
      send: { level: 'TRACE' },
      status: 200,
      body: [namespace, inside],
    },
    set('in lower case', { level: 'info' }, 200, [one]),
    set('unknown', { level: 'LOUD' }, 404, "invalid log level 'LOUD'."),
    set('none', {}, 400, missing),
    set('null', { level: null }, 400, missing),
    set('a number', { level: 5 }, 404, "invalid log level '5'."),
    set('no body', undefined, 500, /is null/),
    set('bad JSON', 'DEBUG', 500, /Unrecognized token/),
    set('scope worker', { level: 'WARN' }, 200, [one], '?scope=worker'),
    set('scope cluster', { level: 'INFO' }, 204, '', '?scope=cluster'),
    beyond({ what: 'level: read by every worker', request: `GET ${path}`, status: 200, body: { level: 'INFO' } }),
    set('scope unknown', { level: 'INFO' }, 200, [], '?scope=cellar'),
    {
      what: 'level of an unknown logger',
      request: 'PUT /admin/loggers/no.such.logger',
      send: { level: 'INFO' },
      status: 200,
      body: [],
    },
  ];
}
