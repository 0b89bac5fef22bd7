import { describe, expect, test } from 'vitest';
import { createRestServer, generator } from './rest-server.ts';

test('pause, resume and stop set the state, as often as they are asked', async () => {
  const { call } = await createRestServer();
  await call('POST /connectors', { name: 'wine', config: generator });
  const state = async () => (await call('GET /connectors/wine/status')).json.connector.state;
  for (const [action, status, expected] of [
    ['pause', 202, 'PAUSED'],
    ['pause', 202, 'PAUSED'],
    ['resume', 202, 'RUNNING'],
    ['stop', 204, 'STOPPED'],
    ['stop', 204, 'STOPPED'],
    ['resume', 202, 'RUNNING'],
  ] as const) {
    expect(await call(`PUT /connectors/wine/${action}`)).toMatchObject({ status, text: '' });
    expect(await state()).toBe(expected);
  }
});

test('a body that is not due does no harm, and an empty one with a JSON content type neither', async () => {
  const { call } = await createRestServer();
  await call('POST /connectors', { name: 'wine', config: generator });
  expect((await call('PUT /connectors/wine/pause', { why: 'no reason' })).status).toBe(202);
  expect((await call('PUT /connectors/wine/resume', '', { 'content-type': 'application/json' })).status).toBe(202);
  expect((await call('DELETE /connectors/wine', undefined, { 'content-type': 'application/json' })).status).toBe(204);
});

describe('POST /connectors/:name/restart', () => {
  const running = { state: 'RUNNING', worker_id: '127.0.0.1:8083', version: '0.1.0' };
  const started = async () => {
    const server = await createRestServer();
    await server.call('POST /connectors', { name: 'wine', config: { ...generator, 'tasks.max': 2 } });
    return server;
  };

  test('without parameters restarts the connector alone: 204', async () => {
    const { call, connect } = await started();
    connect.breaks('wine', 'Error: no cellar');
    connect.breaks('wine', 'Error: corked', 1);
    expect(await call('POST /connectors/wine/restart')).toMatchObject({ status: 204, text: '' });
    const { connector, tasks } = (await call('GET /connectors/wine/status')).json;
    expect([connector, tasks[1].state]).toEqual([running, 'FAILED']);
  });

  test('with includeTasks answers 202 and what is RESTARTING', async () => {
    const { call } = await started();
    const { status, json } = await call('POST /connectors/wine/restart?includeTasks=TRUE');
    expect(status).toBe(202);
    const restarting = { ...running, state: 'RESTARTING' };
    expect(json).toEqual({
      name: 'wine',
      connector: restarting,
      tasks: [
        { id: 0, ...restarting },
        { id: 1, ...restarting },
      ],
      type: 'source',
    });
  });

  test('with onlyFailed restarts only what is FAILED, and keeps its trace in the answer', async () => {
    const { call, connect } = await started();
    connect.breaks('wine', 'Error: corked', 1);
    const { status, json } = await call('POST /connectors/wine/restart?includeTasks=true&onlyFailed=true');
    expect([status, json.connector.state]).toEqual([202, 'RUNNING']);
    expect(json.tasks).toEqual([
      { id: 0, ...running },
      { id: 1, ...running, state: 'RESTARTING', trace: 'Error: corked' },
    ]);
    expect((await call('GET /connectors/wine/tasks/1/status')).json).toEqual({ id: 1, ...running });
  });

  test('a parameter that is no boolean is false, and of a repeated one the first counts', async () => {
    const { call } = await started();
    expect((await call('POST /connectors/wine/restart?includeTasks=maybe')).status).toBe(204);
    expect((await call('POST /connectors/wine/restart?onlyFailed=false&onlyFailed=true')).status).toBe(204);
  });

  test.each(['', '?includeTasks=true'])('an unknown connector is 404%s', async (query) => {
    const { call } = await createRestServer();
    const { status, json } = await call(`POST /connectors/nobody/restart${query}`);
    expect([status, json]).toEqual([404, { error_code: 404, message: 'Unknown connector: nobody' }]);
  });
});
