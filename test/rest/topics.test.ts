import { expect, test } from 'vitest';
import { ConnectError } from '../../src/runtime/errors.ts';
import { createRestServer, generator } from './rest-server.ts';

test('the topics of a connector, until they are reset', async () => {
  const { call } = await createRestServer();
  await call('POST /connectors', { name: 'wine', config: generator });
  expect((await call('GET /connectors/wine/topics')).json).toEqual({ wine: { topics: ['sales_events'] } });
  expect(await call('PUT /connectors/wine/topics/reset')).toMatchObject({ status: 202, text: '' });
  expect((await call('GET /connectors/wine/topics')).json).toEqual({ wine: { topics: [] } });
});

test('an unknown connector has none, as with Kafka Connect', async () => {
  const { call } = await createRestServer();
  expect((await call('GET /connectors/nobody/topics')).json).toEqual({ nobody: { topics: [] } });
  expect((await call('PUT /connectors/nobody/topics/reset')).status).toBe(202);
  expect((await call('POST /connectors/nobody/topics/reset')).status).toBe(405);
});

test('another failure than that is told', async () => {
  const { call, connect } = await createRestServer();
  await call('POST /connectors', { name: 'wine', config: generator });
  connect.fails(new ConnectError('NOT_READY', 'Kafka does not answer'));
  expect((await call('PUT /connectors/wine/topics/reset')).status).toBe(503);
});

test('who waits for Kafka too long is told to try again, and what then comes of it troubles nobody', async () => {
  const { call, connect } = await createRestServer(undefined, { answerWithinMs: 50 });
  const late = Promise.withResolvers<void>();
  connect.resetTopics = () => late.promise;
  const { status, json } = await call('PUT /connectors/wine/topics/reset');
  expect(status).toBe(500);
  expect(json.message).toMatch(/^Request timed out: it was not done within 0.05 s/);
  late.reject(new Error('Kafka is away'));
  expect((await call('GET /health')).status).toBe(200);
});
