/** Functions over text. Lengths count characters, not bytes. */
import { BINARY, BOOLEAN, INTEGER, numberType, TEXT, textType } from '../types.ts';
import { calculate } from './arithmetic.ts';
import { textOf } from './convert.ts';
import { type FunctionRule, unknownForm, wrongArguments } from './functions.ts';
import { isKind, macro, NULL, type Operand, typed } from './operand.ts';
import { checkCount, scalar } from './signature.ts';

/** Text of the length of the first argument. */
const sameLength = ([first = NULL]: readonly Operand[]) => (isKind(first, 'VARCHAR') ? (first.type ?? TEXT) : TEXT);
const COUNT = numberType(18);

const text = (sql: (...values: readonly string[]) => string, parameters = 'text'): FunctionRule =>
  scalar(parameters, TEXT, sql);
const same = (sql: (...values: readonly string[]) => string, parameters = 'text'): FunctionRule =>
  scalar(parameters, sameLength, sql);

/** CONCAT: NULL for any NULL. */
const concat: FunctionRule = (call) => {
  const [first, ...rest] = call.operands();
  if (!first) throw wrongArguments(call);
  return rest.length === 0
    ? typed(textOf(first), TEXT, first.nullable)
    : rest.reduce((left, right) => calculate('||', left, right), first);
};

const concatWith: FunctionRule = (call) => {
  const [separator = NULL, ...rest] = call.operands();
  checkCount(call, rest.length + 1, 2, Number.POSITIVE_INFINITY);
  return typed(`(${rest.map(textOf).join(` || ${textOf(separator)} || `)})`, TEXT);
};

/** SUBSTR(text, start [, length]): a negative start counts from the end, 0 is 1. Of BINARY it counts bytes. */
const substring: FunctionRule = (call) => {
  const [value = NULL] = call.operands();
  if (isKind(value, 'BINARY')) throw unknownForm(call, 'of BINARY');
  return scalar('text int int?', sameLength, (x, start, length) => {
    const from = `CASE WHEN ${start} = 0 THEN 1 ELSE ${start} END`;
    return length === undefined ? `substring(${x}, ${from})` : `substring(${x}, ${from}, greatest(${length}, 0))`;
  })(call);
};

const trimmed = (duckName: string): FunctionRule =>
  same(
    (x, characters) => (characters === undefined ? `${duckName}(${x}, ' ')` : `${duckName}(${x}, ${characters})`),
    'text text?',
  );

function padded(duckName: string): FunctionRule {
  return text(
    (x, length, pad) => `${duckName}(${x}, CAST(greatest(${length}, 0) AS INTEGER), ${pad ?? "' '"})`,
    'text int text?',
  );
}

/** CHARINDEX(needle, text [, start]). */
const position = scalar('text text int?', COUNT, (needle, x, start) =>
  start === undefined
    ? `strpos(${x}, ${needle})`
    : `CASE WHEN strpos(substring(${x}, ${start}), ${needle}) = 0 THEN 0 ELSE strpos(substring(${x}, ${start}), ${needle}) + ${start} - 1 END`,
);

/** INSERT(text, position, length, new text). */
const insert = text(
  (x, at, length, added) => `(substring(${x}, 1, ${at} - 1) || ${added} || substring(${x}, ${at} + ${length}))`,
  'text int int text',
);

const sha2: FunctionRule = (call) => {
  const size = call.operands()[1];
  if (size && !['256', '224'].includes(size.sql)) throw unknownForm(call, `with a digest of ${size.sql} bits`);
  if (size?.sql === '224') throw unknownForm(call, 'with a digest of 224 bits');
  return scalar('text int?', textType(128), (x) => `sha256(${x})`)(call);
};

const length: FunctionRule = (call) => {
  const [value = NULL] = call.operands();
  return isKind(value, 'BINARY')
    ? scalar('any', COUNT, (x) => `octet_length(${x})`)(call)
    : scalar('text', COUNT, (x) => `length(${x})`)(call);
};

/** Letters after these begin a word as well. */
const initcap: FunctionRule = (call) => {
  if (call.nodes.length > 1) throw unknownForm(call, 'with delimiters');
  return same((x = '') => macro('initcap', x))(call);
};

