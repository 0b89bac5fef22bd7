/**
 * The session parameters that the warehouse knows: their types, defaults, and what a value may be.
 *
 * Three kinds: heeded (it changes what a session does), idle (any value is taken, nothing here depends on it) and fixed
 * (it would change what statements mean, so that only the value that this warehouse has anyway is taken). A parameter
 * that is not in the table is refused by name. One default is not Snowflake's: TIMEZONE is UTC.
 */
import { compilationError, unknownConstruct } from './errors.ts';

type ParameterType = 'BOOLEAN' | 'NUMBER' | 'STRING';

interface Definition {
  readonly type: ParameterType;
  readonly default: string;
  readonly kind: 'heeded' | 'idle' | 'fixed';
  readonly description: string;
  /** Largest value of a NUMBER. */
  readonly max?: number;
}

const heeded = (type: ParameterType, value: string, description: string, max?: number): Definition => ({
  type,
  default: value,
  kind: 'heeded',
  description,
  ...(max !== undefined && { max }),
});
const idle = (type: ParameterType, value: string, description: string): Definition => ({
  type,
  default: value,
  kind: 'idle',
  description,
});
const fixed = (type: ParameterType, value: string, description: string): Definition => ({
  type,
  default: value,
  kind: 'fixed',
  description,
});

const WEEK_S = 604_800;

const DEFINITIONS: Readonly<Record<string, Definition>> = {
  ABORT_DETACHED_QUERY: idle('BOOLEAN', 'false', 'End queries whose client has gone'),
  AUTOCOMMIT: heeded('BOOLEAN', 'true', 'Commit each statement that changes rows by itself'),
  BINARY_INPUT_FORMAT: fixed('STRING', 'HEX', 'Format of text that becomes BINARY'),
  BINARY_OUTPUT_FORMAT: heeded('STRING', 'HEX', 'How clients show BINARY'),
  CLIENT_METADATA_REQUEST_USE_CONNECTION_CTX: idle('BOOLEAN', 'false', 'Metadata of the current schema only'),
  CLIENT_PREFETCH_THREADS: idle('NUMBER', '4', 'Threads with which clients fetch results'),
  CLIENT_RESULT_CHUNK_SIZE: idle('NUMBER', '160', 'Size of result chunks in MB; results come inline here'),
  CLIENT_SESSION_KEEP_ALIVE: heeded('BOOLEAN', 'false', 'Clients send heartbeats, so that a session never expires'),
  CLIENT_SESSION_KEEP_ALIVE_HEARTBEAT_FREQUENCY: heeded('NUMBER', '3600', 'Seconds between two heartbeats', 3600),
  DATE_INPUT_FORMAT: fixed('STRING', 'AUTO', 'Format of text that becomes DATE'),
  DATE_OUTPUT_FORMAT: heeded('STRING', 'YYYY-MM-DD', 'How clients show DATE'),
  ERROR_ON_NONDETERMINISTIC_MERGE: fixed('BOOLEAN', 'true', 'A MERGE that could update a row in two ways fails'),
  ERROR_ON_NONDETERMINISTIC_UPDATE: fixed('BOOLEAN', 'false', 'An UPDATE that could go two ways fails'),
  JS_TREAT_INTEGER_AS_BIGINT: heeded('BOOLEAN', 'false', 'The Node.js driver reads whole numbers as BigInt'),
  JSON_INDENT: fixed('NUMBER', '0', 'Spaces of indentation in JSON that is shown'),
  LOCK_TIMEOUT: heeded('NUMBER', '43200', 'Seconds to wait for a lock'),
  MULTI_STATEMENT_COUNT: heeded('NUMBER', '1', 'Statements that a request must have; 0 for any number'),
  QUERY_TAG: heeded('STRING', '', 'A label of the statements of the session'),
  QUOTED_IDENTIFIERS_IGNORE_CASE: fixed('BOOLEAN', 'false', 'Fold names in double quotes as well'),
  ROWS_PER_RESULTSET: fixed('NUMBER', '0', 'Most rows of a result; 0 for all'),
  STATEMENT_QUEUED_TIMEOUT_IN_SECONDS: idle('NUMBER', '0', 'Seconds in the queue of a warehouse; there is none here'),
  STATEMENT_TIMEOUT_IN_SECONDS: heeded('NUMBER', '172800', 'Seconds after which a statement is canceled', WEEK_S),
  STRICT_JSON_OUTPUT: idle('BOOLEAN', 'false', 'JSON that is shown is strict; it always is here'),
  TIMESTAMP_DAY_IS_ALWAYS_24H: fixed('BOOLEAN', 'true', 'A day is 24 hours, also when clocks change'),
  TIMESTAMP_INPUT_FORMAT: fixed('STRING', 'AUTO', 'Format of text that becomes a time stamp'),
  TIMESTAMP_LTZ_OUTPUT_FORMAT: heeded('STRING', '', 'How clients show TIMESTAMP_LTZ'),
  TIMESTAMP_NTZ_OUTPUT_FORMAT: heeded('STRING', 'YYYY-MM-DD HH24:MI:SS.FF3', 'How clients show TIMESTAMP_NTZ'),
  TIMESTAMP_OUTPUT_FORMAT: heeded('STRING', 'YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM', 'How clients show time stamps'),
  TIMESTAMP_TYPE_MAPPING: fixed('STRING', 'TIMESTAMP_NTZ', 'What the type TIMESTAMP stands for'),
  TIMESTAMP_TZ_OUTPUT_FORMAT: heeded('STRING', '', 'How clients show TIMESTAMP_TZ'),
  TIMEZONE: heeded('STRING', 'UTC', 'Time zone of TIMESTAMP_LTZ'),
  TIME_INPUT_FORMAT: fixed('STRING', 'AUTO', 'Format of text that becomes TIME'),
  TIME_OUTPUT_FORMAT: heeded('STRING', 'HH24:MI:SS', 'How clients show TIME'),
  TRANSACTION_ABORT_ON_ERROR: fixed('BOOLEAN', 'false', 'A failed statement ends its transaction'),
  TRANSACTION_DEFAULT_ISOLATION_LEVEL: fixed('STRING', 'READ COMMITTED', 'Isolation of transactions'),
  TWO_DIGIT_CENTURY_START: fixed('NUMBER', '1970', 'First year of two-digit years'),
  USE_CACHED_RESULT: idle('BOOLEAN', 'true', 'Answer a repeated query from memory'),
  WEEK_OF_YEAR_POLICY: fixed('NUMBER', '0', 'How weeks of a year are counted'),
  WEEK_START: fixed('NUMBER', '0', 'First day of a week'),
};

