/**
 * Names from configurations on their way into SQL: of tables, schemas, databases, connectors and topics. Whatever they
 * are, either they are refused with a reason, or the sink works and touches nothing but what they name.
 */
import { batchOf, openSink } from 'caves-connect/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkConfig, config, type SinkConfig } from '../../connectors/snowflake-variant/config.ts';
import sink from '../../connectors/snowflake-variant/index.ts';
import { literal } from '../../connectors/snowflake-variant/names.ts';
import { orders, useWarehouse } from '../connectors/snowflake-variant/warehouse.ts';

const timeout = 120_000;
const warehouse = useWarehouse();
const { signal } = new AbortController();

const attacks = [
  'CANARY; DROP TABLE CANARY',
  'CANARY"; DROP TABLE CANARY; --',
  '"CANARY"; DELETE FROM CANARY; --"',
  '"x"" ; DROP TABLE CANARY; --"',
  "x'; DELETE FROM CANARY; --",
  "\\'; DELETE FROM CANARY; --",
  'x\n; DROP TABLE CANARY',
  '"x -- y"',
  '"x /* y */"',
  'x /* y',
  '"é🍷 \\ \' ; $$"',
  '"ключ"',
  'ключ',
  '"x.y"',
  'RAW_DATA.CANARY',
  '"a\u0000b"',
  '"a\ud800"',
  'x'.repeat(256),
  `"${'x'.repeat(253)}"`,
  '""',
  '"',
  ' CANARY',
  '$1',
  "IDENTIFIER('CANARY')",
  '@stage',
  'TABLE',
  '?',
  ':1',
  '&x',
];
const pieces = fc.constantFrom(
  '"',
  '""',
  "'",
  "''",
  ';',
  '--',
  '/*',
  '*/',
  '\\',
  '\n',
  '\t',
  '$$',
  '.',
  ' ',
  '(',
  ')',
  '?',
  ':1',
  ',',
  'CANARY',
  'DROP TABLE ',
  'a',
  'Z',
  'é',
  '🍷',
  '\ud800',
  '\u0000',
  '\u2028',
  '`',
  '%',
  '{',
  '}',
  '[',
);
const pieced = fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join(''));
/** Texts, half of them in the double quotes that make a name of almost anything. */
const names = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...attacks) },
  { weight: 3, arbitrary: pieced },
  { weight: 3, arbitrary: pieced.map((text) => `"${text}"`) },
  { weight: 3, arbitrary: pieced.map((text) => `"${text.replaceAll('"', '""')}"`) },
);

/** The name of the object that a configured name means, by Snowflake's rule. */
const meant = (name: string) => (name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toUpperCase());

const tables = async () =>
  (
    await warehouse.query(
      `SELECT TABLE_NAME FROM WINE_SALES_DB.INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = '${warehouse.schema.split('.')[1]}'`,
    )
  ).map(([name]) => name);

async function givenCanary(): Promise<() => Promise<void>> {
  await warehouse.query('CREATE DATABASE IF NOT EXISTS WINE_SALES_DB');
  await warehouse.query(`CREATE SCHEMA IF NOT EXISTS ${warehouse.schema}`);
  await warehouse.query(`CREATE TABLE ${warehouse.schema}.CANARY (N INTEGER)`);
  await warehouse.query(`INSERT INTO ${warehouse.schema}.CANARY VALUES (1), (2), (3)`);
  return async () => {
    expect(await warehouse.query(`SELECT SUM(N), COUNT(*) FROM ${warehouse.schema}.CANARY`)).toEqual([['6', '3']]);
  };
}

/** Writes five orders, five more, and takes the positions by hand, as REST does. */
async function useSink(changed: object, { connector = 'wine', topic = 'sales_events' } = {}): Promise<void> {
  const opened = await openSink(sink, { config: warehouse.config(changed as Record<string, unknown>), connector });
  const partition = { topic, partition: 0 };
  const write = (offset: bigint) => opened.write(batchOf(orders(5, offset).map((record) => ({ ...record, topic }))));
  const position = async () => {
    const mark = (await opened.task.positions?.([partition], signal))?.[0];
    return (typeof mark === 'object' ? mark.next : mark) ?? 0n;
  };
  try {
    const from = await position();
    await write(from);
    await opened.task.alterPositions?.([{ ...partition, next: from + 10n }], signal);
    expect(await position()).toBe(from + 10n);
    await write(from + 10n);
    expect(await position()).toBe(from + 15n);
  } finally {
    await opened.close();
  }
}

