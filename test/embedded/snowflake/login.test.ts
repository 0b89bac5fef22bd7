import { createHash, createSign, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWarehouse, type Warehouse } from '../../../src/embedded/snowflake/index.ts';
import { type Client, connect } from './driver.ts';

interface KeyPair {
  /** PEM, as the driver takes it. */
  readonly privateKey: string;
  readonly pem: string;
  /** As RSA_PUBLIC_KEY takes it. */
  readonly publicKey: string;
}

function keyPair(): KeyPair {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    privateKey: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    pem: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    publicKey: pair.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
  };
}

const jwtOptions = (privateKey: string, username = 'caves') => ({
  authenticator: 'SNOWFLAKE_JWT',
  username,
  privateKey,
});

describe('a login', () => {
  const first = keyPair();
  const second = keyPair();
  let warehouse: Warehouse;
  let admin: Client;

  beforeAll(async () => {
    warehouse = await startWarehouse({ publicKey: first.pem });
    admin = await connect(warehouse);
  });
  afterAll(() => warehouse.close());

  /** Sends a token as the driver would and gives the answer's code, and the reason that Snowflake keeps for it. */
  async function logInWith(change: {
    readonly claims?: Record<string, unknown>;
    readonly token?: string;
    readonly name?: string;
    readonly account?: string;
    readonly signer?: KeyPair;
  }): Promise<{ code: string | null; reason: string | undefined }> {
    const digest = createHash('sha256').update(Buffer.from(first.publicKey, 'base64')).digest('base64');
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: `EMBEDDED.CAVES.SHA256:${digest}`,
      sub: 'EMBEDDED.CAVES',
      iat: now,
      exp: now + 60,
      ...change.claims,
    };
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const body = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`;
    const signature = createSign('RSA-SHA256')
      .update(body)
      .sign((change.signer ?? first).privateKey, 'base64url');
    const response = await fetch(`${warehouse.url}/session/v1/login-request`, {
      method: 'POST',
      body: JSON.stringify({
        data: {
          ACCOUNT_NAME: change.account ?? 'embedded',
          LOGIN_NAME: change.name ?? 'caves',
          AUTHENTICATOR: 'SNOWFLAKE_JWT',
          TOKEN: change.token ?? `${body}.${signature}`,
        },
      }),
    });
    const answer = (await response.json()) as { code: string | null; message: string | null };
    const id = /^JWT token is invalid\. \[([0-9a-f-]{36})\]$/.exec(answer.message ?? '')?.[1];
    if (id === undefined) return { code: answer.code, reason: undefined };
    const rows = await admin.run(`SELECT PARSE_JSON(SYSTEM$GET_LOGIN_FAILURE_DETAILS('${id}')):errorCode::STRING AS R`);
    return { code: answer.code, reason: rows[0]?.R as string };
  }

  test('by a wrong password or of an unknown user is refused', async () => {
    await expect(connect(warehouse, { password: 'wrong' })).rejects.toMatchObject({
      code: '390100',
      sqlState: '08001',
      message: 'Incorrect username or password was specified.',
    });
    await expect(connect(warehouse, { username: 'nobody' })).rejects.toMatchObject({ code: '390100' });
  });

  test('by a way that is not served is refused by its name', async () => {
    await expect(connect(warehouse, { authenticator: 'OAUTH', token: 't' })).rejects.toThrow('not OAUTH');
  });

  test('by the private key of a key that the warehouse was given works', async () => {
    const client = await connect(warehouse, jwtOptions(first.privateKey));
    expect(await client.run('SELECT CURRENT_USER() AS U')).toEqual([{ U: 'CAVES' }]);
  });

  test('by a key of another user, or one that nobody has, is refused with 390144', async () => {
    await expect(connect(warehouse, jwtOptions(second.privateKey))).rejects.toMatchObject({
      code: '390144',
      sqlState: '08001',
      message: expect.stringMatching(/^JWT token is invalid\. \[/),
    });
    await expect(connect(warehouse, jwtOptions(first.privateKey, 'nobody'))).rejects.toMatchObject({ code: '390144' });
  });

  test('takes a second key for a rotation, and each until it is taken away', async () => {
    const [before] = await admin.run('DESCRIBE USER CAVES').then(keysOf);
    await admin.run(`ALTER USER CAVES SET RSA_PUBLIC_KEY_2 = '${second.publicKey}'`);
    await connect(warehouse, jwtOptions(first.privateKey));
    await connect(warehouse, jwtOptions(second.privateKey));
    const [one, two] = await admin.run('DESCRIBE USER CAVES').then(keysOf);
    expect(one).toBe(before);
    const digest = createHash('sha256').update(Buffer.from(second.publicKey, 'base64')).digest('base64');
    expect(two).toBe(`SHA256:${digest}`);
    await admin.run("ALTER USER SET COMMENT = 'rotated'");
    await admin.run('ALTER USER CAVES UNSET RSA_PUBLIC_KEY_2');
    await expect(connect(warehouse, jwtOptions(second.privateKey))).rejects.toMatchObject({ code: '390144' });
  });

  test('of a user that was created works by password and by key, until it is dropped', async () => {
    await admin.run(`CREATE USER LOADER PASSWORD = 'secret' RSA_PUBLIC_KEY = '${second.publicKey}' DEFAULT_ROLE = R`);
    expect(await admin.errorOf('CREATE USER LOADER')).toMatchObject({ code: '002002' });
    await connect(warehouse, { username: 'loader', password: 'secret' });
    const client = await connect(warehouse, jwtOptions(second.privateKey, 'LOADER'));
    expect(await client.run('SELECT CURRENT_USER() AS U')).toEqual([{ U: 'LOADER' }]);
    expect((await admin.run("SHOW USERS LIKE 'LOAD%'")).map(({ name }) => name)).toEqual(['LOADER']);
    await admin.run('DROP USER LOADER');
    await expect(connect(warehouse, { username: 'loader', password: 'secret' })).rejects.toMatchObject({
      code: '390100',
    });
    expect(await admin.errorOf('DROP USER LOADER')).toMatchObject({ code: '002003', sqlState: '02000' });
  });

  test('with an RSA_PUBLIC_KEY that is none is refused when the key is set', async () => {
    expect(await admin.errorOf("ALTER USER CAVES SET RSA_PUBLIC_KEY = 'nonsense'")).toMatchObject({
      message: expect.stringContaining('New public key rejected by current policy'),
    });
    await connect(warehouse, jwtOptions(first.privateKey));
  });

  test('takes token times in seconds as well', async () => {
    expect(await logInWith({})).toEqual({ code: null, reason: undefined });
  });

  const now = Math.floor(Date.now() / 1000);
  test.each([
    ['has expired', { claims: { iat: now - 120, exp: now - 60 } }, 'JWT_TOKEN_EXPIRED'],
    ['has expired, in milliseconds', { claims: { iat: now * 1000 - 9e4, exp: now * 1000 - 3e4 } }, 'JWT_TOKEN_EXPIRED'],
    ['lives for more than an hour', { claims: { iat: now - 7200, exp: now + 60 } }, 'JWT_TOKEN_EXPIRED'],
    ['is from the future', { claims: { iat: now + 600, exp: now + 660 } }, 'JWT_TOKEN_INVALID_ISSUE_TIME'],
    ['has no times', { claims: { iat: undefined, exp: undefined } }, 'JWT_TOKEN_INVALID_ISSUE_TIME'],
    ['is of another account', { account: 'other' }, 'JWT_TOKEN_INVALID_USER_IN_ISSUER'],
    ['is of another user', { name: 'other' }, 'JWT_TOKEN_INVALID_USER_IN_ISSUER'],
    ['names no key', { claims: { iss: 'EMBEDDED.CAVES' } }, 'JWT_TOKEN_INVALID_USER_IN_ISSUER'],
    [
      'names another key',
      { claims: { iss: 'EMBEDDED.CAVES.SHA256:AAAA' } },
      'JWT_TOKEN_INVALID_PUBLIC_KEY_FINGERPRINT_MISMATCH',
    ],
    ['is signed by another key', { signer: keyPair() }, 'JWT_TOKEN_INVALID_SIGNATURE'],
    ['is no token', { token: 'nonsense' }, 'JWT_TOKEN_INVALID'],
    ['is unsigned', { token: `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.` }, 'JWT_TOKEN_INVALID'],
  ])('by a token that %s is refused with 390144, and the reason can be asked for', async (_, change, reason) => {
    expect(await logInWith(change)).toEqual({ code: '390144', reason });
  });

  test('finds users and keys again after a restart, and the password in its options', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'warehouse-users-'));
    try {
      await using before = await startWarehouse({ dataDir });
      const client = await connect(before);
      await client.run(`ALTER USER CAVES SET RSA_PUBLIC_KEY = '${first.publicKey}'`);
      await client.run("CREATE USER LOADER PASSWORD = 'secret'");
      await before.close();

      await using after = await startWarehouse({ dataDir, password: 'another' });
      await connect(after, jwtOptions(first.privateKey));
      await connect(after, { username: 'LOADER', password: 'secret' });
      await connect(after, { password: 'another' });
      await expect(connect(after)).rejects.toMatchObject({ code: '390100' });
      await after.close();

      await writeFile(join(dataDir, 'users.json'), '[{"name":');
      await using torn = await startWarehouse({ dataDir });
      await expect(torn.ready).rejects.toThrow(`Cannot read the warehouse's users in ${join(dataDir, 'users.json')}`);
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});

function keysOf(rows: readonly Record<string, unknown>[]): unknown[] {
  return ['RSA_PUBLIC_KEY_FP', 'RSA_PUBLIC_KEY_2_FP'].map(
    (name) => rows.find(({ property }) => property === name)?.value,
  );
}
