import { expect, test } from 'vitest';
import { createRestServer, generator } from './rest-server.ts';

const started = async () => {
  const server = await createRestServer();
  await server.call('POST /connectors', { name: 'wine', config: generator });
  return server;
};

test('GET tasks lists them with their configuration, and none of a stopped connector', async () => {
  const { call } = await started();
  expect((await call('GET /connectors/wine/tasks')).json).toEqual([
    { id: { connector: 'wine', task: 0 }, config: { ...generator, name: 'wine' } },
  ]);
  await call('PUT /connectors/wine/stop');
  expect((await call('GET /connectors/wine/tasks')).json).toEqual([]);
});

test('GET the status of a task, with the trace of one that FAILED', async () => {
  const { call, connect } = await started();
  const running = { id: 0, state: 'RUNNING', worker_id: '127.0.0.1:8083', version: '0.1.0' };
  expect((await call('GET /connectors/wine/tasks/0/status')).json).toEqual(running);
  connect.breaks('wine', 'Error: corked', 0);
  const failed = { ...running, state: 'FAILED', trace: 'Error: corked' };
  expect((await call('GET /connectors/wine/tasks/0/status')).json).toEqual(failed);
  expect((await call('GET /connectors/wine/status')).json.tasks).toEqual([failed]);
});

test('POST restart starts a FAILED task again: 204', async () => {
  const { call, connect } = await started();
  connect.breaks('wine', 'Error: corked', 0);
  expect(await call('POST /connectors/wine/tasks/0/restart')).toMatchObject({ status: 204, text: '' });
  expect((await call('GET /connectors/wine/tasks/0/status')).json.state).toBe('RUNNING');
});

test.each([
  ['GET /connectors/nobody/tasks', 'Connector nobody not found'],
  ['GET /connectors/wine/tasks/9/status', 'No status found for task wine-9'],
  ['GET /connectors/nobody/tasks/0/status', 'No status found for task nobody-0'],
  ['POST /connectors/wine/tasks/9/restart', 'Unknown task: wine-9'],
  ['POST /connectors/nobody/tasks/0/restart', 'Unknown connector: nobody'],
  ['GET /connectors/wine/tasks/abc/status', 'HTTP 404 Not Found'],
  ['POST /connectors/wine/tasks/1e0/restart', 'HTTP 404 Not Found'],
  ['GET /connectors/wine/tasks/2147483648/status', 'HTTP 404 Not Found'],
  ['GET /connectors/wine/tasks-config', 'HTTP 404 Not Found'],
])('%s: 404 %s', async (request, message) => {
  const { call } = await started();
  const { status, json } = await call(request);
  expect([status, json]).toEqual([404, { error_code: 404, message }]);
});
