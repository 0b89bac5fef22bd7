/**
 * Snowflake's tokens. Promises: every character of the text belongs to a token, to white space or to a comment, so a
 * statement can be cut out of the text by its tokens' places and nothing in a literal is ever taken for SQL.
 *
 * Knows: identifiers (folded to upper case), "quoted identifiers", 'strings' with backslash escapes, $$strings$$,
 * numbers, `?` and `:1` binds, `--`, `//` and slash-star comments. Leaves out: session variables and stages, which
 * become operators that no rule accepts.
 */
import { SnowflakeError } from '../errors.ts';

export type TokenKind = 'word' | 'quoted' | 'string' | 'number' | 'bind' | 'operator';

export interface Token {
  readonly kind: TokenKind;
  /** What it means: a word in upper case, a literal without its quotes, a bind's number or '' for `?`. */
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

const OPERATORS = ['::', '=>', '->', '<>', '!=', '<=', '>=', '||'] as const;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', 0: '\0' };

const SPACE = /[\s\u00a0\ufeff]+/y;
const LINE_COMMENT = /(?:--|\/\/)[^\n]*/y;
const WORD = /[\p{L}_][\p{L}\p{N}_$]*/uy;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const NUMBERED_BIND = /:\d+/y;

/** @throws SnowflakeError 001003 for an unterminated literal or comment */
export function lex(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  const push = (kind: TokenKind, value: string, end: number): void => {
    tokens.push({ kind, value, start: at, end });
    at = end;
  };

  while (at < text.length) {
    const skipped = match(SPACE) ?? match(LINE_COMMENT);
    if (skipped !== undefined) {
      at += skipped.length;
      continue;
    }
    if (text.startsWith('/*', at)) {
      const end = text.indexOf('*/', at + 2);
      if (end < 0) throw syntaxError(text, at, 'an unterminated comment');
      at = end + 2;
      continue;
    }
    const character = text[at];
    if (character === "'") {
      const { value, end } = readString(text, at);
      push('string', value, end);
    } else if (character === '"') {
      const { value, end } = readQuoted(text, at);
      push('quoted', value, end);
    } else if (text.startsWith('$$', at)) {
      const end = text.indexOf('$$', at + 2);
      if (end < 0) throw syntaxError(text, at, 'an unterminated string');
      push('string', text.slice(at + 2, end), end + 2);
    } else if (character === '?') {
      push('bind', '', at + 1);
    } else {
      lexPlain();
    }
  }
  return tokens;

  function lexPlain(): void {
    const word = match(WORD);
    if (word !== undefined) {
      push('word', word.toUpperCase(), at + word.length);
      return;
    }
    const number = match(NUMBER);
    if (number !== undefined) {
      push('number', number, at + number.length);
      return;
    }
    const operator = OPERATORS.find((candidate) => text.startsWith(candidate, at));
    // Behind a text a colon stands in an object: `{'a':1}`.
    const bind = operator === undefined && tokens.at(-1)?.kind !== 'string' ? match(NUMBERED_BIND) : undefined;
    const character = operator ?? String.fromCodePoint(text.codePointAt(at) as number);
    if (bind === undefined) push('operator', character, at + character.length);
    else push('bind', bind.slice(1), at + bind.length);
  }
}

function readString(text: string, start: number): { value: string; end: number } {
  let value = '';
  let from = start + 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') {
      value += text.slice(from, at);
      const { decoded, end } = readEscape(text, at);
      value += decoded;
      from = end;
      at = end - 1;
    } else if (text[at] === "'") {
      value += text.slice(from, at);
      if (text[at + 1] !== "'") return { value, end: at + 1 };
      value += "'";
      from = at + 2;
      at += 1;
    }
  }
  throw syntaxError(text, start, 'an unterminated string');
}

function readEscape(text: string, at: number): { decoded: string; end: number } {
  const unicode = /^(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))/.exec(text.slice(at + 1, at + 6));
  if (unicode) {
    const digits = (unicode[1] ?? unicode[2]) as string;
    return { decoded: String.fromCharCode(Number.parseInt(digits, 16)), end: at + 2 + digits.length };
  }
  const next = text[at + 1] ?? '';
  return { decoded: ESCAPES[next] ?? next, end: at + 2 };
}

function readQuoted(text: string, start: number): { value: string; end: number } {
  let at = start + 1;
  for (;;) {
    const end = text.indexOf('"', at);
    if (end < 0) throw syntaxError(text, start, 'an unterminated quoted identifier');
    if (text[end + 1] !== '"') return { value: text.slice(start + 1, end).replaceAll('""', '"'), end: end + 1 };
    at = end + 2;
  }
}

/** Where an offset lies, as Snowflake counts: lines from 1, positions from 0. */
export function placeOf(text: string, offset: number): { line: number; position: number } {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, position: offset - (before.lastIndexOf('\n') + 1) };
}

export function syntaxError(text: string, offset: number, unexpected: string): SnowflakeError {
  const { line, position } = placeOf(text, offset);
  return new SnowflakeError(
    'syntax',
    `SQL compilation error:\nsyntax error line ${line} at position ${position} unexpected ${unexpected}.`,
    { line, position },
  );
}
