/**
 * Statements on the warehouse that is configured: by the Snowflake sink of a YAML file, or by the same environment
 * variables that `configs/wine.yaml` reads, which without SNOWFLAKE_ACCOUNT mean the embedded one. The session is the
 * sink's own, so that what works here works there.
 */
import { resolve } from 'node:path';
import type { SinkConfig } from '../../connectors/snowflake-variant/config.ts';
import { findProject } from '../runtime/config/project.ts';
import { resolveConnector } from '../runtime/config/resolve.ts';
import type { Logger } from '../sdk/index.ts';
import { CommandError } from './errors.ts';
import { loadChecked } from './load-checked.ts';
import type { Result } from './result.ts';

/** The account to use, and where the embedded services keep their data. */
export interface Target {
  readonly config: SinkConfig;
  readonly dataDir: string;
}

/** Variable → the sink's key. */
const variables: Readonly<Record<string, keyof SinkConfig>> = {
  SNOWFLAKE_ACCOUNT: 'snowflake.account',
  SNOWFLAKE_USER: 'snowflake.user',
  SNOWFLAKE_PASSWORD: 'snowflake.password',
  SNOWFLAKE_PRIVATE_KEY: 'snowflake.private.key',
  SNOWFLAKE_PRIVATE_KEY_PASSPHRASE: 'snowflake.private.key.passphrase',
  SNOWFLAKE_TOKEN: 'snowflake.token',
  SNOWFLAKE_ROLE: 'snowflake.role',
  SNOWFLAKE_WAREHOUSE: 'snowflake.warehouse',
  SNOWFLAKE_DATABASE: 'snowflake.database',
  SNOWFLAKE_SCHEMA: 'snowflake.schema',
};

/** What the environment and the project's `.env` say. */
export async function targetOfEnvironment(env: NodeJS.ProcessEnv, cwd: string): Promise<Target> {
  const project = findProject(resolve(cwd, 'caves.yaml'), env, cwd);
  const { default: sink } = await import('../../connectors/snowflake-variant/index.ts');
  const defaults = Object.entries(sink.config.properties).flatMap(([key, property]) =>
    'default' in property && property.default !== undefined ? [[key, property.default]] : [],
  );
  const given = Object.entries(variables).flatMap(([variable, key]) => {
    const value = project.env[variable];
    return value ? [[key, value]] : [];
  });
  const embedded = { 'snowflake.user': 'caves', 'snowflake.password': 'caves' };
  const values = { ...Object.fromEntries(defaults), ...Object.fromEntries(given) };
  const config = (values['snowflake.account'] === 'embedded' ? { ...embedded, ...values } : values) as SinkConfig;
  if (!config['snowflake.user']) {
    throw new CommandError(
      `SNOWFLAKE_ACCOUNT is ${config['snowflake.account']}, but SNOWFLAKE_USER is not set: set it in the environment or in .env.`,
    );
  }
  return { config, dataDir: resolve(project.root, '.caves') };
}

/** What the first Snowflake sink of a file says. */
export async function targetOfFile(path: string): Promise<Target> {
  const { file, lines } = await loadChecked(path, { color: false });
  if (!file) throw new CommandError([`${path} has errors:`, ...lines].join('\n'));
  for (const { name, config } of file.connectors) {
    const { connector } = await resolveConnector(name, config, file.registry, file.references);
    if ('snowflake.account' in connector.config) {
      return { config: connector.config as SinkConfig, dataDir: file.worker.dataDir };
    }
  }
  throw new CommandError(`${path} has no connector that writes to Snowflake.`);
}

/** Runs one statement and answers its result; the embedded services are started or joined when the target is theirs. */
export async function runStatement(sql: string, target: Target, log: Logger): Promise<Result> {
  const isEmbedded = target.config['snowflake.account'] === 'embedded' && !target.config['snowflake.url'];
  if (!isEmbedded) return execute(sql, target.config, log);
  const { ensureEmbedded } = await import('../embedded/services.ts');
  const services = await ensureEmbedded({ dataDir: target.dataDir, snowflake: true, log });
  try {
    const url = services.snowflake?.url;
    return await execute(sql, { ...target.config, ...(url ? { 'snowflake.url': url } : {}) }, log);
  } finally {
    await services.release();
  }
}

async function execute(sql: string, config: SinkConfig, log: Logger): Promise<Result> {
  const [{ openSession }, { identifier }] = await Promise.all([
    import('../../connectors/snowflake-variant/session.ts'),
    import('../../connectors/snowflake-variant/names.ts'),
  ]);
  const { signal } = new AbortController();
  try {
    const session = await openSession(config, { queryTag: 'caves-connect:sql', log }, signal);
    try {
      const schema = `${identifier(config['snowflake.database'])}.${identifier(config['snowflake.schema'])}`;
      // A schema that is not there yet matters only to a statement that names no other; that one says so itself.
      await session.execute(`USE SCHEMA ${schema}`, [], signal).catch(() => {});
      return await session.execute(sql, [], signal);
    } finally {
      await session.close();
    }
  } catch (error) {
    throw new CommandError(asSnowflakeSays(error), { cause: error });
  }
}

/** `002003 (42S02): SQL compilation error: …`, as Snowflake's own clients print it. */
function asSnowflakeSays(error: unknown): string {
  const { code, sqlState, message } = error as { code?: unknown; sqlState?: unknown; message?: string };
  const state = sqlState ? ` (${sqlState})` : '';
  const number = /^\d+$/.test(String(code)) ? `${String(code).padStart(6, '0')}${state}: ` : '';
  return `${number}${message ?? String(error)}`;
}
