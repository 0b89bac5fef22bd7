/** Numbers are exact: what the warehouse computes is what whole-number arithmetic gives. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWarehouse, type Warehouse } from '../../../../src/embedded/snowflake/index.ts';
import { resultType } from '../../../../src/embedded/snowflake/sql/arithmetic.ts';
import { numberType } from '../../../../src/embedded/snowflake/types.ts';
import { type Client, connectReady } from '../driver.ts';

let warehouse: Warehouse;
let client: Client;
beforeAll(async () => {
  warehouse = await startWarehouse();
  client = await connectReady(warehouse);
});
afterAll(() => warehouse.close());

interface Exact {
  readonly units: bigint;
  readonly scale: number;
}

const exact: fc.Arbitrary<Exact> = fc.record({
  units: fc.bigInt(-(10n ** 9n), 10n ** 9n),
  scale: fc.integer({ min: 0, max: 6 }),
});

function write({ units, scale }: Exact): string {
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0');
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  return units < 0n ? `(-${text})` : text;
}

/** Units of another scale, rounded half away from zero. */
function atScale(numerator: bigint, denominator: bigint, power: number): bigint {
  const [n, d] =
    power >= 0 ? [numerator * 10n ** BigInt(power), denominator] : [numerator, denominator * 10n ** BigInt(-power)];
  const size = (2n * (n < 0n ? -n : n) + (d < 0n ? -d : d)) / (2n * (d < 0n ? -d : d));
  return n < 0n === d < 0n ? size : -size;
}

function expected(operator: string, a: Exact, b: Exact): Exact {
  const { scale = 0 } = resultType(operator, numberType(20, a.scale), numberType(20, b.scale));
  if (operator === '/') return { units: atScale(a.units, b.units, scale + b.scale - a.scale), scale };
  if (operator === '*') return { units: atScale(a.units * b.units, 1n, scale - a.scale - b.scale), scale };
  const [x, y] = [atScale(a.units, 1n, scale - a.scale), atScale(b.units, 1n, scale - b.scale)];
  return { units: operator === '+' ? x + y : x - y, scale };
}

test.each(['+', '-', '*', '/'])('a %s b has the digits of exact arithmetic', async (operator) => {
  const pairs = fc
    .sample(fc.tuple(exact, exact), { numRuns: 60, seed: 7 })
    .filter(([, b]) => operator !== '/' || b.units !== 0n);
  const columns = pairs.map(([a, b], index) => `(${write(a)} ${operator} ${write(b)})::VARCHAR AS C${index}`);
  const [row] = await client.run(`SELECT ${columns.join(', ')}`);
  pairs.forEach(([a, b], index) => {
    const { units, scale } = expected(operator, a, b);
    expect(row?.[`C${index}`], `${write(a)} ${operator} ${write(b)}`).toBe(
      write({ units, scale }).replace(/[()]/g, ''),
    );
  });
});

test('precision ends at 38 digits, and a result that has more is an error', async () => {
  expect(await client.run('SELECT (99999999999999999999999999999999999999 + 0)::VARCHAR AS N')).toEqual([
    { N: '9'.repeat(38) },
  ]);
  expect(await client.errorOf('SELECT 99999999999999999999999999999999999999 + 1')).toMatchObject({
    code: '100039',
    sqlState: '22003',
  });
  expect(await client.errorOf('SELECT 1 / 0')).toMatchObject({ code: '100051', sqlState: '22012' });
  expect(await client.errorOf('SELECT MOD(1, 0)')).toMatchObject({ code: '100051' });
});
