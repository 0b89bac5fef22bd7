/**
 * Functions over numbers. ROUND and TRUNC of a NUMBER take a scale that is a constant: the type of the result depends on
 * it. The precision of what CEIL, FLOOR and ROUND return is not documented for every case: here it has room for a carry.
 */
import { type ColumnType, duckType, FLOAT, INTEGER, isTemporal, numberType } from '../types.ts';
import { calculate } from './arithmetic.ts';
import { decimalOf, numeric } from './convert.ts';
import { type Call, type FunctionRule, unknownForm } from './functions.ts';
import { truncateMoment } from './functions-date.ts';
import { integerOf } from './literals.ts';
import { isKind, macro, NULL, type Operand, typed } from './operand.ts';
import { checkCount, convertArguments, ofNumber, scalar } from './signature.ts';

const float = (sql: (...values: readonly string[]) => string, parameters = 'float'): FunctionRule =>
  scalar(parameters, FLOAT, sql);

/** The type of a NUMBER after rounding to a scale. */
function roundedType(type: ColumnType, scale: number, carry: number): ColumnType {
  const before = type.scale ?? 0;
  if (scale >= before) return type;
  return numberType((type.precision ?? 38) + carry, Math.max(0, scale));
}

function rounding(duckName: string, carry: number): FunctionRule {
  return (call) => {
    const [first = NULL, second] = call.operands();
    checkCount(call, call.nodes.length, 1, duckName === 'round' ? 3 : 2);
    if (call.nodes.length === 3) throw unknownForm(call, 'with a rounding mode');
    const value = numeric(first);
    const scale = second ? integerOf(second) : 0;
    if (isKind(value, 'FLOAT')) {
      const places = second
        ? `CAST(${convertArguments({ ...call, operands: () => [second] }, 'int')[0]} AS INTEGER)`
        : '0';
      return typed(
        duckName === 'round'
          ? `round(${value.sql}, ${places})`
          : `(trunc(${value.sql} * 10 ** ${places}) / 10 ** ${places})`,
        FLOAT,
        value.nullable,
      );
    }
    if (scale === undefined) throw unknownForm(call, 'of a NUMBER with a scale that is no constant');
    const type = roundedType(value.type ?? INTEGER, scale, carry);
    if (type === value.type) return value;
    return typed(`CAST(${roundSql(duckName, decimalOf(value), scale)} AS ${duckType(type)})`, type, value.nullable);
  };
}

/** Left of the point DuckDB's DECIMAL is rounded by dividing. */
function roundSql(duckName: string, sql: string, scale: number): string {
  if (scale >= 0) return duckName === 'round' ? `round(${sql}, ${scale})` : `trunc(${sql}, ${scale})`;
  const unit = `1${'0'.repeat(-scale)}`;
  const shifted = duckName === 'round' ? `abs(${sql}) + ${unit} // 2` : `abs(${sql})`;
  return `(CAST(trunc(${shifted}) AS HUGEINT) // ${unit} * ${unit} * CASE WHEN ${sql} < 0 THEN -1 ELSE 1 END)`;
}

/** TRUNC also cuts dates. */
const truncate: FunctionRule = (call) => {
  const [value = NULL] = call.operands().slice(0, 1);
  if (value.type && isTemporal(value.type)) return truncateMoment(call, value, call.nodes[1]);
  return rounding('trunc', 0)(call);
};

/** CEIL(x [, scale]) and FLOOR. */
function toInteger(duckName: string): FunctionRule {
  return (call) => {
    const [first = NULL, second] = call.operands();
    checkCount(call, call.nodes.length, 1, 2);
    const value = numeric(first);
    const scale = second ? integerOf(second) : 0;
    if (scale === undefined) throw unknownForm(call, 'with a scale that is no constant');
    if (isKind(value, 'FLOAT')) {
      return typed(
        scale === 0 ? `${duckName}(${value.sql})` : `(${duckName}(${value.sql} * 1e${scale}) / 1e${scale})`,
        FLOAT,
        value.nullable,
      );
    }
    const type = roundedType(value.type ?? INTEGER, scale, 1);
    if (type === value.type) return value;
    const sql =
      scale === 0
        ? `${duckName}(${decimalOf(value)})`
        : `(${duckName}(${decimalOf(value)} * CAST(1e${scale} AS DECIMAL(38,0))) / 1e${scale})`;
    return typed(`CAST(${sql} AS ${duckType(type)})`, type, value.nullable);
  };
}

