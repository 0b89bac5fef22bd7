/**
 * Aggregates; most of them are window functions as well. Sums and averages of a NUMBER are exact: SUM is NUMBER(38, s),
 * AVG has the scale of a division. The APPROX_… functions are DuckDB's approximations or exact.
 */
import { ARRAY, BOOLEAN, type ColumnType, duckType, FLOAT, INTEGER, MAX_TEXT, numberType, OBJECT } from '../types.ts';
import { quotient, resultType } from './arithmetic.ts';
import { comparable, condition, decimalOf, numeric, textOf, toVariant } from './convert.ts';
import { type Call, type FunctionRule, unknownForm } from './functions.ts';
import { integerOf } from './literals.ts';
import { anyNullable, isKind, NULL, type Operand, typed } from './operand.ts';
import { checkCount, wrongTypes } from './signature.ts';
import { isOperator, isWord, type Node, splitAt } from './tree.ts';
import { rewriteOrderBy, rewriteOrdering } from './window.ts';

const COUNT = numberType(18);

export interface Aggregated {
  readonly distinct: string;
  readonly operands: readonly Operand[];
  readonly first: Operand;
}

/** `AGG([DISTINCT] a, b)`. */
export function readAggregate(call: Call, least: number, most = least): Aggregated {
  const [first = [], ...rest] = call.nodes;
  const distinct = isWord(first[0], 'DISTINCT', 'ALL');
  const operands = distinct ? [call.rewrite(first.slice(1)), ...rest.map(call.rewrite)] : call.operands();
  checkCount(call, operands.length, least, most);
  return { distinct: isWord(first[0], 'DISTINCT') ? 'DISTINCT ' : '', operands, first: operands[0] ?? NULL };
}

export function numberOf(call: Call, operand: Operand): Operand {
  if (operand.type && !isKind(operand, 'NUMBER', 'FLOAT', 'VARCHAR', 'VARIANT')) throw wrongTypes(call, [operand]);
  return numeric(operand);
}

/** An aggregate whose value DuckDB gives in another type than Snowflake's. */
export function finished(sql: string, type: ColumnType, nullable = true): Operand {
  return { ...typed(sql, type, nullable), finish: (whole) => `CAST(${whole} AS ${duckType(type)})` };
}

const count: FunctionRule = (call) => {
  const [first = []] = call.nodes;
  if (call.nodes.length === 1 && isOperator(first[0], '*')) return typed('count(*)', COUNT, false);
  if (isOperator(first.at(-1), '*')) return typed('count(*)', COUNT, false);
  const { distinct, operands } = readAggregate(call, 1, Number.POSITIVE_INFINITY);
  if (operands.length === 1) return typed(`count(${distinct}${comparable(operands[0] as Operand)})`, COUNT, false);
  const known = operands.map(({ sql }) => `${sql} IS NOT NULL`).join(' AND ');
  return typed(
    `count(${distinct}CASE WHEN ${known} THEN row(${operands.map(({ sql }) => sql).join(', ')}) END)`,
    COUNT,
    false,
  );
};

const sum: FunctionRule = (call) => {
  const { distinct, first } = readAggregate(call, 1);
  const value = numberOf(call, first);
  if (isKind(value, 'FLOAT')) return typed(`sum(${distinct}${value.sql})`, FLOAT);
  return finished(`sum(${distinct}${decimalOf(value)})`, numberType(38, value.type?.scale));
};

/** The sum over the count, divided exactly. */
const average: FunctionRule = (call) => {
  const { distinct, first } = readAggregate(call, 1);
  const value = numberOf(call, first);
  if (isKind(value, 'FLOAT')) return typed(`avg(${distinct}${value.sql})`, FLOAT);
  const type = numberType(38, resultType('/', value.type ?? INTEGER, COUNT).scale);
  // DuckDB's own is a DOUBLE. What stands behind the name, an OVER (…) as well, is the same for all three.
  const finish = (whole: string): string => {
    const rest = whole.slice('avg'.length);
    const sum = typed(`sum${rest}`, numberType(38, value.type?.scale));
    return `CAST(${quotient(sum, typed(`nullif(count${rest}, 0)`, COUNT), type.scale ?? 6)} AS ${duckType(type)})`;
  };
  return { ...typed(`avg(${distinct}${decimalOf(value)})`, type), finish };
};

/** MIN and MAX of VARIANTs compare numbers as numbers. */
function extreme(duckName: string): FunctionRule {
  return (call) => {
    const { first } = readAggregate(call, 1);
    if (isKind(first, 'OBJECT', 'ARRAY')) throw wrongTypes(call, [first]);
    if (!isKind(first, 'VARIANT')) return typed(`${duckName}(${first.sql})`, first.type ?? INTEGER);
    return typed(
      `arg_${duckName}(${first.sql}, {'n': coalesce(TRY_CAST(${textOf(first)} AS DOUBLE), 'inf'::DOUBLE), 't': ${textOf(first)}})`,
      { name: 'VARIANT' },
    );
  };
}

function orderWithin(call: Call, rename?: { readonly from: string; readonly to: string }): string {
  const { within } = call;
  if (!within) return '';
  const body: readonly Node[] = within.slice(2);
  if (!isWord(within[0], 'ORDER') || !isWord(within[1], 'BY')) throw unknownForm(call, 'with this WITHIN GROUP');
  if (!rename) return ` ${rewriteOrderBy(body, call.scope)}`;
  // DuckDB orders a DISTINCT aggregate by its very argument only.
  const items = splitAt(body).map((item) =>
    rewriteOrdering(item, (nodes) => {
      const operand = call.rewrite(nodes);
      return operand.sql === rename.from ? { ...operand, sql: rename.to } : operand;
    }),
  );
  return ` ORDER BY ${items.join(', ')}`;
}

