import { describe, expect, test } from 'vitest';
import { createRestServer, generator } from './rest-server.ts';

describe('/health/live', () => {
  test('answers whatever the worker waits for', async () => {
    const { call, connect } = await createRestServer();
    connect.becomes({ status: 'starting', message: 'Worker is still starting up.' });
    const { status, json } = await call('GET /health/live');
    expect([status, json]).toEqual([200, { status: 'live' }]);
  });
});

describe('/health/ready', () => {
  test('is 200 when Kafka answers and every connector has started', async () => {
    const { call } = await createRestServer();
    await call('PUT /connectors/wine/config', generator);
    const { status, json } = await call('GET /health/ready');
    expect([status, json]).toEqual([200, { status: 'ready', reasons: [] }]);
  });

  test('is 503 with the reason while the worker starts or Kafka is away', async () => {
    const { call, connect } = await createRestServer();
    connect.becomes({ status: 'unhealthy', message: 'Worker was unable to reach Kafka' });
    const { status, json } = await call('GET /health/ready');
    expect(status).toBe(503);
    expect(json).toEqual({
      status: 'not_ready',
      reasons: [{ what: 'worker', why: 'Worker was unable to reach Kafka' }],
    });
  });

  test('names a connector that has failed, which another start would not mend', async () => {
    const { call, connect } = await createRestServer();
    await call('PUT /connectors/wine/config', generator);
    connect.breaks('wine', 'ConfigError: no such warehouse\n  at somewhere', 0);
    const { status, json } = await call('GET /health/ready');
    expect(status).toBe(200);
    expect(json.reasons).toEqual([{ what: 'wine', why: 'it has failed: ConfigError: no such warehouse' }]);
  });
});
