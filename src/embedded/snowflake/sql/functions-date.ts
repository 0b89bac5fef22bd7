/**
 * Parts of dates and time stamps, and arithmetic with them. A time stamp with
 * local time zone shows the clock of the session's zone. Weeks begin on Monday
 * (WEEK_START and WEEK_OF_YEAR_POLICY at their defaults).
 */
import { compilationError } from '../errors.ts';
import { type ColumnType, DATE, numberType, TEXT, TIME, TIMESTAMP_LTZ, TIMESTAMP_NTZ } from '../types.ts';
import { fromLocal } from './arithmetic.ts';
import { cast, localOf, moment, numeric } from './convert.ts';
import { datePartOf, isDatePart, readDatePart } from './date-parts.ts';
import { type Call, type FunctionRule, unknownForm } from './functions.ts';
import { intervalSql } from './interval.ts';
import { integerOf } from './literals.ts';
import { quoteText } from './names.ts';
import { anyNullable, isKind, macro, NULL, type Operand, typed } from './operand.ts';
import { checkCount, scalar, wrongTypes } from './signature.ts';
import type { Node } from './tree.ts';

const WHOLE_DAYS = /^(year|quarter|month|week|day)$/;

/** The wall clock as a time stamp: a time is one of a day that does not matter. */
function clockOf(when: Operand): string {
  return isKind(when, 'TIME') ? `(CAST('1970-01-01' AS DATE) + ${when.sql})` : localOf(when);
}

/** Rewrites the arguments but the first, which is a date part. */
function withPart(call: Call, count: number): { readonly part: string; readonly operands: readonly Operand[] } {
  checkCount(call, call.nodes.length, count + 1);
  return { part: readDatePart(call.nodes[0]), operands: call.nodes.slice(1).map(call.rewrite) };
}

const dateAdd: FunctionRule = (call) => {
  const { part, operands } = withPart(call, 2);
  const [amount = NULL, when = NULL] = operands;
  return add(call, part, numeric(amount), moment(when));
};

function add(call: Call, part: string, amount: Operand, when: Operand): Operand {
  // A fraction of a part is rounded.
  const count = `CAST(${amount.sql} AS BIGINT)`;
  const nullable = anyNullable([amount, when]);
  if (isKind(when, 'TIME')) {
    if (WHOLE_DAYS.test(part)) throw wrongTypes(call, [amount, when]);
    return typed(`(${when.sql} + ${intervalSql(part, count)})`, TIME, nullable);
  }
  const sum = `(${localOf(when)} + ${intervalSql(part, count)})`;
  if (!isKind(when, 'DATE')) return typed(fromLocal(sum, when), when.type ?? TIMESTAMP_NTZ, nullable);
  return WHOLE_DAYS.test(part) ? typed(`CAST(${sum} AS DATE)`, DATE, nullable) : typed(sum, TIMESTAMP_NTZ, nullable);
}

const dateDiff: FunctionRule = (call) => {
  const { part, operands } = withPart(call, 2);
  const [from = NULL, to = NULL] = operands.map(moment);
  const [a, b] = [from, to].map(clockOf) as [string, string];
  return typed(
    difference(part, a, b),
    numberType(part.endsWith('second') && part !== 'second' ? 18 : 9),
    anyNullable([from, to]),
  );
};

/** How many borders of the part lie between two moments. */
function difference(part: string, a: string, b: string): string {
  if (part === 'week' || part === 'weekiso') return macro('weeks_between', a, b);
  if (part === 'nanosecond') return `(date_diff('microsecond', ${a}, ${b}) * 1000)`;
  if (!/^(year|quarter|month|day|hour|minute|second|millisecond|microsecond)$/.test(part)) {
    throw compilationError('invalidExpression', `'${part}' is not a valid date/time component of a difference.`);
  }
  return `date_diff(${quoteText(part)}, ${a}, ${b})`;
}

const monthsBetween: FunctionRule = (call) => {
  const operands = call.operands();
  checkCount(call, operands.length, 2);
  const [a = '', b = ''] = operands.map((each) => `CAST(${localOf(moment(each))} AS TIMESTAMP)`);
  const whole = `(year(${a}) - year(${b})) * 12 + month(${a}) - month(${b})`;
  const bothLast = `(day(${a}) = day(last_day(${a})) AND day(${b}) = day(last_day(${b})))`;
  const days = `CASE WHEN ${bothLast} OR day(${a}) = day(${b}) THEN 0 ELSE (epoch(${a}) - epoch(date_trunc('month', ${a})) - epoch(${b}) + epoch(date_trunc('month', ${b}))) / 86400.0 / 31 END`;
  return typed(`CAST(${whole} + ${days} AS DECIMAL(38,6))`, numberType(38, 6), anyNullable(operands));
};

