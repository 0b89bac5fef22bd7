/**
 * `+ - * / %` with Snowflake's precision and scale (its page "Arithmetic operators"), and the arithmetic of dates.
 *
 * A NUMBER stays exact; beside a FLOAT it becomes one. Precision ends at 38. The rule for `%` is not documented: here it
 * is the larger scale, with the leading digits of the divisor.
 */
import { type ColumnType, DATE, duckType, FLOAT, numberType, TIMESTAMP_NTZ } from '../types.ts';
import { decimalOf, invalidCast, localOf, numeric, textOf } from './convert.ts';
import { anyNullable, isKind, macro, NULL, type Operand, typed } from './operand.ts';

export function calculate(operator: string, left: Operand, right: Operand): Operand {
  if (operator === '||') return concatenate(left, right);
  if (operator === '+' || operator === '-') {
    const dated = dateArithmetic(operator, left, right);
    if (dated) return dated;
  }
  const [a, b] = [numeric(left), numeric(right)];
  const nullable = anyNullable([a, b]);
  if (isKind(a, 'FLOAT') || isKind(b, 'FLOAT')) return typed(floatSql(operator, a.sql, b.sql), FLOAT, nullable);
  const type = resultType(operator, a.type as ColumnType, b.type as ColumnType);
  return typed(exactSql(operator, a, b, type), type, nullable);
}

function floatSql(operator: string, a: string, b: string): string {
  const [x, y] = [`CAST(${a} AS DOUBLE)`, `CAST(${b} AS DOUBLE)`];
  if (operator === '/') return macro('float_divide', x, y);
  return operator === '%' ? macro('modulo', x, y) : `(${x} ${operator} ${y})`;
}

export function resultType(operator: string, a: ColumnType, b: ColumnType): ColumnType {
  const [s1, s2] = [a.scale ?? 0, b.scale ?? 0];
  const [l1, l2] = [(a.precision ?? 38) - s1, (b.precision ?? 38) - s2];
  switch (operator) {
    case '*': {
      const scale = Math.min(s1 + s2, Math.max(s1, s2, 12));
      return numberType(l1 + l2 + scale, scale);
    }
    case '/': {
      const scale = Math.max(s1, Math.min(s1 + 6, 12));
      return numberType(l1 + s2 + scale, scale);
    }
    case '%': {
      const scale = Math.max(s1, s2);
      return numberType(l2 + scale, scale);
    }
    default: {
      const scale = Math.max(s1, s2);
      return numberType(Math.max(l1, l2) + 1 + scale, scale);
    }
  }
}

function exactSql(operator: string, a: Operand, b: Operand, type: ColumnType): string {
  const [x, y] = [decimalOf(a), decimalOf(b)];
  const target = duckType(type);
  if (operator === '/') return `CAST(${quotient(a, b, type.scale ?? 0)} AS ${target})`;
  if (operator === '%') return `CAST(${macro('modulo', x, y)} AS ${target})`;
  const [s1, s2] = [a.type?.scale ?? 0, b.type?.scale ?? 0];
  // DuckDB has no product of more than 38 decimal places.
  if (operator === '*' && s1 + s2 > 38) return `CAST(CAST(${x} AS DOUBLE) * ${y} AS ${target})`;
  return `CAST(${x} ${operator} ${y} AS ${target})`;
}

/**
 * a / b as whole numbers: exact, and rounded half away from zero. Where the numerator would not fit into 128 bits, a
 * DOUBLE has to do.
 */
export function quotient(a: Operand, b: Operand, scale: number): string {
  const [s1, s2] = [a.type?.scale ?? 0, b.type?.scale ?? 0];
  const shift = scale + s2 - s1;
  if (scale + s2 > 30 || shift < 0)
    return macro('float_divide', `CAST(${a.sql} AS DOUBLE)`, `CAST(${b.sql} AS DOUBLE)`);
  const unit = scale === 0 ? '1' : `0.${'1'.padStart(scale, '0')}`;
  const powers = [s1, s2, shift].map((power) => `1${'0'.repeat(power)}`);
  return macro('divide', decimalOf(a), decimalOf(b), ...powers, unit, `1${'0'.repeat(37 - scale - s2)}`);
}

function concatenate(left: Operand, right: Operand): Operand {
  const length = (left.type?.length ?? 16_777_216) + (right.type?.length ?? 16_777_216);
  const both = isKind(left, 'VARCHAR') && isKind(right, 'VARCHAR');
  const type: ColumnType = { name: 'VARCHAR', length: both ? Math.min(16_777_216, length) : 16_777_216 };
  return typed(`(${textOf(left)} || ${textOf(right)})`, type, anyNullable([left, right]));
}

/** A date or time stamp and an interval; a date and a number of days; the days between two dates. */
function dateArithmetic(operator: string, left: Operand, right: Operand): Operand | undefined {
  const isDate = isKind(left, 'DATE');
  if (right.interval) {
    if (!isKind(left, 'DATE', 'TIME', 'TIMESTAMP_NTZ', 'TIMESTAMP_LTZ', 'TIMESTAMP_TZ')) throw invalidCast(left, DATE);
    const sum = `(${localOf(left)} ${operator} ${right.sql})`;
    if (isDate)
      return right.interval === 'days'
        ? typed(`CAST(${sum} AS DATE)`, DATE, left.nullable)
        : typed(sum, TIMESTAMP_NTZ, left.nullable);
    return typed(fromLocal(sum, left), left.type as ColumnType, left.nullable);
  }
  if (left.interval && operator === '+') return dateArithmetic('+', right, left);
  if (isDate && isKind(right, 'DATE') && operator === '-') {
    return typed(`(${left.sql} - ${right.sql})`, numberType(9), anyNullable([left, right]));
  }
  if (isDate && (isKind(right, 'NUMBER') || right === NULL)) {
    return typed(`(${left.sql} ${operator} CAST(${right.sql} AS INTEGER))`, DATE, anyNullable([left, right]));
  }
  return isKind(right, 'DATE') && isKind(left, 'NUMBER') && operator === '+'
    ? dateArithmetic('+', right, left)
    : undefined;
}

/** A changed wall clock as the type that it was read from. */
export function fromLocal(local: string, original: Operand): string {
  if (isKind(original, 'TIMESTAMP_TZ')) return macro('tz_from_local', local, `(${original.sql}).o`);
  return isKind(original, 'TIMESTAMP_LTZ') ? `CAST(${local} AS TIMESTAMPTZ)` : local;
}