function divideOrZero(nullToo: boolean): FunctionRule {
  return (call) => {
    const [a = NULL, b = NULL] = call.operands();
    checkCount(call, call.nodes.length, 2);
    const divisor = numeric(b);
    const quotient = calculate('/', a, divisor);
    const isZero = nullToo ? `coalesce(${divisor.sql}, 0) = 0` : `${divisor.sql} = 0`;
    const zero = quotient.type?.name === 'FLOAT' ? '0.0' : `CAST(0 AS ${duckType(quotient.type ?? INTEGER)})`;
    return typed(
      `CASE WHEN ${isZero} THEN CASE WHEN ${a.sql} IS NULL THEN NULL ELSE ${zero} END ELSE ${quotient.sql} END`,
      quotient.type ?? FLOAT,
      quotient.nullable,
    );
  };
}

function bits(sql: (a: string, b: string) => string): FunctionRule {
  return scalar('int int', numberType(38), (a = '', b = '') => sql(`CAST(${a} AS BIGINT)`, `CAST(${b} AS BIGINT)`));
}

const modulo: FunctionRule = (call: Call): Operand => {
  const [a = NULL, b = NULL] = call.operands();
  checkCount(call, call.nodes.length, 2);
  return calculate('%', a, b);
};

export function numberFunctions(): Readonly<Record<string, FunctionRule>> {
  return {
    ABS: scalar(
      'number',
      ofNumber((type) => type),
      (x) => `abs(${x})`,
    ),
    ACOS: float((x) => `acos(${x})`),
    ACOSH: float((x) => `acosh(${x})`),
    ASIN: float((x) => `asin(${x})`),
    ASINH: float((x) => `asinh(${x})`),
    ATAN: float((x) => `atan(${x})`),
    ATAN2: float((y, x) => `atan2(${y}, ${x})`, 'float float'),
    ATANH: float((x) => `atanh(${x})`),
    BITAND: bits((a, b) => `(${a} & ${b})`),
    BITNOT: scalar('int', numberType(38), (a) => `(~CAST(${a} AS BIGINT))`),
    BITOR: bits((a, b) => `(${a} | ${b})`),
    BITSHIFTLEFT: bits((a, b) => `(${a} << ${b})`),
    BITSHIFTRIGHT: bits((a, b) => `(${a} >> ${b})`),
    BITXOR: bits((a, b) => `xor(${a}, ${b})`),
    CBRT: float((x) => `cbrt(${x})`),
    CEIL: toInteger('ceil'),
    CEILING: toInteger('ceil'),
    COS: float((x) => `cos(${x})`),
    COSH: float((x) => `cosh(${x})`),
    COT: float((x) => `cot(${x})`),
    DEGREES: float((x) => `degrees(${x})`),
    DIV0: divideOrZero(false),
    DIV0NULL: divideOrZero(true),
    EXP: float((x) => `exp(${x})`),
    FACTORIAL: scalar('int', numberType(38), (n) => `factorial(CAST(${n} AS INTEGER))`),
    FLOOR: toInteger('floor'),
    HAVERSINE: float(
      (a, b, c, d) =>
        `(2 * 6371 * asin(sqrt(sin(radians(${c} - ${a}) / 2) ** 2 + cos(radians(${a})) * cos(radians(${c})) * sin(radians(${d} - ${b}) / 2) ** 2)))`,
      'float float float float',
    ),
    LN: float((x) => `ln(${x})`),
    LOG: float((base, x) => `(ln(${x}) / ln(${base}))`, 'float float'),
    MOD: modulo,
    PI: scalar('', FLOAT, () => 'pi()'),
    POW: float((x, y) => `power(${x}, ${y})`, 'float float'),
    POWER: float((x, y) => `power(${x}, ${y})`, 'float float'),
    RADIANS: float((x) => `radians(${x})`),
    ROUND: rounding('round', 1),
    SIGN: scalar('number', numberType(1), (x) => `sign(${x})`),
    SIN: float((x) => `sin(${x})`),
    SINH: float((x) => `sinh(${x})`),
    SQRT: float((x) => macro('sqrt', x ?? '')),
    SQUARE: float((x) => `(${x} * ${x})`),
    TAN: float((x) => `tan(${x})`),
    TANH: float((x) => `tanh(${x})`),
    TRUNC: truncate,
    TRUNCATE: truncate,
    WIDTH_BUCKET: scalar(
      'float float float int',
      numberType(38),
      (x, low, high, n) =>
        `CASE WHEN ${x} < ${low} THEN 0 WHEN ${x} >= ${high} THEN ${n} + 1 ELSE CAST(floor((${x} - ${low}) / ((${high} - ${low}) / ${n})) AS BIGINT) + 1 END`,
    ),
  };
}
