/** The clock, and functions that make dates, times and time stamps. */
import { type ColumnType, DATE, isTemporal, TIME, TIMESTAMP_LTZ, TIMESTAMP_NTZ, TIMESTAMP_TZ } from '../types.ts';
import { cast, localOf, moment, textOf } from './convert.ts';
import { formatOf, strptimeOf } from './date-format.ts';
import { type Call, type FunctionRule, unknownForm } from './functions.ts';
import { integerOf } from './literals.ts';
import { isKind, macro, NULL, type Operand, typed } from './operand.ts';
import { checkCount, scalar } from './signature.ts';

/** The clock of this statement, in the session's time zone. */
function clock(type: ColumnType, duckType: string, zone?: 'UTC'): FunctionRule {
  return (call) => {
    checkCount(call, call.nodes.length, 0, 1);
    const now = `CAST('${call.scope.now.toISOString()}' AS TIMESTAMPTZ)`;
    return typed(zone === 'UTC' ? `timezone('UTC', ${now})` : `CAST(${now} AS ${duckType})`, type, false);
  };
}

/** TO_DATE, TO_TIMESTAMP and their like: of text with a format, of a number of seconds with a scale. */
function converted(type: ColumnType, safe: boolean): FunctionRule {
  return (call) => {
    const [value = NULL, second] = call.operands();
    checkCount(call, call.nodes.length, 1, 2);
    if (isKind(value, 'NUMBER', 'FLOAT') && type.name !== 'TIME') return ofEpoch(call, value, second, type);
    if (!second) return cast(value, type, safe);
    if (isKind(value, 'VARIANT') || isKind(value, 'VARCHAR') || !value.type)
      return parsed(call, value, second, type, safe);
    if (isTemporal(value.type)) return cast(value, type, safe);
    throw unknownForm(call, `of ${value.type.name} with a format`);
  };
}

function ofEpoch(call: Call, value: Operand, scale: Operand | undefined, type: ColumnType): Operand {
  const places = scale ? integerOf(scale) : 0;
  if (places === undefined || places < 0 || places > 9)
    throw unknownForm(call, 'with a scale that is not between 0 and 9');
  const utc = `make_timestamp(CAST(round(${value.sql} * CAST(1e6 AS DECIMAL(38,0)) / 1e${places}) AS BIGINT))`;
  if (type.name === 'TIMESTAMP_NTZ' || type.name === 'DATE')
    return cast(typed(utc, TIMESTAMP_NTZ, value.nullable), type);
  return cast(typed(`timezone('UTC', ${utc})`, TIMESTAMP_LTZ, value.nullable), type);
}

function parsed(call: Call, value: Operand, format: Operand, type: ColumnType, safe: boolean): Operand {
  const written = formatOf(call, format);
  if (/^auto$/i.test(written)) return cast(value, type, safe);
  const sql = strptimeOf(textOf(value), written, safe);
  if (!/TZH/i.test(written))
    return { ...cast(typed(`CAST(${sql} AS TIMESTAMP)`, TIMESTAMP_NTZ), type), nullable: value.nullable || safe };
  const instant = typed(`CAST(${sql} AS TIMESTAMPTZ)`, TIMESTAMP_LTZ);
  if (type.name === 'TIMESTAMP_LTZ') return instant;
  const offset = macro('offset_of', textOf(value));
  const zoned = typed(macro('tz', instant.sql, offset), TIMESTAMP_TZ);
  return type.name === 'TIMESTAMP_TZ' ? zoned : cast(zoned, type);
}

/** CONVERT_TIMEZONE([source,] target, moment). */
const convertTimezone: FunctionRule = (call) => {
  const operands = call.operands();
  checkCount(call, operands.length, 2, 3);
  const zone = (operand: Operand | undefined): string => textOf(operand ?? NULL);
  if (operands.length === 3) {
    const [source, target, when = NULL] = operands;
    const local = `CAST(${localOf(moment(when))} AS TIMESTAMP)`;
    return typed(`timezone(${zone(target)}, timezone(${zone(source)}, ${local}))`, TIMESTAMP_NTZ, when.nullable);
  }
  const [target, when = NULL] = operands;
  const instant = cast(moment(when), TIMESTAMP_LTZ).sql;
  const local = `timezone(${zone(target)}, ${instant})`;
  const offset = `date_diff('minute', timezone('UTC', ${instant}), ${local})`;
  return typed(
    `CASE WHEN ${instant} IS NULL THEN NULL ELSE ${macro('tz', instant, offset)} END`,
    TIMESTAMP_TZ,
    when.nullable,
  );
};

