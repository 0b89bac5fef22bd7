/**
 * Who may log in: by password, or by key pair (a JWT, RS256, signed with the private half of a key that the user has).
 *
 * Not served: OAuth, SSO, programmatic access tokens, MFA. The JWT's times may be in seconds, as its standard and
 * Snowflake's documentation say, or in milliseconds, as snowflake-sdk sends them. Which account a client names does not
 * matter, but its token must name the same one.
 */
import { createPublicKey, randomUUID, verify } from 'node:crypto';
import { SnowflakeError } from './errors.ts';
import { fingerprint, hasPassword, type User, type Users } from './users.ts';
import { type Body, textOf } from './wire.ts';

/** What SYSTEM$GET_LOGIN_FAILURE_DETAILS answers. */
export interface LoginFailure {
  readonly clientType: string;
  readonly clientVersion: string;
  readonly username: string;
  readonly errorCode: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
}

export interface Login {
  /** The user of a login request. @throws SnowflakeError 390100 or 390144 */
  userOf(data: Body): string;
  failure(id: string): LoginFailure | undefined;
}

const FAILURES_KEPT = 100;
/** A token may be so old when it comes. */
const LIFETIME_MS = 3_600_000;
const CLOCK_SKEW_MS = 60_000;

export function createLogin(users: Users): Login {
  const failures = new Map<string, LoginFailure>();

  function refuseToken(data: Body, errorCode: string): SnowflakeError {
    const id = randomUUID();
    failures.set(id, {
      clientType: textOf(data.CLIENT_APP_ID),
      clientVersion: textOf(data.CLIENT_APP_VERSION),
      username: textOf(data.LOGIN_NAME).toUpperCase(),
      errorCode,
      timestamp: Math.floor(Date.now() / 1000),
    });
    for (const oldest of failures.keys()) {
      if (failures.size <= FAILURES_KEPT) break;
      failures.delete(oldest);
    }
    return new SnowflakeError('invalidToken', `JWT token is invalid. [${id}]`);
  }

  return {
    failure: (id) => failures.get(id),
    userOf(data) {
      const name = textOf(data.LOGIN_NAME).toUpperCase();
      const authenticator = (textOf(data.AUTHENTICATOR) || 'SNOWFLAKE').toUpperCase();
      if (authenticator === 'SNOWFLAKE_JWT') {
        const wrong = wrongToken(textOf(data.TOKEN), textOf(data.ACCOUNT_NAME), name, users.find(name));
        if (wrong !== undefined) throw refuseToken(data, wrong);
        return name;
      }
      if (authenticator !== 'SNOWFLAKE') {
        throw new SnowflakeError(
          'wrongPassword',
          `The embedded warehouse knows logins by password and by key pair (SNOWFLAKE_JWT), not ${authenticator}.`,
        );
      }
      if (!hasPassword(users.find(name), textOf(data.PASSWORD)))
        throw new SnowflakeError('wrongPassword', 'Incorrect username or password was specified.');
      return name;
    },
  };
}

/** The name that Snowflake has for what is wrong with a token. */
function wrongToken(token: string, account: string, name: string, user: User | undefined): string | undefined {
  const [header = '', payload = '', signature = '', ...more] = token.split('.');
  const claims = readJson(payload);
  if (readJson(header)?.alg !== 'RS256' || !claims || more.length > 0) return 'JWT_TOKEN_INVALID';
  const subject = `${account.toUpperCase()}.${name}`;
  const issuer = textOf(claims.iss);
  if (claims.sub !== subject) return 'JWT_TOKEN_INVALID_USER_IN_ISSUER';
  if (!user || !issuer.startsWith(`${subject}.SHA256:`)) return 'JWT_TOKEN_INVALID_USER_IN_ISSUER';
  const key = [user.publicKey, user.publicKey2].find(
    (each) => each !== undefined && issuer === `${subject}.${fingerprint(each)}`,
  );
  if (key === undefined) return 'JWT_TOKEN_INVALID_PUBLIC_KEY_FINGERPRINT_MISMATCH';
  const publicKey = createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' });
  const signed = Buffer.from(`${header}.${payload}`);
  if (!verify('RSA-SHA256', signed, publicKey, Buffer.from(signature, 'base64url')))
    return 'JWT_TOKEN_INVALID_SIGNATURE';
  const now = Date.now();
  const issued = milliseconds(claims.iat);
  const expires = milliseconds(claims.exp);
  if (issued === undefined || issued > now + CLOCK_SKEW_MS) return 'JWT_TOKEN_INVALID_ISSUE_TIME';
  if (expires === undefined || expires < now || issued < now - LIFETIME_MS) return 'JWT_TOKEN_EXPIRED';
  return undefined;
}

function readJson(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function milliseconds(time: unknown): number | undefined {
  if (typeof time !== 'number') return undefined;
  return time > 1e11 ? time : time * 1000;
}
