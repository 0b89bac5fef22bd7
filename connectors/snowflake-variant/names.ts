/**
 * Names of Snowflake objects, from configuration to SQL. What leaves this file is quoted, so that no configured text can
 * become a statement.
 */
import { createHash } from 'node:crypto';

const plain = /^[A-Za-z_][A-Za-z0-9_$]*$/;
const quoted = /^"(?:[^"\p{Cc}\p{Surrogate}]|"")+"$/u;
const longest = 255;

/** Why `name` cannot be a name; undefined when it can. */
export function nameProblem(name: string): string | undefined {
  if (!plain.test(name) && !quoted.test(name)) {
    return `${JSON.stringify(name)} is no Snowflake name: letters, digits, _ and $, or anything within double quotes`;
  }
  return name.length > longest ? `the name is longer than ${longest} characters` : undefined;
}

/** A configured name as an identifier: as Snowflake reads it in SQL, upper-cased unless it is quoted. */
export function identifier(name: string): string {
  const problem = nameProblem(name);
  if (problem !== undefined) throw new RangeError(problem);
  return quoted.test(name) ? name : `"${name.toUpperCase()}"`;
}

/** A text as an SQL literal. */
export function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

/** The objects a sink task works with: identifiers for SQL, `shown` for people. */
export interface Names {
  readonly database: string;
  readonly schema: string;
  readonly table: string;
  readonly staging: string;
  readonly positions: string;
  readonly shown: { readonly schema: string; readonly table: string; readonly staging: string };
}

interface NameConfig {
  readonly 'snowflake.database': string;
  readonly 'snowflake.schema': string;
  readonly 'snowflake.table': string;
  readonly 'snowflake.staging.table': string;
}

export function namesOf(config: NameConfig, connector: string): Names {
  const database = identifier(config['snowflake.database']);
  const schema = `${database}.${identifier(config['snowflake.schema'])}`;
  return {
    database,
    schema,
    table: `${schema}.${identifier(config['snowflake.table'])}`,
    staging: `${schema}.${identifier(config['snowflake.staging.table'])}`,
    positions: `${schema}.${positionsIdentifier(connector)}`,
    shown: {
      schema: `${config['snowflake.database']}.${config['snowflake.schema']}`,
      table: config['snowflake.table'],
      staging: config['snowflake.staging.table'],
    },
  };
}

/** The table of a connector's positions: one each, since a change of positions locks their table. */
function positionsIdentifier(connector: string): string {
  const name = `CAVES_CONNECT_POSITIONS_${connector}`;
  const short = name.length <= longest ? name : `${name.slice(0, longest - 17).toWellFormed()}_${digest(name)}`;
  return `"${short.replaceAll('"', '""')}"`;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
