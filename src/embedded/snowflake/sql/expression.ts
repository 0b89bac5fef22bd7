/**
 * Rewrites expressions. Knows just enough of the grammar to be right about what an operator belongs to: postfix
 * (`a:b[0]::T`), then `* / %`, then `+ - ||`, then comparisons; AND, OR, NOT, IS and the words inside functions pass
 * through. What it does not know is an error that names it.
 */
import { compilationError, unknownConstruct } from '../errors.ts';
import { readType } from '../types.ts';
import { rewriteCase } from './case.ts';
import { readColumn, readPath, stepInto } from './column.ts';
import { callFunction } from './functions.ts';
import { quoteText } from './names.ts';
import { asDisplayText, asNumber, asText, cast, comparable, macro, type Operand, other, wide } from './operand.ts';
import { rewriteQuery, startsQuery } from './query.ts';
import type { Scope } from './scope.ts';
import { type Group, isGroup, isOperator, isWord, type Node, splitAt } from './tree.ts';
import { rewriteWindow } from './window.ts';

/** Words that pass through as they are; a column of such a name has to be quoted. */
const PASSING = new Set(
  'AND OR NOT IS DISTINCT ALL ANY ASC DESC NULLS BY ORDER ESCAPE WHEN THEN ELSE EXISTS'.split(' '),
);
/** Clause words: where one of these stands as an operand, the statement is not understood. */
const RESERVED = new Set(
  (
    'SELECT FROM WHERE GROUP HAVING QUALIFY ON USING JOIN UNION INTERSECT EXCEPT MINUS SET INTO ' +
    'VALUES WITH AS END LIKE ILIKE RLIKE REGEXP IN BETWEEN HAVING'
  ).split(' '),
);
const CONSTANTS = new Set(['NULL', 'TRUE', 'FALSE']);
const COMPARISONS = ['=', '<>', '!=', '<', '>', '<=', '>='] as const;
const TYPED_LITERALS: Readonly<Record<string, string>> = {
  DATE: 'DATE',
  TIME: 'TIME',
  TIMESTAMP: 'TIMESTAMP',
  TIMESTAMP_NTZ: 'TIMESTAMP',
  TIMESTAMP_LTZ: 'TIMESTAMPTZ',
  TIMESTAMP_TZ: 'TIMESTAMPTZ',
};
/** Functions that are written without brackets as well. */
const BARE_FUNCTIONS = new Set(
  'CURRENT_TIMESTAMP CURRENT_DATE CURRENT_TIME LOCALTIME LOCALTIMESTAMP CURRENT_USER SYSDATE'.split(' '),
);

/** A list of expressions with the words between them, e.g. a WHERE condition or function arguments. */
export function rewriteExpressions(nodes: readonly Node[], scope: Scope): string {
  const reader = new ExpressionReader(nodes, scope);
  const parts: string[] = [];
  while (!reader.done) parts.push(reader.next());
  return parts.join(' ');
}

/** One expression; where it is a single operand, with what is known of it. */
export function rewriteOperand(nodes: readonly Node[], scope: Scope): Operand {
  const reader = new ExpressionReader(nodes, scope);
  const first = reader.comparison();
  if (reader.done) return first;
  const parts = [first.sql];
  while (!reader.done) parts.push(reader.next());
  return other(parts.join(' '));
}

class ExpressionReader {
  readonly #nodes: readonly Node[];
  readonly #scope: Scope;
  #index = 0;

  constructor(nodes: readonly Node[], scope: Scope) {
    this.#nodes = nodes;
    this.#scope = scope;
  }

  get done(): boolean {
    return this.#index >= this.#nodes.length;
  }

