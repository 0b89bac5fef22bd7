import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startWarehouse, type Warehouse } from '../../../src/embedded/snowflake/index.ts';
import { type Client, connect, connectReady } from './driver.ts';

describe('session parameters', () => {
  let warehouse: Warehouse;
  let client: Client;

  beforeAll(async () => {
    warehouse = await startWarehouse();
  });
  beforeEach(async () => {
    client = await connectReady(warehouse);
  });
  afterAll(() => warehouse.close());

  const parameter = async (name: string, of = client) => {
    const [row] = await of.run(`SHOW PARAMETERS LIKE '${name}'`);
    return row && [row.value, row.default, row.level, row.type];
  };

  test('are shown with value, default, level and type, and set and taken back', async () => {
    expect(await parameter('LOCK_TIMEOUT')).toEqual(['43200', '43200', '', 'NUMBER']);
    await client.run("ALTER SESSION SET LOCK_TIMEOUT = 10, QUERY_TAG = 'nightly' AUTOCOMMIT = TRUE");
    expect(await parameter('lock_timeout')).toEqual(['10', '43200', 'SESSION', 'NUMBER']);
    expect(await parameter('QUERY_TAG')).toEqual(['nightly', '', 'SESSION', 'STRING']);
    expect(await parameter('AUTOCOMMIT')).toEqual(['true', 'true', 'SESSION', 'BOOLEAN']);
    await client.run('ALTER SESSION UNSET LOCK_TIMEOUT, QUERY_TAG');
    expect(await parameter('LOCK_TIMEOUT')).toEqual(['43200', '43200', '', 'NUMBER']);
    expect(await parameter('QUERY_TAG')).toEqual(['', '', '', 'STRING']);
  });

  test('belong to one session', async () => {
    await client.run('ALTER SESSION SET LOCK_TIMEOUT = 10');
    expect(await parameter('LOCK_TIMEOUT', await connect(warehouse))).toEqual(['43200', '43200', '', 'NUMBER']);
  });

  test('can come with the login', async () => {
    const tagged = await connect(warehouse, { queryTag: 'from the login', clientSessionKeepAlive: false });
    expect(await parameter('QUERY_TAG', tagged)).toEqual(['from the login', '', 'SESSION', 'STRING']);
  });

  test('can be set for one statement', async () => {
    const parameters = { QUERY_TAG: 'just once' };
    const { rows } = await client.execute("SHOW PARAMETERS LIKE 'QUERY_TAG'", { parameters });
    expect(rows[0]?.value).toBe('just once');
    expect(await parameter('QUERY_TAG')).toEqual(['', '', '', 'STRING']);
  });

  test('that change the session itself cannot be set for one statement', async () => {
    const sql = client.execute('SELECT 1', { parameters: { TIMEZONE: 'Europe/Paris' } });
    await expect(sql).rejects.toMatchObject({
      code: '000002',
      message: expect.stringContaining('ALTER SESSION SET TIMEZONE'),
    });
    expect(await client.run('SELECT 1 AS A')).toEqual([{ A: 1 }]);
  });

  test.each([
    ['LOCK_TIMEOUT = -1', 'syntax error'],
    ['LOCK_TIMEOUT = many', "invalid value [MANY] for parameter 'LOCK_TIMEOUT'"],
    ['AUTOCOMMIT = 3', "invalid value [3] for parameter 'AUTOCOMMIT'"],
    ["TIMEZONE = 'Mars/Olympus'", "invalid value [Mars/Olympus] for parameter 'TIMEZONE'"],
    ['CLIENT_SESSION_KEEP_ALIVE_HEARTBEAT_FREQUENCY = 3601', 'invalid value [3601]'],
  ])('refuse %s', async (assignment, message) => {
    expect(await client.errorOf(`ALTER SESSION SET ${assignment}`)).toMatchObject({
      message: expect.stringContaining(message),
    });
  });

  test('that would change what statements mean are refused by name, other than with the value in force', async () => {
    expect(await client.errorOf('ALTER SESSION SET WEEK_START = 1')).toMatchObject({
      code: '000002',
      message: expect.stringContaining('WEEK_START = 1 (it is 0 here)'),
    });
    await client.run('ALTER SESSION SET WEEK_START = 0');
    expect(await client.errorOf('ALTER SESSION SET NO_SUCH_THING = 1')).toMatchObject({
      message: expect.stringContaining('NO_SUCH_THING'),
    });
  });

  test('of output formats reach the driver, which shows values by them', async () => {
    await client.run("ALTER SESSION SET DATE_OUTPUT_FORMAT = 'DD/MM/YYYY' BINARY_OUTPUT_FORMAT = 'BASE64'");
    await client.run('ALTER SESSION SET TIMESTAMP_NTZ_OUTPUT_FORMAT = \'YYYY-MM-DD"T"HH24:MI\'');
    const { statement, rows } = await client.execute(
      "SELECT '2024-05-01'::DATE AS D, TO_BINARY('CAFE') AS B, '2024-05-01 10:30:00'::TIMESTAMP_NTZ AS T",
      { fetchAsString: ['Date', 'Buffer'] },
    );
    expect(statement.getColumns()?.map((column) => column.getType())).toEqual(['date', 'binary', 'timestamp_ntz']);
    expect(rows[0]).toMatchObject({ D: '01/05/2024', B: 'yv4=' });
  });

  test('TIMEZONE moves TIMESTAMP_LTZ and leaves TIMESTAMP_NTZ where it is', async () => {
    await client.run('CREATE TABLE IF NOT EXISTS MOMENTS (L TIMESTAMP_LTZ, N TIMESTAMP_NTZ)');
    await client.run("INSERT INTO MOMENTS SELECT '2024-07-01 12:00:00Z'::TIMESTAMP_LTZ, '2024-07-01 12:00:00'");
    await client.run("ALTER SESSION SET TIMEZONE = 'Europe/Paris'");
    const [row] = await client.run(
      'SELECT L::TIMESTAMP_NTZ::STRING AS LOCAL, N::STRING AS N, DATE_PART(HOUR, L) AS H FROM MOMENTS',
    );
    expect(row).toEqual({ LOCAL: '2024-07-01 14:00:00.000', N: '2024-07-01 12:00:00.000', H: 14 });
  });

  test('JS_TREAT_INTEGER_AS_BIGINT of a connection makes its driver read integers as BigInt', async () => {
    const exact = await connect(warehouse, { jsTreatIntegerAsBigInt: true });
    const [row] = await exact.run('SELECT 9007199254740993 AS N');
    expect(String(row?.N)).toBe('9007199254740993');
  });
});
