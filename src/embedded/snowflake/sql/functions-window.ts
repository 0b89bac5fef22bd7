/** Functions that only OVER (…) makes sense of. */
import { FLOAT, INTEGER, numberType } from '../types.ts';
import { calculate } from './arithmetic.ts';
import { condition, decimalOf, numeric, unify } from './convert.ts';
import { type FunctionRule, unknownForm } from './functions.ts';
import { integerOf } from './literals.ts';
import { NULL, type Operand, typed } from './operand.ts';
import { checkCount } from './signature.ts';

const COUNT = numberType(18);

function rank(duckName: string, type = COUNT): FunctionRule {
  return (call) => {
    checkCount(call, call.nodes.length, 0);
    return typed(`${duckName}()`, type, false);
  };
}

/** LAG(x [, offset [, default]]) and LEAD. */
function neighbour(duckName: string): FunctionRule {
  return (call) => {
    const [value = NULL, offset, otherwise] = call.operands();
    checkCount(call, call.nodes.length, 1, 3);
    if (offset && integerOf(offset) === undefined) throw unknownForm(call, 'with an offset that is no constant');
    const { type, sql } = unify(otherwise ? [value, otherwise] : [value]);
    const parts = [sql[0], ...(offset ? [offset.sql] : []), ...(otherwise ? [sql[1]] : [])];
    return typed(`${duckName}(${parts.join(', ')}${call.ignoreNulls ? ' IGNORE NULLS' : ''})`, type);
  };
}

function valueAt(duckName: string, parameters: number): FunctionRule {
  return (call) => {
    const operands = call.operands();
    checkCount(call, operands.length, parameters);
    const values = operands.map(({ sql }: Operand) => sql).join(', ');
    return typed(`${duckName}(${values}${call.ignoreNulls ? ' IGNORE NULLS' : ''})`, operands[0]?.type ?? INTEGER);
  };
}

const bucket: FunctionRule = (call) => {
  const [buckets = NULL] = call.operands();
  checkCount(call, call.nodes.length, 1);
  return typed(`ntile(CAST(${buckets.sql} AS BIGINT))`, COUNT, false);
};

/** RATIO_TO_REPORT(x): the share of each value in the sum. */
const share: FunctionRule = (call) => {
  const [first = NULL] = call.operands();
  checkCount(call, call.nodes.length, 1);
  const value = numeric(first);
  const sum = typed(
    `sum(${decimalOf(value)})`,
    value.type?.name === 'NUMBER' ? numberType(38, value.type.scale) : FLOAT,
  );
  const share = calculate('/', value, sum);
  return {
    ...typed(sum.sql, share.type ?? FLOAT),
    finish: (total) => `CASE WHEN ${total} = 0 THEN NULL ELSE ${calculate('/', value, { ...sum, sql: total }).sql} END`,
  };
};

/** CONDITIONAL_TRUE_EVENT(condition): how often it has been true so far. */
const trueEvents: FunctionRule = (call) => {
  const [test = NULL] = call.operands();
  checkCount(call, call.nodes.length, 1);
  return typed(`count_if(${condition(test)})`, COUNT, false);
};

export function windowFunctions(): Readonly<Record<string, FunctionRule>> {
  return {
    CONDITIONAL_TRUE_EVENT: trueEvents,
    CUME_DIST: rank('cume_dist', FLOAT),
    DENSE_RANK: rank('dense_rank'),
    FIRST_VALUE: valueAt('first_value', 1),
    LAG: neighbour('lag'),
    LAST_VALUE: valueAt('last_value', 1),
    LEAD: neighbour('lead'),
    NTH_VALUE: valueAt('nth_value', 2),
    NTILE: bucket,
    PERCENT_RANK: rank('percent_rank', FLOAT),
    RANK: rank('rank'),
    RATIO_TO_REPORT: share,
    ROW_NUMBER: rank('row_number'),
  };
}

const NAMES = new Set(Object.keys(windowFunctions()));

export function isWindowFunction(name: string): boolean {
  return NAMES.has(name);
}
