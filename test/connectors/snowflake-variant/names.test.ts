import { describe, expect, test } from 'vitest';
import { identifier, literal, nameProblem, namesOf } from '../../../connectors/snowflake-variant/names.ts';

const config = {
  'snowflake.database': 'WINE_SALES_DB',
  'snowflake.schema': 'raw_data',
  'snowflake.table': '"Raw events"',
  'snowflake.staging.table': 'stg',
};

describe('names', () => {
  test('become what Snowflake makes of them in SQL', () => {
    expect(identifier('stg_raw_events_stream')).toBe('"STG_RAW_EVENTS_STREAM"');
    expect(identifier('"stg ""raw"""')).toBe('"stg ""raw"""');
  });

  test('that could carry a statement are refused', () => {
    for (const name of ['a; DROP TABLE b', 'a.b', 'a"b', '"a"b"', '', '1a', '"a\n"']) {
      expect(nameProblem(name), name).toMatch(/is no Snowflake name/);
      expect(() => identifier(name)).toThrow('is no Snowflake name');
    }
    expect(nameProblem('a'.repeat(256))).toBe('the name is longer than 255 characters');
  });

  test('of texts are literals that end where they should', () => {
    expect(literal("it's \\")).toBe("'it''s \\\\'");
  });

  test('are qualified, and the positions have a table for each connector', () => {
    expect(namesOf(config, 'wine "sales"')).toMatchObject({
      schema: '"WINE_SALES_DB"."RAW_DATA"',
      table: '"WINE_SALES_DB"."RAW_DATA"."Raw events"',
      positions: '"WINE_SALES_DB"."RAW_DATA"."CAVES_CONNECT_POSITIONS_wine ""sales"""',
    });
  });

  test('of positions differ for long names of connectors too', () => {
    const [one, other] = ['1', '2'].map((end) => namesOf(config, 'x'.repeat(400) + end).positions);
    expect(one).not.toBe(other);
    expect(one?.split('.').at(-1)?.length).toBeLessThanOrEqual(257);
  });
});
