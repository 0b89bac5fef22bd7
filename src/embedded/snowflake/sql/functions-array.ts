/**
 * Functions over arrays. Elements are equal when their JSON is; a sort puts numbers before text, NULL last.
 */
import { ARRAY, BOOLEAN, numberType, TEXT } from '../types.ts';
import { cast, textOf, toVariant } from './convert.ts';
import { type FunctionRule, unknownForm } from './functions.ts';
import { isKind, macro, NULL, typed, variant } from './operand.ts';
import { checkCount, scalar, wrongTypes } from './signature.ts';

const items = (sql: string): string => macro('items', sql);
const array = (parameters: string, sql: (...values: readonly string[]) => string): FunctionRule =>
  scalar(parameters, ARRAY, sql);
/** A list of JSON as an ARRAY; a NULL list stays NULL. */
const json = (list: string): string => `to_json(list_transform(${list}, lambda e: coalesce(e, CAST('null' AS JSON))))`;

const construct: FunctionRule = (call) => {
  const values = call.operands().map((operand) => `coalesce(${toVariant(operand).sql}, CAST('null' AS JSON))`);
  return typed(values.length === 0 ? "CAST('[]' AS JSON)" : `to_json([${values.join(', ')}])`, ARRAY, false);
};

/** ARRAY_CONTAINS(variant, array): text has to be made a VARIANT first, as Snowflake wants it. */
const contains: FunctionRule = (call) => {
  const [item = NULL, list = NULL] = call.operands();
  checkCount(call, call.nodes.length, 2);
  if (!isKind(item, 'VARIANT', 'OBJECT', 'ARRAY', 'NUMBER', 'BOOLEAN') && item.type)
    throw wrongTypes(call, [item, list]);
  return typed(
    `list_contains(${items(toVariant(list).sql)}, ${toVariant(item).sql})`,
    BOOLEAN,
    item.nullable || list.nullable,
  );
};

const slice = array('array int int', (x, from, to) => {
  const list = items(x ?? '');
  const start = `CASE WHEN ${from} < 0 THEN greatest(len(${list}) + ${from}, 0) ELSE ${from} END`;
  const end = `CASE WHEN ${to} < 0 THEN len(${list}) + ${to} ELSE ${to} END`;
  return json(`list_slice(${list}, ${start} + 1, ${end})`);
});

/** ARRAY_SORT(array [, ascending [, nulls first]]). */
const sort: FunctionRule = (call) => {
  const [list = NULL, ascending, nullsFirst] = call.operands();
  checkCount(call, call.nodes.length, 1, 3);
  if ([ascending, nullsFirst].some((flag) => flag && !/^(TRUE|FALSE)$/.test(flag.sql)))
    throw unknownForm(call, 'with a flag that is no constant');
  const down = ascending?.sql === 'FALSE';
  const nulls = (nullsFirst ? nullsFirst.sql === 'TRUE' : down) ? 'NULLS FIRST' : 'NULLS LAST';
  const keyed = `list_transform(list_filter(${items(toVariant(list).sql)}, lambda e: json_type(e) <> 'NULL'), lambda e: {'n': coalesce(TRY_CAST(e AS DOUBLE), 'inf'::DOUBLE), 't': e ->> '$', 'e': e})`;
  const ordered = `list_transform(list_sort(${keyed}, '${down ? 'DESC' : 'ASC'}'), lambda s: s.e)`;
  const missing = `list_filter(${items(toVariant(list).sql)}, lambda e: json_type(e) = 'NULL')`;
  return typed(
    json(nulls === 'NULLS FIRST' ? `list_concat(${missing}, ${ordered})` : `list_concat(${ordered}, ${missing})`),
    ARRAY,
    list.nullable,
  );
};

/** The least or greatest element that is not NULL, numbers as numbers. */
function extreme(duckName: string): FunctionRule {
  return scalar('array', { name: 'VARIANT' }, (x = '') => `CAST(${macro('extreme', x, `'${duckName}'`)} AS JSON)`, {
    nullable: true,
  });
}

const toText: FunctionRule = (call) => {
  const [list = NULL, separator = NULL] = call.operands();
  checkCount(call, call.nodes.length, 2);
  if (!isKind(list, 'ARRAY', 'VARIANT')) throw wrongTypes(call, [list, separator]);
  return typed(
    `array_to_string(list_transform(${items(list.sql)}, lambda e: coalesce(e ->> '$', '')), ${textOf(separator)})`,
    TEXT,
  );
};

/** The first place of a value, counted from 0. */
const position: FunctionRule = (call) => {
  const [item = NULL, list = NULL] = call.operands();
  checkCount(call, call.nodes.length, 2);
  return typed(`nullif(list_position(${items(toVariant(list).sql)}, ${toVariant(item).sql}), 0) - 1`, numberType(38));
};