const defaults = Object.fromEntries(
  Object.entries(config.properties).flatMap(([key, property]) =>
    'default' in property ? [[key, property.default]] : [],
  ),
);
const problemsOf = (changed: object) =>
  checkConfig({ ...defaults, ...warehouse.config(changed as Record<string, unknown>) } as unknown as SinkConfig);

describe('a name in the configuration of the sink', () => {
  test.each(['table', 'staging.table'])(
    'is refused or names one table and nothing else: snowflake.%s',
    { timeout },
    async (what) => {
      const isAlive = await givenCanary();
      const key = `snowflake.${what}`;
      let taken = 0;
      await fc.assert(
        fc.asyncProperty(names, async (name) => {
          const problem = problemsOf({ [key]: name })[key];
          if (problem !== undefined) {
            expect(problem).toMatch(/is no Snowflake name: letters, digits|the name is longer than 255 characters/);
            return;
          }
          fc.pre(meant(name) !== 'CANARY');
          taken++;
          const before = new Set(await tables());
          await useSink({ [key]: name });
          await isAlive();
          const others = ['RAW_EVENTS_STREAM', 'STG_RAW_EVENTS_STREAM', 'CAVES_CONNECT_POSITIONS_wine'];
          expect(
            [...new Set(await tables()).difference(before)].filter((each) => !others.includes(each ?? '')),
          ).toEqual(before.has(meant(name)) || others.includes(meant(name)) ? [] : [meant(name)]);
        }),
        { numRuns: 20, examples: attacks.map((name): [string] => [name]) },
      );
      expect(taken).toBeGreaterThan(5);
    },
  );

  test.each(['database', 'schema', 'role', 'warehouse'])('is refused unless it is one name: snowflake.%s', (what) => {
    const key = `snowflake.${what}`;
    fc.assert(
      fc.property(names, (name) => {
        const isTaken = problemsOf({ [key]: name })[key] === undefined;
        const isName = /^[A-Za-z_][A-Za-z0-9_$]*$/.test(name) || /^"([^"]|"")+"$/.test(name);
        expect(isTaken && !isName).toBe(false);
        if (isTaken) expect(name).not.toMatch(/\p{Cc}|\p{Surrogate}/u);
      }),
      { examples: attacks.map((name): [string] => [name]) },
    );
  });
});

describe('a name that is free text', () => {
  const texts = fc
    .oneof(fc.constantFrom(...attacks), pieced)
    .filter((text) => text.isWellFormed() && !/\p{Cc}/u.test(text) && text !== '');

  test('names the table of positions and its owner, and nothing else: a connector', { timeout }, async () => {
    const isAlive = await givenCanary();
    await fc.assert(
      fc.asyncProperty(texts, async (connector) => {
        await useSink({}, { connector });
        await isAlive();
        const own = (await tables()).filter((name) => name?.startsWith('CAVES_CONNECT_POSITIONS_'));
        if (connector.length < 200) expect(own).toContain(`CAVES_CONNECT_POSITIONS_${connector}`);
      }),
      {
        numRuns: 12,
        examples: attacks
          .slice(0, 7)
          .filter((text) => !/\p{Cc}/u.test(text))
          .map((text): [string] => [text]),
      },
    );
  });

  test('is a literal in every statement: a topic', { timeout }, async () => {
    const isAlive = await givenCanary();
    await fc.assert(
      fc.asyncProperty(texts, async (topic) => {
        await useSink({}, { topic });
        await isAlive();
        const kept = await warehouse.query(
          `SELECT KAFKA_TOPIC FROM ${warehouse.schema}."CAVES_CONNECT_POSITIONS_wine"`,
        );
        expect(kept.flat()).toContain(topic);
      }),
      { numRuns: 12, examples: attacks.slice(0, 6).map((text): [string] => [text]) },
    );
  });

  test('comes back as it was: any text', { timeout }, async () => {
    await fc.assert(
      fc.asyncProperty(
        pieced.filter((text) => text.isWellFormed() && !text.includes('\u0000')),
        async (text) => {
          expect(await warehouse.query(`SELECT ${literal(text)}, 'end'`)).toEqual([[text, 'end']]);
        },
      ),
    );
  });
});
