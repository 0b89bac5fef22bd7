/**
 * The functions that the warehouse knows, by Snowflake's name. A name that is not here is an error (002140); none is
 * handed to DuckDB unseen, whose function of the same name may mean something else.
 */
import { compilationError, type SnowflakeError } from '../errors.ts';
import { readType } from '../types.ts';
import { rewriteOperand } from './expression.ts';
import { binaryFunctions } from './functions-binary.ts';
import { dateFunctions } from './functions-date.ts';
import { jsonFunctions } from './functions-json.ts';
import { nullIfAny, textFunctions } from './functions-text.ts';
import { quoteText } from './names.ts';
import { asNumber, asText, cast, macro, type Operand, other, unify } from './operand.ts';
import type { Scope } from './scope.ts';
import { isOperator, isWord, type Node } from './tree.ts';

export interface Call {
  readonly name: string;
  /** The arguments as they stand in the statement. */
  readonly nodes: readonly (readonly Node[])[];
  readonly scope: Scope;
  /** All arguments rewritten. */
  operands(): Operand[];
  /** One argument rewritten, for rules whose arguments are not all expressions. */
  rewrite(nodes: readonly Node[]): Operand;
  /** The ORDER BY of WITHIN GROUP (…), if there is one. */
  within(): string | undefined;
}

export type FunctionRule = (call: Call) => Operand;

const sqlOf = (operand: Operand): string => operand.sql;

/** DuckDB's function under another name, with each argument in the given form. */
export function renamed(duckName: string, form: (operand: Operand) => string = sqlOf): FunctionRule {
  return (call) => other(`${duckName}(${call.operands().map(form).join(', ')})`);
}

/** One of our macros over the arguments. */
export function macroOf(name: string, form: (operand: Operand) => string = sqlOf): FunctionRule {
  return (call) => other(macro(name, ...call.operands().map(form)));
}

/** `AGG([DISTINCT] x)`. */
function aggregate(duckName: string, form: (operand: Operand) => string): FunctionRule {
  return (call) => {
    const [first = [], ...rest] = call.nodes;
    const distinct = isWord(first[0], 'DISTINCT');
    if (distinct && rest.length > 0)
      throw compilationError('unsupported', `${call.name}(DISTINCT a, b) is not supported.`);
    if (first.length === 1 && isOperator(first[0], '*')) return other(`${duckName}(*)`);
    const operand = rewriteOperand(distinct ? first.slice(1) : first, call.scope);
    const more = rest.map((nodes) => form(rewriteOperand(nodes, call.scope)));
    return other(`${duckName}(${distinct ? 'DISTINCT ' : ''}${[form(operand), ...more].join(', ')})`);
  };
}

function comparableAggregate(duckName: string): FunctionRule {
  return (call) => {
    const operand = rewriteOperand(call.nodes[0] ?? [], call.scope);
    if (operand.kind === 'variant') {
      throw compilationError(
        'unsupported',
        `The embedded warehouse needs a cast in ${call.name}(<variant>): ${call.name}(v:a::NUMBER).`,
      );
    }
    return other(`${duckName}(${operand.sql})`);
  };
}

const coalesce: FunctionRule = (call) => {
  const { operands, wrap } = unify(call.operands());
  return wrap(`coalesce(${operands.join(', ')})`);
};

const iff: FunctionRule = (call) => {
  const [condition, yes, no] = call.operands();
  if (!condition || !yes || !no) throw wrongArguments(call);
  const { operands, wrap } = unify([yes, no]);
  return wrap(`CASE WHEN ${condition.sql} THEN ${operands[0]} ELSE ${operands[1]} END`);
};

const decode: FunctionRule = (call) => {
  const [subject, ...rest] = call.operands().map(asText);
  if (subject === undefined || rest.length < 2) throw wrongArguments(call);
  const parts: string[] = [];
  for (let at = 0; at + 1 < rest.length; at += 2) {
    parts.push(`WHEN ${subject} IS NOT DISTINCT FROM ${rest[at]} THEN ${rest[at + 1]}`);
  }
  if (rest.length % 2 === 1) parts.push(`ELSE ${rest.at(-1)}`);
  return other(`CASE ${parts.join(' ')} END`);
};

