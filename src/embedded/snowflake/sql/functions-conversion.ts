/** CAST, and the TO_… and TRY_TO_… functions of text, numbers, booleans and binary. */
import { compilationError } from '../errors.ts';
import { BINARY, BOOLEAN, type ColumnType, FLOAT, isTemporal, readType, TEXT } from '../types.ts';
import { cast, invalidCast, localOf, textOf } from './convert.ts';
import { formatOf, strftimeOf } from './date-format.ts';
import { type Call, type FunctionRule, unknownForm } from './functions.ts';
import { integerOf } from './literals.ts';
import { numberFormatSql, unformattedSql } from './number-format.ts';
import { isKind, NULL, type Operand, typed } from './operand.ts';
import { checkCount } from './signature.ts';
import { isWord } from './tree.ts';

function castCall(safe: boolean): FunctionRule {
  return (call) => {
    const [nodes = [], ...more] = call.nodes;
    const as = nodes.findLastIndex((node) => isWord(node, 'AS'));
    if (as < 0 || more.length > 0) throw compilationError('syntax', `syntax error: ${call.name}(expression AS type).`);
    const operand = call.rewrite(nodes.slice(0, as));
    if (safe && !isKind(operand, 'VARCHAR') && operand.type)
      throw invalidCast(operand, readType(nodes.slice(as + 1)).type);
    return cast(operand, readType(nodes.slice(as + 1)).type, safe);
  };
}

/** TO_NUMBER(x [, precision [, scale]]): 38 and 0 when they are left out. */
function toNumber(safe: boolean): FunctionRule {
  return (call) => {
    const [value = NULL, ...sizes] = call.operands();
    checkCount(call, sizes.length + 1, 1, 4);
    const [format, ...rest] = isKind(sizes[0] ?? NULL, 'VARCHAR') ? sizes : [undefined, ...sizes];
    const [precision = 38, scale = 0] = rest.map(integerOf);
    const text = format ? typed(unformattedSql(call, value, formatOf(call, format)), TEXT, value.nullable) : value;
    return cast(text, { name: 'NUMBER', precision, scale }, safe);
  };
}

function to(type: ColumnType, safe = false): FunctionRule {
  return (call) => {
    const [value = NULL, format] = call.operands();
    checkCount(call, call.nodes.length, 1, 2);
    if (format) throw unknownForm(call, 'with a format');
    return cast(value, type, safe);
  };
}

const toVarchar: FunctionRule = (call) => {
  const [value = NULL, format] = call.operands();
  checkCount(call, call.nodes.length, 1, 2);
  return format ? formatted(call, value, format) : cast(value, TEXT);
};

function formatted(call: Call, value: Operand, format: Operand): Operand {
  const written = formatOf(call, format);
  if (isKind(value, 'BINARY')) return typed(binaryText(call, value.sql, written), TEXT, value.nullable);
  if (isKind(value, 'NUMBER', 'FLOAT')) return typed(numberFormatSql(call, value, written), TEXT, value.nullable);
  const moment = value.type && isTemporal(value.type) ? value : cast(value, { name: 'TIMESTAMP_NTZ', scale: 9 });
  return typed(strftimeOf(moment, localOf(moment), written), TEXT, value.nullable);
}

function binaryText(call: Call, sql: string, format: string): string {
  switch (format.toUpperCase()) {
    case 'HEX':
      return `hex(${sql})`;
    case 'BASE64':
      return `to_base64(${sql})`;
    case 'UTF-8':
    case 'UTF8':
      return `decode(${sql})`;
    default:
      throw unknownForm(call, `with the format ${format}`);
  }
}

function toBinary(safe: boolean): FunctionRule {
  return (call) => {
    const [value = NULL, format] = call.operands();
    checkCount(call, call.nodes.length, 1, 2);
    const written = format ? formatOf(call, format).toUpperCase() : 'HEX';
    if (written === 'HEX' || isKind(value, 'BINARY')) return cast(value, BINARY, safe);
    if (safe) throw unknownForm(call, `with the format ${written}`);
    if (written === 'BASE64') return typed(`from_base64(${textOf(value)})`, BINARY, value.nullable);
    if (written === 'UTF-8' || written === 'UTF8') return typed(`encode(${textOf(value)})`, BINARY, value.nullable);
    throw unknownForm(call, `with the format ${written}`);
  };
}

export function conversionFunctions(): Readonly<Record<string, FunctionRule>> {
  return {
    CAST: castCall(false),
    TRY_CAST: castCall(true),
    TO_BINARY: toBinary(false),
    TO_BOOLEAN: to(BOOLEAN),
    TO_CHAR: toVarchar,
    TO_DECIMAL: toNumber(false),
    TO_DOUBLE: to(FLOAT),
    TO_NUMBER: toNumber(false),
    TO_NUMERIC: toNumber(false),
    TO_VARCHAR: toVarchar,
    TRY_TO_BINARY: toBinary(true),
    TRY_TO_BOOLEAN: to(BOOLEAN, true),
    TRY_TO_DECIMAL: toNumber(true),
    TRY_TO_DOUBLE: to(FLOAT, true),
    TRY_TO_NUMBER: toNumber(true),
    TRY_TO_NUMERIC: toNumber(true),
  };
}