const dateTrunc: FunctionRule = (call) => {
  checkCount(call, call.nodes.length, 2);
  // The part may stand first or, as in TRUNC, behind.
  const [first = [], second = []] = call.nodes;
  const isPart = (nodes: readonly Node[]): boolean =>
    nodes.length === 1 && (nodes[0]?.kind === 'word' || nodes[0]?.kind === 'string') && isDatePart(nodes[0].value);
  return isPart(first)
    ? truncateMoment(call, call.rewrite(second), first)
    : truncateMoment(call, call.rewrite(first), second);
};

export function truncateMoment(call: Call, operand: Operand, partNodes: readonly Node[] | undefined): Operand {
  const part = partNodes ? readDatePart(partNodes) : 'day';
  const when = moment(operand);
  if (!/^(year|quarter|month|week|weekiso|day|hour|minute|second|millisecond|microsecond|nanosecond)$/.test(part))
    throw unknownForm(call, `to ${part}`);
  if (part === 'nanosecond') return when;
  const duckPart = quoteText(part === 'weekiso' ? 'week' : part);
  if (isKind(when, 'TIME'))
    return typed(`CAST(date_trunc(${duckPart}, ${clockOf(when)}) AS TIME)`, TIME, when.nullable);
  if (isKind(when, 'DATE')) return typed(`CAST(date_trunc(${duckPart}, ${when.sql}) AS DATE)`, DATE, when.nullable);
  return typed(fromLocal(`date_trunc(${duckPart}, ${localOf(when)})`, when), when.type ?? TIMESTAMP_NTZ, when.nullable);
}

/** How many digits a part's number has. */
const DIGITS: Readonly<Record<string, number>> = {
  year: 4,
  isoyear: 4,
  dayofyear: 3,
  millisecond: 3,
  epoch: 38,
  epoch_ms: 38,
  epoch_us: 38,
  epoch_ns: 38,
  nanosecond: 9,
  microsecond: 6,
};

function partOf(call: Call, part: string, operand: Operand): Operand {
  const when = moment(operand);
  const local = clockOf(when);
  const type = numberType(DIGITS[part] ?? 2);
  return typed(`CAST(${partSql(call, part, when, local)} AS BIGINT)`, type, when.nullable);
}

function partSql(call: Call, part: string, when: Operand, local: string): string {
  if (part.startsWith('timezone_')) {
    if (!isKind(when, 'TIMESTAMP_TZ')) return '0';
    return part === 'timezone_hour' ? `((${when.sql}).o // 60)` : `((${when.sql}).o % 60)`;
  }
  const instant = isKind(when, 'TIMESTAMP_LTZ', 'TIMESTAMP_TZ') ? cast(when, TIMESTAMP_LTZ).sql : local;
  switch (part) {
    case 'epoch':
      return `floor(epoch(${instant}))`;
    case 'epoch_ms':
      return `epoch_ms(${instant})`;
    case 'epoch_us':
      return `epoch_us(${instant})`;
    case 'epoch_ns':
      return `epoch_ns(${instant})`;
    case 'nanosecond':
      return `(date_part('microsecond', ${local}) % 1000000 * 1000)`;
    case 'weekiso':
      return `date_part('week', ${local})`;
    case 'millisecond':
    case 'microsecond':
      throw unknownForm(call, `of ${part}`);
    default:
      return `date_part(${quoteText(part)}, ${local})`;
  }
}

const datePart: FunctionRule = (call) => {
  const nodes = call.nodes.length === 1 ? splitExtract(call.nodes[0] ?? []) : call.nodes;
  checkCount(call, nodes.length, 2);
  return partOf(call, readDatePart(nodes[0]), call.rewrite(nodes[1] ?? []));
};

function splitExtract(nodes: readonly Node[]): (readonly Node[])[] {
  const from = nodes.findIndex((node) => node.kind === 'word' && node.value === 'FROM');
  return from < 0 ? [nodes] : [nodes.slice(0, from), nodes.slice(from + 1)];
}

function part(name: string): FunctionRule {
  return (call) => {
    checkCount(call, call.nodes.length, 1);
    return partOf(call, datePartOf(name), call.operands()[0] ?? NULL);
  };
}

function nameOf(format: string): FunctionRule {
  return scalar('moment', TEXT, (x) => `strftime(${x}, '${format}')`);
}

/** LAST_DAY(date [, part]): the last day of the month or of another part. */
const lastDay: FunctionRule = (call) => {
  checkCount(call, call.nodes.length, 1, 2);
  const name = call.nodes[1] ? readDatePart(call.nodes[1]) : 'month';
  const when = moment(call.rewrite(call.nodes[0] ?? []));
  const duckPart = name === 'weekiso' ? 'week' : name;
  if (!/^(year|quarter|month|week)$/.test(duckPart)) throw unknownForm(call, `of a ${name}`);
  const next = `date_trunc('${duckPart}', ${localOf(when)}) + ${intervalSql(duckPart, '1')} - to_days(1)`;
  return typed(`CAST(${next} AS DATE)`, DATE, when.nullable);
};