const listagg: FunctionRule = (call) => {
  const { distinct, operands, first } = readAggregate(call, 1, 2);
  const text = textOf(first);
  const between = operands[1] ? textOf(operands[1]) : "''";
  const order = orderWithin(call, distinct ? { from: first.sql, to: text } : undefined);
  const type: ColumnType = { name: 'VARCHAR', length: MAX_TEXT };
  return {
    ...typed(`string_agg(${distinct}${text}, ${between}${order})`, type, false),
    finish: (sql) => `coalesce(${sql}, '')`,
  };
};

const arrayAgg: FunctionRule = (call) => {
  const { distinct, first } = readAggregate(call, 1);
  const value = toVariant(first).sql;
  const order = orderWithin(call, distinct ? { from: first.sql, to: value } : undefined);
  const list = `list(${distinct}${value}${order}) FILTER (WHERE ${value} IS NOT NULL)`;
  return { ...typed(list, ARRAY, false), finish: (sql) => `coalesce(to_json(${sql}), CAST('[]' AS JSON))` };
};

const objectAgg: FunctionRule = (call) => {
  const { operands } = readAggregate(call, 2);
  const [key = NULL, value = NULL] = operands;
  const pair = `CAST(to_json(${textOf(key)}) AS VARCHAR) || ':' || CAST(${toVariant(value).sql} AS VARCHAR)`;
  return {
    ...typed(`string_agg(${pair}, ',')`, OBJECT, false),
    finish: (sql) => `CAST('{' || coalesce(${sql}, '') || '}' AS JSON)`,
  };
};

const arrayUniqueAgg: FunctionRule = (call) => {
  const { first } = readAggregate(call, 1);
  const value = toVariant(first).sql;
  return {
    ...typed(`list(DISTINCT ${value}) FILTER (WHERE ${value} IS NOT NULL)`, ARRAY, false),
    finish: (sql) => `coalesce(to_json(${sql}), CAST('[]' AS JSON))`,
  };
};

function ofCondition(duckName: string): FunctionRule {
  return (call) => {
    const { first } = readAggregate(call, 1);
    return typed(`${duckName}(${condition(first)})`, BOOLEAN);
  };
}

function bits(duckName: string): FunctionRule {
  return (call) => {
    const { first } = readAggregate(call, 1);
    return typed(`${duckName}(CAST(${numberOf(call, first).sql} AS BIGINT))`, numberType(38));
  };
}

/** MAX_BY(value, key) and MIN_BY; with a count they give an array. */
function by(duckName: string): FunctionRule {
  return (call) => {
    const { operands } = readAggregate(call, 2, 3);
    const [value = NULL, key = NULL, rows] = operands;
    if (!rows) return typed(`${duckName}(${value.sql}, ${comparable(key)})`, value.type ?? INTEGER);
    if (integerOf(rows) === undefined) throw unknownForm(call, 'with a count that is no constant');
    return {
      ...typed(`${duckName}(${toVariant(value).sql}, ${comparable(key)}, ${rows.sql})`, ARRAY),
      finish: (sql) => `to_json(${sql})`,
    };
  };
}

const same =
  (duckName: string): FunctionRule =>
  (call) => {
    const { first } = readAggregate(call, 1);
    return typed(`${duckName}(${first.sql})`, first.type ?? INTEGER);
  };

const distinctCount: FunctionRule = (call) => {
  const { operands } = readAggregate(call, 1, Number.POSITIVE_INFINITY);
  const value = operands.length === 1 ? operands[0]?.sql : `row(${operands.map(({ sql }) => sql).join(', ')})`;
  return typed(`count(DISTINCT ${value})`, COUNT, false);
};

const hashAgg: FunctionRule = (call) => {
  const { operands } = readAggregate(call, 1, Number.POSITIVE_INFINITY);
  return typed(
    `CAST(bit_xor(hash(${operands.map(({ sql }) => sql).join(', ')})) >> 1 AS BIGINT)`,
    numberType(19),
    anyNullable(operands),
  );
};

const grouping: FunctionRule = (call) => {
  const { operands } = readAggregate(call, 1, 64);
  return typed(`grouping(${operands.map(({ sql }) => sql).join(', ')})`, numberType(38), false);
};

export function aggregateFunctions(): Readonly<Record<string, FunctionRule>> {
  return {
    ANY_VALUE: same('any_value'),
    APPROX_COUNT_DISTINCT: distinctCount,
    ARRAYAGG: arrayAgg,
    ARRAY_AGG: arrayAgg,
    ARRAY_UNIQUE_AGG: arrayUniqueAgg,
    AVG: average,
    BITAND_AGG: bits('bit_and'),
    BITOR_AGG: bits('bit_or'),
    BITXOR_AGG: bits('bit_xor'),
    BOOLAND_AGG: ofCondition('bool_and'),
    BOOLOR_AGG: ofCondition('bool_or'),
    COUNT: count,
    COUNT_IF: (call) => typed(`count_if(${condition(readAggregate(call, 1).first)})`, COUNT, false),
    GROUPING: grouping,
    GROUPING_ID: grouping,
    HASH_AGG: hashAgg,
    HLL: distinctCount,
    LISTAGG: listagg,
    MAX: extreme('max'),
    MAX_BY: by('arg_max'),
    MIN: extreme('min'),
    MIN_BY: by('arg_min'),
    MODE: same('mode'),
    OBJECT_AGG: objectAgg,
    STRING_AGG: listagg,
    SUM: sum,
  };
}
