/**
 * Users of the account: names, passwords and public keys. They are the account's, not a database's, and lie in
 * `users.json` of the data folder; the user that the warehouse was started with always has that password.
 *
 * Limits: no roles and no rights; what a user may do is not asked.
 */
import { createHash, createPublicKey, randomBytes, timingSafeEqual } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SnowflakeError } from './errors.ts';

export interface User {
  readonly name: string;
  /** Salt and digest; undefined where only keys log in. */
  readonly password?: string | undefined;
  /** RSA_PUBLIC_KEY: an SPKI in base64, without the lines around it. */
  readonly publicKey?: string | undefined;
  /** RSA_PUBLIC_KEY_2, for the days of a rotation. */
  readonly publicKey2?: string | undefined;
  readonly comment?: string | undefined;
}

export interface UserChange {
  readonly password?: string | undefined;
  readonly publicKey?: string | undefined;
  readonly publicKey2?: string | undefined;
  readonly comment?: string | undefined;
}

export interface Users {
  find(name: string): User | undefined;
  list(): readonly User[];
  /** Makes a user or changes one; a property that is there and undefined is taken away. */
  save(name: string, change: UserChange): Promise<void>;
  drop(name: string): Promise<void>;
}

export interface UsersOptions {
  /** Left out: kept in memory. */
  readonly dataDir: string | undefined;
  readonly user: string;
  readonly password: string;
  /** PEM, or its base64 alone. */
  readonly publicKey: string | undefined;
}

export function openUsers({ dataDir, user, password, publicKey }: UsersOptions): Users {
  const file = dataDir === undefined ? undefined : join(dataDir, 'users.json');
  const users = new Map((file === undefined ? [] : readUsers(file)).map((each) => [each.name, each]));
  const first = user.toUpperCase();
  const given = publicKey?.replaceAll(/-----[A-Z ]+-----/g, '');
  users.set(first, {
    ...users.get(first),
    name: first,
    password: digest(password),
    ...(given !== undefined && { publicKey: readPublicKey(given) }),
  });

  let stored: Promise<void> = Promise.resolve();

  /** One after the other: two sessions must not write the same file at once. */
  function store(): Promise<void> {
    stored = stored.catch(() => undefined).then(write);
    return stored;
  }

  async function write(): Promise<void> {
    if (file === undefined) return;
    // Renamed into place: a reader finds the old file or the new one.
    await writeFile(`${file}.new`, `${JSON.stringify([...users.values()], undefined, 2)}\n`, { mode: 0o600 });
    await rename(`${file}.new`, file);
  }

  return {
    find: (name) => users.get(name),
    list: () => [...users.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    async save(name, change) {
      const { password: plain, ...rest } = change;
      const changed = { ...users.get(name), name, ...rest };
      users.set(name, 'password' in change ? { ...changed, password: plain && digest(plain) } : changed);
      await store();
    },
    async drop(name) {
      users.delete(name);
      await store();
    },
  };
}

function readUsers(file: string): readonly User[] {
  if (!existsSync(file)) return [];
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as User[];
  } catch (error) {
    throw new Error(
      `Cannot read the warehouse's users in ${file}: ${(error as Error).message}. Mend the file, or delete it to start ` +
        'without users of your own.',
      { cause: error },
    );
  }
}

export function hasPassword(user: User | undefined, password: string): boolean {
  if (user?.password === undefined) return false;
  const [salt = '', expected = ''] = user.password.split(':');
  return timingSafeEqual(Buffer.from(digest(password, salt).split(':')[1] as string), Buffer.from(expected));
}

function digest(password: string, salt = randomBytes(8).toString('hex')): string {
  return `${salt}:${createHash('sha256').update(`${salt}${password}`).digest('hex')}`;
}

/** @throws SnowflakeError for anything but an RSA key in base64 */
export function readPublicKey(text: string): string {
  const key = text.replaceAll(/\s+/g, '');
  try {
    const { asymmetricKeyType } = createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' });
    if (asymmetricKeyType === 'rsa') return key;
  } catch {
    // Said below.
  }
  throw new SnowflakeError(
    'invalidPublicKey',
    "SQL execution error:\nNew public key rejected by current policy. Reason: 'Invalid Public key'. Give the base64 text " +
      'of an RSA key in PEM (SubjectPublicKeyInfo), without its BEGIN and END lines.',
  );
}

/** As DESCRIBE USER shows it and as key-pair logins name it. */
export function fingerprint(publicKey: string): string {
  return `SHA256:${createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest('base64')}`;
}
