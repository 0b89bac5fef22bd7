/**
 * Rewrites expressions, by precedence: OR, AND, NOT, comparisons, `+ - ||`, `* / %`, signs, and what follows an operand
 * (`a:b[0]::T`, OVER). What it does not know is an error that names it.
 */
import { compilationError, unknownConstruct } from '../errors.ts';
import { numberType, readType } from '../types.ts';
import { calculate } from './arithmetic.ts';
import { readCall } from './call.ts';
import { rewriteCase } from './case.ts';
import { columnOperand, readColumn, readPath, textAt } from './column.ts';
import { cast, condition, decimalOf, numeric } from './convert.ts';
import { callFunction, isFunction } from './functions.ts';
import { readInterval } from './interval.ts';
import { syntaxError } from './lexer.ts';
import { booleanLiteral, numberLiteral, textLiteral, typedLiteral } from './literals.ts';
import { NULL, type Operand, predicate, typed } from './operand.ts';
import { compareRows, readPredicate } from './predicate.ts';
import { rewriteQuery, startsQuery } from './query.ts';
import type { Scope } from './scope.ts';
import { type Group, isGroup, isOperator, isWord, type Node, splitAt } from './tree.ts';

/** Words that cannot be a column unless they are quoted. */
const RESERVED = new Set(
  (
    'SELECT FROM WHERE GROUP HAVING QUALIFY ON USING JOIN UNION INTERSECT EXCEPT MINUS SET INTO VALUES WITH AS END LIKE ' +
    'ILIKE RLIKE REGEXP IN BETWEEN AND OR NOT IS WHEN THEN ELSE ORDER BY DISTINCT ALL ANY EXISTS NULLS ASC DESC'
  ).split(' '),
);
/** Functions that are written without brackets as well. */
const BARE_FUNCTIONS = new Set(
  'CURRENT_TIMESTAMP CURRENT_DATE CURRENT_TIME LOCALTIME LOCALTIMESTAMP CURRENT_USER'.split(' '),
);

/** One expression. */
export function rewriteOperand(nodes: readonly Node[], scope: Scope): Operand {
  const reader = new ExpressionReader(nodes, scope);
  const operand = reader.expression();
  if (!reader.done) throw reader.unexpected();
  return operand;
}

/** A list of expressions. */
export function rewriteList(nodes: readonly Node[], scope: Scope): Operand[] {
  return splitAt(nodes).map((part) => rewriteOperand(part, scope));
}

/** A condition, as WHERE and ON take it. */
export function rewriteCondition(nodes: readonly Node[], scope: Scope): string {
  return condition(rewriteOperand(nodes, scope));
}

export class ExpressionReader {
  readonly scope: Scope;
  readonly #nodes: readonly Node[];
  #index = 0;

  constructor(nodes: readonly Node[], scope: Scope) {
    this.#nodes = nodes;
    this.scope = scope;
  }

  get done(): boolean {
    return this.#index >= this.#nodes.length;
  }

  peek(ahead = 0): Node | undefined {
    return this.#nodes[this.#index + ahead];
  }

  skip(count = 1): void {
    this.#index += count;
  }

  /** Skips the word if it is the next one. */
  takeWord(...words: readonly string[]): string | undefined {
    const node = this.peek();
    if (!isWord(node, ...words)) return undefined;
    this.#index++;
    return node.value;
  }

  unexpected(): Error {
    const node = this.peek();
    return syntaxError(
      this.scope.source,
      node?.start ?? this.#nodes.at(-1)?.end ?? this.scope.source.length,
      textAt(this.scope, node),
    );
  }

  expression(): Operand {
    let left = this.#and();
    while (this.takeWord('OR')) {
      const right = this.#and();
      left = predicate(`(${condition(left)} OR ${condition(right)})`, left, right);
    }
    return left;
  }

