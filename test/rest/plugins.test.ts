import { describe, expect, test } from 'vitest';
import { createRestServer, generator } from './rest-server.ts';

describe('GET /connector-plugins/:plugin/config', () => {
  test('has the keys of any kind of plugin', async () => {
    const { call } = await createRestServer();
    const { status, json } = await call('GET /connector-plugins/wine-sales-generator/config');
    expect(status).toBe(200);
    expect(json.find(({ name }: { name: string }) => name === 'topic')).toEqual({
      name: 'topic',
      type: 'STRING',
      required: true,
      default_value: null,
      importance: 'HIGH',
      documentation: 'What topic says.',
      group: 'Common',
      width: 'MEDIUM',
      display_name: 'topic',
      dependents: [],
      order: 3,
    });
    expect((await call('GET /connector-plugins/mask/config')).json).toHaveLength(1);
  });

  test('an unknown plugin is 404', async () => {
    const { call } = await createRestServer();
    const { status, json } = await call('GET /connector-plugins/SnowflakeVariant/config');
    expect([status, json]).toEqual([404, { error_code: 404, message: 'Unknown plugin SnowflakeVariant.' }]);
  });
});

describe('PUT /connector-plugins/:plugin/config/validate', () => {
  const path = '/connector-plugins/wine-sales-generator/config/validate';
  const validated = async (body: unknown, to = path) => {
    const { call } = await createRestServer();
    const { status, json } = await call(`PUT ${to}`, body);
    const errors = (json.configs ?? []).flatMap(({ value }: { value: { name: string; errors: string[] } }) =>
      value.errors.map((error) => `${value.name}: ${error}`),
    );
    return { status, json, errors };
  };

  test('a configuration without faults has none, and every key with its definition and value', async () => {
    const { status, json } = await validated({ ...generator, name: 'wine' });
    expect([status, json.name, json.error_count, json.groups]).toEqual([200, 'wine-sales-generator', 0, ['Common']]);
    expect(json.configs[0]).toEqual({
      definition: expect.objectContaining({ name: 'name', type: 'STRING' }),
      value: { name: 'name', value: 'wine', recommended_values: [], errors: [], visible: true },
    });
  });

  test('every fault stands beside its key; values may be numbers, and null is none', async () => {
    const { json, errors } = await validated({ ...generator, 'tasks.max': 0, topic: null });
    expect(json.error_count).toBe(3);
    expect(errors).toEqual([
      'name: Missing required configuration "name" which has no default value.',
      'tasks.max: Invalid value 0 for configuration tasks.max: Value must be at least 1',
      'topic: Missing required configuration "topic" which has no default value.',
    ]);
  });

  test('an unknown class is an error of connector.class, not of the worker', async () => {
    const { status, errors } = await validated(
      { 'connector.class': 'Nope', name: 'n' },
      '/connector-plugins/Nope/config/validate',
    );
    expect([status, errors]).toEqual([200, ['connector.class: Failed to find any plugin which name matches Nope']]);
  });

  test('another class than the one of the path is 400, and so is a body that is no configuration', async () => {
    const message = async (body: unknown) => (await validated(body)).json;
    expect(await message({ 'connector.class': 'snowflake-variant' })).toEqual({
      error_code: 400,
      message: 'Included connector type snowflake-variant does not match request type wine-sales-generator',
    });
    expect((await message([])).message).toBe('The body must be object, not array');
    expect((await message(undefined)).message).toBe('The body is missing: send a JSON object');
    expect((await message('{')).message).toContain('The body is not JSON: line 1, column 2');
  });
});
