import { describe, expect, test } from 'vitest';
import { ConnectError, timedOut } from '../../src/runtime/errors.ts';
import { createRestServer, generator } from './rest-server.ts';

const stored = { ...generator, name: 'wine' };
const info = { name: 'wine', config: stored, tasks: [{ connector: 'wine', task: 0 }], type: 'source' };

describe('GET /connectors', () => {
  test('lists names, or with expand an object of infos and statuses', async () => {
    const { call } = await createRestServer();
    expect((await call('GET /connectors')).json).toEqual([]);
    expect((await call('GET /connectors?expand=info&expand=status')).json).toEqual({});
    await call('POST /connectors', { name: 'wine', config: generator });
    expect((await call('GET /connectors')).json).toEqual(['wine']);
    expect((await call('GET /connectors?expand=info')).json).toEqual({ wine: { info } });
    expect((await call('GET /connectors?expand=info&expand=status')).json).toMatchObject({
      wine: { info, status: { connector: { state: 'RUNNING' } } },
    });
    expect((await call('GET /connectors?expand=colour')).json).toEqual({ wine: {} });
  });
});

describe('POST /connectors', () => {
  test('creates: 201, the connector with its name in its config, and where it is', async () => {
    const { call } = await createRestServer();
    const created = await call('POST /connectors', { name: 'wine', config: generator });
    expect(created.status).toBe(201);
    expect(created.headers.get('location')).toBe('/connectors/wine');
    expect(created.json).toEqual(info);
  });

  test('creates once: 409 for a name that is there', async () => {
    const { call } = await createRestServer();
    await call('POST /connectors', { name: 'wine', config: generator });
    const again = await call('POST /connectors', { name: 'wine', config: generator });
    expect(again.status).toBe(409);
    expect(again.json).toEqual({ error_code: 409, message: 'Connector wine already exists' });
  });

  test('takes an initial state in any case', async () => {
    const { call } = await createRestServer();
    await call('POST /connectors', { name: 'wine', config: generator, initial_state: 'paused' });
    expect((await call('GET /connectors/wine/status')).json.connector.state).toBe('PAUSED');
    const bad = await call('POST /connectors', { name: 'b', config: generator, initial_state: 'toString' });
    expect(bad.json).toEqual({
      error_code: 400,
      message: 'initial_state "toString" is not one of RUNNING, PAUSED, STOPPED',
    });
  });

  test('trims the name, and takes spaces and accents within it', async () => {
    const { call } = await createRestServer();
    const created = await call('POST /connectors', { name: '  vin rosé  ', config: generator });
    expect(created.json.name).toBe('vin rosé');
    expect(created.headers.get('location')).toBe('/connectors/vin%20ros%C3%A9');
    expect((await call('GET /connectors/vin%20ros%C3%A9/config')).json.name).toBe('vin rosé');
    expect((await call('DELETE /connectors/vin%20ros%C3%A9')).status).toBe(204);
  });

  test.each([
    ['empty', '', 'Invalid value  for configuration name: String may not be empty'],
    ['of spaces', '   ', 'String may not be empty'],
    ['with a slash', 'rosé/2024', 'Invalid value rosé/2024 for configuration name: String may not contain a slash'],
    ['with control characters', 'a\u0001b\u0007', 'control sequences but had the following ASCII chars: 1, 7'],
    ['that is a step in a path', '..', 'String may not be a step in a path'],
    ['with half of a surrogate pair', 'a\ud800', 'String must be valid Unicode'],
    ['of 256 characters', 'x'.repeat(256), 'String may not be longer than 255 characters'],
  ])('refuses a name %s', async (_what, name, message) => {
    const { call } = await createRestServer();
    const refused = await call('POST /connectors', { name, config: generator });
    expect(refused.status).toBe(400);
    expect(refused.json.message).toContain(
      'Connector configuration is invalid and contains the following 1 error(s):\n',
    );
    expect(refused.json.message).toContain(message);
  });

  test('refuses a config that names another connector', async () => {
    const { call } = await createRestServer();
    const body = { name: 'wine', config: { ...generator, name: 'other' } };
    expect((await call('POST /connectors', body)).json).toEqual({
      error_code: 400,
      message: "Connector name configuration (other) doesn't match connector name in the URL (wine)",
    });
  });

  test('names all that is wrong with a config at once, and lets warnings pass', async () => {
    const { call } = await createRestServer();
    const bad = { 'connector.class': 'no.such.Connector', 'tasks.max': 0 };
    expect((await call('POST /connectors', { name: 'wine', config: bad })).json).toEqual({
      error_code: 400,
      message:
        'Connector configuration is invalid and contains the following 2 error(s):\n' +
        'Failed to find any plugin which name matches no.such.Connector\n' +
        'Invalid value 0 for configuration tasks.max: Value must be at least 1\n' +
        'You can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`',
    });
    const warned = await call('POST /connectors', { name: 'wine', config: { ...generator, 'old.key': 'x' } });
    expect(warned.status).toBe(201);
  });

  test('asks for the connector class without repeating values that may be secret', async () => {
    const { call } = await createRestServer();
    const { json } = await call('POST /connectors', { name: 'wine', config: { password: 'grand-cru' } });
    expect(json.message).toBe('Connector config {password, name} contains no connector type: set "connector.class"');
  });

  test('keeps numbers and booleans as strings, lists as comma text, objects as JSON text', async () => {
    const { call } = await createRestServer();
    const config = { ...generator, 'tasks.max': 2, ratio: 0.25, on: true, topics: ['a', 'b'], map: { a: { b: 1 } } };
    const { json } = await call('POST /connectors', { name: 'wine', config });
    expect(json.config).toEqual({
      ...stored,
      'tasks.max': '2',
      ratio: '0.25',
      on: 'true',
      topics: 'a,b',
      map: '{"a":{"b":1}}',
    });
  });

  test('leaves out the keys whose value is null', async () => {
    const { call } = await createRestServer();
    const config = { ...generator, name: null, a: null, 'b.c': null };
    const { status, json } = await call('POST /connectors', { name: 'wine', config });
    expect([status, json.config]).toEqual([201, stored]);
    const without = await call('POST /connectors', { name: 'w', config: { ...generator, 'connector.class': null } });
    expect(without.json.message).toContain('contains no connector type');
    expect((await call('POST /connectors', { name: 'w', config: null })).json.message).toBe(
      '"config" is null: leave the key out, or give it a value',
    );
  });

  test('refuses a body of another shape by naming the place', async () => {
    const { call } = await createRestServer();
    const message = async (body: unknown) => (await call('POST /connectors', body)).json.message;
    expect(await message([])).toBe('The body must be object, not array');
    expect(await message('null')).toBe('The body is missing: send a JSON object');
    expect(await message({})).toBe('The body needs the key "config"');
    expect(await message({ name: 'w' })).toBe('The body needs the key "config"');
    expect(await message({ name: 5, config: {} })).toBe('"name" must be string, not number');
    expect(await message({ name: 'w', config: 'x' })).toBe('"config" must be object, not string');
    expect(await message({ name: 'w', conifg: {}, config: {} })).toBe(
      'The body has an unknown key "conifg": did you mean "config"?',
    );
    expect(await message({ name: 'w', colour: 'red', config: {} })).toBe(
      'The body has an unknown key "colour": it takes name, config, initial_state',
    );
  });
});

