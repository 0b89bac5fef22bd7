import { describe, expect, test } from 'vitest';
import { createRestServer, generator } from './rest-server.ts';

/** What Redpanda Console 3.7.3 sends for a connector without topics, whether it reads any or not. */
const fromConsole = { ...generator, name: 'wine', 'topics.regex': '__TOPICS_REGEX_PLACEHOLDER' };
const stored = { ...generator, name: 'wine' };

describe("Redpanda Console's placeholder for topics", () => {
  test('is not a key of the connector that it creates or changes', async () => {
    const { call } = await createRestServer();
    const created = await call('POST /connectors', { name: 'wine', config: fromConsole });
    expect([created.status, created.json.config]).toEqual([201, stored]);
    const changed = await call('PUT /connectors/wine/config', { ...fromConsole, 'batch.size': '7' });
    expect([changed.status, changed.json.config]).toEqual([200, { ...stored, 'batch.size': '7' }]);
  });

  test('is not a value of what it validates', async () => {
    const { call } = await createRestServer();
    const { json } = await call('PUT /connector-plugins/snowflake-variant/config/validate', {
      'connector.class': 'snowflake-variant',
      'topics.regex': '__TOPICS_REGEX_PLACEHOLDER',
    });
    expect(JSON.stringify(json)).not.toContain('PLACEHOLDER');
  });

  test('leaves a pattern that somebody means', async () => {
    const { call } = await createRestServer();
    const created = await call('POST /connectors', {
      name: 'wine',
      config: { ...generator, 'topics.regex': 'wine_.*' },
    });
    expect(created.json.config).toEqual({ ...stored, 'topics.regex': 'wine_.*' });
  });
});
