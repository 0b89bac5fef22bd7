/**
 * Conversions between Snowflake's types: `::` and CAST, TRY_CAST, what happens by itself, and what an INSERT does.
 *
 * Which of them exist is Snowflake's table of castable types; a pair that is not in it is 001007. An assignment differs
 * from a cast in one thing: text that is too long is an error (100078) and not cut.
 */
import { compilationError, type SnowflakeError } from '../errors.ts';
import {
  type ColumnType,
  describeType,
  duckType,
  FLOAT,
  isSemiStructured,
  isTemporal,
  MAX_TEXT,
  numberType,
  TEXT,
  TIMESTAMP_NTZ,
} from '../types.ts';
import { isJson, isKind, macro, type Operand, typed, variant } from './operand.ts';

/** A number may come by text of any scale: Snowflake takes this type for it where nothing else says one. */
const NUMBER_OF_TEXT = numberType(18, 5);

/** `operand::TYPE` and CAST; with `safe`, TRY_CAST. */
export function cast(operand: Operand, type: ColumnType, safe = false): Operand {
  const sql = castSql(operand, type, safe);
  if (sql === undefined) throw invalidCast(operand, type);
  const nullable = operand.nullable || safe;
  return isSemiStructured(type) && type.name === 'VARIANT' && isJson(operand)
    ? { ...operand, type, nullable }
    : { ...typed(sql, type, nullable), ...(operand.literal && { literal: true }) };
}

function castSql(operand: Operand, type: ColumnType, safe: boolean): string | undefined {
  if (!operand.type) return isSemiStructured(type) ? 'CAST(NULL AS JSON)' : `CAST(NULL AS ${duckType(type)})`;
  const verb = safe ? 'TRY_CAST' : 'CAST';
  const from = operand.type.name;
  switch (type.name) {
    case 'VARCHAR':
      return toText(operand, type);
    case 'NUMBER':
      return toNumber(operand, type, verb);
    case 'FLOAT':
      if (from === 'VARCHAR' || isJson(operand)) return `${verb}(${textOf(operand)} AS DOUBLE)`;
      return from === 'NUMBER' || from === 'FLOAT' || from === 'BOOLEAN' ? `CAST(${operand.sql} AS DOUBLE)` : undefined;
    case 'BOOLEAN':
      if (from === 'BOOLEAN') return operand.sql;
      if (from === 'NUMBER' || from === 'FLOAT') return `(${operand.sql} <> 0)`;
      return from === 'VARCHAR' || isJson(operand)
        ? macro(safe ? 'try_boolean' : 'boolean', textOf(operand))
        : undefined;
    case 'BINARY':
      if (from === 'BINARY') return operand.sql;
      return from === 'VARCHAR' || isJson(operand) ? macro(safe ? 'try_unhex' : 'unhex', textOf(operand)) : undefined;
    case 'VARIANT':
      return toVariant(operand).sql;
    case 'OBJECT':
    case 'ARRAY':
      if (from === type.name) return operand.sql;
      if (from === 'VARIANT') return macro(type.name === 'OBJECT' ? 'object' : 'array', operand.sql);
      return undefined;
    default:
      return toTemporal(operand, type, safe);
  }
}

function toText(operand: Operand, type: ColumnType): string {
  const text = textOf(operand);
  const length = type.length ?? MAX_TEXT;
  if (length === MAX_TEXT || (isKind(operand, 'VARCHAR') && (operand.type?.length ?? MAX_TEXT) <= length)) return text;
  return macro('fit', text, String(length));
}

function toNumber(operand: Operand, type: ColumnType, verb: string): string | undefined {
  const target = duckType(type);
  switch (operand.type?.name) {
    case 'NUMBER':
    case 'FLOAT':
      return `${verb}(${operand.sql} AS ${target})`;
    case 'BOOLEAN':
      return `CAST(CAST(${operand.sql} AS INTEGER) AS ${target})`;
    case 'VARCHAR':
      return `${verb}(${operand.sql} AS ${target})`;
    case 'VARIANT': {
      const text = macro('number_text', textOf(operand));
      // From text DuckDB reads a HUGEINT ten times as fast as a wide DECIMAL, and rounds it alike.
      return type.scale === 0 ? `${verb}(${verb}(${text} AS HUGEINT) AS ${target})` : `${verb}(${text} AS ${target})`;
    }
    default:
      return undefined;
  }
}

