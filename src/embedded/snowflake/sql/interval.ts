/** `INTERVAL '1 day, 3 hours'`: its parts become DuckDB's. */
import { compilationError } from '../errors.ts';
import { datePartOf } from './date-parts.ts';
import type { Operand } from './operand.ts';

const WHOLE_DAYS = new Set(['year', 'quarter', 'month', 'week', 'day']);

export function readInterval(text: string): Operand {
  const parts = text.split(',').map((part) => {
    const match = /^\s*([+-]?\d+)\s*([a-zA-Z]*)\s*$/.exec(part);
    if (!match) throw compilationError('invalidExpression', `invalid value ['${text}'] for INTERVAL`);
    return { amount: match[1] as string, part: datePartOf(match[2] || 'second') };
  });
  const sql = parts.map(({ amount, part }) => intervalSql(part, `CAST(${amount} AS BIGINT)`)).join(' + ');
  const interval = parts.every(({ part }) => WHOLE_DAYS.has(part)) ? 'days' : 'time';
  return { sql: `(${sql})`, type: undefined, nullable: false, interval };
}

/** A number of parts as DuckDB's interval. */
export function intervalSql(part: string, amount: string): string {
  if (part === 'quarter') return `to_months(CAST(3 * ${amount} AS INTEGER))`;
  if (part === 'nanosecond') return `to_microseconds(${amount} // 1000)`;
  if (/^(hour|minute|second|millisecond|microsecond)$/.test(part)) return `to_${part}s(${amount})`;
  if (/^(year|month|week|day)$/.test(part)) return `to_${part}s(CAST(${amount} AS INTEGER))`;
  throw compilationError('invalidExpression', `'${part}' cannot be added to a date.`);
}
