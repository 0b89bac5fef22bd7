/** The keys of the Snowflake sink, and what its schema cannot say about them. */
import type { ConfigOf, ConfigSchema } from 'caves-connect/sdk';
import { nameProblem } from './names.ts';

export const config = {
  properties: {
    'snowflake.account': {
      type: 'string',
      pattern: '^\\w+([.-]\\w+)*$',
      default: 'embedded',
      description: 'The account identifier (`org-account` or `account.region`); `embedded` is the embedded warehouse.',
      importance: 'high',
    },
    'snowflake.user': { type: 'string', minLength: 1, description: 'The user to log in as.', importance: 'high' },
    'snowflake.password': {
      type: 'string',
      secret: true,
      description: "The user's password.",
      examples: ['$' + '{env:SNOWFLAKE_PASSWORD}'],
      importance: 'high',
    },
    'snowflake.private.key': {
      type: 'string',
      secret: true,
      description: 'A private key (PEM, or the base64 text within it) to log in with instead of a password.',
      examples: ['$' + '{env:SNOWFLAKE_PRIVATE_KEY}'],
    },
    'snowflake.private.key.passphrase': {
      type: 'string',
      secret: true,
      description: 'The passphrase of an encrypted private key.',
    },
    'snowflake.token': {
      type: 'string',
      secret: true,
      description: 'An OAuth or programmatic access token to log in with instead of a password.',
    },
    'snowflake.authenticator': {
      type: 'string',
      enum: ['snowflake', 'snowflake_jwt', 'oauth', 'programmatic_access_token'],
      description:
        'How to log in. Left out: `snowflake_jwt` with a private key, `oauth` with a token, else `snowflake` (password).',
    },
    'snowflake.role': { type: 'string', description: "The role to use. Left out: the user's default role." },
    'snowflake.warehouse': {
      type: 'string',
      description: "The warehouse that runs the statements. Left out: the user's default warehouse.",
      importance: 'high',
    },
    'snowflake.database': {
      type: 'string',
      default: 'WINE_SALES_DB',
      description: 'The database of the table.',
      importance: 'high',
    },
    'snowflake.schema': {
      type: 'string',
      default: 'RAW_DATA',
      description: 'The schema of the table.',
      importance: 'high',
    },
    'snowflake.table': {
      type: 'string',
      default: 'RAW_EVENTS_STREAM',
      description: 'The table that gets a row for each event.',
      importance: 'high',
    },
    'snowflake.staging.table': {
      type: 'string',
      default: 'stg_raw_events_stream',
      description: 'The staging table that must stay empty: its rows are counted and warned about, never touched.',
      importance: 'low',
    },
    'snowflake.create.objects': {
      type: 'boolean',
      default: true,
      description:
        'Whether to create the database, schema and tables that are missing, as far as the role may. Its table of ' +
        'positions the sink creates in any case.',
    },
    'snowflake.transaction.mode': {
      type: 'string',
      enum: ['one.request', 'four.requests'],
      default: 'one.request',
      description:
        'How a batch is committed: as one request, which a killed process cannot leave half-way, or as BEGIN, UPDATE, ' +
        'INSERT and COMMIT one by one, for accounts that refuse binds in requests of several statements.',
      importance: 'low',
    },
    'snowflake.compression': {
      type: 'string',
      enum: ['zstd', 'none'],
      default: 'zstd',
      description:
        'How batches travel to Snowflake: `zstd` needs an eighth of the bytes and is left by itself where the warehouse ' +
        'does not open it; `none` sends them as they are, to be read in the query history.',
      importance: 'low',
    },
    'snowflake.query.tag': {
      type: 'string',
      maxLength: 2000,
      description: 'The tag of its statements in the query history. Left out: `caves-connect:<connector>`.',
      importance: 'low',
    },
    'snowflake.url': {
      type: 'string',
      pattern: '^https?://',
      description:
        'The address to connect to. Left out: that of the account; of `embedded` it is http://127.0.0.1:19080.',
      importance: 'low',
    },
  },
  required: ['snowflake.user'],
} as const satisfies ConfigSchema;

export type SinkConfig = ConfigOf<typeof config>;

export type Authenticator = NonNullable<SinkConfig['snowflake.authenticator']>;

export const embeddedUrl = 'http://127.0.0.1:19080';

/** The address of the configured account; undefined for the one that the driver derives. */
export function urlOf(config: SinkConfig): string | undefined {
  return config['snowflake.url'] ?? (config['snowflake.account'] === 'embedded' ? embeddedUrl : undefined);
}

/** Where the server is, as far as it is known here. */
export function addressOf(config: SinkConfig): URL {
  return new URL(urlOf(config) ?? `https://${config['snowflake.account'].replaceAll('_', '-')}.snowflakecomputing.com`);
}

export function authenticatorOf(config: SinkConfig): Authenticator {
  if (config['snowflake.authenticator'] !== undefined) return config['snowflake.authenticator'];
  if (config['snowflake.private.key'] !== undefined) return 'snowflake_jwt';
  return config['snowflake.token'] === undefined ? 'snowflake' : 'oauth';
}

const secretOf: Readonly<Record<Authenticator, 'snowflake.password' | 'snowflake.private.key' | 'snowflake.token'>> = {
  snowflake: 'snowflake.password',
  snowflake_jwt: 'snowflake.private.key',
  oauth: 'snowflake.token',
  programmatic_access_token: 'snowflake.token',
};

/** The key of the secret that the configured way to log in needs. */
export function secretKeyOf(config: SinkConfig): (typeof secretOf)[Authenticator] {
  return secretOf[authenticatorOf(config)];
}

const nameKeys = ['snowflake.database', 'snowflake.schema', 'snowflake.table', 'snowflake.staging.table'] as const;

/** Key → what is wrong with it. */
export function checkConfig(config: SinkConfig): Readonly<Record<string, string>> {
  const problems: Record<string, string> = {};
  for (const key of nameKeys) {
    const problem = nameProblem(config[key]);
    if (problem !== undefined) problems[key] = problem;
  }
  for (const key of ['snowflake.role', 'snowflake.warehouse'] as const) {
    const name = config[key];
    const problem = name === undefined ? undefined : nameProblem(name);
    if (problem !== undefined) problems[key] = problem;
  }
  const secret = secretKeyOf(config);
  if (config[secret] === undefined) {
    problems[secret] =
      `is missing: ${authenticatorOf(config)} needs it ` +
      '(or give snowflake.password, snowflake.private.key or snowflake.token for another way to log in)';
  }
  return problems;
}
