/**
 * What an error of Snowflake or its driver means for the sink, by code: see `facts/snowflake.md` §1.5. Messages are never
 * matched; a code that is not known is a failure of the task.
 */
import { BatchRejectedError, ConfigError, RetriableError } from 'caves-connect/sdk';
import { authenticatorOf, type SinkConfig, secretKeyOf, urlOf } from './config.ts';

/**
 * - `lost`: no answer, or the session is gone: what was under way may have happened or not
 * - `busy`: refused now, may be taken later
 * - `data`: a value does not fit
 * - `login`, `role`, `warehouse`, `object`, `privilege`: the configuration, by what is at fault
 * - `fatal`: anything else that the driver throws
 * - `ours`: an error that is not the driver's
 */
export type Fault = 'lost' | 'busy' | 'data' | ConfigFault | 'fatal' | 'ours';
type ConfigFault = 'login' | 'role' | 'warehouse' | 'object' | 'privilege';

const faults: Readonly<Record<string, Fault>> = {
  // The driver's own: network, HTTP status, an answer that is no JSON, an expired token, a closed connection.
  '401001': 'lost',
  '401002': 'lost',
  '401003': 'lost',
  '401004': 'lost',
  '405503': 'lost',
  '407001': 'lost',
  '407002': 'lost',
  // The session: gone, expired, its master token expired.
  '390104': 'lost',
  '390111': 'lost',
  '390112': 'lost',
  '390114': 'lost',
  // Log-in: wrong user or password, locked user, bad JWT, bad or expired OAuth token, bad PAT.
  '390100': 'login',
  '390101': 'login',
  '390102': 'login',
  '390144': 'login',
  '390303': 'login',
  '390318': 'login',
  '394400': 'login',
  '390186': 'role',
  '390189': 'role',
  '000606': 'warehouse',
  '000604': 'busy',
  '000615': 'busy',
  '000625': 'busy',
  '000630': 'busy',
  '002003': 'object',
  '002043': 'object',
  '000904': 'object',
  '003001': 'privilege',
};

/** Codes that the table does not have: errors of execution (100xxx) of SQLSTATE class 22, a data exception. */
const isDataException = (code: string, sqlState: string): boolean =>
  code.startsWith('100') && sqlState.startsWith('22');

interface DriverError {
  readonly code: string;
  readonly sqlState: string;
  readonly message: string;
  /** HTTP status, where the driver met one. */
  readonly status: number | undefined;
}

function driverError(error: unknown): DriverError {
  const { code, sqlState, message, response } = (typeof error === 'object' && error !== null ? error : {}) as {
    readonly [key: string]: unknown;
  };
  const status = (response as { readonly statusCode?: unknown; readonly status?: unknown } | undefined) ?? {};
  const found = status.statusCode ?? status.status;
  return {
    code: code === undefined ? '' : `${code as string | number}`.padStart(6, '0'),
    sqlState: typeof sqlState === 'string' ? sqlState : '',
    message: typeof message === 'string' ? message : String(error),
    status: typeof found === 'number' ? found : undefined,
  };
}

export function faultOf(error: unknown): Fault {
  const { code, sqlState } = driverError(error);
  if (!/^\d{6}$/.test(code)) return 'ours';
  return faults[code] ?? (isDataException(code, sqlState) ? 'data' : 'fatal');
}

const lockWaitEnded = '000625';
const lockWayOut =
  'If no task of this connector runs the transaction that holds the lock, end it: SELECT SYSTEM$ABORT_TRANSACTION(its id), ' +
  'as the user who began it or as ACCOUNTADMIN (SHOW TRANSACTIONS IN ACCOUNT names its session); Snowflake ends it by ' +
  'itself after five idle minutes';

/** Whether a statement of several in one request failed: the code says no more than that. */
export function isOfOneRequest(error: unknown): boolean {
  return driverError(error).code === '100132';
}

/** Whether the object that a statement makes is there already: the answer to who came second. */
export function isAlreadyThere(error: unknown): boolean {
  return driverError(error).code === '002002';
}

/**
 * The error to throw for one of the driver's, met while `doing` something: it steers the runtime and says the way out. An
 * error that is not the driver's stays as it is.
 */
export function explained(error: unknown, doing: string, config: SinkConfig): unknown {
  const { code, message, status } = driverError(error);
  const said = `${doing}: ${message.replaceAll(/\s+/g, ' ').trim()} (${code})`;
  const cause = { cause: error };
  const fault = faultOf(error);
  switch (fault) {
    case 'lost':
      if (status === 403 || status === 404) {
        return new ConfigError(
          `${said}. Is the account ${config['snowflake.account']} right? Set snowflake.account (SNOWFLAKE_ACCOUNT)`,
          { ...cause, key: 'snowflake.account' },
        );
      }
      return new RetriableError(
        `${said}. Tried ${urlOf(config) ?? `the account ${config['snowflake.account']}`}`,
        cause,
      );
    case 'busy':
      return new RetriableError(code === lockWaitEnded ? `${said}. ${lockWayOut}` : said, cause);
    case 'data':
      return new BatchRejectedError(said, cause);
    case 'fatal':
      return new Error(said, cause);
    case 'ours':
      return error;
    default: {
      const { key, wayOut } = configFault(fault, config);
      return new ConfigError(`${said}. ${wayOut}`, { ...cause, key });
    }
  }
}

function configFault(fault: ConfigFault, config: SinkConfig): { readonly key: string; readonly wayOut: string } {
  const role = config['snowflake.role'] ?? `the default role of ${config['snowflake.user']}`;
  switch (fault) {
    case 'login': {
      const key = secretKeyOf(config);
      return {
        key,
        wayOut: `Check snowflake.user (${config['snowflake.user']}) and ${key} (log-in by ${authenticatorOf(config)})`,
      };
    }
    case 'role':
      return { key: 'snowflake.role', wayOut: `Set snowflake.role to a role that ${config['snowflake.user']} has` };
    case 'warehouse':
      return {
        key: 'snowflake.warehouse',
        wayOut: `Set snowflake.warehouse (SNOWFLAKE_WAREHOUSE) to a warehouse that ${role} may use`,
      };
    case 'object':
      return {
        key: 'snowflake.database',
        wayOut:
          `Check snowflake.database, snowflake.schema and snowflake.table; let ${role} see them, or set ` +
          'snowflake.create.objects: true with a role that may create them',
      };
    case 'privilege':
      return {
        key: 'snowflake.role',
        wayOut:
          `Grant ${role} USAGE on the database and schema, INSERT and SELECT on the table, and CREATE TABLE on the ` +
          'schema; or set snowflake.role to a role that has them',
      };
  }
}