  #and(): Operand {
    let left = this.#not();
    while (this.takeWord('AND')) {
      const right = this.#not();
      left = predicate(`(${condition(left)} AND ${condition(right)})`, left, right);
    }
    return left;
  }

  #not(): Operand {
    if (!this.takeWord('NOT')) return this.#comparison();
    const operand = this.#not();
    return predicate(`(NOT ${condition(operand)})`, operand);
  }

  #comparison(): Operand {
    let left = this.sum();
    for (;;) {
      const compared = readPredicate(this, left);
      if (!compared) return left;
      left = compared;
    }
  }

  sum(): Operand {
    let left = this.#product();
    for (;;) {
      const operator = this.peek();
      if (!isOperator(operator, '+', '-', '||')) return left;
      this.#index++;
      left = calculate(operator.value, left, this.#product());
    }
  }

  #product(): Operand {
    let left = this.#signed();
    for (;;) {
      const operator = this.peek();
      if (!isOperator(operator, '*', '/', '%')) return left;
      this.#index++;
      left = calculate(operator.value, left, this.#signed());
    }
  }

  #signed(): Operand {
    const sign = this.peek();
    if (!isOperator(sign, '-', '+')) return this.#postfix(this.#primary());
    this.#index++;
    const operand = numeric(this.#signed());
    if (sign.value === '+') return operand;
    if (operand.literal && /^[\d.]+$/.test(operand.sql)) return { ...operand, sql: `(-${operand.sql})` };
    const sql = `(-${decimalOf(operand)})`;
    return typed(sql, operand.type ?? numberType(1), operand.nullable);
  }

  #primary(): Operand {
    const node = this.peek();
    if (!node) throw this.unexpected();
    this.#index++;
    switch (node.kind) {
      case 'string':
        return textLiteral(node.value);
      case 'number':
        return numberLiteral(node.value);
      case 'bind':
        return this.scope.binds.write(node);
      case 'group':
        return this.#bracketed(node);
      case 'word':
        return this.#word(node.value);
      case 'quoted':
        this.#index--;
        return this.#column();
      default:
        this.#index--;
        if (node.value === '$') return this.#positional();
        throw this.unexpected();
    }
  }

  #bracketed(node: Group): Operand {
    if (node.bracket === '[') return callFunction('ARRAY_CONSTRUCT', splitAt(node.children), this.scope, node);
    if (node.bracket === '{') return this.#object(node);
    if (startsQuery(node.children)) {
      const { sql, columns } = rewriteQuery(node.children, this.scope);
      const [column, ...more] = columns;
      if (!column || more.length > 0) {
        throw compilationError(
          'syntax',
          `Invalid expression: a subquery in an expression has one column, not ${columns.length}.`,
        );
      }
      return column.type ? typed(`(${sql})`, column.type) : { ...NULL, sql: `(${sql})` };
    }
    if (splitAt(node.children).length > 1) return compareRows(this, node);
    const inner = rewriteOperand(node.children, this.scope);
    return inner.literal ? inner : { ...inner, sql: `(${inner.sql})`, ...(inner.text && { text: `(${inner.text})` }) };
  }

  /** `{'key': value, …}`. */
  #object(node: Group): Operand {
    const pairs = splitAt(node.children).flatMap((pair) => {
      const [key, colon, ...value] = pair;
      if (key?.kind !== 'string' || !isOperator(colon, ':') || value.length === 0) {
        throw unknownConstruct("an object constant that is not { 'key': value, … }");
      }
      return [[key], value];
    });
    return callFunction('OBJECT_CONSTRUCT_KEEP_NULL', pairs, this.scope, node);
  }

  #word(word: string): Operand {
    const following = this.peek();
    if (word === 'CASE') return this.#case();
    if (word === 'EXISTS' && isGroup(following) && startsQuery(following.children)) {
      this.#index++;
      return predicate(`EXISTS (${rewriteQuery(following.children, this.scope).sql})`);
    }
    if (isGroup(following) && (!RESERVED.has(word) || isFunction(word))) {
      this.#index++;
      return readCall(this, word, following);
    }
    if (following?.kind === 'string') {
      const literal = word === 'INTERVAL' ? readInterval(following.value) : typedLiteral(word, following.value);
      if (literal) {
        this.#index++;
        return literal;
      }
    }
    if (word === 'NULL') return NULL;
    if (word === 'TRUE' || word === 'FALSE') return booleanLiteral(word);
    const isColumn = isOperator(following, '.') || this.scope.columns.some((column) => column.name === word);
    if (BARE_FUNCTIONS.has(word) && !isColumn) return callFunction(word, [], this.scope, undefined);
    this.#index--;
    if (RESERVED.has(word)) throw this.unexpected();
    return this.#column();
  }

  #case(): Operand {
    const start = this.#index;
    for (let depth = 1; depth > 0; this.#index++) {
      const node = this.peek();
      if (!node) throw this.unexpected();
      if (isWord(node, 'CASE')) depth++;
      if (isWord(node, 'END')) depth--;
    }
    return rewriteCase(this.#nodes.slice(start, this.#index - 1), this.scope);
  }

  #column(): Operand {
    const { operand, next } = readColumn(this.#nodes, this.#index, this.scope);
    this.#index = next;
    return operand;
  }

  /** `$1`: the first column of FROM. */
  #positional(): Operand {
    const position = this.peek(1);
    if (position?.kind !== 'number') throw unknownConstruct('session variables ($name)');
    const column = this.scope.columns[Number(position.value) - 1];
    if (!column) throw compilationError('invalidIdentifier', `invalid identifier '$${position.value}'`);
    this.#index += 2;
    return columnOperand(column);
  }

  #postfix(operand: Operand): Operand {
    let current = operand;
    for (;;) {
      const node = this.peek();
      if (isOperator(node, '::')) {
        this.#index++;
        const { type, length } = readType(this.#nodes.slice(this.#index, this.#index + 3));
        this.#index += length;
        current = cast(current, type);
      } else if (isOperator(node, ':') || isGroup(node, '[')) {
        const { operand: found, next } = readPath(current, this.#nodes, this.#index, this.scope);
        this.#index = next;
        current = found;
      } else if (isWord(node, 'AT') && isWord(this.peek(1), 'TIME')) {
        throw unknownConstruct('AT TIME ZONE; use CONVERT_TIMEZONE');
      } else if (isWord(node, 'COLLATE')) {
        throw unknownConstruct('COLLATE');
      } else {
        return current;
      }
    }
  }
}
