import { expect, test } from 'vitest';
import { createRestServer } from './rest-server.ts';

const fresh = { level: 'INFO', last_modified: null };

test('GET lists the loggers, or shows one', async () => {
  const { call } = await createRestServer();
  const all = (await call('GET /admin/loggers')).json;
  expect(all).toEqual({ root: fresh, 'connect.worker': fresh, 'connect.kafka': fresh });
  expect((await call('GET /admin/loggers/root')).json).toEqual(fresh);
  for (const name of ['no.such.logger', 'constructor']) {
    const { status, json } = await call(`GET /admin/loggers/${name}`);
    expect([status, json.message]).toEqual([404, `Logger ${name} not found.`]);
  }
});

test('PUT sets a logger and those below it, in any case, and answers their names', async () => {
  const { call } = await createRestServer();
  const set = await call('PUT /admin/loggers/connect', { level: 'debug' });
  expect([set.status, set.json]).toEqual([200, ['connect.worker', 'connect.kafka']]);
  expect((await call('GET /admin/loggers/connect.kafka')).json).toEqual({
    level: 'DEBUG',
    last_modified: expect.any(Number),
  });
  expect((await call('GET /admin/loggers/root')).json).toEqual(fresh);
  expect((await call('PUT /admin/loggers/no.such.logger', { level: 'INFO' })).json).toEqual([]);
});

test('scope is the cluster, or this worker whatever else it says', async () => {
  const { call } = await createRestServer();
  const put = (scope: string) => call(`PUT /admin/loggers/connect.kafka?scope=${scope}`, { level: 'WARN' });
  expect(await put('cellar')).toMatchObject({ status: 200, json: ['connect.kafka'] });
  expect(await put('worker')).toMatchObject({ status: 200, json: ['connect.kafka'] });
  expect(await put('cluster')).toMatchObject({ status: 204, text: '' });
});

test.each([
  [{ level: 'LOUD' }, 404, "invalid log level 'LOUD'."],
  [{ level: 5 }, 404, "invalid log level '5'."],
  [{}, 400, "Desired 'level' parameter was not specified in request."],
  [{ level: null }, 400, "Desired 'level' parameter was not specified in request."],
  [{ level: {} }, 400, '"level" must be string or number or boolean or null, not object'],
  [undefined, 400, 'The body is missing: send a JSON object'],
  ['DEBUG', 400, 'The body is not JSON: line 1, column 1: expected a value, found "DEBUG"'],
])('a body of %j is refused: %i %s', async (body, status, message) => {
  const { call } = await createRestServer();
  const refused = await call('PUT /admin/loggers/root', body);
  expect([refused.status, refused.json]).toEqual([status, { error_code: status, message }]);
});