function castCall(safe: boolean): FunctionRule {
  return (call) => {
    const nodes = call.nodes.length === 1 ? (call.nodes[0] as readonly Node[]) : call.nodes.flat();
    const as = nodes.findLastIndex((node) => isWord(node, 'AS'));
    if (as < 0) throw wrongArguments(call);
    return cast(rewriteOperand(nodes.slice(0, as), call.scope), readType(nodes.slice(as + 1)).type, safe);
  };
}

/** TO_NUMBER(x [, precision [, scale]]): 38 and 0 when they are left out. */
function toNumber(safe: boolean): FunctionRule {
  return (call) => {
    const [value, ...sizes] = call.operands();
    if (!value || sizes.some((size) => size.kind !== 'number')) {
      throw compilationError('unsupported', `The embedded warehouse does not know ${call.name} with a format.`);
    }
    const precision = Number(sizes[0]?.sql ?? 38);
    const scale = Number(sizes[1]?.sql ?? 0);
    return cast(value, { name: 'NUMBER', precision, scale }, safe);
  };
}

const toVarchar: FunctionRule = (call) => {
  const [value, format] = call.operands();
  if (!value) throw wrongArguments(call);
  if (format) return other(macro('format_time', value.sql, format.sql));
  return cast(value, { name: 'VARCHAR', length: 16_777_216 });
};

const listagg: FunctionRule = (call) => {
  const [first = [], separator] = call.nodes;
  const distinct = isWord(first[0], 'DISTINCT');
  const value = asText(rewriteOperand(distinct ? first.slice(1) : first, call.scope));
  const between = separator ? rewriteOperand(separator, call.scope).sql : "''";
  const text = macro('text', value);
  // DuckDB orders a DISTINCT aggregate by its very argument only.
  const order = call.within()?.replaceAll(value, text);
  return other(
    `coalesce(string_agg(${distinct ? 'DISTINCT ' : ''}${text}, ${between}${order ? ` ${order}` : ''}), '')`,
  );
};

const count: FunctionRule = (call) => {
  if (call.nodes.length > 1) throw compilationError('unsupported', 'COUNT over several columns is not supported.');
  return aggregate('count', sqlOf)(call);
};

function facts(read: (scope: Scope) => string | undefined): FunctionRule {
  return (call) => {
    const value = read(call.scope);
    return value === undefined ? other('CAST(NULL AS VARCHAR)') : { sql: quoteText(value), kind: 'string' };
  };
}

