import { expect, test } from 'vitest';
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