/** Between dates, times and time stamps, and from text. DuckDB's casts follow the session's time zone. */
function toTemporal(operand: Operand, type: ColumnType, safe: boolean): string | undefined {
  const from = operand.type as ColumnType;
  const { sql } = operand;
  if (from.name === 'VARCHAR' || isJson(operand)) {
    return macro(`${safe ? 'try_' : ''}${type.name.toLowerCase()}`, textOf(operand));
  }
  if (from.name === type.name) return sql;
  if (!isTemporal(from)) return undefined;
  if (from.name === 'TIME') return undefined;
  if (type.name === 'TIME' && from.name === 'DATE') return undefined;
  const local = localOf(operand);
  switch (type.name) {
    case 'DATE':
    case 'TIME':
      return `CAST(${local} AS ${type.name})`;
    case 'TIMESTAMP_NTZ':
      return `CAST(${local} AS TIMESTAMP)`;
    case 'TIMESTAMP_LTZ':
      return from.name === 'TIMESTAMP_TZ' ? `(${sql}).t` : `CAST(${sql} AS TIMESTAMPTZ)`;
    default:
      return macro('tz_of', `CAST(${sql} AS TIMESTAMPTZ)`);
  }
}

/** A date or time stamp as its wall clock shows it. */
export function localOf(operand: Operand): string {
  if (isKind(operand, 'TIMESTAMP_TZ')) return macro('tz_local', operand.sql);
  return isKind(operand, 'TIMESTAMP_LTZ') ? `CAST(${operand.sql} AS TIMESTAMP)` : operand.sql;
}

/** The text of anything, as `||` and TO_VARCHAR show it. */
export function textOf(operand: Operand): string {
  if (!operand.type) return 'CAST(NULL AS VARCHAR)';
  if (operand.text !== undefined) return operand.text;
  switch (operand.type.name) {
    case 'VARCHAR':
      return operand.sql;
    case 'FLOAT':
      return macro('float_text', operand.sql);
    case 'BINARY':
      return `hex(${operand.sql})`;
    case 'TIME':
      return `strftime(CAST('1970-01-01' AS DATE) + ${operand.sql}, '%H:%M:%S')`;
    case 'TIMESTAMP_NTZ':
      return `strftime(${operand.sql}, '%Y-%m-%d %H:%M:%S.%g')`;
    case 'TIMESTAMP_LTZ':
      return macro('ltz_text', operand.sql);
    case 'TIMESTAMP_TZ':
      return macro('tz_text', operand.sql);
    case 'NUMBER':
      return `CAST(CAST(${operand.sql} AS ${duckType(withLeadingDigit(operand.type))}) AS VARCHAR)`;
    default:
      return `CAST(${operand.sql} AS VARCHAR)`;
  }
}

/** DuckDB writes a DECIMAL(2,2) as `.05`. */
function withLeadingDigit(type: ColumnType): ColumnType {
  const { precision = 38, scale = 0 } = type;
  return precision > scale ? type : numberType(precision + 1, scale);
}

/** The value as a VARIANT. */
export function toVariant(operand: Operand): Operand {
  if (!operand.type) return variant('CAST(NULL AS JSON)');
  if (isJson(operand)) return operand;
  const plain = isKind(operand, 'NUMBER', 'FLOAT', 'BOOLEAN', 'VARCHAR');
  return { ...variant(`to_json(${plain ? operand.sql : textOf(operand)})`), nullable: operand.nullable };
}

/** The value as a number of whatever kind it is; text and VARIANT become one. */
export function numeric(operand: Operand): Operand {
  if (isKind(operand, 'NUMBER', 'FLOAT')) return operand;
  if (!operand.type) return { ...operand, type: numberType(1) };
  if (isJson(operand)) return cast(operand, FLOAT);
  if (isKind(operand, 'VARCHAR', 'BOOLEAN'))
    return cast(operand, isKind(operand, 'BOOLEAN') ? numberType(1) : NUMBER_OF_TEXT);
  throw invalidCast(operand, numberType(38));
}

/** The value as a date, a time or a time stamp; text becomes a time stamp. */
export function moment(operand: Operand): Operand {
  return operand.type && isTemporal(operand.type) ? operand : cast(operand, TIMESTAMP_NTZ);
}

/** The value as a condition. */
export function condition(operand: Operand): string {
  if (isKind(operand, 'BOOLEAN')) return operand.sql;
  return castSql(operand, { name: 'BOOLEAN' }, false) ?? operand.sql;
}

/** What orders and equals as Snowflake says: a TIMESTAMP_TZ is its instant. */
export function comparable(operand: Operand): string {
  return isKind(operand, 'TIMESTAMP_TZ') ? `(${operand.sql}).t` : operand.sql;
}

/**
 * The type that values of several types have together, as in CASE, COALESCE or UNION; undefined if all are NULL.
 * @throws SnowflakeError 001007 where there is none
 */
export function commonType(operands: readonly Operand[]): ColumnType | undefined {
  return operands.reduce<ColumnType | undefined>((found, operand) => {
    if (!found || !operand.type) return found ?? operand.type;
    return joinTypes(found, operand.type);
  }, undefined);
}

