import { expect, test } from 'vitest';
import { createRestServer, generator } from './rest-server.ts';

test('GET /topics/{topic}/records has the newest records of a topic, as many as asked for', async () => {
  const { call } = await createRestServer();
  await call('PUT /connectors/wine/config', generator);
  const { json } = await call('GET /topics/sales_events/records?limit=2');
  expect(json.map(({ offset }: { offset: number }) => offset)).toEqual([9, 8]);
});

test('a topic of nobody is 404: REST is no reader of all that lies in Kafka', async () => {
  const { call } = await createRestServer();
  const { status, json } = await call('GET /topics/caves-connect-configs/records');
  expect(status).toBe(404);
  expect(json.message).toBe('No connector reads, writes or rejects to a topic caves-connect-configs');
});

test.each(['0', '101', 'all', '-1', '1e3', ''])('a limit of %j is 400 with what it may be', async (limit) => {
  const { call } = await createRestServer();
  const { status, json } = await call(`GET /topics/sales_events/records?limit=${limit}`);
  expect(status).toBe(400);
  expect(json.message).toContain('must be a number from 1 to 100');
});
