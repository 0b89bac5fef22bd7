/**
 * An expression's operand in DuckDB's text, with the little that the rules must know of its type.
 *
 * A VARIANT has two texts: `sql` is JSON, `text` is its value as a string (a JSON null is NULL there). Which one is
 * right depends on what stands next to it.
 */
import type { ColumnType } from '../types.ts';
import { duckType, isSemiStructured } from '../types.ts';
import { quoteText } from './names.ts';

export type OperandKind = 'variant' | 'string' | 'number' | 'other';

export interface Operand {
  readonly sql: string;
  readonly kind: OperandKind;
  readonly text?: string;
  /** The names of a plain column. */
  readonly column?: readonly string[];
}

/** Name of one of our DuckDB macros; they live in the instance's first database, whatever the session uses. */
export function macro(name: string, ...parameters: readonly string[]): string {
  return `memory.main.sf_${name}(${parameters.join(', ')})`;
}

export function other(sql: string): Operand {
  return { sql, kind: 'other' };
}

export function variant(sql: string, text = `(${sql} ->> '$')`): Operand {
  return { sql, kind: 'variant', text };
}

export function asText(operand: Operand): string {
  return operand.text ?? operand.sql;
}

export function asNumber(operand: Operand): string {
  return operand.text === undefined ? operand.sql : `CAST(${operand.text} AS DOUBLE)`;
}

/** Text of anything, as `||` shows it. */
export function asDisplayText(operand: Operand): string {
  return operand.text ?? (operand.kind === 'string' ? operand.sql : macro('text', operand.sql));
}

/** An operand in the form in which it can be compared with the other one. */
export function comparable(operand: Operand, opposite: Operand): string {
  if (operand.kind !== 'variant' || opposite.kind === 'variant') return operand.sql;
  return opposite.kind === 'number' ? asNumber(operand) : asText(operand);
}

/** The first of two whole-number literals: DuckDB would add them in 32 bits. */
export function wide(left: Operand, right: Operand): Operand {
  const literals = [left, right].every(({ kind, sql }) => kind === 'number' && /^\d+$/.test(sql));
  return literals ? other(`CAST(${left.sql} AS HUGEINT)`) : left;
}

/** Alternatives of one type, as CASE and COALESCE need them: a VARIANT stays one only beside its like. */
export function unify(operands: readonly Operand[]): {
  readonly operands: readonly string[];
  readonly wrap: (sql: string) => Operand;
} {
  const typed = operands.filter((operand) => operand.sql !== 'NULL');
  if (typed.length > 0 && typed.every((operand) => operand.kind === 'variant')) {
    return { operands: operands.map((operand) => operand.sql), wrap: (sql) => variant(`(${sql})`) };
  }
  return { operands: operands.map(asText), wrap: (sql) => other(sql) };
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

/** `operand::TYPE` and CAST; with `safe`, TRY_CAST. */
export function cast(operand: Operand, type: ColumnType, safe = false): Operand {
  const target = duckType(type);
  const verb = safe ? 'TRY_CAST' : 'CAST';
  if (isSemiStructured(type)) return castToSemiStructured(operand, type);
  switch (type.name) {
    case 'VARCHAR': {
      const text = asDisplayText(operand);
      return { sql: type.length === 16_777_216 ? text : macro('fit', text, String(type.length)), kind: 'other' };
    }
    case 'BINARY':
      return other(`unhex(${asText(operand)})`);
    case 'NUMBER':
      // From text DuckDB reads a HUGEINT ten times as fast as a wide DECIMAL, and rounds it alike.
      if (operand.text !== undefined && type.scale === 0)
        return other(`${verb}(${verb}(${operand.text} AS HUGEINT) AS ${target})`);
      return other(`${verb}(${asText(operand)} AS ${target})`);
    default:
      return other(`${verb}(${asText(operand)} AS ${target})`);
  }
}

function castToSemiStructured(operand: Operand, type: ColumnType): Operand {
  if (type.name === 'VARIANT') return operand.kind === 'variant' ? operand : variant(`to_json(${operand.sql})`);
  const json = operand.kind === 'variant' ? operand.sql : `to_json(${operand.sql})`;
  return variant(macro(type.name === 'OBJECT' ? 'object' : 'array', json));
}