  #peek(ahead = 0): Node | undefined {
    return this.#nodes[this.#index + ahead];
  }

  /** The next comparison, comma or passing word. */
  next(): string {
    const node = this.#peek();
    if (isOperator(node, ',')) {
      this.#index++;
      return ',';
    }
    return this.comparison().sql;
  }

  comparison(): Operand {
    const node = this.#peek();
    if (isWord(node) && PASSING.has(node.value)) {
      if (node.value === 'ANY') throw unknownConstruct('ANY');
      this.#index++;
      return other(node.value);
    }
    let left = this.#sum();
    for (;;) {
      const operator = this.#peek();
      if (isOperator(operator, ...COMPARISONS)) {
        this.#index++;
        const quantifier = this.#peek();
        if (isWord(quantifier, 'ANY', 'ALL')) throw unknownConstruct(`${operator.value} ${quantifier.value}`);
        const right = this.#sum();
        left = other(`${comparable(left, right)} ${operator.value} ${comparable(right, left)}`);
      } else {
        const wordy = this.#wordComparison(left);
        if (!wordy) return left;
        left = wordy;
      }
    }
  }

  /** LIKE, IN, BETWEEN and their negations. */
  #wordComparison(left: Operand): Operand | undefined {
    const start = this.#index;
    const negated = isWord(this.#peek(), 'NOT');
    const word = this.#peek(negated ? 1 : 0);
    if (!isWord(word, 'LIKE', 'ILIKE', 'RLIKE', 'REGEXP', 'IN', 'BETWEEN')) {
      this.#index = start;
      return undefined;
    }
    this.#index += negated ? 2 : 1;
    const not = negated ? 'NOT ' : '';
    if (word.value === 'IN') return other(this.#in(left, not));
    if (word.value === 'BETWEEN') {
      const low = this.#sum();
      if (!isWord(this.#peek(), 'AND')) throw compilationError('syntax', 'syntax error: BETWEEN without AND.');
      this.#index++;
      const high = this.#sum();
      return other(`${comparable(left, low)} ${not}BETWEEN ${comparable(low, left)} AND ${comparable(high, left)}`);
    }
    if (isWord(this.#peek(), 'ANY', 'ALL')) throw unknownConstruct(`${word.value} ANY`);
    const right = this.#sum();
    if (word.value === 'RLIKE' || word.value === 'REGEXP') {
      return other(`${not}regexp_full_match(${asText(left)}, ${asText(right)})`);
    }
    return other(`${asText(left)} ${not}${word.value} ${asText(right)}`);
  }

  #in(left: Operand, not: string): string {
    const list = this.#peek();
    if (!isGroup(list)) throw compilationError('syntax', 'syntax error: IN needs a list in brackets.');
    this.#index++;
    if (startsQuery(list.children)) return `${asText(left)} ${not}IN (${rewriteQuery(list.children, this.#scope)})`;
    const items = splitAt(list.children).map((item) => rewriteOperand(item, this.#scope));
    const first = items[0];
    const subject = first ? comparable(left, first) : left.sql;
    return `${subject} ${not}IN (${items.map((item) => comparable(item, left)).join(', ')})`;
  }

  #sum(): Operand {
    let left = this.#product();
    for (;;) {
      const operator = this.#peek();
      if (!isOperator(operator, '+', '-', '||')) return left;
      this.#index++;
      const right = this.#product();
      const form = operator.value === '||' ? asDisplayText : asNumber;
      left = other(`${form(wide(left, right))} ${operator.value} ${form(right)}`);
      if (operator.value === '||') left = { sql: `(${left.sql})`, kind: 'string' };
    }
  }

  #product(): Operand {
    let left = this.#signed();
    for (;;) {
      const operator = this.#peek();
      if (!isOperator(operator, '*', '/', '%')) return left;
      this.#index++;
      const right = this.#signed();
      if (operator.value === '*') left = other(`${asNumber(wide(left, right))} * ${asNumber(right)}`);
      else left = other(macro(operator.value === '/' ? 'divide' : 'modulo', asNumber(left), asNumber(right)));
    }
  }

  #signed(): Operand {
    const sign = this.#peek();
    if (isOperator(sign, '-', '+')) {
      this.#index++;
      return other(`${sign.value}${asNumber(this.#signed())}`);
    }
    return this.#postfix(this.#primary());
  }

  #primary(): Operand {
    const node = this.#peek();
    if (!node) throw compilationError('syntax', 'syntax error: an expression is expected.');
    this.#index++;
    switch (node.kind) {
      case 'string':
        return { sql: quoteText(node.value), kind: 'string' };
      case 'number':
        return { sql: node.value, kind: 'number' };
      case 'bind':
        return this.#scope.binds.write(node);
      case 'group':
        return this.#bracketed(node);
      case 'word':
        return this.#word(node.value);
      case 'quoted':
        this.#index--;
        return this.#column();
      default:
        if (node.value === '*') return other('*');
        throw unknownConstruct(`'${node.value}' in an expression`);
    }
  }

  #bracketed(node: Group): Operand {
    if (node.bracket === '[') return callFunction('ARRAY_CONSTRUCT', splitAt(node.children), this.#scope);
    if (node.bracket === '{') throw unknownConstruct('object constants { … }');
    if (startsQuery(node.children)) return other(`(${rewriteQuery(node.children, this.#scope)})`);
    const parts = splitAt(node.children);
    if (parts.length > 1) return other(`(${rewriteExpressions(node.children, this.#scope)})`);
    const inner = rewriteOperand(node.children, this.#scope);
    return inner.kind === 'variant' ? inner : { ...inner, sql: `(${inner.sql})` };
  }

  #word(word: string): Operand {
    const following = this.#peek();
    if (word === 'CASE') return this.#case();
    if (isGroup(following) && !RESERVED.has(word)) {
      this.#index++;
      return this.#call(word, following);
    }
    const literalType = TYPED_LITERALS[word];
    if (literalType && following?.kind === 'string') {
      this.#index++;
      return other(`CAST(${quoteText(following.value)} AS ${literalType})`);
    }
    if (word === 'INTERVAL' && following?.kind === 'string') {
      this.#index++;
      return other(`INTERVAL ${quoteText(following.value)}`);
    }
    if (CONSTANTS.has(word)) return other(word);
    if (BARE_FUNCTIONS.has(word)) return callFunction(word, [], this.#scope);
    if (RESERVED.has(word)) throw compilationError('syntax', `syntax error: unexpected '${word}'.`);
    this.#index--;
    return this.#column();
  }

  #case(): Operand {
    const start = this.#index;
    for (let depth = 1; depth > 0; this.#index++) {
      const node = this.#peek();
      if (!node) throw compilationError('syntax', 'syntax error: CASE without END.');
      if (isWord(node, 'CASE')) depth++;
      if (isWord(node, 'END')) depth--;
    }
    return rewriteCase(this.#nodes.slice(start, this.#index - 1), this.#scope);
  }

  #call(name: string, group: Group): Operand {
    const called = callFunction(name, splitAt(group.children), this.#scope, () => this.#withinGroup());
    const nulls = this.#peek();
    if (isWord(nulls, 'IGNORE', 'RESPECT') && isWord(this.#peek(1), 'NULLS')) {
      throw unknownConstruct(`${nulls.value} NULLS after a function`);
    }
    if (!isWord(this.#peek(), 'OVER')) return called;
    const window = this.#peek(1);
    if (!isGroup(window)) throw unknownConstruct('named windows');
    this.#index += 2;
    return other(`${called.sql} OVER (${rewriteWindow(window.children, this.#scope)})`);
  }

  #withinGroup(): string | undefined {
    if (!isWord(this.#peek(), 'WITHIN')) return undefined;
    const group = this.#peek(2);
    if (!isGroup(group)) throw compilationError('syntax', 'syntax error: WITHIN GROUP needs brackets.');
    this.#index += 3;
    return rewriteExpressions(group.children, this.#scope);
  }

  #column(): Operand {
    const { operand, next } = readColumn(this.#nodes, this.#index, this.#scope);
    this.#index = next;
    return operand;
  }

  #postfix(operand: Operand): Operand {
    let current = operand;
    for (;;) {
      const node = this.#peek();
      if (isOperator(node, '::')) {
        this.#index++;
        const { type, length } = readType(this.#nodes.slice(this.#index, this.#index + 3));
        this.#index += length;
        current = cast(current, type);
      } else if (isOperator(node, ':') || isGroup(node, '[')) {
        const { steps, next } = readPath(this.#nodes, this.#index, this.#scope);
        this.#index = next;
        current = stepInto(current, steps, this.#scope);
      } else {
        return current;
      }
    }
  }
}
