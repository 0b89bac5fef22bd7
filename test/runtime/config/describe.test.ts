import { describe, expect, test } from 'vitest';
import { describePlugin, validateConfig } from '../../../src/runtime/config/describe.ts';
import { createReferences } from '../../../src/runtime/config/references.ts';
import { createPluginRegistry } from '../../../src/runtime/plugins/registry.ts';

const registry = createPluginRegistry();
const references = createReferences({ env: {}, folder: '/', folders: [], restEnv: ['SNOWFLAKE_*'] });
const validate = (config: Readonly<Record<string, string>>, plugin = 'wine-sales-generator') =>
  validateConfig(plugin, config, registry, { references });
const good = { name: 'sales', 'connector.class': 'wine-sales-generator', topic: 'sales_events' };

/** The errors of a validation, by key. */
async function errorsOf(config: Readonly<Record<string, string>>, plugin?: string) {
  const { configs } = await validate(config, plugin);
  const faulty = configs.filter(({ value }) => value.errors.length > 0);
  return Object.fromEntries(faulty.map(({ value }) => [value.name, value.errors]));
}

describe('the keys of a plugin', () => {
  test('are those of the runtime and its own for a connector', async () => {
    const keys = new Map((await describePlugin('snowflake-variant', registry)).map((key) => [key.name, key]));
    expect(keys.get('topics')).toMatchObject({ type: 'LIST', group: 'Common' });
    expect(keys.get('errors.tolerance')).toMatchObject({ group: 'Error Handling', default_value: 'none' });
    expect(keys.get('snowflake.password')).toMatchObject({
      type: 'PASSWORD',
      group: 'snowflake-variant',
      importance: 'HIGH',
    });
    expect(keys.get('snowflake.user')).toMatchObject({ required: true, default_value: null });
    expect(keys.get('connector.class')).toMatchObject({
      type: 'CLASS',
      required: true,
      display_name: 'Connector class',
    });
  });

  test('are its own alone for any other kind', async () => {
    const names = (await describePlugin('dlq', registry)).map(({ name }) => name);
    expect(names.every((name) => name.startsWith('errors.deadletterqueue.'))).toBe(true);
    expect(names.length).toBeGreaterThan(0);
  });

  test('have an order of their own in each group', async () => {
    const keys = await describePlugin('wine-sales-generator', registry);
    for (const of of Map.groupBy(keys, ({ group }) => group).values()) {
      expect(of.map(({ order }) => order)).toEqual(of.map((_, i) => i + 1));
    }
  });

  test('are not told of a plugin that is not there, nor of a file', async () => {
    for (const name of ['nope', '/etc/passwd.ts', './x.ts', '']) {
      await expect(describePlugin(name, registry)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
  });
});

describe('a validation', () => {
  test('finds nothing wrong with what is right, and answers every key with its value', async () => {
    const { name, error_count, groups, configs } = await validate(good);
    expect({ name, error_count }).toEqual({ name: 'wine-sales-generator', error_count: 0 });
    expect(groups).toContain('Common');
    const values = new Map(configs.map(({ value }) => [value.name, value]));
    expect(values.get('topic')).toMatchObject({ value: 'sales_events', errors: [], visible: true });
    expect(values.get('errors.tolerance')).toMatchObject({ value: 'none', recommended_values: ['none', 'all'] });
    expect(values.get('task.isolation')).toMatchObject({ value: null });
  });

  test('puts each complaint at its key, unknown ones as well', async () => {
    expect(await errorsOf({ ...good, 'tasks.max': '0', batchsize: '5' })).toEqual({
      'tasks.max': ['Invalid value 0 for configuration tasks.max: Value must be at least 1'],
      batchsize: [expect.stringMatching(/^Unknown configuration "batchsize"/)],
    });
    const { name: _, topic: __, ...bare } = good;
    expect(Object.keys(await errorsOf(bare))).toEqual(expect.arrayContaining(['name']));
  });

  test('answers for a class that is not there, or left out', async () => {
    const unknown = await errorsOf({ name: 'x', 'connector.class': 'wine-sales-generater' }, 'wine-sales-generater');
    expect(unknown['connector.class']?.[0]).toMatch(/Did you mean "wine-sales-generator"\?/);
    const { 'connector.class': _, ...without } = good;
    expect((await errorsOf(without))['connector.class']).toHaveLength(1);
  });

  test('of another plugin than the one asked is refused', async () => {
    await expect(validate(good, 'snowflake-variant')).rejects.toThrow(
      'Included connector type wine-sales-generator does not match request type snowflake-variant',
    );
  });

  test('never answers a secret', async () => {
    const sink = { name: 's', 'connector.class': 'snowflake-variant', topics: 't', 'snowflake.user': 'u' };
    const answers = await Promise.all(
      ['hunter2', '$' + '{env:SNOWFLAKE_PASSWORD}'].map((password) =>
        validate({ ...sink, 'snowflake.password': password }, 'snowflake-variant'),
      ),
    );
    expect(JSON.stringify(answers[0])).not.toContain('hunter2');
    const misspelled = await validate({ ...sink, 'snowflake.pasword': 'hunter2' }, 'snowflake-variant');
    expect(JSON.stringify(misspelled)).not.toContain('hunter2');
    expect(JSON.stringify(answers[1])).toContain('$' + '{env:SNOWFLAKE_PASSWORD}');
  });
});
