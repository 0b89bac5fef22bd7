import { once } from 'node:events';
import { get } from 'node:http';
import { describe, expect, test } from 'vitest';
import { createRestServer, generator } from './rest-server.ts';

describe('/overview', () => {
  test('has every connector with its state and its numbers', async () => {
    const { call } = await createRestServer();
    await call('PUT /connectors/wine/config', generator);
    const { json } = await call('GET /overview');
    expect(json.worker).toMatchObject({ version: '0.1.0', health: { status: 'healthy' } });
    expect((await call('GET /overview/history')).json.at.length).toBeGreaterThan(0);
  });

  test('comes again every second as server-sent events', async () => {
    const { call, url } = await createRestServer();
    await call('PUT /connectors/wine/config', generator);
    const request = get(`${url}/overview/events`);
    const [response] = await once(request, 'response');
    expect(response.headers['content-type']).toBe('text/event-stream');
    const present = [];
    for await (const chunk of response.setEncoding('utf8')) {
      expect(chunk).toMatch(/^data: \{.*\}\n\n$/s);
      present.push(JSON.parse(chunk.slice('data: '.length)));
      if (present.length === 2) break;
    }
    expect(present[1].at).toBeGreaterThan(present[0].at);
    expect(present[1].connectors[0]).toMatchObject({ name: 'wine', endpoint: 'place of wine' });
  });

  test('does not keep a server from closing while somebody watches', async () => {
    const { url, close } = await createRestServer();
    const [response] = await once(get(`${url}/overview/events`), 'response');
    response.resume();
    const ended = once(response, 'close');
    await close();
    await ended;
  });
});
