/** Functions over dates and time stamps. The session's time zone is UTC. */
import { compilationError } from '../errors.ts';
import type { Call, FunctionRule } from './functions.ts';
import { quoteText } from './names.ts';
import { asNumber, cast, macro, type Operand, other } from './operand.ts';
import type { Node } from './tree.ts';

const PARTS: Readonly<Record<string, string>> = {
  YEAR: 'year',
  YEARS: 'year',
  Y: 'year',
  YY: 'year',
  YYYY: 'year',
  QUARTER: 'quarter',
  Q: 'quarter',
  QUARTERS: 'quarter',
  MONTH: 'month',
  MONTHS: 'month',
  MM: 'month',
  MON: 'month',
  WEEK: 'week',
  WEEKS: 'week',
  W: 'week',
  WK: 'week',
  DAY: 'day',
  DAYS: 'day',
  D: 'day',
  DD: 'day',
  HOUR: 'hour',
  HOURS: 'hour',
  H: 'hour',
  HH: 'hour',
  MINUTE: 'minute',
  MINUTES: 'minute',
  M: 'minute',
  MI: 'minute',
  MIN: 'minute',
  SECOND: 'second',
  SECONDS: 'second',
  S: 'second',
  SEC: 'second',
  MILLISECOND: 'millisecond',
  MILLISECONDS: 'millisecond',
  MS: 'millisecond',
  MICROSECOND: 'microsecond',
  MICROSECONDS: 'microsecond',
  US: 'microsecond',
  DAYOFWEEK: 'dayofweek',
  DOW: 'dayofweek',
  DAYOFWEEKISO: 'isodow',
  DAYOFYEAR: 'dayofyear',
  DOY: 'dayofyear',
  EPOCH_SECOND: 'epoch',
};

/** A date part is written as a word or as text: `DAY`, `'day'`. */
function datePart(nodes: readonly Node[] | undefined): string {
  const node = nodes?.length === 1 ? nodes[0] : undefined;
  const written = node?.kind === 'word' || node?.kind === 'string' ? node.value.toUpperCase() : undefined;
  const part = written === undefined ? undefined : PARTS[written];
  if (!part) throw compilationError('invalidExpression', `'${written ?? '?'}' is not a valid date/time component.`);
  return part;
}

const dateAdd: FunctionRule = (call) => {
  const part = datePart(call.nodes[0]);
  const [amount, moment] = call.nodes.slice(1).map(call.rewrite);
  if (!amount || !moment) throw compilationError('invalidArguments', `${call.name} takes a part, a number and a date.`);
  const sum = `(${temporal(moment)} + ${interval(part, `CAST(${asNumber(amount)} AS BIGINT)`)})`;
  // Whole days of a date are a date. DuckDB makes time stamps of them; seen here only where the text says DATE.
  const whole = /AS DATE\)$/.test(moment.sql) && /^(year|quarter|month|week|day)$/.test(part);
  return other(whole ? `CAST(${sum} AS DATE)` : sum);
};

function interval(part: string, amount: string): string {
  if (part === 'quarter') return `to_months(3 * ${amount})`;
  if (/^(year|month|week|day|hour|minute|second|millisecond|microsecond)$/.test(part)) return `to_${part}s(${amount})`;
  throw compilationError('invalidExpression', `'${part}' cannot be added to a date.`);
}

/** A literal is a time stamp where a date function wants one. */
function temporal(operand: Operand): string {
  return operand.kind === 'string' || operand.kind === 'variant'
    ? cast(operand, { name: 'TIMESTAMP_NTZ', scale: 9 }).sql
    : operand.sql;
}

const dateDiff: FunctionRule = (call) => {
  const part = datePart(call.nodes[0]);
  const [from, to] = call.nodes.slice(1).map(call.rewrite);
  if (!from || !to) throw compilationError('invalidArguments', `${call.name} takes a part and two dates.`);
  return other(`date_diff(${quoteText(part)}, ${macro('moment', temporal(from))}, ${macro('moment', temporal(to))})`);
};

const dateTrunc: FunctionRule = (call) => {
  const part = datePart(call.nodes[0]);
  const [moment] = call.nodes.slice(1).map(call.rewrite);
  if (!moment) throw compilationError('invalidArguments', `${call.name} takes a part and a date.`);
  return other(`date_trunc(${quoteText(part)}, ${temporal(moment)})`);
};

