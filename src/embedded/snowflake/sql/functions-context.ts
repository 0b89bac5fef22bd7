/** The session, and numbers that no argument gives. */
import { compilationError } from '../errors.ts';
import { FLOAT, INTEGER, numberType, TEXT } from '../types.ts';
import { decimalOf, numeric } from './convert.ts';
import { type FunctionRule, unknownForm } from './functions.ts';
import { lex } from './lexer.ts';
import { integerOf } from './literals.ts';
import { quoteText } from './names.ts';
import { isKind, NULL, typed } from './operand.ts';
import type { Scope } from './scope.ts';
import { checkCount } from './signature.ts';
import { ROW_COLUMN } from './table-functions.ts';

function facts(read: (scope: Scope) => string | undefined): FunctionRule {
  return (call) => {
    checkCount(call, call.nodes.length, 0);
    const value = read(call.scope);
    return value === undefined ? typed('CAST(NULL AS VARCHAR)', TEXT) : typed(quoteText(value), TEXT);
  };
}

/** SEQ4() and its like: the number of GENERATOR's row, from 0; elsewhere the row's number. */
function sequence(bytes: number): FunctionRule {
  return ({ scope }) => {
    const row = scope.columns.find((column) => column.name === ROW_COLUMN);
    return typed(
      row ? row.sql : '(row_number() OVER () - 1)',
      numberType([3, 5, 10, 19][Math.log2(bytes)] ?? 19),
      false,
    );
  };
}

/** UNIFORM(min, max, gen): whole numbers for whole limits. A constant generator gives one value for all rows. */
const uniform: FunctionRule = (call) => {
  const [min = NULL, max = NULL, generator = NULL] = call.operands();
  checkCount(call, call.nodes.length, 3);
  const whole = isKind(min, 'NUMBER') && isKind(max, 'NUMBER') && min.type?.scale === 0 && max.type?.scale === 0;
  const [low, high] = [decimalOf(numeric(min)), decimalOf(numeric(max))];
  const random = generator.literal
    ? `((hash(${generator.sql}) % 1000003) / 1000003.0)`
    : `((${generator.sql} % 1000003 + 1000003) % 1000003 / 1000003.0)`;
  if (!whole)
    return typed(
      `(CAST(${low} AS DOUBLE) + ${random} * (CAST(${high} AS DOUBLE) - CAST(${low} AS DOUBLE)))`,
      FLOAT,
      false,
    );
  return typed(`CAST(floor(${low} + ${random} * (${high} - ${low} + 1)) AS BIGINT)`, INTEGER, false);
};

const random: FunctionRule = (call) => {
  const seed = call.operands()[0];
  checkCount(call, call.nodes.length, 0, 1);
  if (seed && integerOf(seed) === undefined) throw unknownForm(call, 'with a seed that is no number');
  const source = seed ? `hash(row_number() OVER () + ${seed.sql})` : 'hash(uuid())';
  return typed(`CAST(${source} >> 1 AS BIGINT)`, numberType(19), false);
};

const randomText: FunctionRule = (call) => {
  const length = integerOf(call.operands()[0]);
  checkCount(call, call.nodes.length, 2);
  if (length === undefined || length < 0 || length > 1000)
    throw unknownForm(call, 'with a length that is not between 0 and 1000');
  const letter = (at: number): string =>
    `substring('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', CAST(hash(r || ${at}) % 62 + 1 AS BIGINT), 1)`;
  const letters = Array.from({ length }, (_, at) =>
    letter(at).replace('r ||', `CAST(${call.operands()[1]?.sql} AS VARCHAR) ||`),
  );
  return typed(length === 0 ? "''" : `(${letters.join(' || ')})`, TEXT, false);
};

/** GET_DDL('TABLE' | 'VIEW', 'name'). */
const getDefinition: FunctionRule = (call) => {
  const [kind, name] = call.nodes.map((nodes) => (nodes[0]?.kind === 'string' ? nodes[0].value : undefined));
  checkCount(call, call.nodes.length, 2);
  if (kind === undefined || name === undefined || !/^(TABLE|VIEW)$/i.test(kind)) {
    throw unknownForm(call, "of anything but 'TABLE' and 'VIEW', with a literal name");
  }
  const names = lex(name).flatMap((token) => (token.kind === 'word' || token.kind === 'quoted' ? [token.value] : []));
  const definition = call.scope.definition(kind.toUpperCase(), names);
  if (definition === undefined) {
    throw compilationError('objectMissing', `${kind.toUpperCase()} '${name}' does not exist or not authorized.`);
  }
  return typed(quoteText(definition), TEXT);
};

export function contextFunctions(): Readonly<Record<string, FunctionRule>> {
  return {
    CURRENT_ACCOUNT: facts((scope) => scope.session.account),
    CURRENT_ACCOUNT_NAME: facts((scope) => scope.session.account),
    CURRENT_CLIENT: facts(() => 'JavaScript'),
    CURRENT_DATABASE: facts((scope) => scope.session.database),
    CURRENT_REGION: facts(() => 'EMBEDDED'),
    CURRENT_ROLE: facts((scope) => scope.session.role),
    CURRENT_SCHEMA: facts((scope) => scope.session.schema),
    CURRENT_SCHEMAS: facts(({ session }) => (session.schema ? `["${session.database}.${session.schema}"]` : '[]')),
    CURRENT_SESSION: facts((scope) => scope.session.sessionId),
    CURRENT_USER: facts((scope) => scope.session.user),
    CURRENT_VERSION: facts(() => '9.0.0 embedded'),
    CURRENT_WAREHOUSE: facts((scope) => scope.session.warehouse),
    GET_DDL: getDefinition,
    RANDOM: random,
    RANDSTR: randomText,
    SEQ1: sequence(1),
    SEQ2: sequence(2),
    SEQ4: sequence(4),
    SEQ8: sequence(8),
    SYSTEM$WAIT: () => {
      throw compilationError('unsupported', 'Unsupported feature: the embedded warehouse does not know SYSTEM$WAIT.');
    },
    UNIFORM: uniform,
    UUID_STRING: (call) => {
      checkCount(call, call.nodes.length, 0);
      return typed('CAST(uuid() AS VARCHAR)', TEXT, false);
    },
  };
}