/** What changes the session itself. */
const NOT_FOR_ONE = ['AUTOCOMMIT', 'TIMEZONE'] as const;

/** Array binds always come inline: there is no stage to upload them to. */
const BINDING = { name: 'CLIENT_STAGE_ARRAY_BINDING_THRESHOLD', value: 1_000_000_000 } as const;

export interface ClientParameter {
  readonly name: string;
  readonly value: string | number | boolean;
}

export interface ParameterRow {
  readonly name: string;
  readonly value: string;
  readonly default: string;
  /** `SESSION` where the session set it, else empty. */
  readonly level: '' | 'SESSION';
  readonly description: string;
  readonly type: ParameterType;
}

export interface Parameters {
  /** The value in force, as SHOW PARAMETERS prints it. */
  get(name: string): string;
  /** @throws SnowflakeError for a name or a value that is not taken */
  set(name: string, value: string): void;
  unset(name: string): void;
  /** Values for one request, over those of the session; names that are not in the table are left out. */
  override(values: Readonly<Record<string, string>>): void;
  rows(): readonly ParameterRow[];
  /** What the driver has to know to read results. */
  forClient(): readonly ClientParameter[];
}

/** The parameters of a session. Those of its login that are not in the table are the driver's own and left out. */
export function createParameters(login: Readonly<Record<string, string>> = {}): Parameters {
  const own = new Map<string, string>();
  let request: ReadonlyMap<string, string> = new Map();
  let client: readonly ClientParameter[] | undefined;

  const read = (values: Readonly<Record<string, string>>): Map<string, string> =>
    new Map(
      Object.entries(values).flatMap(([name, value]) => {
        const key = name.toUpperCase();
        return Object.hasOwn(DEFINITIONS, key) ? [[key, checkValue(key, value)] as const] : [];
      }),
    );
  for (const [name, value] of read(login)) own.set(name, value);

  const inForce = (name: string): string => request.get(name) ?? own.get(name) ?? definitionOf(name).default;
  return {
    get: inForce,
    set(name, value) {
      own.set(name, checkValue(name, value));
      client = undefined;
    },
    unset(name) {
      definitionOf(name);
      own.delete(name);
      client = undefined;
    },
    override(values) {
      request = read(values);
      for (const name of NOT_FOR_ONE) {
        if (request.has(name)) throw unknownConstruct(`${name} for one statement: use ALTER SESSION SET ${name}`);
      }
      client = undefined;
    },
    rows: () =>
      Object.entries(DEFINITIONS).map(([name, { type, default: value, description }]) => ({
        name,
        value: inForce(name),
        default: value,
        level: own.has(name) ? 'SESSION' : '',
        description,
        type,
      })),
    forClient() {
      client ??= [...Object.keys(DEFINITIONS).map((name) => ({ name, value: typed(name, inForce(name)) })), BINDING];
      return client;
    },
  };
}

function definitionOf(name: string): Definition {
  const definition = Object.hasOwn(DEFINITIONS, name) ? DEFINITIONS[name] : undefined;
  if (!definition) throw unknownConstruct(`the session parameter ${name}`);
  return definition;
}

/** The value as it is kept: booleans in lower case. */
function checkValue(name: string, value: string): string {
  const { type, kind, default: usual, max } = definitionOf(name);
  const invalid = () => compilationError('invalidParameterValue', `invalid value [${value}] for parameter '${name}'`);
  if (type === 'BOOLEAN' && !/^(true|false)$/i.test(value)) throw invalid();
  if (type === 'NUMBER' && !(/^\d{1,10}$/.test(value) && Number(value) <= (max ?? Number.MAX_SAFE_INTEGER)))
    throw invalid();
  if (name === 'TIMEZONE' && !isTimeZone(value)) throw invalid();
  if (name === 'BINARY_OUTPUT_FORMAT' && !/^(hex|base64)$/i.test(value)) throw invalid();
  if (kind === 'fixed' && value.toUpperCase() !== usual.toUpperCase()) {
    throw unknownConstruct(`the session parameter ${name} = ${value} (it is ${usual} here)`);
  }
  return type === 'BOOLEAN' ? value.toLowerCase() : value;
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return /^[A-Za-z]/.test(name);
  } catch {
    return false;
  }
}

function typed(name: string, value: string): string | number | boolean {
  switch (definitionOf(name).type) {
    case 'BOOLEAN':
      return value === 'true';
    case 'NUMBER':
      return Number(value);
    case 'STRING':
      return value;
  }
}
