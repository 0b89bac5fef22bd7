import { beyond, type Case, type Plugins } from '../model.ts';

const running = { state: 'RUNNING', worker_id: /^[^:]+:\d+$/, version: /./ };

export function readCases({ source, sink }: Plugins): readonly Case[] {
  const info = {
    name: 'orders-in',
    config: { ...source, name: 'orders-in' },
    tasks: [{ connector: 'orders-in', task: 0 }],
    type: 'source',
  };
  const status = {
    name: 'orders-in',
    connector: running,
    tasks: [{ id: 0, ...running }],
    type: 'source',
  };
  const of = (what: string, path: string, body: string): Case => ({
    what: `${what} of an unknown connector`,
    request: `GET /connectors/nobody${path}`,
    status: 404,
    body,
  });
  return [
    beyond({ what: 'it runs at last', request: 'GET /connectors/orders-in/status', status: 200, body: status }),
    beyond({
      what: 'status of a sink',
      request: 'GET /connectors/cellar-out/status',
      status: 200,
      body: { connector: running, tasks: [{ id: 0, ...running }], type: 'sink' },
    }),
    {
      what: 'list',
      request: 'GET /connectors',
      status: 200,
      body: ['orders-in', 'cellar-out', 'stopped-one', 'paused-one', 'spaced'],
    },
    {
      what: 'expand status',
      request: 'GET /connectors?expand=status',
      status: 200,
      body: { 'orders-in': { status }, 'stopped-one': { status: { connector: { state: 'STOPPED' }, tasks: [] } } },
    },
    { what: 'expand info', request: 'GET /connectors?expand=info', status: 200, body: { 'orders-in': { info } } },
    {
      what: 'expand both',
      request: 'GET /connectors?expand=info&expand=status',
      status: 200,
      body: { 'orders-in': { info, status } },
    },
    { what: 'expand unknown', request: 'GET /connectors?expand=colour', status: 200, body: { 'orders-in': {} } },
    { what: 'a connector', request: 'GET /connectors/orders-in', status: 200, body: info },
    of('connector', '', 'Connector nobody not found'),
    { what: 'its config', request: 'GET /connectors/orders-in/config', status: 200, body: info.config },
    of('config', '/config', 'Connector nobody not found'),
    { what: 'status', request: 'GET /connectors/orders-in/status', status: 200, body: status },
    of('status', '/status', 'No status found for connector nobody'),
    {
      what: 'its tasks',
      request: 'GET /connectors/orders-in/tasks',
      status: 200,
      body: [{ id: { connector: 'orders-in', task: 0 }, config: { topic: source['topic'] } }],
    },
    of('tasks', '/tasks', 'Connector nobody not found'),
    {
      what: 'tasks-config is no more',
      request: 'GET /connectors/orders-in/tasks-config',
      status: 404,
      body: 'HTTP 404 Not Found',
    },
    of('tasks-config', '/tasks-config', 'HTTP 404 Not Found'),
    {
      what: 'its topics',
      request: 'GET /connectors/orders-in/topics',
      status: 200,
      body: { 'orders-in': { topics: [source['topic']] } },
    },
    {
      what: 'topics of an unknown connector',
      request: 'GET /connectors/nobody/topics',
      status: 200,
      body: { nobody: { topics: [] } },
    },
    {
      what: 'its offsets',
      request: 'GET /connectors/orders-in/offsets',
      status: 200,
      // When the first of them is committed is another matter.
      body: { offsets: Array.isArray },
    },
    of('offsets', '/offsets', 'Connector nobody not found'),
    {
      what: 'a sink',
      request: 'GET /connectors/cellar-out',
      status: 200,
      body: { name: 'cellar-out', config: { topics: sink['topics'] }, tasks: [{ task: 0 }], type: 'sink' },
    },
    {
      what: 'status of a connector created STOPPED',
      request: 'GET /connectors/stopped-one/status',
      status: 200,
      body: { connector: { state: 'STOPPED' }, tasks: [] },
    },
    {
      what: 'a connector created STOPPED',
      request: 'GET /connectors/stopped-one',
      status: 200,
      body: { config: { ...source, name: 'stopped-one' }, tasks: [], type: 'source' },
    },
    {
      what: 'status of a connector created PAUSED',
      request: 'GET /connectors/paused-one/status',
      status: 200,
      body: { connector: { state: 'PAUSED' } },
    },
    {
      what: 'status of a task',
      request: 'GET /connectors/orders-in/tasks/0/status',
      status: 200,
      body: { id: 0, ...running },
    },
    {
      what: 'status of an unknown task',
      request: 'GET /connectors/orders-in/tasks/9/status',
      status: 404,
      body: 'No status found for task orders-in-9',
    },
    {
      what: 'status of a task that is no number',
      request: 'GET /connectors/orders-in/tasks/abc/status',
      status: 404,
      body: 'HTTP 404 Not Found',
    },
    of('status of a task', '/tasks/0/status', 'No status found for task nobody-0'),
  ];
}
