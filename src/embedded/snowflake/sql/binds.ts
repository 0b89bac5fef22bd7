/**
 * Values for `?` and `:1`, as the driver sends them: text with a type. They enter DuckDB's text as typed literals,
 * because a short literal takes the type of what it is compared with, as Snowflake's binds do; long text stays a
 * parameter.
 */
import { compilationError, SnowflakeError } from '../errors.ts';
import type { Token } from './lexer.ts';
import { quoteText } from './names.ts';

export interface Bind {
  readonly type: string;
  readonly value: string | null | readonly (string | null)[];
}

export type Bindings = Readonly<Record<string, Bind>>;

export type BindKind = 'string' | 'number' | 'other';

const LONGEST_LITERAL = 4096;

export class BindWriter {
  /** What DuckDB gets for `$1`, `$2`, … */
  readonly parameters: string[] = [];
  readonly #bindings: Bindings;
  #positional: number;

  constructor(bindings: Bindings, positionalBefore: number) {
    this.#bindings = bindings;
    this.#positional = positionalBefore;
  }

  write(token: Token): { readonly sql: string; readonly kind: BindKind } {
    const bind = this.#take(token);
    if (Array.isArray(bind.value)) {
      throw compilationError('unsupported', 'Array binds are supported in INSERT … VALUES only.');
    }
    return this.#literal(bind.type, bind.value as string | null);
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
    const key = token.value === '' ? String(++this.#positional) : token.value;
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

  #literal(type: string, value: string | null): { readonly sql: string; readonly kind: BindKind } {
    if (value === null) return { sql: 'NULL', kind: 'other' };
    switch (type) {
      case 'FIXED':
        if (!/^-?\d+(\.\d+)?$/.test(value)) return { sql: quoteText(value), kind: 'string' };
        return { sql: value.startsWith('-') ? `(${value})` : value, kind: 'number' };
      case 'REAL':
        return { sql: `CAST(${quoteText(value)} AS DOUBLE)`, kind: 'number' };
      case 'BOOLEAN':
        return { sql: `CAST(${quoteText(value)} AS BOOLEAN)`, kind: 'other' };
      case 'TEXT':
        if (value.length > LONGEST_LITERAL || value.includes('\0'))
          return { sql: this.parameter(value), kind: 'string' };
        return { sql: quoteText(value), kind: 'string' };
      default:
        throw compilationError('unsupported', `Unsupported data type '${type}' of a bind variable.`);
    }
  }
}
