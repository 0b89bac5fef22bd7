/**
 * DuckDB's errors as Snowflake's. DuckDB has no codes, only kinds and texts: this file is the one place that reads
 * them, and what it does not recognise becomes 000603 with DuckDB's own first line, never a wrong code.
 */
import { SNOWFLAKE_ERRORS, SnowflakeError, type SnowflakeErrorName } from '../errors.ts';
import { decodeName } from '../sql/names.ts';

interface Rule {
  readonly pattern: RegExp;
  readonly error: SnowflakeErrorName;
  readonly message: (match: RegExpExecArray) => string;
}

const compilation = (text: string): string => `SQL compilation error:\n${text}`;

const RULES: readonly Rule[] = [
  {
    pattern: /CHECK constraint failed.*length\("?([^")]*)"?\) <= (\d+)/s,
    error: 'stringTooLong',
    message: ([, column, size]) =>
      `String is too long and would be truncated: column ${column} holds ${size} characters.`,
  },
  {
    pattern: /NOT NULL constraint failed: (?:.*\.)?(.+)/,
    error: 'nullInNotNull',
    message: ([, column]) => `NULL result in a non-nullable column ${column?.trim()}`,
  },
  {
    pattern: /Malformed JSON at byte (\d+) of input: ([^\n]*?)\.? +Input: "?([^\n]{0,80})/s,
    error: 'notJson',
    message: ([, at, why, input]) => `Error parsing JSON: ${why}, pos ${at}: ${input}`,
  },
  { pattern: /Malformed JSON[^\n]*/, error: 'notJson', message: ([text]) => `Error parsing JSON: ${text}` },
  {
    pattern: /Could not convert string ["'](.*)["'] to (?:DECIMAL|INT|UINT|BIGINT|HUGEINT|DOUBLE|FLOAT)/s,
    error: 'notNumeric',
    message: ([, value]) => `Numeric value '${value}' is not recognized`,
  },
  {
    pattern: /Could not convert string ["'](.*)["'] to BOOL/s,
    error: 'notBoolean',
    message: ([, value]) => `Boolean value '${value}' is not recognized`,
  },
  {
    pattern: /invalid date field format: "(.*?)"|date field value out of range: "(.*?)"/s,
    error: 'notDate',
    message: ([, a, b]) => `Date '${a ?? b}' is not recognized`,
  },
  {
    pattern:
      /invalid timestamp field format: "(.*?)"|timestamp field value out of range: "(.*?)"|Could not parse string "(.*?)" according to/s,
    error: 'notTimestamp',
    message: ([, a, b, c]) => `Timestamp '${a ?? b ?? c}' is not recognized`,
  },
  {
    pattern: /Casting value "(.*?)" to type DECIMAL\((\d+),(\d+)\) failed: value is out of range/,
    error: 'notRepresentable',
    message: ([, value, precision, scale]) =>
      `Number out of representable range: type FIXED(${precision},${scale}), value ${value}`,
  },
  {
    pattern: /Could not cast value (\S+) to DECIMAL\((\d+),(\d+)\)/,
    error: 'outOfRange',
    message: ([, value]) => `Number out of representable range: ${value}`,
  },
  {
    pattern: /Out of Range Error: ([^\n]*)|Overflow in ([^\n]*)/,
    error: 'outOfRange',
    message: ([, a, b]) => `Number out of representable range: ${a ?? b}`,
  },
  {
    pattern: /Table with name (.+?) does not exist/,
    error: 'objectMissing',
    message: ([, name]) => compilation(`Object '${name?.replaceAll('"', '')}' does not exist or not authorized.`),
  },
  {
    pattern: /(?:Catalog|Schema|Database) (?:with name )?"(.+?)" does not exist/,
    error: 'objectMissing',
    message: ([, name]) => compilation(`Object '${name?.replaceAll('"', '')}' does not exist or not authorized.`),
  },
  {
    pattern:
      /Referenced column "(.+?)" (?:was )?not found|Referenced table "(.+?)" not found|does not have a column named "(.+?)"|Column "(.+?)" referenced that exists|column "(.+?)" does not exist|Table "[^"]+" does not have a column with name "(.+?)"/,
    error: 'invalidIdentifier',
    message: (match) => compilation(`invalid identifier '${match.slice(1).find((part) => part !== undefined)}'`),
  },
  {
    pattern: /Ambiguous reference to column name "(.+?)"/,
    error: 'ambiguousColumn',
    message: ([, name]) => compilation(`ambiguous column name '${name}'`),
  },
  {
    pattern: /column "(.+?)" must appear in the GROUP BY clause/i,
    error: 'notGrouped',
    message: ([, name]) => compilation(`'${name}' is not a valid group by expression`),
  },
  {
    pattern: /(?:Table|View|Type|Schema|Entry) with name "(.+?)" already exists/,
    error: 'objectExists',
    message: ([, name]) => compilation(`Object '${name}' already exists.`),
  },
  {
    pattern: /Column with name (.+?) already exists/,
    error: 'columnExists',
    message: ([, name]) => compilation(`ambiguous column name '${name}'`),
  },
  {
    pattern:
      /table .+ has (\d+) columns but (\d+) values were supplied|Column name\/value mismatch for insert on .*expected (\d+) columns but (\d+) values/s,
    error: 'columnCount',
    message: (match) =>
      compilation(
        `Insert value list does not match column list expecting ${match[1] ?? match[3]} but got ${match[2] ?? match[4]}`,
      ),
  },
  {
    pattern: /More than one row returned by a subquery/,
    error: 'subqueryRows',
    message: () => 'Single-row subquery returns more than one row.',
  },
  {
    pattern: /No space left on device/,
    error: 'statementAborted',
    message: () =>
      'Statement was aborted because the disk of the embedded warehouse is full: make room where its data folder is',
  },
  {
    pattern: /(?:TransactionContext Error|Transaction conflict|Conflict on|write-write conflict)[^\n]*/i,
    error: 'lockTimeout',
    message: ([text]) => `Statement was aborted because of a conflict with another transaction: ${text}`,
  },
  { pattern: /INTERRUPT|Interrupted/, error: 'statementAborted', message: () => 'SQL execution canceled' },
  {
    pattern: /Unimplemented type for cast \((.*) -> (.*)\)/s,
    error: 'invalidExpression',
    message: ([, from, to]) => compilation(`invalid type [CAST(${from} AS ${to})]`),
  },
  { pattern: /Parser Error: ([^\n]*)/, error: 'syntax', message: ([, text]) => compilation(text ?? '') },
  { pattern: /Binder Error: ([^\n]*)/, error: 'invalidExpression', message: ([, text]) => compilation(text ?? '') },
];

export function toSnowflakeError(error: unknown): SnowflakeError {
  if (error instanceof SnowflakeError) return error;
  const text = decodeName(error instanceof Error ? error.message : String(error));
  const raised = /@(\w+)@([^\n]*)/.exec(text);
  if (raised && Object.hasOwn(SNOWFLAKE_ERRORS, raised[1] as string)) {
    return new SnowflakeError(raised[1] as SnowflakeErrorName, raised[2] as string);
  }
  for (const rule of RULES) {
    const match = rule.pattern.exec(text);
    if (match) return new SnowflakeError(rule.error, rule.message(match));
  }
  return new SnowflakeError('internal', `SQL execution internal error: ${text.split('\n')[0]}`);
}
