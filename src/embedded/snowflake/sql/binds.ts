/**
 * Values for `?` and `:1`, as the driver sends them: text with a type. They enter DuckDB's text as typed literals,
 * because a short literal takes the type of what it is compared with, as Snowflake's binds do; long text stays a
 * parameter.
 */
import { compilationError, SnowflakeError } from '../errors.ts';
import { BOOLEAN, FLOAT, MAX_TEXT, numberType, textType } from '../types.ts';
import type { Token } from './lexer.ts';
import { quoteText } from './names.ts';
import { NULL, type Operand, typed } from './operand.ts';
import type { Node } from './tree.ts';

export interface Bind {
  readonly type: string;
  readonly value: string | null | readonly (string | null)[];
}

export type Bindings = Readonly<Record<string, Bind>>;

const LONGEST_LITERAL = 4096;

export class BindWriter {
  /** What DuckDB gets for `$1`, `$2`, … */
  readonly parameters: string[] = [];
  readonly #bindings: Bindings;
  /** The number of each `?`, by its place: rules do not come to them in the order in which they stand. */
  readonly #numbers = new Map<number, number>();

  constructor(bindings: Bindings, positionalBefore: number, nodes: readonly Node[]) {
    this.#bindings = bindings;
    this.#count(nodes, positionalBefore);
  }

  #count(nodes: readonly Node[], before: number): number {
    let number = before;
    for (const node of nodes) {
      if (node.kind === 'group') number = this.#count(node.children, number);
      else if (node.kind === 'bind') this.#numbers.set(node.start, ++number);
    }
    return number;
  }

  write(token: Token): Operand {
    const bind = this.#take(token);
    if (Array.isArray(bind.value)) {
      throw compilationError('unsupported', 'Array binds are supported in INSERT … VALUES only.');
    }
    return { ...this.#literal(bind.type, bind.value as string | null), literal: true };
  }

  /** The bind of an INSERT … VALUES, which alone may be an array. */
  take(token: Token): Bind {
    return this.#take(token);
  }

  /** A value that only a parameter should carry, however short. */
  parameter(value: string): string {
    this.parameters.push(value);
    return `CAST($${this.parameters.length} AS VARCHAR)`;
  }

  #take(token: Token): Bind {
    const key = token.value === '' ? String(this.#numbers.get(token.start)) : token.value;
    const bind = this.#bindings[key];
    if (!bind)
      throw new SnowflakeError(
        'bindMissing',
        `SQL compilation error:\nBind variable ${token.value === '' ? '?' : `:${key}`} not set.`,
      );
    if (/^(VARIANT|OBJECT|ARRAY)$/.test(bind.type)) {
      throw compilationError('unsupported', `Unsupported data type '${bind.type}' of bind variable ${key}.`);
    }
    return bind;
  }

  #literal(type: string, value: string | null): Operand {
    if (value === null) return NULL;
    switch (type) {
      case 'FIXED': {
        const number = /^-?(\d+)(?:\.(\d+))?$/.exec(value);
        const scale = number?.[2]?.length ?? 0;
        if (!number || value.length > 38) return this.#text(value);
        return typed(
          value.startsWith('-') ? `(${value})` : value,
          numberType((number[1]?.length ?? 0) + scale, scale),
          false,
        );
      }
      case 'REAL':
        return typed(`CAST(${quoteText(value)} AS DOUBLE)`, FLOAT, false);
      case 'BOOLEAN':
        return typed(`CAST(${quoteText(value)} AS BOOLEAN)`, BOOLEAN, false);
      case 'TEXT':
        return this.#text(value);
      default:
        throw compilationError('unsupported', `Unsupported data type '${type}' of a bind variable.`);
    }
  }

  #text(value: string): Operand {
    const long = value.length > LONGEST_LITERAL || value.includes('\0');
    return long
      ? typed(this.parameter(value), textType(MAX_TEXT), false)
      : typed(quoteText(value), textType([...value].length), false);
  }
}
