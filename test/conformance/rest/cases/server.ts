import type { Case } from '../model.ts';

const notFound = 'HTTP 404 Not Found';
const notAllowed = 'HTTP 405 Method Not Allowed';

export const serverCases: readonly Case[] = [
  {
    what: 'root',
    request: 'GET /',
    status: 200,
    headers: { 'content-type': /^application\/json/ },
    body: { version: /^\d/, commit: /./, kafka_cluster_id: /./ },
  },
  { what: 'HEAD of root', request: 'HEAD /', status: 200, body: '' },
  {
    what: 'health of a started worker',
    request: 'GET /health',
    status: 200,
    body: { status: 'healthy', message: /./ },
  },
  { what: 'unknown path', request: 'GET /nope', status: 404, body: notFound },
  { what: 'unknown path under a resource', request: 'GET /connectors/a/b/c', status: 404, body: notFound },
  { what: 'wrong method on root', request: 'POST /', send: {}, status: 405, body: notAllowed },
  { what: 'wrong method on a collection', request: 'DELETE /connectors', status: 405, body: notAllowed },
  { what: 'wrong method on pause', request: 'POST /connectors/x/pause', status: 405, body: notAllowed },
  { what: 'OPTIONS', request: 'OPTIONS /connectors', status: 200, headers: { allow: /GET.*POST|POST.*GET/ } },
  {
    what: 'Accept that cannot be met',
    request: 'GET /',
    with: { accept: 'image/png' },
    status: 406,
    body: 'HTTP 406 Not Acceptable',
  },
  { what: 'trailing slash', request: 'GET /connectors/', status: 200, body: [] },
  {
    what: 'the header Allow of a method that is refused',
    request: 'PUT /',
    send: {},
    status: 405,
    headers: { allow: '' },
  },
];