/** TIMESTAMP_NTZ_FROM_PARTS(date, time) or (year, month, day, hour, minute, second [, nanosecond]); overflow carries on. */
function fromParts(type: ColumnType): FunctionRule {
  return (call) => {
    if (call.nodes.length === 2) {
      return scalar('date any', TIMESTAMP_NTZ, (date, time) => `(${date} + ${time})`)(call);
    }
    const rule = scalar(
      'int int int int int int int?',
      TIMESTAMP_NTZ,
      (y, mo, d, h, mi, s, ns) =>
        `(make_date(CAST(${y} AS BIGINT), 1, 1) + to_months(CAST(${mo} - 1 AS INTEGER)) + to_days(CAST(${d} - 1 AS INTEGER)) + to_hours(${h}) + to_minutes(${mi}) + to_seconds(${s})${ns === undefined ? '' : ` + to_microseconds(${ns} // 1000)`})`,
    );
    return cast(rule(call), type);
  };
}

const dateFromParts = scalar(
  'int int int',
  DATE,
  (y, mo, d) =>
    `CAST(make_date(CAST(${y} AS BIGINT), 1, 1) + to_months(CAST(${mo} - 1 AS INTEGER)) + to_days(CAST(${d} - 1 AS INTEGER)) AS DATE)`,
);
const timeFromParts = scalar(
  'int int int int?',
  TIME,
  (h, mi, s, ns) =>
    `(CAST('00:00:00' AS TIME) + to_hours(${h}) + to_minutes(${mi}) + to_seconds(${s})${ns === undefined ? '' : ` + to_microseconds(${ns} // 1000)`})`,
);

export function timestampFunctions(): Readonly<Record<string, FunctionRule>> {
  const now = clock(TIMESTAMP_LTZ, 'TIMESTAMPTZ');
  const time: FunctionRule = (call) => cast(cast(now(call), TIMESTAMP_NTZ), TIME);
  return {
    CONVERT_TIMEZONE: convertTimezone,
    CURRENT_DATE: clock(DATE, 'DATE'),
    CURRENT_TIME: time,
    CURRENT_TIMESTAMP: now,
    DATE: converted(DATE, false),
    DATEFROMPARTS: dateFromParts,
    DATE_FROM_PARTS: dateFromParts,
    GETDATE: now,
    LOCALTIME: time,
    LOCALTIMESTAMP: now,
    SYSDATE: clock(TIMESTAMP_NTZ, 'TIMESTAMP', 'UTC'),
    SYSTIMESTAMP: now,
    TIME: converted(TIME, false),
    TIMESTAMPFROMPARTS: fromParts(TIMESTAMP_NTZ),
    TIMESTAMP_FROM_PARTS: fromParts(TIMESTAMP_NTZ),
    TIMESTAMP_LTZ_FROM_PARTS: fromParts(TIMESTAMP_LTZ),
    TIMESTAMP_NTZ_FROM_PARTS: fromParts(TIMESTAMP_NTZ),
    TIME_FROM_PARTS: timeFromParts,
    TO_DATE: converted(DATE, false),
    TO_TIME: converted(TIME, false),
    TO_TIMESTAMP: converted(TIMESTAMP_NTZ, false),
    TO_TIMESTAMP_LTZ: converted(TIMESTAMP_LTZ, false),
    TO_TIMESTAMP_NTZ: converted(TIMESTAMP_NTZ, false),
    TO_TIMESTAMP_TZ: converted(TIMESTAMP_TZ, false),
    TRY_TO_DATE: converted(DATE, true),
    TRY_TO_TIME: converted(TIME, true),
    TRY_TO_TIMESTAMP: converted(TIMESTAMP_NTZ, true),
    TRY_TO_TIMESTAMP_LTZ: converted(TIMESTAMP_LTZ, true),
    TRY_TO_TIMESTAMP_NTZ: converted(TIMESTAMP_NTZ, true),
    TRY_TO_TIMESTAMP_TZ: converted(TIMESTAMP_TZ, true),
  };
}
