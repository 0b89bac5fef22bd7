/**
 * Functions as data: what arguments they take, the type of their result, their SQL for DuckDB.
 *
 * Parameters are words: `text`, `number`, `int`, `float`, `boolean`, `moment` (a date, time or time stamp), `date`,
 * `binary`, `json` (anything, as JSON), `variant`, `array`, `object`, `any`. `?` makes one optional, `*` lets it come any
 * number of times, none included.
 */
import { compilationError, SnowflakeError } from '../errors.ts';
import { BINARY, type ColumnType, DATE, describeType, FLOAT, INTEGER } from '../types.ts';
import { cast, condition, decimalOf, moment, numeric, textOf, toVariant } from './convert.ts';
import type { Call, FunctionRule } from './functions.ts';
import { placeOf } from './lexer.ts';
import { anyNullable, isJson, isKind, NULL, type Operand, typed } from './operand.ts';

type Kind =
  | 'text'
  | 'number'
  | 'int'
  | 'float'
  | 'boolean'
  | 'moment'
  | 'date'
  | 'binary'
  | 'json'
  | 'variant'
  | 'array'
  | 'object'
  | 'any';

interface Parameter {
  readonly kind: Kind;
  readonly optional: boolean;
  readonly repeated: boolean;
}

export type ResultType = ColumnType | ((operands: readonly Operand[]) => ColumnType);

export interface FunctionOptions {
  /** NULL may come out although none went in. */
  readonly nullable?: boolean;
  /** NULL never comes out. */
  readonly notNull?: boolean;
}

/** A function of one value for each row. */
export function scalar(
  parameters: string,
  result: ResultType,
  sql: (...values: readonly string[]) => string,
  options: FunctionOptions = {},
): FunctionRule {
  const list = parseParameters(parameters);
  return (call) => {
    const operands = call.operands();
    const values = convertAll(call, operands, list);
    const type = typeof result === 'function' ? result(operands) : result;
    const nullable = !options.notNull && (options.nullable === true || anyNullable(operands));
    return typed(sql(...values), type, nullable);
  };
}

function parseParameters(text: string): Parameter[] {
  if (text === '') return [];
  return text.split(' ').map((word) => ({
    kind: word.replace(/[?*]$/, '') as Kind,
    optional: /[?*]$/.test(word),
    repeated: word.endsWith('*'),
  }));
}

/** Checks the arguments of a call against parameters, and converts each. */
export function convertArguments(call: Call, parameters: string): readonly string[] {
  return convertAll(call, call.operands(), parseParameters(parameters));
}

function convertAll(call: Call, operands: readonly Operand[], list: readonly Parameter[]): string[] {
  const least = list.filter(({ optional }) => !optional).length;
  const most = list.some(({ repeated }) => repeated) ? Number.POSITIVE_INFINITY : list.length;
  checkCount(call, operands.length, least, most);
  return operands.map((operand, index) => {
    const { kind } = list[Math.min(index, list.length - 1)] as Parameter;
    const converted = convert(operand, kind);
    if (converted === undefined) throw wrongTypes(call, operands);
    return converted;
  });
}

/** @throws SnowflakeError 000938 for too few arguments, 000939 for too many */
export function checkCount(call: Call, got: number, least: number, most = least): void {
  if (got >= least && got <= most) return;
  const { line, position } = placeOf(call.scope.source, call.offset);
  const few = got < least;
  throw new SnowflakeError(
    few ? 'notEnoughArguments' : 'tooManyArguments',
    `SQL compilation error: error line ${line} at position ${position}\n` +
      `${few ? 'not enough' : 'too many'} arguments for function [${call.text}] expected ${few ? least : most}, got ${got}`,
    { line, position },
  );
}

/** The operand in the form of a parameter; undefined where Snowflake would not take it. */
function convert(operand: Operand, kind: Kind): string | undefined {
  if (operand.interval) return undefined;
  switch (kind) {
    case 'text':
      return isKind(operand, 'OBJECT', 'ARRAY') ? undefined : textOf(operand);
    case 'number':
      return isNumeric(operand) ? decimalOf(numeric(operand)) : undefined;
    case 'int':
      return isNumeric(operand) ? integerSql(operand) : undefined;
    case 'float':
      return isNumeric(operand) ? cast(operand, FLOAT).sql : undefined;
    case 'boolean':
      return isKind(operand, 'BOOLEAN', 'NUMBER', 'VARCHAR', 'VARIANT') || !operand.type
        ? condition(operand)
        : undefined;
    case 'moment':
      return isKind(operand, 'NUMBER', 'FLOAT', 'BOOLEAN', 'BINARY') ? undefined : moment(operand).sql;
    case 'date':
      return isKind(operand, 'NUMBER', 'FLOAT', 'BOOLEAN', 'BINARY', 'TIME') ? undefined : cast(operand, DATE).sql;
    case 'binary':
      return isKind(operand, 'BINARY') || !operand.type
        ? cast(operand, BINARY).sql
        : isKind(operand, 'VARCHAR')
          ? `encode(${operand.sql})`
          : undefined;
    case 'json':
      return toVariant(operand).sql;
    case 'variant':
      return isJson(operand) || !operand.type ? toVariant(operand).sql : undefined;
    case 'array':
      return isKind(operand, 'ARRAY', 'VARIANT') || !operand.type ? toVariant(operand).sql : undefined;
    case 'object':
      return isKind(operand, 'OBJECT', 'VARIANT') || !operand.type ? toVariant(operand).sql : undefined;
    default:
      return operand.sql;
  }
}

function isNumeric(operand: Operand): boolean {
  return isKind(operand, 'NUMBER', 'FLOAT', 'VARCHAR', 'VARIANT', 'BOOLEAN') || !operand.type;
}

/** Whole numbers of DuckDB's functions are BIGINT; a literal needs no cast. */
function integerSql(operand: Operand): string {
  if (operand.literal && /^\(?-?\d{1,9}\)?$/.test(operand.sql)) return operand.sql;
  return `CAST(${cast(operand, INTEGER).sql} AS BIGINT)`;
}

export function wrongTypes(call: Call, operands: readonly Operand[]): SnowflakeError {
  const types = operands.map(({ type }) => (type ? describeType(type) : 'NULL')).join(', ');
  return compilationError('invalidArguments', `Invalid argument types for function '${call.name}': (${types})`);
}

/** FLOAT for a FLOAT or what becomes one, else what the rule says of the NUMBER. */
export function ofNumber(rule: (type: ColumnType) => ColumnType): (operands: readonly Operand[]) => ColumnType {
  return ([first = NULL]) => {
    const { type = INTEGER } = numeric(first);
    return type.name === 'NUMBER' ? rule(type) : FLOAT;
  };
}
