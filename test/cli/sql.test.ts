import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { binFile, runCli, startCli } from '../helpers/cli.ts';
import { tempFolder } from '../helpers/temp-folder.ts';

const run = promisify(execFile);
const env = { CAVES_KAFKA_PORT: '0', CAVES_SNOWFLAKE_PORT: '0' };

function givenProject() {
  const cwd = tempFolder('caves-sql-');
  writeFileSync(join(cwd, 'package.json'), '{}');
  return (...args: string[]) => runCli(['sql', ...args], { cwd, env });
}

test('a statement runs on the embedded warehouse, started for it', async () => {
  const sql = givenProject();
  const table = await sql("SELECT 1 AS A, 1.50::DECIMAL(10,2) AS B, NULL AS C, 'Côtes 🍷' AS D");
  expect(table).toMatchObject({ code: 0, stderr: '' });
  expect(table.stdout).toBe('A     B  C     D\n1  1.50  NULL  Côtes 🍷\n\n1 row\n');
  const json = await sql('-o', 'json', 'SELECT PARSE_JSON(\'{"a":1}\') AS V, TRUE AS B');
  expect(JSON.parse(json.stdout)).toEqual([{ V: { a: 1 }, B: true }]);
  expect((await sql('-o', 'csv', "SELECT 'a,b' AS X")).stdout).toBe('X\r\n"a,b"\r\n');
});

test('a statement may begin with a comment, and flags may follow it', async () => {
  const sql = givenProject();
  expect(await sql('-- the answer\nSELECT 42 AS N', '-o', 'csv')).toMatchObject({ code: 0, stdout: 'N\r\n42\r\n' });
});

test('columns of objects and arrays are shown as JSON in every format', async () => {
  const sql = givenProject();
  for (const statement of [
    'CREATE DATABASE D',
    'CREATE TABLE D.PUBLIC.T (O OBJECT, A ARRAY)',
    `INSERT INTO D.PUBLIC.T SELECT PARSE_JSON('{"a":1}'), PARSE_JSON('[1,"b"]')`,
    'INSERT INTO D.PUBLIC.T SELECT NULL, NULL',
  ]) {
    expect(await sql(statement)).toMatchObject({ code: 0, stderr: '' });
  }
  const all = 'SELECT O, A FROM D.PUBLIC.T ORDER BY O';
  expect((await sql(all)).stdout).toBe('O        A\n{"a":1}  [1,"b"]\nNULL     NULL\n\n2 rows\n');
  expect((await sql('-o', 'csv', all)).stdout).toBe('O,A\r\n"{""a"":1}","[1,""b""]"\r\n,\r\n');
  expect(JSON.parse((await sql('-o', 'json', all)).stdout)).toEqual([
    { O: { a: 1 }, A: [1, 'b'] },
    { O: null, A: null },
  ]);
});

test('a result of any size arrives whole, however slowly it is read', async () => {
  const cwd = tempFolder('caves-sql-');
  writeFileSync(join(cwd, 'package.json'), '{}');
  const numbers = Array.from({ length: 300 }, (_, i) => i).join(',');
  const from = `FROM TABLE(FLATTEN(INPUT => PARSE_JSON('[${numbers}]')))`;
  const statement = `SELECT A.VALUE AS A, B.VALUE AS B, '${'x'.repeat(60)}' AS X ${from} A, ${from.slice(5)} B`;
  // Reads one byte, rests for longer than a process stays that does not wait for its reader, and reads on.
  const slowly = '"$0" "$1" sql -o json "$2" | (dd bs=1 count=1 2>/dev/null; sleep 2; cat)';
  const args = ['-c', slowly, process.execPath, binFile, statement];
  const { stdout } = await run('sh', args, { cwd, env: { ...process.env, ...env }, maxBuffer: 1 << 26 });
  expect(JSON.parse(stdout)).toHaveLength(90_000);
});

test('an error is shown as Snowflake gives it, on one line', async () => {
  const sql = givenProject();
  const syntax = await sql('SELECT FROM WHERE');
  expect(syntax.code).toBe(1);
  expect(syntax.stdout).toBe('');
  expect(syntax.stderr).toMatch(/^001003 \(42000\): SQL compilation error.*\n$/);
  const missing = await sql('SELECT * FROM NOWHERE.AT.ALL');
  expect(missing.stderr).toMatch(/^\d{6} \(\w{5}\): .*NOWHERE.*\n$/);
});

test('a real account without a user is refused with the variable to set', async () => {
  const cwd = tempFolder('caves-sql-');
  const { code, stderr } = await runCli(['sql', 'SELECT 1'], { cwd, env: { SNOWFLAKE_ACCOUNT: 'org-account' } });
  expect(code).toBe(1);
  expect(stderr).toContain('SNOWFLAKE_USER is not set');
});

test('the warehouse can be named by the sink of a YAML file', async () => {
  const sql = givenProject();
  const config = join(import.meta.dirname, '../../configs/wine.yaml');
  expect((await sql('--config', config, 'SELECT FROM')).stderr).toMatch(/^001003/);
});

test('dev runs the services alone, says where they are, and stops at SIGINT', async () => {
  const cwd = tempFolder('caves-dev-');
  const dev = startCli(['dev'], { cwd, env });
  await dev.prints(/Kafka +127\.0\.0\.1:\d+/);
  await dev.prints(/Snowflake +http:\/\/127\.0\.0\.1:\d+/);
  dev.child.kill('SIGINT');
  expect(await dev.ended).toMatchObject({ code: 0, stderr: '' });
});