/** The stronger kind comes first: text becomes anything, a date becomes a time stamp. */
const STRENGTH: readonly ColumnType['name'][] = [
  'VARIANT',
  'TIMESTAMP_TZ',
  'TIMESTAMP_LTZ',
  'TIMESTAMP_NTZ',
  'DATE',
  'TIME',
  'BOOLEAN',
  'FLOAT',
  'NUMBER',
  'BINARY',
  'VARCHAR',
];

export function joinTypes(a: ColumnType, b: ColumnType): ColumnType {
  if (a.name === b.name) {
    if (a.name === 'NUMBER') {
      const scale = Math.max(a.scale ?? 0, b.scale ?? 0);
      const leading = Math.max((a.precision ?? 38) - (a.scale ?? 0), (b.precision ?? 38) - (b.scale ?? 0));
      return numberType(leading + scale, scale);
    }
    return (a.length ?? a.scale ?? 0) >= (b.length ?? b.scale ?? 0) ? a : b;
  }
  if (isSemiStructured(a) && isSemiStructured(b)) return { name: 'VARIANT' };
  const stronger = STRENGTH.indexOf(a.name) <= STRENGTH.indexOf(b.name) ? a : b;
  const weaker = stronger === a ? b : a;
  const joins =
    weaker.name === 'VARCHAR' ||
    stronger.name === 'VARIANT' ||
    (stronger.name === 'FLOAT' && weaker.name === 'NUMBER') ||
    (stronger.name.startsWith('TIMESTAMP') && (weaker.name === 'DATE' || weaker.name.startsWith('TIMESTAMP')));
  if (!joins || STRENGTH.indexOf(weaker.name) < 0) {
    throw compilationError(
      'invalidType',
      `invalid types: values of ${describeType(a)} and ${describeType(b)} have no type in common.`,
    );
  }
  return stronger.name === 'NUMBER' ? joinTypes(stronger, NUMBER_OF_TEXT) : stronger;
}

/** Alternatives in the one type that they have together. */
export function unify(operands: readonly Operand[]): { readonly type: ColumnType; readonly sql: readonly string[] } {
  const type = commonType(operands) ?? TEXT;
  return { type, sql: operands.map((operand) => withType(operand, type).sql) };
}

/** The operand in a type that it joins; a number that is one already keeps its DuckDB type. */
export function withType(operand: Operand, type: ColumnType): Operand {
  if (operand.type?.name === type.name && (type.name !== 'NUMBER' || sameNumber(operand.type, type))) {
    return type.name === 'NUMBER' ? { ...operand, sql: decimalOf(operand) } : operand;
  }
  return cast(operand, type.name === 'VARCHAR' ? { ...type, length: MAX_TEXT } : type);
}

function sameNumber(a: ColumnType, b: ColumnType): boolean {
  return a.precision === b.precision && a.scale === b.scale;
}

/** A NUMBER as a DECIMAL of its own size: literals and counts are integers for DuckDB. */
export function decimalOf(operand: Operand): string {
  if (operand.type?.name !== 'NUMBER') return operand.sql;
  return `CAST(${operand.sql} AS ${duckType(operand.type)})`;
}

/** Sources that a column of a type takes by itself. VARIANT, OBJECT and ARRAY take no text. */
export function assignable(from: ColumnType | undefined, to: ColumnType): boolean {
  if (!from || from.name === to.name) return true;
  if (to.name === 'VARIANT') return isSemiStructured(from);
  if (to.name === 'OBJECT' || to.name === 'ARRAY') return from.name === 'VARIANT';
  if (from.name === 'VARIANT' || from.name === 'VARCHAR') return true;
  if (from.name === 'OBJECT' || from.name === 'ARRAY') return false;
  if (to.name === 'VARCHAR') return true;
  if (to.name === 'NUMBER' || to.name === 'FLOAT') return from.name === 'NUMBER' || from.name === 'FLOAT';
  if (to.name === 'BOOLEAN') return from.name === 'NUMBER' || from.name === 'FLOAT';
  return isTemporal(to) && isTemporal(from) && from.name !== 'TIME' && !(from.name === 'DATE' && to.name === 'TIME');
}

/** The value as a column of the given type stores it. */
export function assign(operand: Operand, type: ColumnType): string {
  if (type.name !== 'VARCHAR' || (type.length ?? MAX_TEXT) === MAX_TEXT) return cast(operand, type).sql;
  const text = cast(operand, TEXT).sql;
  return (operand.type?.length ?? MAX_TEXT) <= (type.length ?? MAX_TEXT) && isKind(operand, 'VARCHAR')
    ? text
    : macro('store', text, String(type.length));
}

export function invalidCast(operand: Operand, type: ColumnType): SnowflakeError {
  const from = operand.type ? describeType(operand.type) : 'NULL';
  return compilationError(
    'invalidType',
    `invalid type [CAST(<${from}> AS ${describeType(type)})] for parameter 'CAST'`,
  );
}
