/** Statements with words missing, doubled, swapped or out of place: an answer or a proper error, never an internal one. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWarehouse, type Warehouse } from '../../../../src/embedded/snowflake/index.ts';
import { lex } from '../../../../src/embedded/snowflake/sql/lexer.ts';
import { type Client, connectReady } from '../driver.ts';

const STATEMENTS = [
  'SELECT COLOR, SUM(PRICE) OVER (PARTITION BY COLOR ORDER BY ID ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM W WHERE ID IN (1, 2) ORDER BY 1',
  "SELECT * EXCLUDE ID FROM W A LEFT JOIN W B USING (ID) WHERE A.PRICE BETWEEN 1 AND 5 AND NOT B.COLOR LIKE 'r%' ESCAPE '^'",
  'WITH R (N) AS (SELECT 1 AS N), S AS (SELECT N + 1 AS M FROM R) SELECT M, COUNT(*) FROM S GROUP BY ROLLUP (M) HAVING COUNT(*) > 0 LIMIT 3 OFFSET 1',
  'SELECT F.VALUE:a.b[0]::STRING, F.INDEX FROM W, LATERAL FLATTEN(INPUT => V:tags, OUTER => TRUE) F QUALIFY ROW_NUMBER() OVER (ORDER BY ID) = 1',
  "SELECT CASE COLOR WHEN 'red' THEN 1 ELSE 2.5 END AS C, IFF(ID > 1, 'a', NULL), {'k': [1, V]}, DATEADD(DAY, 1, CURRENT_DATE()) FROM W",
  "SELECT LISTAGG(DISTINCT COLOR, ',') WITHIN GROUP (ORDER BY COLOR), COUNT_IF(PRICE IS NULL), TO_CHAR(MAX(PRICE), '999.0') FROM W",
  "SELECT * FROM (SELECT COLOR, PRICE FROM W) PIVOT (SUM(PRICE) FOR COLOR IN ('red', 'white')) AS P UNION ALL SELECT 1, 2",
  "INSERT INTO W (ID, COLOR) SELECT COLUMN1, COLUMN2 FROM VALUES (1, 'x'), (2, NULL)",
  'INSERT ALL WHEN ID > 1 THEN INTO W (ID) VALUES (ID) ELSE INTO W (ID, COLOR) SELECT ID, COLOR FROM W',
  "MERGE INTO W USING (SELECT 1 AS ID) S ON W.ID = S.ID WHEN MATCHED AND W.PRICE > 1 THEN UPDATE SET COLOR = 'x' WHEN NOT MATCHED THEN INSERT (ID) VALUES (S.ID)",
  'UPDATE W SET PRICE = S.P, COLOR = DEFAULT FROM (SELECT 1 AS ID, 2 AS P) S WHERE W.ID = S.ID',
  'DELETE FROM W USING (SELECT 1 AS ID) S WHERE W.ID = S.ID',
  "CREATE OR REPLACE TABLE X (A INTEGER AUTOINCREMENT START 1, B VARCHAR(3) NOT NULL DEFAULT 'x' COMMENT 'c', PRIMARY KEY (A)) CLUSTER BY (A) COMMENT = 'x'",
  "CREATE OR REPLACE VIEW Y (A, B) COMMENT = 'v' AS SELECT ID, COLOR FROM W",
  'ALTER TABLE W ALTER COLUMN PRICE SET DATA TYPE NUMBER(20,2), COLUMN COLOR DROP NOT NULL',
  "SHOW TABLES LIKE 'W%' IN SCHEMA RAW_DATA STARTS WITH 'W' LIMIT 5",
] as const;
const words = STATEMENTS.map((sql) => lex(sql).map(({ start, end }) => sql.slice(start, end)));
const anyWord = fc.constantFrom(...words.flat());

const mutation = fc.record({
  at: fc.nat(60),
  kind: fc.constantFrom('drop', 'double', 'replace', 'insert'),
  word: anyWord,
});
const mutated = fc
  .tuple(fc.constantFrom(...words), fc.array(mutation, { minLength: 1, maxLength: 3 }))
  .map(([original, mutations]) => {
    const result = [...original];
    for (const { at, kind, word } of mutations) {
      const place = at % Math.max(1, result.length);
      if (kind === 'drop') result.splice(place, 1);
      else if (kind === 'double') result.splice(place, 0, result[place] ?? word);
      else result.splice(place, kind === 'replace' ? 1 : 0, word);
    }
    return result.join(' ');
  });

let warehouse: Warehouse;
let client: Client;
beforeAll(async () => {
  warehouse = await startWarehouse();
  client = await connectReady(warehouse);
});
afterAll(() => warehouse.close());

test('a mutated statement is answered or refused with a code of its own', async () => {
  await client.run('CREATE TABLE W (ID INTEGER, COLOR VARCHAR(5), PRICE NUMBER(10,2), V VARIANT)');
  await fc.assert(
    fc.asyncProperty(mutated, async (sql) => {
      // Those that copy the table into itself must not add up; an earlier one may have taken it away.
      for (const begin of ['TRUNCATE TABLE W', "INSERT INTO W (ID, COLOR) VALUES (1, 'red'), (2, 'white')"]) {
        await client.run(begin).catch(() => undefined);
      }
      const code = await client.run(sql).then(
        () => 'done',
        (error: { code?: unknown; message?: string }) => `${error.code} ${error.message}`,
      );
      expect(code).toMatch(/^(done|(?!000603)\d{6} )/);
    }),
    { numRuns: 600 },
  );
  expect(await client.run('SELECT 1 AS A')).toEqual([{ A: 1 }]);
});
