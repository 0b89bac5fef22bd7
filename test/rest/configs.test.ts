import { describe, expect, test } from 'vitest';
import { createRestServer, generator } from './rest-server.ts';

const started = async () => {
  const server = await createRestServer();
  await server.call('POST /connectors', { name: 'wine', config: generator });
  return server;
};

describe('PATCH /connectors/:name/config', () => {
  test('changes the keys that it names, and removes those that are null', async () => {
    const { call } = await started();
    const changed = await call('PATCH /connectors/wine/config', { 'batch.size': 500, file: 'x' });
    expect(changed.status).toBe(200);
    expect(changed.json).toMatchObject({ name: 'wine', config: { ...generator, 'batch.size': '500', file: 'x' } });
    const removed = await call('PATCH /connectors/wine/config', { 'batch.size': null, file: null, absent: null });
    expect(removed.json.config).toEqual({ ...generator, name: 'wine' });
    expect((await call('PATCH /connectors/wine/config', {})).json.config).toEqual({ ...generator, name: 'wine' });
  });

  test('refuses what would leave an invalid configuration, and changes nothing', async () => {
    const { call } = await started();
    const message = async (body: unknown) => {
      const { status, json } = await call('PATCH /connectors/wine/config', body);
      return `${status} ${json.message}`;
    };
    expect(await message({ 'tasks.max': 'zero' })).toContain(
      'Invalid value zero for configuration tasks.max: Not a number of type INT',
    );
    expect(await message({ topic: null })).toContain('Missing required configuration "topic"');
    expect(await message({ name: null })).toContain('Missing required configuration "name"');
    expect(await message({ name: 'other' })).toBe(
      "400 Connector name configuration (other) doesn't match connector name in the URL (wine)",
    );
    expect(await message('nope')).toContain('400 The body is not JSON: line 1, column 1');
    expect(await message(undefined)).toBe('400 The body is missing: send a JSON object');
    expect(await message([])).toBe('400 The body must be object, not array');
    expect((await call('GET /connectors/wine/config')).json).toEqual({ ...generator, name: 'wine' });
    expect((await call('PATCH /connectors/wine/config', { name: 'wine' })).status).toBe(200);
  });

  test('an unknown connector is 404', async () => {
    const { call } = await createRestServer();
    const { status, json } = await call('PATCH /connectors/nobody/config', { a: 'b' });
    expect([status, json]).toEqual([404, { error_code: 404, message: 'Connector nobody not found' }]);
  });
});

describe('GET /connectors/:name/config/history', () => {
  test('has the configurations of a connector, the present one first, at most twenty', async () => {
    const { call } = await started();
    for (let size = 1; size <= 25; size++) await call('PATCH /connectors/wine/config', { 'batch.size': size });
    const { json } = await call('GET /connectors/wine/config/history');
    const sizes = json.map(({ config }: { config: Record<string, string> }) => config['batch.size']);
    expect(sizes).toEqual(Array.from({ length: 20 }, (_, index) => String(25 - index)));
    expect(json[0].timestamp).toBeGreaterThan(Date.now() - 60_000);
  });

  test('an unknown connector has none: 404', async () => {
    const { call } = await createRestServer();
    expect((await call('GET /connectors/nobody/config/history')).json.message).toBe('Connector nobody not found');
  });
});