const RULES: Readonly<Record<string, FunctionRule>> = {
  ...binaryFunctions(),
  ...dateFunctions(),
  ...jsonFunctions(),
  ...textFunctions(),
  // Conditions
  COALESCE: coalesce,
  NVL: coalesce,
  IFNULL: coalesce,
  IFF: iff,
  DECODE: decode,
  NULLIF: renamed('nullif', asText),
  NVL2: (call) => {
    const [subject, yes, no] = call.operands();
    if (!subject || !yes || !no) throw wrongArguments(call);
    const { operands, wrap } = unify([yes, no]);
    return wrap(`CASE WHEN ${subject.sql} IS NOT NULL THEN ${operands[0]} ELSE ${operands[1]} END`);
  },
  ZEROIFNULL: (call) => other(`coalesce(${asNumber(call.operands()[0] ?? other('NULL'))}, 0)`),
  NULLIFZERO: (call) => other(`nullif(${asNumber(call.operands()[0] ?? other('NULL'))}, 0)`),
  EQUAL_NULL: (call) => other(`(${call.operands().map(asText).join(' IS NOT DISTINCT FROM ')})`),
  GREATEST: (call) => nullIfAny('greatest', call),
  LEAST: (call) => nullIfAny('least', call),
  // Conversions
  CAST: castCall(false),
  TRY_CAST: castCall(true),
  TO_NUMBER: toNumber(false),
  TO_DECIMAL: toNumber(false),
  TO_NUMERIC: toNumber(false),
  TRY_TO_NUMBER: toNumber(true),
  TRY_TO_DECIMAL: toNumber(true),
  TO_DOUBLE: (call) => cast(call.operands()[0] ?? other('NULL'), { name: 'FLOAT' }),
  TRY_TO_DOUBLE: (call) => cast(call.operands()[0] ?? other('NULL'), { name: 'FLOAT' }, true),
  TO_BOOLEAN: (call) => cast(call.operands()[0] ?? other('NULL'), { name: 'BOOLEAN' }),
  TRY_TO_BOOLEAN: (call) => cast(call.operands()[0] ?? other('NULL'), { name: 'BOOLEAN' }, true),
  TO_VARCHAR: toVarchar,
  TO_CHAR: toVarchar,
  TO_BINARY: renamed('unhex', asText),
  HEX_ENCODE: renamed('hex', asText),
  // Numbers
  ABS: renamed('abs', asNumber),
  CEIL: renamed('ceil', asNumber),
  FLOOR: renamed('floor', asNumber),
  ROUND: renamed('round', asNumber),
  TRUNC: (call) => truncate(call),
  TRUNCATE: (call) => truncate(call),
  MOD: macroOf('modulo', asNumber),
  DIV0: macroOf('div0', asNumber),
  DIV0NULL: macroOf('div0', asNumber),
  SIGN: renamed('sign', asNumber),
  SQRT: renamed('sqrt', asNumber),
  POWER: renamed('power', asNumber),
  POW: renamed('power', asNumber),
  EXP: renamed('exp', asNumber),
  LN: renamed('ln', asNumber),
  // Aggregates
  COUNT: count,
  COUNT_IF: renamed('count_if'),
  SUM: aggregate('sum', asNumber),
  AVG: (call) => {
    const [first = []] = call.nodes;
    if (isWord(first[0], 'DISTINCT')) return aggregate('avg', asNumber)(call);
    return other(macro('avg', asNumber(rewriteOperand(first, call.scope))));
  },
  MIN: comparableAggregate('min'),
  MAX: comparableAggregate('max'),
  ANY_VALUE: aggregate('any_value', sqlOf),
  MEDIAN: aggregate('median', asNumber),
  STDDEV: aggregate('stddev_samp', asNumber),
  VARIANCE: aggregate('var_samp', asNumber),
  APPROX_COUNT_DISTINCT: aggregate('approx_count_distinct', sqlOf),
  BOOLAND_AGG: aggregate('bool_and', sqlOf),
  BOOLOR_AGG: aggregate('bool_or', sqlOf),
  LISTAGG: listagg,
  // Windows
  ROW_NUMBER: renamed('row_number'),
  RANK: renamed('rank'),
  DENSE_RANK: renamed('dense_rank'),
  PERCENT_RANK: renamed('percent_rank'),
  NTILE: renamed('ntile'),
  LAG: renamed('lag'),
  LEAD: renamed('lead'),
  FIRST_VALUE: renamed('first_value'),
  LAST_VALUE: renamed('last_value'),
  // The session
  CURRENT_DATABASE: facts((scope) => scope.session.database),
  CURRENT_SCHEMA: facts((scope) => scope.session.schema),
  CURRENT_WAREHOUSE: facts((scope) => scope.session.warehouse),
  CURRENT_ROLE: facts((scope) => scope.session.role),
  CURRENT_USER: facts((scope) => scope.session.user),
  CURRENT_ACCOUNT: facts((scope) => scope.session.account),
  CURRENT_SESSION: facts((scope) => scope.session.sessionId),
  CURRENT_VERSION: facts(() => '9.0.0 embedded'),
};

function truncate(call: Call): Operand {
  const [value, scale] = call.operands();
  if (!value) throw wrongArguments(call);
  if (scale && scale.kind !== 'number') return other(`date_trunc(${scale.sql}, ${value.sql})`);
  return other(scale ? `trunc(${asNumber(value)}, ${scale.sql})` : `trunc(${asNumber(value)})`);
}

export function callFunction(
  name: string,
  nodes: readonly (readonly Node[])[],
  scope: Scope,
  within: () => string | undefined = () => undefined,
): Operand {
  const rule = Object.hasOwn(RULES, name) ? RULES[name] : undefined;
  if (!rule) throw unknownFunction(name);
  const rewrite = (part: readonly Node[]): Operand => rewriteOperand(part, scope);
  return rule({ name, nodes, scope, rewrite, operands: () => nodes.map(rewrite), within });
}

export function isFunction(name: string): boolean {
  return Object.hasOwn(RULES, name);
}

export function wrongArguments(call: Call): SnowflakeError {
  return compilationError(
    'invalidArguments',
    `Invalid argument types or number of arguments for function '${call.name}'.`,
  );
}

function unknownFunction(name: string): SnowflakeError {
  return compilationError(
    'unknownFunction',
    `Unknown function ${name}. If Snowflake has it, the embedded warehouse does not know it yet.`,
  );
}
