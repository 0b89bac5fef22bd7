import { createHash, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SinkConfig } from '../../../connectors/snowflake-variant/config.ts';
import { openSession } from '../../../connectors/snowflake-variant/session.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const { signal } = new AbortController();
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** An account that refuses everybody and remembers with what they came. */
const logins: Readonly<Record<string, string>>[] = [];
const server = createServer(async (request, response) => {
  const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>));
  if (request.url?.startsWith('/session/v1/login-request')) logins.push(JSON.parse(body.toString('utf8')).data);
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ success: false, code: '390100', message: 'refused', data: { sqlState: '08001' } }));
});

/** What the driver sends to log in with a configuration. */
async function loginWith(config: object): Promise<Readonly<Record<string, string>>> {
  const address = server.address() as AddressInfo;
  const full = {
    'snowflake.account': 'org-caves',
    'snowflake.user': 'albert',
    'snowflake.url': `http://127.0.0.1:${address.port}`,
    ...config,
  };
  const opening = openSession(full as SinkConfig, { queryTag: 'test', log: quiet }, signal);
  await expect(opening).rejects.toMatchObject({ code: '390100' });
  return logins.at(-1) ?? {};
}

describe('a session', () => {
  beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test('logs in with a password', async () => {
    const login = await loginWith({ 'snowflake.password': 'secret' });
    expect(login).toMatchObject({ LOGIN_NAME: 'albert', PASSWORD: 'secret' });
  });

  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const encrypted = privateKey
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open' })
    .toString();
  const withoutHeader = (text: string) => text.split('\n').slice(1, -2).join('');
  test.each([
    ['a PEM', { 'snowflake.private.key': pem }],
    ['the base64 text of one', { 'snowflake.private.key': withoutHeader(pem) }],
    ['an encrypted PEM', { 'snowflake.private.key': encrypted, 'snowflake.private.key.passphrase': 'open' }],
    [
      'the base64 text of an encrypted one',
      { 'snowflake.private.key': withoutHeader(encrypted), 'snowflake.private.key.passphrase': 'open' },
    ],
  ])('logs in with a key: %s', async (_, config) => {
    const { AUTHENTICATOR, TOKEN = '' } = await loginWith(config);
    expect(AUTHENTICATOR).toBe('SNOWFLAKE_JWT');
    const [header, payload, signature] = TOKEN.split('.');
    const signed = Buffer.from(`${header}.${payload}`);
    expect(verify('sha256', signed, publicKey, Buffer.from(signature ?? '', 'base64url'))).toBe(true);
    const der = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
    expect(JSON.parse(Buffer.from(payload ?? '', 'base64url').toString())).toMatchObject({
      sub: 'ORG-CAVES.ALBERT',
      iss: `ORG-CAVES.ALBERT.SHA256:${createHash('sha256').update(der).digest('base64')}`,
    });
  });

  test('logs in with a token', async () => {
    expect(await loginWith({ 'snowflake.token': 'abc' })).toMatchObject({ AUTHENTICATOR: 'OAUTH', TOKEN: 'abc' });
    const config = { 'snowflake.token': 'abc', 'snowflake.authenticator': 'programmatic_access_token' };
    expect(await loginWith(config)).toMatchObject({ AUTHENTICATOR: 'PROGRAMMATIC_ACCESS_TOKEN', TOKEN: 'abc' });
  });

  test('does not wait for a log-in once it is told to stop', async () => {
    const stop = AbortSignal.abort(new Error('stopped'));
    const config = { 'snowflake.account': 'a', 'snowflake.user': 'a', 'snowflake.password': 'a' };
    await expect(openSession(config as SinkConfig, { queryTag: 'test', log: quiet }, stop)).rejects.toThrow('stopped');
  });
});
