/**
 * An expression's operand: its text for DuckDB, and what Snowflake would say of its type.
 *
 * A VARIANT has two texts: `sql` is JSON, `text` is its value as a string (a JSON null is NULL there). Which one is
 * right depends on what stands next to it.
 */
import type { ColumnType } from '../types.ts';
import { BOOLEAN, isSemiStructured, VARIANT } from '../types.ts';
import { quoteText } from './names.ts';

export interface Operand {
  readonly sql: string;
  /** Undefined for a lone NULL, which takes any type. */
  readonly type: ColumnType | undefined;
  readonly nullable: boolean;
  /** A VARIANT's value as a string. */
  readonly text?: string;
  /** The names of a plain column. */
  readonly column?: readonly string[];
  /** A constant of the statement's text, or a bind. */
  readonly literal?: boolean;
  /** An INTERVAL, which only a date or time stamp can be added to. */
  readonly interval?: 'days' | 'time';
  /** What is to be done with a function's value after its OVER (…). */
  readonly finish?: (sql: string) => string;
}

/** Name of one of our DuckDB macros; they live in the instance's first database, whatever the session uses. */
export function macro(name: string, ...parameters: readonly string[]): string {
  return `memory.main.sf_${name}(${parameters.join(', ')})`;
}

export function typed(sql: string, type: ColumnType, nullable = true): Operand {
  if (isSemiStructured(type)) return { sql, type, nullable, text: `(${sql} ->> '$')` };
  return { sql, type, nullable };
}

export function predicate(sql: string, ...operands: readonly Operand[]): Operand {
  return typed(sql, BOOLEAN, anyNullable(operands));
}

export function variant(sql: string, text = `(${sql} ->> '$')`): Operand {
  return { sql, type: VARIANT, nullable: true, text };
}

export const NULL: Operand = { sql: 'NULL', type: undefined, nullable: true };

export function anyNullable(operands: readonly Operand[]): boolean {
  return operands.some((operand) => operand.nullable);
}

export function isKind(operand: Operand, ...names: readonly ColumnType['name'][]): boolean {
  return operand.type !== undefined && names.includes(operand.type.name);
}

export function isJson(operand: Operand): boolean {
  return operand.type !== undefined && isSemiStructured(operand.type);
}

/** A step into a VARIANT: `:key`, `.key`, `['key']` or `[0]`. */
export type PathStep = string | number;

export function path(base: string, steps: readonly PathStep[]): Operand {
  const jsonPath = steps.map((step) => (typeof step === 'number' ? `[${step}]` : `."${step}"`)).join('');
  if (steps.some((step) => typeof step === 'string' && step.includes('"'))) {
    // No escape exists for a quote inside a JSON path: each key becomes an operator of its own.
    const last = quoteText(String(steps.at(-1)));
    const before = steps.slice(0, -1).reduce((sql: string, step) => `(${sql} -> ${stepOperand(step)})`, base);
    return variant(`(${before} -> ${last})`, `(${before} ->> ${last})`);
  }
  const place = quoteText(`$${jsonPath}`);
  return variant(`(${base} -> ${place})`, `(${base} ->> ${place})`);
}

function stepOperand(step: PathStep): string {
  return typeof step === 'number' ? String(step) : quoteText(step);
}
