/** Names of date and time parts, as Snowflake spells them, and DuckDB's. */
import { compilationError } from '../errors.ts';
import type { Node } from './tree.ts';

const SPELLINGS: Readonly<Record<string, string>> = {
  year: 'YEAR YEARS Y YY YYY YYYY YR YRS',
  quarter: 'QUARTER QUARTERS Q QTR QTRS',
  month: 'MONTH MONTHS MM MON MONS',
  week: 'WEEK WEEKS W WK WEEKOFYEAR WOY WY',
  weekiso: 'WEEK_ISO WEEKISO WEEKOFYEARISO WEEKOFYEAR_ISO',
  day: 'DAY DAYS D DD DAYOFMONTH',
  hour: 'HOUR HOURS H HH HR HRS',
  minute: 'MINUTE MINUTES M MI MIN MINS',
  second: 'SECOND SECONDS S SEC SECS',
  millisecond: 'MILLISECOND MILLISECONDS MS MSEC',
  microsecond: 'MICROSECOND MICROSECONDS US USEC',
  nanosecond: 'NANOSECOND NANOSECONDS NS NSEC NANOSEC NSECOND NSECONDS NANOSECS',
  dayofweek: 'DAYOFWEEK DOW DW WEEKDAY',
  isodow: 'DAYOFWEEKISO DAYOFWEEK_ISO WEEKDAY_ISO DOW_ISO DW_ISO',
  dayofyear: 'DAYOFYEAR DOY DY YEARDAY',
  isoyear: 'YEAROFWEEK YEAROFWEEKISO',
  epoch: 'EPOCH_SECOND EPOCH EPOCH_SECONDS',
  epoch_ms: 'EPOCH_MILLISECOND EPOCH_MILLISECONDS',
  epoch_us: 'EPOCH_MICROSECOND EPOCH_MICROSECONDS',
  epoch_ns: 'EPOCH_NANOSECOND EPOCH_NANOSECONDS',
  timezone_hour: 'TIMEZONE_HOUR TZH',
  timezone_minute: 'TIMEZONE_MINUTE TZM',
};

const PARTS = new Map(
  Object.entries(SPELLINGS).flatMap(([part, names]) => names.split(' ').map((name) => [name, part] as const)),
);

/** @throws SnowflakeError 001065 for a name that is no part */
export function datePartOf(name: string): string {
  const part = PARTS.get(name.toUpperCase());
  if (!part) throw compilationError('invalidExpression', `'${name}' is not a valid date/time component.`);
  return part;
}

export function isDatePart(name: string): boolean {
  return PARTS.has(name.toUpperCase());
}

/** A part is written as a word or as text: `DAY`, `'day'`. */
export function readDatePart(nodes: readonly Node[] | undefined): string {
  const [node, ...more] = nodes ?? [];
  const written = more.length === 0 && (node?.kind === 'word' || node?.kind === 'string') ? node.value : undefined;
  if (written === undefined)
    throw compilationError('invalidExpression', 'a date/time component such as DAY is expected.');
  return datePartOf(written);
}
