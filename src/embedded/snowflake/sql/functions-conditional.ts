/** Functions that choose among their arguments. */
import { BOOLEAN, numberType } from '../types.ts';
import { condition, decimalOf, numeric, unify } from './convert.ts';
import type { Call, FunctionRule } from './functions.ts';
import { anyNullable, NULL, type Operand, predicate, typed } from './operand.ts';
import { comparablePair } from './predicate.ts';
import { checkCount } from './signature.ts';

const coalesce: FunctionRule = (call) => {
  const operands = call.operands();
  checkCount(
    call,
    operands.length,
    call.name === 'COALESCE' ? 1 : 2,
    call.name === 'COALESCE' ? Number.POSITIVE_INFINITY : 2,
  );
  const { type, sql } = unify(operands);
  return typed(
    `coalesce(${sql.join(', ')})`,
    type,
    operands.every(({ nullable }) => nullable),
  );
};

function choose(condition_: string, yes: Operand, no: Operand): Operand {
  const { type, sql } = unify([yes, no]);
  return typed(`CASE WHEN ${condition_} THEN ${sql[0]} ELSE ${sql[1]} END`, type, anyNullable([yes, no]));
}

function three(call: Call): readonly [Operand, Operand, Operand] {
  const operands = call.operands();
  checkCount(call, operands.length, 3);
  return operands as unknown as readonly [Operand, Operand, Operand];
}

function two(call: Call): readonly [Operand, Operand] {
  const operands = call.operands();
  checkCount(call, operands.length, 2);
  return operands as unknown as readonly [Operand, Operand];
}

const decode: FunctionRule = (call) => {
  const [subject = NULL, ...rest] = call.operands();
  checkCount(call, rest.length + 1, 3, Number.POSITIVE_INFINITY);
  const pairs = Math.floor(rest.length / 2);
  const results = rest.filter((_, index) => (index < pairs * 2 ? index % 2 === 1 : true));
  const { type, sql } = unify(results);
  const branches = Array.from({ length: pairs }, (_, index) => {
    const [a, b] = comparablePair(subject, rest[index * 2] as Operand);
    return `WHEN ${a} IS NOT DISTINCT FROM ${b} THEN ${sql[index]}`;
  });
  const otherwise = rest.length % 2 === 1 ? ` ELSE ${sql.at(-1)}` : '';
  return typed(`CASE ${branches.join(' ')}${otherwise} END`, type);
};

/** GREATEST and LEAST: NULL as soon as one argument is; with IGNORE_NULLS only if all are. */
function extreme(duckName: string, ignoreNulls: boolean): FunctionRule {
  return (call) => {
    const operands = call.operands();
    checkCount(call, operands.length, 1, Number.POSITIVE_INFINITY);
    const { type, sql } = unify(operands);
    const chosen = `${duckName}(${sql.join(', ')})`;
    if (ignoreNulls || !anyNullable(operands)) return typed(chosen, type, anyNullable(operands));
    return typed(`CASE WHEN ${sql.map((each) => `${each} IS NULL`).join(' OR ')} THEN NULL ELSE ${chosen} END`, type);
  };
}

const nullIf: FunctionRule = (call) => {
  const [a, b] = two(call);
  const [x, y] = comparablePair(a, b);
  return typed(`CASE WHEN ${x} = ${y} THEN NULL ELSE ${a.sql} END`, a.type ?? BOOLEAN);
};

const zeroIfNull: FunctionRule = (call) => {
  checkCount(call, call.nodes.length, 1);
  const value = numeric(call.operands()[0] ?? NULL);
  return typed(`coalesce(${decimalOf(value)}, 0)`, value.type ?? numberType(38), false);
};

const nullIfZero: FunctionRule = (call) => {
  checkCount(call, call.nodes.length, 1);
  const value = numeric(call.operands()[0] ?? NULL);
  return typed(`nullif(${decimalOf(value)}, 0)`, value.type ?? numberType(38));
};

function both(sql: (a: string, b: string) => string): FunctionRule {
  return (call) => {
    const [a, b] = two(call);
    return predicate(sql(condition(a), condition(b)), a, b);
  };
}

export function conditionalFunctions(): Readonly<Record<string, FunctionRule>> {
  return {
    BOOLAND: both((a, b) => `(${a} AND ${b})`),
    BOOLNOT: (call) => predicate(`(NOT ${condition(call.operands()[0] ?? NULL)})`, ...call.operands()),
    BOOLOR: both((a, b) => `(${a} OR ${b})`),
    BOOLXOR: both((a, b) => `(${a} <> ${b})`),
    COALESCE: coalesce,
    DECODE: decode,
    EQUAL_NULL: (call) => predicate(`(${comparablePair(...two(call)).join(' IS NOT DISTINCT FROM ')})`),
    GREATEST: extreme('greatest', false),
    GREATEST_IGNORE_NULLS: extreme('greatest', true),
    IFF: (call) => {
      const [test, yes, no] = three(call);
      return choose(condition(test), yes, no);
    },
    IFNULL: coalesce,
    LEAST: extreme('least', false),
    LEAST_IGNORE_NULLS: extreme('least', true),
    NULLIF: nullIf,
    NULLIFZERO: nullIfZero,
    NVL: coalesce,
    NVL2: (call) => {
      const [test, yes, no] = three(call);
      return choose(`${test.sql} IS NOT NULL`, yes, no);
    },
    REGR_VALX: (call) => {
      const [y, x] = two(call);
      return typed(`CASE WHEN ${y.sql} IS NULL THEN NULL ELSE ${x.sql} END`, numeric(x).type ?? numberType(38));
    },
    REGR_VALY: (call) => {
      const [y, x] = two(call);
      return typed(`CASE WHEN ${x.sql} IS NULL THEN NULL ELSE ${y.sql} END`, numeric(y).type ?? numberType(38));
    },
    ZEROIFNULL: zeroIfNull,
  };
}
