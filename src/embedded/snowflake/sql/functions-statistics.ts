/** Statistics over a group: percentiles and the median are exact for a NUMBER, the others are FLOAT. */
import { duckType, FLOAT, INTEGER, numberType } from '../types.ts';
import { comparable, decimalOf } from './convert.ts';
import { type Call, type FunctionRule, unknownForm } from './functions.ts';
import { finished, numberOf, readAggregate } from './functions-aggregate.ts';
import { isKind, NULL, type Operand, typed } from './operand.ts';
import { checkCount } from './signature.ts';
import { isWord, splitAt } from './tree.ts';

function ofFloat(duckName: string, parameters = 1): FunctionRule {
  return (call) => {
    const { distinct, operands } = readAggregate(call, parameters);
    const values = operands.map((operand) => `CAST(${numberOf(call, operand).sql} AS DOUBLE)`);
    return typed(`${duckName}(${distinct}${values.join(', ')})`, FLOAT);
  };
}

/** MEDIAN of NUMBER(p, s) has three more places, as its page says. */
const median: FunctionRule = (call) => {
  const { distinct, first } = readAggregate(call, 1);
  const value = numberOf(call, first);
  if (isKind(value, 'FLOAT')) return typed(`median(${distinct}${value.sql})`, FLOAT);
  const { precision = 38, scale = 0 } = value.type ?? INTEGER;
  const type = numberType(precision + 3, Math.min(scale + 3, 37));
  return finished(`median(${distinct}CAST(${decimalOf(value)} AS ${duckType(type)}))`, type);
};

/** PERCENTILE_CONT(p) and PERCENTILE_DISC(p) WITHIN GROUP (ORDER BY x). */
function percentile(duckName: string): FunctionRule {
  return (call) => {
    const [fraction = NULL] = call.operands();
    checkCount(call, call.nodes.length, 1);
    const { value, descending } = withinGroup(call);
    const p = descending ? `1 - ${fraction.sql}` : fraction.sql;
    if (duckName === 'quantile_disc') return typed(`quantile_disc(${comparable(value)}, ${p})`, value.type ?? INTEGER);
    const numbers = numberOf(call, value);
    if (isKind(numbers, 'FLOAT')) return typed(`quantile_cont(${numbers.sql}, ${p})`, FLOAT);
    const { precision = 38, scale = 0 } = numbers.type ?? INTEGER;
    const type = numberType(precision + 3, Math.min(scale + 3, 37));
    return finished(`quantile_cont(CAST(${decimalOf(numbers)} AS ${duckType(type)}), ${p})`, type);
  };
}

function withinGroup(call: Call): { readonly value: Operand; readonly descending: boolean } {
  const nodes = call.within ?? [];
  if (!isWord(nodes[0], 'ORDER') || splitAt(nodes).length !== 1)
    throw unknownForm(call, 'without WITHIN GROUP (ORDER BY one expression)');
  const descending = isWord(nodes.at(-1), 'DESC');
  return { value: call.rewrite(nodes.slice(2, isWord(nodes.at(-1), 'ASC', 'DESC') ? -1 : undefined)), descending };
}

const approximatePercentile: FunctionRule = (call) => {
  const { operands } = readAggregate(call, 2);
  const [value = NULL, p = NULL] = operands;
  return typed(`quantile_cont(CAST(${numberOf(call, value).sql} AS DOUBLE), ${p.sql})`, FLOAT);
};

export function statisticsFunctions(): Readonly<Record<string, FunctionRule>> {
  return {
    APPROX_PERCENTILE: approximatePercentile,
    CORR: ofFloat('corr', 2),
    COVAR_POP: ofFloat('covar_pop', 2),
    COVAR_SAMP: ofFloat('covar_samp', 2),
    KURTOSIS: ofFloat('kurtosis'),
    MEDIAN: median,
    PERCENTILE_CONT: percentile('quantile_cont'),
    PERCENTILE_DISC: percentile('quantile_disc'),
    REGR_AVGX: ofFloat('regr_avgx', 2),
    REGR_AVGY: ofFloat('regr_avgy', 2),
    REGR_COUNT: ofFloat('regr_count', 2),
    REGR_INTERCEPT: ofFloat('regr_intercept', 2),
    REGR_R2: ofFloat('regr_r2', 2),
    REGR_SLOPE: ofFloat('regr_slope', 2),
    REGR_SXX: ofFloat('regr_sxx', 2),
    REGR_SXY: ofFloat('regr_sxy', 2),
    REGR_SYY: ofFloat('regr_syy', 2),
    SKEW: ofFloat('skewness'),
    STDDEV: ofFloat('stddev_samp'),
    STDDEV_POP: ofFloat('stddev_pop'),
    STDDEV_SAMP: ofFloat('stddev_samp'),
    VARIANCE: ofFloat('var_samp'),
    VARIANCE_POP: ofFloat('var_pop'),
    VARIANCE_SAMP: ofFloat('var_samp'),
    VAR_POP: ofFloat('var_pop'),
    VAR_SAMP: ofFloat('var_samp'),
  };
}