describe('/connectors/:name', () => {
  test('reads a connector, its config and its status', async () => {
    const { call } = await createRestServer();
    await call('POST /connectors', { name: 'wine', config: generator });
    expect((await call('GET /connectors/wine')).json).toEqual(info);
    expect((await call('GET /connectors/wine/config')).json).toEqual(stored);
    const own = { state: 'RUNNING', worker_id: '127.0.0.1:8083', version: '0.1.0' };
    expect((await call('GET /connectors/wine/status')).json).toEqual({
      name: 'wine',
      connector: own,
      tasks: [{ id: 0, ...own }],
      type: 'source',
    });
  });

  test('deletes with 204 and no body, once', async () => {
    const { call } = await createRestServer();
    await call('POST /connectors', { name: 'wine', config: generator });
    expect(await call('DELETE /connectors/wine')).toMatchObject({ status: 204, text: '' });
    expect((await call('DELETE /connectors/wine')).json).toEqual({
      error_code: 404,
      message: 'Connector wine not found',
    });
  });

  test.each([
    ['GET /connectors/nobody', 'Connector nobody not found'],
    ['DELETE /connectors/nobody', 'Connector nobody not found'],
    ['GET /connectors/nobody/config', 'Connector nobody not found'],
    ['GET /connectors/nobody/status', 'No status found for connector nobody'],
    ['PUT /connectors/nobody/pause', 'Unknown connector nobody'],
    ['PUT /connectors/nobody/resume', 'Unknown connector nobody'],
    ['PUT /connectors/nobody/stop', 'Unknown connector nobody'],
  ])('%s: 404 %s', async (request, message) => {
    const { call } = await createRestServer();
    const { status, json } = await call(request);
    expect([status, json]).toEqual([404, { error_code: 404, message }]);
  });
});

