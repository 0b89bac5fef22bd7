import { beyond, type Case, type Plugins } from '../model.ts';

const notFound = 'HTTP 404 Not Found';
const notAllowed = 'HTTP 405 Method Not Allowed';

const root = { version: /^\d/, commit: /./, kafka_cluster_id: /./ };

export const serverCases: readonly Case[] = [
  { what: 'root', request: 'GET /', status: 200, headers: { 'content-type': /^application\/json/ }, body: root },
  { what: 'HEAD of root', request: 'HEAD /', status: 200, body: '' },
  {
    what: 'health of a started worker',
    request: 'GET /health',
    status: 200,
    body: { status: 'healthy', message: 'Worker has completed startup and is ready to handle requests.' },
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
  beyond({
    what: 'the header Allow of a method that is refused',
    request: 'PUT /',
    send: {},
    status: 405,
    headers: { allow: '' },
  }),
];

const remove = (what: string, name: string): Case => ({
  what,
  request: `DELETE /connectors/${name}`,
  status: 204,
  body: '',
});

export const deleteCases: readonly Case[] = [
  beyond(remove('delete what was a source and is a sink', 'put-made')),
  remove('delete', 'orders-in'),
  {
    what: 'delete again',
    request: 'DELETE /connectors/orders-in',
    status: 404,
    body: 'Connector orders-in not found',
  },
  remove('delete a stopped one', 'cellar-out'),
  { what: 'delete a name with a slash', request: 'DELETE /connectors/ros%C3%A9%2F2024', status: 400 },
  { what: 'the one with a slash is left', request: 'GET /connectors', status: 200, body: ['rosé/2024'] },
];

/** With the broker stopped under a worker that had started. */
export function brokerGoneCases({ source }: Plugins): readonly Case[] {
  return [
    {
      what: 'health without Kafka',
      request: 'GET /health',
      status: 500,
      body: {
        status: 'unhealthy',
        message:
          /^Worker was unable to handle this request and may be unable to handle other requests\. The worker is currently .*, which began at \d{4}-.*Z\.?/,
      },
    },
    { what: 'the list without Kafka', request: 'GET /connectors', status: 200, body: ['spaced'] },
    { what: 'root without Kafka', request: 'GET /', status: 200, body: root },
    {
      what: 'create without Kafka',
      request: 'POST /connectors',
      send: { name: 'late', config: source },
      status: 500,
      body: /^Request timed out\. The worker is currently .*, which began at \d{4}-.*Z/,
    },
  ];
}