const space: FunctionRule = text((n) => `repeat(' ', ${n})`, 'int');

export function textFunctions(): Readonly<Record<string, FunctionRule>> {
  return {
    ASCII: scalar('text', numberType(3), (x) => `CASE WHEN ${x} = '' THEN 0 ELSE ascii(${x}) END`),
    BIT_LENGTH: scalar('text', COUNT, (x) => `bit_length(${x})`),
    CHAR: text((n) => `chr(CAST(${n} AS INTEGER))`, 'int'),
    CHARINDEX: position,
    CHR: text((n) => `chr(CAST(${n} AS INTEGER))`, 'int'),
    CONCAT: concat,
    CONCAT_WS: concatWith,
    CONTAINS: scalar('text text', BOOLEAN, (x, y) => `contains(${x}, ${y})`),
    EDITDISTANCE: scalar('text text int?', COUNT, (x, y, most) =>
      most === undefined ? `levenshtein(${x}, ${y})` : `least(levenshtein(${x}, ${y}), ${most})`,
    ),
    ENDSWITH: scalar('text text', BOOLEAN, (x, y) => `ends_with(${x}, ${y})`),
    INITCAP: initcap,
    INSERT: insert,
    JAROWINKLER_SIMILARITY: scalar(
      'text text',
      numberType(3),
      (x, y) => `CAST(floor(jaro_winkler_similarity(lower(${x}), lower(${y})) * 100) AS INTEGER)`,
    ),
    LEFT: same((x = '', n = '') => macro('left', x, n), 'text int'),
    LEN: length,
    LENGTH: length,
    LOWER: same((x) => `lower(${x})`),
    LPAD: padded('lpad'),
    LTRIM: trimmed('ltrim'),
    MD5: scalar('binary', textType(32), (x) => `md5(${x})`),
    MD5_BINARY: scalar('binary', BINARY, (x) => `unhex(md5(${x}))`),
    MD5_HEX: scalar('binary', textType(32), (x) => `md5(${x})`),
    OCTET_LENGTH: scalar('text', COUNT, (x) => `strlen(${x})`),
    POSITION: (call) => {
      const [first = []] = call.nodes;
      const middle = first.findIndex((node) => node.kind === 'word' && node.value === 'IN');
      if (call.nodes.length > 1 || middle < 0) return position(call);
      const operands = [first.slice(0, middle), first.slice(middle + 1)].map(call.rewrite);
      return position({ ...call, operands: () => operands });
    },
    REPEAT: text((x, n) => `repeat(${x}, ${n})`, 'text int'),
    REPLACE: text((x, from, to) => `replace(${x}, ${from}, ${to ?? "''"})`, 'text text text?'),
    REVERSE: same((x) => `reverse(${x})`),
    RIGHT: same((x = '', n = '') => macro('right', x, n), 'text int'),
    RPAD: padded('rpad'),
    RTRIM: trimmed('rtrim'),
    SHA1: scalar('binary', textType(40), (x) => `sha1(${x})`),
    SHA1_HEX: scalar('binary', textType(40), (x) => `sha1(${x})`),
    SHA2: sha2,
    SHA2_HEX: sha2,
    SPACE: space,
    SPLIT_PART: text((x = '', separator = '', n = '') => macro('split_part', x, separator, n), 'text text int'),
    STARTSWITH: scalar('text text', BOOLEAN, (x, y) => `starts_with(${x}, ${y})`),
    STRTOK: text(
      (x, separators, n) =>
        `list_filter(string_split_regex(${x}, '[' || regexp_escape(${separators ?? "' '"}) || ']'), lambda w: w <> '')[${n ?? '1'}]`,
      'text text? int?',
    ),
    SUBSTR: substring,
    SUBSTRING: substring,
    TRANSLATE: same((x, from, to) => `translate(${x}, ${from}, ${to})`, 'text text text'),
    TRIM: trimmed('trim'),
    UNICODE: scalar('text', INTEGER, (x) => `CASE WHEN ${x} = '' THEN 0 ELSE unicode(${x}) END`),
    UPPER: same((x) => `upper(${x})`),
  };
}