describe('PUT /connectors/:name/config', () => {
  test('creates with 201 and changes with 200', async () => {
    const { call } = await createRestServer();
    const created = await call('PUT /connectors/wine/config', generator);
    expect([created.status, created.headers.get('location')]).toEqual([201, '/connectors/wine']);
    expect(created.json).toEqual(info);
    const changed = await call('PUT /connectors/wine/config', { ...generator, 'tasks.max': 3 });
    expect([changed.status, changed.json.config['tasks.max']]).toEqual([200, '3']);
  });

  test('takes a key whose value is null away, as Redpanda Console sends those without a default', async () => {
    const { call } = await createRestServer();
    await call('PUT /connectors/wine/config', { ...generator, file: 'x' });
    const changed = await call('PUT /connectors/wine/config', { ...generator, file: null });
    expect([changed.status, changed.json.config]).toEqual([200, stored]);
  });

  test('refuses another name, no class, no body, and a config wrapped by mistake', async () => {
    const { call } = await createRestServer();
    const put = async (body?: unknown) => {
      const { status, json } = await call('PUT /connectors/wine/config', body);
      return `${status} ${json.message}`;
    };
    expect(await put({ ...generator, name: 'other' })).toBe(
      "400 Connector name configuration (other) doesn't match connector name in the URL (wine)",
    );
    expect(await put({})).toBe('400 Connector config {name} contains no connector type: set "connector.class"');
    expect(await put()).toBe('400 The body is missing: send a JSON object');
    expect(await put({ name: 'wine', config: generator })).toContain('send what is inside of "config"');
  });

  test('refuses a name that could not be read again', async () => {
    const { call } = await createRestServer();
    expect((await call('PUT /connectors/a%2Fb/config', generator)).json.message).toContain('may not contain a slash');
    expect((await call('PUT /connectors/%20a/config', generator)).json.message).toContain('has spaces around it');
    expect((await call('PUT /connectors/%00/config', generator)).status).toBe(400);
  });
});

describe('while the worker cannot write', () => {
  test('what is not to be had now is 503 with the time to try again', async () => {
    const { call, connect } = await createRestServer();
    connect.fails(new ConnectError('NOT_READY', 'Kafka at 127.0.0.1:19092 does not answer'));
    const { status, headers, json } = await call('POST /connectors', { name: 'wine', config: generator });
    expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    expect(json).toEqual({ error_code: 503, message: 'Kafka at 127.0.0.1:19092 does not answer' });
    expect((await call('GET /connectors')).status).toBe(200);
  });

  test('what Kafka did not take in time is 500 as with Kafka Connect, with the reason and nothing in the log', async () => {
    const { call, connect, log } = await createRestServer();
    connect.fails(timedOut('writing to the configs topic', Date.UTC(2026, 0, 1), 'connect ECONNREFUSED', undefined));
    const { status, json } = await call('POST /connectors', { name: 'wine', config: generator });
    expect([status, json.message]).toEqual([
      500,
      'Request timed out. The worker is currently writing to the configs topic, which began at ' +
        '2026-01-01T00:00:00.000Z. Kafka does not answer (connect ECONNREFUSED): try again.',
    ]);
    expect(log).toEqual([]);
  });

  test('an error of another package is no answer of ours, whatever its code', async () => {
    const { call, connect } = await createRestServer();
    for (const own of [{ code: 5 }, { code: 'ECONNREFUSED' }, { statusCode: 404 }, { code: null, message: 7 }]) {
      connect.fails(Object.assign(new Error('theirs'), own));
      expect((await call('POST /connectors', { name: 'wine', config: generator })).status).toBe(500);
    }
  });

  test('a failure inside is 500 without detail, and its trace is in the log', async () => {
    const { call, connect, log } = await createRestServer();
    connect.fails(new TypeError('secret of the house'));
    const { status, text } = await call('POST /connectors', { name: 'wine', config: generator });
    expect(status).toBe(500);
    expect(text).toBe('{"error_code":500,"message":"The worker failed to answer this request: its log says why"}');
    expect(log).toHaveLength(1);
    expect(log[0]?.message).toBe('POST "/connectors" failed');
    expect(log[0]?.fields['error']).toContain('secret of the house');
  });
});
