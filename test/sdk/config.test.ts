import { type ConfigOf, type ConfigSchema, defineSink, defineSource } from 'caves-connect/sdk';
import { describe, expectTypeOf, test } from 'vitest';

// The compiler is the judge here (`npm run check`): these tests cannot fail at run time.
describe('the type of a configuration', () => {
  test('comes from the schema, as it is written in place', () => {
    defineSource({
      name: 'typed',
      version: '1.0.0',
      summary: 'Shows types',
      config: {
        properties: {
          topic: { type: 'string', description: 'Required' },
          'generation.delay.ms': { type: 'integer', default: 1000, description: 'Has a default' },
          ratio: { type: 'number', description: 'May be missing' },
          mode: { type: 'string', enum: ['fast', 'exact'], default: 'fast', description: 'An enum' },
          verbose: { type: 'boolean', default: false, description: 'A switch' },
          topics: { type: 'array', items: { type: 'string', description: 'One' }, default: [], description: 'A list' },
          limits: {
            type: 'object',
            additionalProperties: { type: 'integer', description: 'A limit' },
            default: {},
            description: 'A map',
          },
          login: {
            type: 'object',
            properties: {
              user: { type: 'string', description: 'Who' },
              password: { type: 'string', secret: true, description: 'Optional' },
            },
            required: ['user'],
            default: { user: 'caves' },
            description: 'An object',
          },
          schema: { type: 'json', description: 'Somebody else’s' },
        },
        required: ['topic'],
      },
      initialOffset: { next: 1 },
      open({ config }) {
        expectTypeOf(config.topic).toEqualTypeOf<string>();
        expectTypeOf(config['generation.delay.ms']).toEqualTypeOf<number>();
        expectTypeOf(config.ratio).toEqualTypeOf<number | undefined>();
        expectTypeOf(config.mode).toEqualTypeOf<'fast' | 'exact'>();
        expectTypeOf(config.verbose).toEqualTypeOf<boolean>();
        expectTypeOf(config.topics).toEqualTypeOf<readonly string[]>();
        expectTypeOf(config.limits).toEqualTypeOf<Readonly<Record<string, number>>>();
        expectTypeOf(config.login.user).toEqualTypeOf<string>();
        expectTypeOf(config.login.password).toEqualTypeOf<string | undefined>();
        expectTypeOf(config.schema).toEqualTypeOf<unknown>();
        // @ts-expect-error a key that the schema does not have
        config['generation.delay'];
        return {
          async *read({ offset }) {
            expectTypeOf(offset).toEqualTypeOf<{ next: number }>();
            yield { records: [], offset };
          },
        };
      },
    });
  });

  test('holds the declared metrics, each with the call of its kind', () => {
    defineSink({
      name: 'typed',
      version: '1.0.0',
      summary: 'Shows types',
      config: { properties: {} },
      metrics: {
        rows_total: { type: 'counter', help: 'Rows' },
        staging_rows: { type: 'gauge', help: 'Rows' },
        insert_seconds: { type: 'histogram', help: 'Time' },
      },
      open({ metrics, totals }) {
        expectTypeOf(metrics.rows_total).toHaveProperty('add');
        expectTypeOf(metrics.staging_rows).toHaveProperty('set');
        expectTypeOf(metrics.insert_seconds).toHaveProperty('observe');
        expectTypeOf(totals.consumed).toEqualTypeOf<number>();
        // @ts-expect-error a metric that is not declared
        metrics.rows;
        return { async write() {} };
      },
    });
  });

  test('is open for a schema that is not known', () => {
    expectTypeOf<ConfigOf<ConfigSchema>>().toExtend<Readonly<Record<string, unknown>>>();
  });
});
