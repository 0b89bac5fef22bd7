import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWarehouse, type Warehouse } from '../../../../src/embedded/snowflake/index.ts';
import { type Client, connectReady } from '../driver.ts';

describe('values that stand in no statement', () => {
  let warehouse: Warehouse;
  let client: Client;

  beforeAll(async () => {
    warehouse = await startWarehouse();
    client = await connectReady(warehouse, { jsTreatIntegerAsBigInt: true });
  });
  afterAll(() => warehouse.close());

  const moment = fc
    .date({ min: new Date('0001-01-02'), max: new Date('9998-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString());

  test.each<[string, fc.Arbitrary<string>]>([
    ['NUMBER(38,9)', fc.tuple(fc.bigInt(-(10n ** 28n), 10n ** 28n), fc.nat(999_999_999)).map((n) => n.join('.'))],
    ['FLOAT', fc.double({ noNaN: true, noDefaultInfinity: true }).map(String)],
    ['BOOLEAN', fc.boolean().map(String)],
    ['VARCHAR', fc.string({ unit: 'grapheme', maxLength: 30 })],
    ['DATE', moment.map((text) => text.slice(0, 10))],
    ['TIME', moment.map((text) => text.slice(11, 23))],
    ['TIMESTAMP_NTZ', moment.map((text) => text.slice(0, 23))],
    ['TIMESTAMP_LTZ', moment],
  ])('a variable of %s is what it was set to', async (type, values) => {
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        await client.execute(`SET V = (SELECT ?::${type})`, { binds: [value] });
        const { rows } = await client.execute(`SELECT EQUAL_NULL($V, ?::${type}) AS SAME`, { binds: [value] });
        expect(rows).toEqual([{ SAME: true }]);
      }),
      { numRuns: 25 },
    );
  });

  test.each(['+02:00', '-09:30', '+00:00'])(
    'a variable of TIMESTAMP_TZ keeps its offset of %s, as a result does',
    async (offset) => {
      await client.run(`SET V = '1969-12-31 20:00:00.5 ${offset}'::TIMESTAMP_TZ`);
      const shown = "'YYYY-MM-DD HH24:MI:SS.FF3 TZH:TZM'";
      const expected = [{ T: `1969-12-31 20:00:00.500 ${offset}` }];
      expect(await client.run(`SELECT TO_CHAR($V, ${shown}) AS T`)).toEqual(expected);
      await client.run('SELECT $V AS V');
      expect(await client.run(`SELECT TO_CHAR(V, ${shown}) AS T FROM TABLE(RESULT_SCAN(LAST_QUERY_ID()))`)).toEqual(
        expected,
      );
    },
  );

  test('a variable of NULL keeps its type', async () => {
    await client.run('SET V = NULL::DATE');
    const { statement } = await client.execute('SELECT $V AS V');
    expect(statement.getColumns()?.[0]?.getType()).toBe('date');
  });
});