function neighbourDay(forward: boolean): FunctionRule {
  return (call) => {
    const [when = NULL, day = NULL] = call.operands();
    checkCount(call, call.nodes.length, 2);
    const found = /^'\s*(mo|tu|we|th|fr|sa|su)/i.exec(day.sql)?.[1]?.toLowerCase();
    if (found === undefined) throw unknownForm(call, "with a day that is no literal such as 'monday'");
    const target = ['mo', 'tu', 'we', 'th', 'fr', 'sa', 'su'].indexOf(found) + 1;
    const date = cast(moment(when), DATE).sql;
    const ahead = `((${target} - isodow(${date}) + 6) % 7 + 1)`;
    const back = `((isodow(${date}) - ${target} + 6) % 7 + 1)`;
    return typed(
      `(${date} ${forward ? `+ CAST(${ahead} AS INTEGER)` : `- CAST(${back} AS INTEGER)`})`,
      DATE,
      when.nullable,
    );
  };
}

const addMonths: FunctionRule = (call) => {
  const [when = NULL, months = NULL] = call.operands();
  checkCount(call, call.nodes.length, 2);
  const day = moment(when);
  const sum = add(call, 'month', numeric(months), day);
  // The last day of a month stays one.
  const local = localOf(day);
  const last = `CAST(last_day(CAST(${isKind(day, 'DATE') ? sum.sql : localOf(sum)} AS DATE)) AS DATE)`;
  if (!isKind(day, 'DATE')) return sum;
  return typed(`CASE WHEN ${local} = last_day(${local}) THEN ${last} ELSE ${sum.sql} END`, DATE, sum.nullable);
};

/** TIME_SLICE(moment, length, part [, 'START' | 'END']). */
const timeSlice: FunctionRule = (call) => {
  const [first = [], size = [], partNodes = [], side] = call.nodes;
  checkCount(call, call.nodes.length, 3, 4);
  const when = moment(call.rewrite(first));
  const length = integerOf(call.rewrite(size));
  if (length === undefined || length < 1) throw unknownForm(call, 'with a length that is no constant');
  const name = readDatePart(partNodes);
  const width = `${intervalSql(name, `CAST(${length} AS BIGINT)`)}`;
  const origin = name === 'week' ? "TIMESTAMP '1969-12-29'" : "TIMESTAMP '1970-01-01'";
  const start = `time_bucket(${width}, CAST(${localOf(when)} AS TIMESTAMP), ${origin})`;
  const atEnd = side?.[0]?.kind === 'string' && side[0].value.toUpperCase() === 'END';
  const sql = atEnd ? `(${start} + ${width})` : start;
  const type: ColumnType = when.type ?? TIMESTAMP_NTZ;
  return typed(isKind(when, 'DATE') ? `CAST(${sql} AS DATE)` : fromLocal(sql, when), type, when.nullable);
};

export function dateFunctions(): Readonly<Record<string, FunctionRule>> {
  return {
    ADD_MONTHS: addMonths,
    DATEADD: dateAdd,
    DATEDIFF: dateDiff,
    DATE_PART: datePart,
    DATE_TRUNC: dateTrunc,
    DAY: part('day'),
    DAYNAME: nameOf('%a'),
    DAYOFMONTH: part('day'),
    DAYOFWEEK: part('dayofweek'),
    DAYOFWEEKISO: part('dayofweekiso'),
    DAYOFYEAR: part('dayofyear'),
    EXTRACT: datePart,
    HOUR: part('hour'),
    LAST_DAY: lastDay,
    MINUTE: part('minute'),
    MONTH: part('month'),
    MONTHNAME: nameOf('%b'),
    MONTHS_BETWEEN: monthsBetween,
    NEXT_DAY: neighbourDay(true),
    PREVIOUS_DAY: neighbourDay(false),
    QUARTER: part('quarter'),
    SECOND: part('second'),
    TIMEADD: dateAdd,
    TIMEDIFF: dateDiff,
    TIMESTAMPADD: dateAdd,
    TIMESTAMPDIFF: dateDiff,
    TIME_SLICE: timeSlice,
    WEEK: part('week'),
    WEEKISO: part('weekiso'),
    WEEKOFYEAR: part('week'),
    YEAR: part('year'),
    YEAROFWEEK: part('yearofweek'),
    YEAROFWEEKISO: part('yearofweekiso'),
  };
}