const datePartOf: FunctionRule = (call) => {
  const nodes = call.nodes.length === 1 ? splitExtract(call) : call.nodes;
  const part = datePart(nodes[0]);
  const moment = nodes[1] && call.rewrite(nodes[1]);
  if (!moment) throw compilationError('invalidArguments', `${call.name} takes a part and a date.`);
  return other(`CAST(date_part(${quoteText(part)}, ${temporal(moment)}) AS BIGINT)`);
};

function splitExtract(call: Call): (readonly Node[])[] {
  const nodes = call.nodes[0] ?? [];
  const from = nodes.findIndex((node) => node.kind === 'word' && node.value === 'FROM');
  return from < 0 ? [nodes] : [nodes.slice(0, from), nodes.slice(from + 1)];
}

function partOf(part: string): FunctionRule {
  return (call) => other(`CAST(date_part('${part}', ${temporal(call.rewrite(call.nodes[0] ?? []))}) AS BIGINT)`);
}

function literal(type: string, text: (now: string) => string): FunctionRule {
  return (call) => other(`CAST('${text(call.scope.now.toISOString())}' AS ${type})`);
}

function converted(
  name: 'DATE' | 'TIME' | 'TIMESTAMP_NTZ' | 'TIMESTAMP_LTZ' | 'TIMESTAMP_TZ',
  safe: boolean,
): FunctionRule {
  return (call) => {
    const [value, format] = call.operands();
    if (!value || format) {
      throw compilationError(
        'unsupported',
        `The embedded warehouse does not know ${call.name} with a format or scale.`,
      );
    }
    if (name !== 'DATE' && value.kind === 'number') {
      const utc = `to_timestamp(${value.sql})`;
      return other(name === 'TIMESTAMP_NTZ' ? `CAST(${utc} AS TIMESTAMP)` : utc);
    }
    return cast(value, { name, scale: 9 }, safe);
  };
}

export function dateFunctions(): Readonly<Record<string, FunctionRule>> {
  const now = literal('TIMESTAMPTZ', (text) => text);
  return {
    CURRENT_TIMESTAMP: now,
    GETDATE: now,
    LOCALTIMESTAMP: now,
    SYSTIMESTAMP: now,
    SYSDATE: literal('TIMESTAMP', (text) => text.slice(0, -1)),
    CURRENT_DATE: literal('DATE', (text) => text.slice(0, 10)),
    CURRENT_TIME: literal('TIME', (text) => text.slice(11, -1)),
    LOCALTIME: literal('TIME', (text) => text.slice(11, -1)),
    DATEADD: dateAdd,
    TIMEADD: dateAdd,
    TIMESTAMPADD: dateAdd,
    DATEDIFF: dateDiff,
    TIMEDIFF: dateDiff,
    TIMESTAMPDIFF: dateDiff,
    DATE_TRUNC: dateTrunc,
    DATE_PART: datePartOf,
    EXTRACT: datePartOf,
    YEAR: partOf('year'),
    MONTH: partOf('month'),
    QUARTER: partOf('quarter'),
    WEEK: partOf('week'),
    DAY: partOf('day'),
    DAYOFMONTH: partOf('day'),
    DAYOFWEEK: partOf('dayofweek'),
    DAYOFYEAR: partOf('dayofyear'),
    HOUR: partOf('hour'),
    MINUTE: partOf('minute'),
    SECOND: partOf('second'),
    DAYNAME: (call) => other(`strftime(${temporal(call.rewrite(call.nodes[0] ?? []))}, '%a')`),
    MONTHNAME: (call) => other(`strftime(${temporal(call.rewrite(call.nodes[0] ?? []))}, '%b')`),
    LAST_DAY: (call) => other(`last_day(${temporal(call.rewrite(call.nodes[0] ?? []))})`),
    TO_DATE: converted('DATE', false),
    DATE: converted('DATE', false),
    TRY_TO_DATE: converted('DATE', true),
    TO_TIME: converted('TIME', false),
    TO_TIMESTAMP: converted('TIMESTAMP_NTZ', false),
    TRY_TO_TIMESTAMP: converted('TIMESTAMP_NTZ', true),
    TO_TIMESTAMP_NTZ: converted('TIMESTAMP_NTZ', false),
    TRY_TO_TIMESTAMP_NTZ: converted('TIMESTAMP_NTZ', true),
    TO_TIMESTAMP_LTZ: converted('TIMESTAMP_LTZ', false),
    TO_TIMESTAMP_TZ: converted('TIMESTAMP_TZ', false),
  };
}
