/**
 * CREATE, ALTER, DROP, DESCRIBE USER and SHOW USERS: passwords, comments and the two public keys of a user. Properties
 * without effect here are taken; others, and roles, are refused.
 */
import { compilationError, SnowflakeError, unknownConstruct } from '../errors.ts';
import { STATEMENT_TYPES, statusOf, tableOf } from '../results.ts';
import { displayName } from '../sql/names.ts';
import { isName, isWord, type Node, type Statement, sourceOf } from '../sql/tree.ts';
import { type ColumnType, MAX_TEXT } from '../types.ts';
import { fingerprint, readPublicKey, type User, type UserChange } from '../users.ts';
import { readLike, readProperties } from './clauses.ts';
import type { StatementHandler } from './context.ts';

const TEXT: ColumnType = { name: 'VARCHAR', length: MAX_TEXT };

/** Where a property is kept. */
const KEPT: Readonly<Record<string, keyof UserChange>> = {
  PASSWORD: 'password',
  RSA_PUBLIC_KEY: 'publicKey',
  RSA_PUBLIC_KEY_2: 'publicKey2',
  COMMENT: 'comment',
};
const WITHOUT_EFFECT = new Set(
  (
    'DISPLAY_NAME FIRST_NAME MIDDLE_NAME LAST_NAME EMAIL TYPE MUST_CHANGE_PASSWORD DAYS_TO_EXPIRY DEFAULT_ROLE ' +
    'DEFAULT_SECONDARY_ROLES'
  ).split(' '),
);

function keptAs(property: string): keyof UserChange | undefined {
  const key = Object.hasOwn(KEPT, property) ? KEPT[property] : undefined;
  if (!key && !WITHOUT_EFFECT.has(property)) throw unknownConstruct(`the user property ${property}`);
  return key;
}

function changeOf(statement: Statement, nodes: readonly Node[]): UserChange {
  const change: Partial<Record<keyof UserChange, string>> = {};
  for (const { name, value } of nodes.length === 0 ? [] : readProperties(statement, nodes)) {
    const key = keptAs(name);
    if (key) change[key] = name.startsWith('RSA') ? readPublicKey(value) : value;
  }
  return change;
}

interface Target {
  readonly name: string | undefined;
  /** `IF [NOT] EXISTS`. */
  readonly guarded: boolean;
  readonly rest: readonly Node[];
}

/** `[IF [NOT] EXISTS] name` from the third node on. */
function readTarget({ nodes }: Statement, from = 2): Target {
  let index = from;
  const guarded = isWord(nodes[index], 'IF');
  if (guarded) index += isWord(nodes[index + 1], 'NOT') ? 3 : 2;
  const name = nodes[index];
  if (!isName(name) || isWord(name, 'SET', 'UNSET')) return { name: undefined, guarded, rest: nodes.slice(index) };
  return { name: name.value, guarded, rest: nodes.slice(index + 1) };
}

const missing = (name: string) =>
  compilationError('schemaMissing', `User '${displayName(name)}' does not exist or not authorized.`);

export const createUser: StatementHandler = async ({ session, statement }) => {
  const { users } = session.account;
  const { name, guarded, rest } = readTarget(statement);
  if (name === undefined) throw compilationError('syntax', 'syntax error: CREATE USER needs a name.');
  const shown = displayName(name);
  if (users.find(name)) {
    if (guarded) return statusOf(`${shown} already exists, statement succeeded.`);
    throw compilationError('objectExists', `Object '${shown}' already exists.`);
  }
  await session.transaction.commit();
  await users.save(name, changeOf(statement, rest));
  return statusOf(`User ${shown} successfully created.`);
};

/** `ALTER USER [IF EXISTS] [name] SET … | UNSET … | ABORT ALL QUERIES`; without a name the session's own user. */
export const alterUser: StatementHandler = async ({ session, statement }) => {
  const { users } = session.account;
  const { name = session.facts.user, guarded, rest } = readTarget(statement);
  if (!users.find(name)) {
    if (guarded) return statusOf('Statement executed successfully.');
    throw missing(name);
  }
  const [action, ...properties] = rest;
  if (isWord(action, 'SET')) {
    const change = changeOf(statement, properties);
    await session.transaction.commit();
    await users.save(name, change);
  } else if (isWord(action, 'UNSET')) {
    const names = properties.filter(isName).map((node) => keptAs(node.value));
    await session.transaction.commit();
    await users.save(name, Object.fromEntries(names.flatMap((key) => (key ? [[key, undefined]] : []))));
  } else if (sourceOf(statement.source, rest).toUpperCase() === 'ABORT ALL QUERIES') {
    const { queries } = session.account;
    const others = queries.newest().filter((query) => query.user === name && query.queryId !== session.queryId);
    for (const query of others) query.cancel(new SnowflakeError('statementAborted', 'SQL execution canceled'));
  } else {
    throw unknownConstruct(`ALTER USER … ${sourceOf(statement.source, rest)}`);
  }
  return statusOf('Statement executed successfully.');
};

export const dropUser: StatementHandler = async ({ session, statement }) => {
  const { name = '', guarded } = readTarget(statement);
  if (!session.account.users.find(name)) {
    if (guarded) return statusOf('Drop statement executed successfully (object already dropped).');
    throw missing(name);
  }
  if (name === session.facts.user) throw compilationError('unsupported', `User ${name} cannot drop itself.`);
  await session.transaction.commit();
  await session.account.users.drop(name);
  return statusOf(`${displayName(name)} successfully dropped.`);
};

const keyPrint = (key: string | undefined): string | null => (key === undefined ? null : fingerprint(key));

/** The properties that are kept; a password never shows. */
const SHOWN: readonly (readonly [property: string, read: (user: User) => string | null])[] = [
  ['NAME', (user) => user.name],
  ['COMMENT', (user) => user.comment ?? null],
  ['LOGIN_NAME', (user) => user.name],
  ['PASSWORD', (user) => (user.password === undefined ? null : '********')],
  ['RSA_PUBLIC_KEY', (user) => user.publicKey ?? null],
  ['RSA_PUBLIC_KEY_FP', (user) => keyPrint(user.publicKey)],
  ['RSA_PUBLIC_KEY_2', (user) => user.publicKey2 ?? null],
  ['RSA_PUBLIC_KEY_2_FP', (user) => keyPrint(user.publicKey2)],
];

export const describeUser: StatementHandler = async ({ session, statement }) => {
  const { name = session.facts.user } = readTarget(statement);
  const user = session.account.users.find(name);
  if (!user) throw missing(name);
  return tableOf(
    ['property', 'value', 'default', 'description'].map((heading) => [heading, TEXT] as const),
    SHOWN.map(([property, read]) => [property, read(user), null, null]),
    STATEMENT_TYPES.use,
  );
};

export const showUsers: StatementHandler = async ({ session, statement }) => {
  const { keeps, rest } = readLike(statement.nodes.slice(2));
  if (rest.length > 0) throw unknownConstruct('SHOW USERS with anything but LIKE');
  const yes = (value: unknown): string => (value === undefined ? 'false' : 'true');
  return tableOf(
    ['name', 'login_name', 'comment', 'has_password', 'has_rsa_public_key'].map((heading) => [heading, TEXT] as const),
    session.account.users
      .list()
      .filter(({ name }) => keeps(name))
      .map(({ name, comment, password, publicKey }) => [name, name, comment ?? '', yes(password), yes(publicKey)]),
    STATEMENT_TYPES.use,
  );
};
