/** Functions that make objects and change them. Keys keep the order in which they were given. */
import { compilationError } from '../errors.ts';
import { ARRAY, OBJECT, TEXT } from '../types.ts';
import { cast, textOf, toVariant } from './convert.ts';
import { type Call, type FunctionRule, unknownForm } from './functions.ts';
import { quoteText } from './names.ts';
import { isKind, macro, NULL, type Operand, typed } from './operand.ts';
import { checkCount, scalar } from './signature.ts';
import { isOperator } from './tree.ts';

const construct =
  (keepNull: boolean): FunctionRule =>
  (call) => {
    const [only, ...more] = call.nodes;
    const operands = isOperator(only?.[0], '*') && more.length === 0 ? allColumns(call) : call.operands();
    if (operands.length % 2 === 1)
      throw compilationError('invalidArguments', `${call.name} takes keys and values in turn.`);
    const pairs: string[] = [];
    for (let at = 0; at < operands.length; at += 2)
      pairs.push(pair(operands[at] as Operand, operands[at + 1] as Operand, keepNull));
    if (pairs.length === 0) return typed("CAST('{}' AS JSON)", OBJECT, false);
    return typed(`CAST('{' || concat_ws(',', ${pairs.join(', ')}) || '}' AS JSON)`, OBJECT, false);
  };

/** `"key":value` as text; NULL, which concat_ws leaves out, where the key or the value is NULL. */
function pair(key: Operand, value: Operand, keepNull: boolean): string {
  const json = keepNull ? `coalesce(${toVariant(value).sql}, CAST('null' AS JSON))` : toVariant(value).sql;
  return `CAST(to_json(${textOf(key)}) AS VARCHAR) || ':' || CAST(${json} AS VARCHAR)`;
}

/** OBJECT_CONSTRUCT(*): the names of the columns are the keys. */
function allColumns({ scope }: Call): Operand[] {
  return scope.columns
    .filter((column) => !column.merged)
    .flatMap((column) => [
      typed(quoteText(column.name), TEXT, false),
      column.type ? typed(column.sql, column.type) : NULL,
    ]);
}

/** Pairs of an object as a list of structs, without some keys, and back. */
const entries = (object: string): string =>
  `list_transform(json_keys(${object}), lambda k: {'k': k, 'v': ${macro('field', object, 'k')}})`;
const assembled = (list: string): string =>
  `CAST('{' || array_to_string(list_transform(${list}, lambda e: CAST(to_json(e.k) AS VARCHAR) || ':' || CAST(e.v AS VARCHAR)), ',') || '}' AS JSON)`;

const remove: FunctionRule = (call) => {
  const [object = NULL, ...keys] = call.operands();
  checkCount(call, keys.length + 1, 2, Number.POSITIVE_INFINITY);
  const names = keys.map(textOf).join(', ');
  return typed(
    assembled(`list_filter(${entries(toVariant(object).sql)}, lambda e: e.k NOT IN (${names}))`),
    OBJECT,
    object.nullable,
  );
};

const pick: FunctionRule = (call) => {
  const [object = NULL, ...keys] = call.operands();
  checkCount(call, keys.length + 1, 2, Number.POSITIVE_INFINITY);
  const [first = NULL] = keys;
  const wanted = isKind(first, 'ARRAY', 'VARIANT')
    ? `list_contains(CAST(${first.sql} AS VARCHAR[]), e.k)`
    : `e.k IN (${keys.map(textOf).join(', ')})`;
  return typed(
    assembled(`list_filter(${entries(toVariant(object).sql)}, lambda e: ${wanted})`),
    OBJECT,
    object.nullable,
  );
};

/** OBJECT_INSERT(object, key, value [, update]). A NULL value inserts nothing. */
const insert: FunctionRule = (call) => {
  const [object = NULL, key = NULL, value = NULL, update] = call.operands();
  checkCount(call, call.nodes.length, 3, 4);
  if (update && !/^(TRUE|FALSE)$/.test(update.sql)) throw unknownForm(call, 'with an update flag that is no constant');
  const base = toVariant(object).sql;
  const json = toVariant(value).sql;
  const others = `list_filter(${entries(base)}, lambda e: e.k <> ${textOf(key)})`;
  const added = `CASE WHEN ${json} IS NULL THEN [] ELSE [{'k': ${textOf(key)}, 'v': ${json}}] END`;
  const inserted = assembled(`list_concat(${others}, ${added})`);
  const exists = `list_contains(json_keys(${base}), ${textOf(key)})`;
  if (update?.sql === 'TRUE') return typed(inserted, OBJECT, object.nullable);
  return typed(
    `CASE WHEN ${exists} THEN CAST(error('@duplicateKey@Duplicate field key ''' || ${textOf(key)} || '''') AS JSON) ELSE ${inserted} END`,
    OBJECT,
    object.nullable,
  );
};

export function objectFunctions(): Readonly<Record<string, FunctionRule>> {
  return {
    OBJECT_CONSTRUCT: construct(false),
    OBJECT_CONSTRUCT_KEEP_NULL: construct(true),
    OBJECT_DELETE: remove,
    OBJECT_INSERT: insert,
    OBJECT_KEYS: scalar('object', ARRAY, (x) => `to_json(json_keys(${x}))`),
    OBJECT_PICK: pick,
    TO_OBJECT: (call) => {
      checkCount(call, call.nodes.length, 1);
      return cast(call.operands()[0] ?? NULL, OBJECT);
    },
  };
}