const generateRange: FunctionRule = (call) => {
  checkCount(call, call.nodes.length, 2, 3);
  return scalar(
    'int int int?',
    ARRAY,
    (from, to, step) =>
      `to_json(range(CAST(${from} AS BIGINT), CAST(${to} AS BIGINT), CAST(${step ?? '1'} AS BIGINT)))`,
  )(call);
};

const remove: FunctionRule = (call) => {
  const [list = NULL, item = NULL] = call.operands();
  checkCount(call, call.nodes.length, 2);
  return typed(json(`list_filter(${items(toVariant(list).sql)}, lambda e: e <> ${toVariant(item).sql})`), ARRAY);
};

const insert = array('array int json', (x, at, value) => {
  const list = items(x ?? '');
  const place = `CASE WHEN ${at} < 0 THEN greatest(len(${list}) + ${at}, 0) ELSE ${at} END`;
  return json(
    `list_concat(list_concat(${list}[1:${place}], [coalesce(${value}, CAST('null' AS JSON))]), ${list}[${place} + 1:])`,
  );
});

export function arrayFunctions(): Readonly<Record<string, FunctionRule>> {
  const appended = (x: string, value: string, before: boolean): string =>
    json(
      before
        ? `list_concat([coalesce(${value}, CAST('null' AS JSON))], ${items(x)})`
        : `list_concat(${items(x)}, [coalesce(${value}, CAST('null' AS JSON))])`,
    );
  return {
    ARRAYS_OVERLAP: scalar('array array', BOOLEAN, (x = '', y = '') => `list_has_any(${items(x)}, ${items(y)})`),
    ARRAY_APPEND: array('array json', (x = '', value = '') => appended(x, value, false)),
    ARRAY_CAT: array('array array', (x = '', y = '') => json(`list_concat(${items(x)}, ${items(y)})`)),
    ARRAY_COMPACT: array('array', (x = '') => json(`list_filter(${items(x)}, lambda e: json_type(e) <> 'NULL')`)),
    ARRAY_CONSTRUCT: construct,
    ARRAY_CONSTRUCT_COMPACT: (call) => {
      const list = call.operands().map((operand) => toVariant(operand).sql);
      return typed(
        list.length === 0
          ? "CAST('[]' AS JSON)"
          : `to_json(list_filter([${list.join(', ')}], lambda e: e IS NOT NULL))`,
        ARRAY,
        false,
      );
    },
    ARRAY_CONTAINS: contains,
    ARRAY_DISTINCT: array('array', (x = '') => macro('array_distinct', x)),
    ARRAY_EXCEPT: array('array array', (x = '', y = '') =>
      json(`list_filter(${items(x)}, lambda e: NOT list_contains(${items(y)}, e))`),
    ),
    ARRAY_FLATTEN: array('array', (x = '') => json(`flatten(list_transform(${items(x)}, lambda e: ${items('e')}))`)),
    ARRAY_GENERATE_RANGE: generateRange,
    ARRAY_INSERT: insert,
    ARRAY_INTERSECTION: array('array array', (x = '', y = '') =>
      json(`list_filter(${items(x)}, lambda e: list_contains(${items(y)}, e))`),
    ),
    ARRAY_MAX: extreme('max'),
    ARRAY_MIN: extreme('min'),
    ARRAY_POSITION: position,
    ARRAY_PREPEND: array('array json', (x = '', value = '') => appended(x, value, true)),
    ARRAY_REMOVE: remove,
    ARRAY_REVERSE: array('array', (x = '') => json(`list_reverse(${items(x)})`)),
    ARRAY_SIZE: scalar('array', numberType(9), (x = '') => macro('array_size', x), { nullable: true }),
    ARRAY_SLICE: slice,
    ARRAY_SORT: sort,
    ARRAY_TO_STRING: toText,
    SPLIT: scalar('text text', ARRAY, (x, separator) => `to_json(string_split(${x}, ${separator}))`),
    STRTOK_TO_ARRAY: array(
      'text text?',
      (x, separators) =>
        `to_json(list_filter(string_split_regex(${x}, '[' || regexp_escape(${separators ?? "' '"}) || ']'), lambda w: w <> ''))`,
    ),
    TO_ARRAY: (call) => {
      const [value = NULL] = call.operands();
      checkCount(call, call.nodes.length, 1);
      if (!value.type || isKind(value, 'ARRAY', 'VARIANT')) return cast(value, ARRAY);
      return typed(macro('array', variant(toVariant(value).sql).sql), ARRAY, value.nullable);
    },
  };
}
