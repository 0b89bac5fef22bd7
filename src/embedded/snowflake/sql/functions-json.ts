/** VARIANT: from text and back, what is in it, and what kind it is. */
import { BOOLEAN, FLOAT, MAX_TEXT, TEXT, TIMESTAMP_NTZ } from '../types.ts';
import { elementAt } from './column.ts';
import { cast, textOf, toVariant } from './convert.ts';
import { type FunctionRule, unknownForm } from './functions.ts';
import { isJson, isKind, macro, NULL, path, typed, variant } from './operand.ts';
import { parsePath } from './path.ts';
import { checkCount, scalar, wrongTypes } from './signature.ts';

const parseJson: FunctionRule = (call) => {
  const [text = NULL] = call.operands();
  checkCount(call, call.nodes.length, 1, 2);
  if (call.nodes.length > 1) throw unknownForm(call, 'with parameters');
  if (isJson(text)) return { ...variant(macro('parse_json', text.sql)), nullable: true };
  if (!isKind(text, 'VARCHAR') && text.type) throw wrongTypes(call, [text]);
  return { ...variant(macro('parse_text', textOf(text))), nullable: true };
};

const tryParseJson: FunctionRule = (call) => {
  checkCount(call, call.nodes.length, 1);
  return variant(macro('try_parse_json', textOf(call.operands()[0] ?? NULL)));
};

/** GET_PATH(v, 'a.b[0]'). */
const getPath: FunctionRule = (call) => {
  const [base = NULL] = call.operands();
  const written = call.nodes[1]?.[0];
  checkCount(call, call.nodes.length, 2);
  if (written?.kind !== 'string') throw unknownForm(call, 'with a path that is no literal');
  return path(toVariant(base).sql, parsePath(written.value));
};

const get: FunctionRule = (call) => {
  const [base = NULL, key = NULL] = call.operands();
  checkCount(call, call.nodes.length, 2);
  if (!isJson(base)) throw wrongTypes(call, [base, key]);
  return elementAt(base, key);
};

const getIgnoreCase: FunctionRule = (call) => {
  checkCount(call, call.nodes.length, 2);
  const [base = NULL, key = NULL] = call.operands();
  const sql = `list_filter(json_keys(${toVariant(base).sql}), lambda k: lower(k) = lower(${textOf(key)}))[1]`;
  return variant(macro('field', toVariant(base).sql, sql));
};

function isType(...types: readonly string[]): FunctionRule {
  const list = types.map((type) => `'${type}'`).join(', ');
  return scalar('variant', BOOLEAN, (x) => `(json_type(${x}) IN (${list}))`);
}

/** AS_…: the value if it is of this kind, else NULL. */
function as(types: readonly string[], convert: (text: string) => string, type = TEXT): FunctionRule {
  const list = types.map((each) => `'${each}'`).join(', ');
  return (call) => {
    const [value = NULL] = call.operands();
    const json = toVariant(value).sql;
    return typed(`CASE WHEN json_type(${json}) IN (${list}) THEN ${convert(textOf(toVariant(value)))} END`, type);
  };
}

const INTEGERS = ['BIGINT', 'UBIGINT', 'HUGEINT'];
const NUMBERS = [...INTEGERS, 'DOUBLE'];

export function jsonFunctions(): Readonly<Record<string, FunctionRule>> {
  const toJson = scalar('variant', { name: 'VARCHAR', length: MAX_TEXT }, (x) => `CAST(${x} -> '$' AS VARCHAR)`);
  return {
    AS_ARRAY: (call) =>
      typed(
        `CASE WHEN json_type(${toVariant(call.operands()[0] ?? NULL).sql}) = 'ARRAY' THEN ${toVariant(call.operands()[0] ?? NULL).sql} END`,
        { name: 'ARRAY' },
      ),
    AS_BOOLEAN: as(['BOOLEAN'], (text) => `CAST(${text} AS BOOLEAN)`, BOOLEAN),
    AS_CHAR: as(['VARCHAR'], (text) => text),
    AS_DOUBLE: as(NUMBERS, (text) => `CAST(${text} AS DOUBLE)`, FLOAT),
    AS_INTEGER: as(INTEGERS, (text) => `CAST(${text} AS DECIMAL(38,0))`, { name: 'NUMBER', precision: 38, scale: 0 }),
    AS_OBJECT: (call) =>
      typed(
        `CASE WHEN json_type(${toVariant(call.operands()[0] ?? NULL).sql}) = 'OBJECT' THEN ${toVariant(call.operands()[0] ?? NULL).sql} END`,
        { name: 'OBJECT' },
      ),
    AS_TIMESTAMP_NTZ: as(['VARCHAR'], (text) => cast(typed(text, TEXT), TIMESTAMP_NTZ, true).sql, TIMESTAMP_NTZ),
    AS_VARCHAR: as(['VARCHAR'], (text) => text),
    CHECK_JSON: scalar(
      'text',
      TEXT,
      (x) => `CASE WHEN ${x} IS NULL OR trim(${x}) = '' OR json_valid(${x}) THEN NULL ELSE 'invalid JSON' END`,
      { nullable: true },
    ),
    GET: get,
    GET_IGNORE_CASE: getIgnoreCase,
    GET_PATH: getPath,
    JSON_EXTRACT_PATH_TEXT: (call) => {
      const [text = NULL] = call.operands();
      const written = call.nodes[1]?.[0];
      checkCount(call, call.nodes.length, 2);
      if (written?.kind !== 'string') throw unknownForm(call, 'with a path that is no literal');
      return typed(textOf(path(macro('parse_text', textOf(text)), parsePath(written.value))), TEXT);
    },
    IS_ARRAY: isType('ARRAY'),
    IS_BOOLEAN: isType('BOOLEAN'),
    IS_CHAR: isType('VARCHAR'),
    IS_DECIMAL: isType(...NUMBERS),
    IS_DOUBLE: isType(...NUMBERS),
    IS_INTEGER: isType(...INTEGERS),
    IS_NULL_VALUE: scalar('variant', BOOLEAN, (x) => `(json_type(${x}) = 'NULL')`),
    IS_OBJECT: isType('OBJECT'),
    IS_REAL: isType(...NUMBERS),
    IS_VARCHAR: isType('VARCHAR'),
    PARSE_JSON: parseJson,
    STRIP_NULL_VALUE: scalar('variant', { name: 'VARIANT' }, (x = '') => macro('strip_null', x), { nullable: true }),
    TO_JSON: toJson,
    TO_VARIANT: (call) => {
      checkCount(call, call.nodes.length, 1);
      return cast(call.operands()[0] ?? NULL, { name: 'VARIANT' });
    },
    TRY_PARSE_JSON: tryParseJson,
    TYPEOF: scalar('variant', TEXT, (x = '') => macro('typeof', x)),
  };
}
