/**
 * Regular expressions. Snowflake's are POSIX with Perl's extensions, DuckDB's are RE2: the usual ones mean the same.
 * Replacements name groups as `\1` in both. A pattern and parameters that are no constants are fine; the parameters
 * c, i, m, s are known, e (extract) as well.
 */
import { BOOLEAN, numberType, TEXT } from '../types.ts';
import { textOf } from './convert.ts';
import { type Call, type FunctionRule, unknownForm } from './functions.ts';
import { integerOf } from './literals.ts';
import { quoteText } from './names.ts';
import { NULL, type Operand, predicate, typed } from './operand.ts';
import { checkCount } from './signature.ts';

const COUNT = numberType(18);

/** DuckDB's options for Snowflake's parameters. */
function optionsOf(call: Call, operand: Operand | undefined): { readonly sql: string; readonly extract: boolean } {
  if (!operand) return { sql: "'c'", extract: false };
  const written = operand.literal ? /^'([cimse]*)'$/.exec(operand.sql)?.[1] : undefined;
  if (written === undefined) throw unknownForm(call, `with the parameters ${operand.sql}`);
  const known = [...written].filter((letter) => letter !== 'e' && letter !== 'm').join('');
  return { sql: quoteText(known === '' ? 'c' : known), extract: written.includes('e') };
}

function constant(call: Call, operand: Operand | undefined, otherwise: number, what: string): number {
  if (!operand) return otherwise;
  const value = integerOf(operand);
  if (value === undefined) throw unknownForm(call, `with ${what} that is no constant`);
  return value;
}

function from(subject: string, position: number): string {
  return position <= 1 ? subject : `substring(${subject}, ${position})`;
}

const like: FunctionRule = (call) => {
  const operands = call.operands();
  checkCount(call, operands.length, 2, 3);
  const [subject = NULL, pattern = NULL, parameters] = operands;
  return predicate(
    `regexp_full_match(${textOf(subject)}, ${textOf(pattern)}, ${optionsOf(call, parameters).sql})`,
    subject,
    pattern,
  );
};

/** All matches of a group, from a position on, as a list. */
function matches(subject: Operand, pattern: Operand, position: number, group: number, options: string): string {
  return `regexp_extract_all(${from(textOf(subject), position)}, ${textOf(pattern)}, ${group}, ${options})`;
}

/** REGEXP_SUBSTR(subject, pattern [, position, occurrence, parameters, group]). */
const substr: FunctionRule = (call) => {
  const [subject = NULL, pattern = NULL, position, occurrence, parameters, group] = call.operands();
  checkCount(call, call.nodes.length, 2, 6);
  const { sql: options, extract } = optionsOf(call, parameters);
  const chosen = constant(call, group, extract ? 1 : 0, 'a group');
  const list = matches(subject, pattern, constant(call, position, 1, 'a position'), chosen, options);
  return typed(`${list}[${constant(call, occurrence, 1, 'an occurrence')}]`, TEXT);
};

const substrAll: FunctionRule = (call) => {
  const [subject = NULL, pattern = NULL, position, , parameters, group] = call.operands();
  checkCount(call, call.nodes.length, 2, 6);
  const { sql: options, extract } = optionsOf(call, parameters);
  const chosen = constant(call, group, extract ? 1 : 0, 'a group');
  const list = matches(subject, pattern, constant(call, position, 1, 'a position'), chosen, options);
  return typed(`to_json(${list})`, { name: 'ARRAY' });
};

const count: FunctionRule = (call) => {
  const [subject = NULL, pattern = NULL, position, parameters] = call.operands();
  checkCount(call, call.nodes.length, 2, 4);
  const list = matches(subject, pattern, constant(call, position, 1, 'a position'), 0, optionsOf(call, parameters).sql);
  return typed(`len(${list})`, COUNT, subject.nullable || pattern.nullable);
};

/** REGEXP_REPLACE(subject, pattern [, replacement, position, occurrence, parameters]). */
const replace: FunctionRule = (call) => {
  const [subject = NULL, pattern = NULL, replacement, position, occurrence, parameters] = call.operands();
  checkCount(call, call.nodes.length, 2, 6);
  const start = constant(call, position, 1, 'a position');
  const which = constant(call, occurrence, 0, 'an occurrence');
  if (which > 1) throw unknownForm(call, 'of an occurrence after the first');
  const options = optionsOf(call, parameters).sql.slice(1, -1).replace('c', '');
  const flags = quoteText(`${options}${which === 0 ? 'g' : ''}`);
  const text = textOf(subject);
  const replaced = `regexp_replace(${from(text, start)}, ${textOf(pattern)}, ${replacement ? textOf(replacement) : "''"}, ${flags})`;
  return typed(
    start <= 1 ? replaced : `(substring(${text}, 1, ${start - 1}) || ${replaced})`,
    TEXT,
    subject.nullable || pattern.nullable,
  );
};

/** REGEXP_INSTR(subject, pattern [, position, occurrence, option, parameters, group]). */
const instr: FunctionRule = (call) => {
  const [subject = NULL, pattern = NULL, position, occurrence, option, parameters] = call.operands();
  checkCount(call, call.nodes.length, 2, 6);
  if (constant(call, occurrence, 1, 'an occurrence') !== 1) throw unknownForm(call, 'of an occurrence after the first');
  const start = constant(call, position, 1, 'a position');
  const text = from(textOf(subject), start);
  const found = `regexp_extract(${text}, ${textOf(pattern)}, 0, ${optionsOf(call, parameters).sql})`;
  const place = `strpos(${text}, ${found}) + ${start - 1}`;
  const end = constant(call, option, 0, 'an option') === 1 ? ` + length(${found})` : '';
  return typed(
    `CASE WHEN regexp_matches(${text}, ${textOf(pattern)}, ${optionsOf(call, parameters).sql}) THEN ${place}${end} ELSE 0 END`,
    COUNT,
    subject.nullable || pattern.nullable,
  );
};

/** LIKE and ILIKE as functions. */
function likeFunction(word: string): FunctionRule {
  return (call) => {
    const [subject = NULL, pattern = NULL, escaping] = call.operands();
    checkCount(call, call.nodes.length, 2, 3);
    return typed(
      `(${textOf(subject)} ${word} ${textOf(pattern)}${escaping ? ` ESCAPE ${escaping.sql}` : ''})`,
      BOOLEAN,
      subject.nullable || pattern.nullable,
    );
  };
}

export function regexpFunctions(): Readonly<Record<string, FunctionRule>> {
  return {
    ILIKE: likeFunction('ILIKE'),
    LIKE: likeFunction('LIKE'),
    REGEXP_COUNT: count,
    REGEXP_INSTR: instr,
    REGEXP_LIKE: like,
    REGEXP_REPLACE: replace,
    REGEXP_SUBSTR: substr,
    REGEXP_SUBSTR_ALL: substrAll,
    RLIKE: like,
  };
}
