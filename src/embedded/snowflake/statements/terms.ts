/** Nodes for values that stand in no statement's text: literals of a type, at the place of what they replace. */
import { compilationError } from '../errors.ts';
import type { Node } from '../sql/tree.ts';
import type { ColumnType } from '../types.ts';

export interface Place {
  readonly start: number;
  readonly end: number;
}

export function place(first: Place, last: Place): Place {
  return { start: first.start, end: last.end };
}

/** A text, or a NULL of that type. */
export function textLiteral(value: string | undefined, at: Place): Node {
  if (value !== undefined) return { kind: 'string', value, ...at };
  return castLiteral({ kind: 'word', value: 'NULL', ...at }, 'VARCHAR', at);
}

/** A value as it stands in a result, as a literal of its type. */
export function literalOf(type: ColumnType, value: string | null, at: Place): Node {
  if (value === null) return castLiteral({ kind: 'word', value: 'NULL', ...at }, type.name, at);
  switch (type.name) {
    case 'VARCHAR':
      return textLiteral(value, at);
    case 'BOOLEAN':
      return { kind: 'word', value: value === '1' ? 'TRUE' : 'FALSE', ...at };
    case 'NUMBER':
      return numberLiteral(value, at);
    case 'FLOAT':
      return castLiteral(value, 'FLOAT', at);
    case 'DATE':
      return castLiteral(isoTime(`${Number(value) * 86_400}`).slice(0, 10), 'DATE', at);
    case 'TIME':
      return castLiteral(isoTime(value).slice(11), 'TIME', at);
    case 'TIMESTAMP_NTZ':
      return castLiteral(isoTime(value), 'TIMESTAMP_NTZ', at);
    case 'TIMESTAMP_LTZ':
      return castLiteral(`${isoTime(value)}+00:00`, type.name, at);
    case 'TIMESTAMP_TZ': {
      const [seconds = '', offset = '1440'] = value.split(' ');
      const minutes = Number(offset) - 1440;
      return castLiteral(`${isoTime(seconds, minutes)}${isoOffset(minutes)}`, type.name, at);
    }
    default:
      throw compilationError('unsupported', `A value of type ${type.name} cannot stand in a statement.`);
  }
}

function numberLiteral(value: string, at: Place): Node {
  if (!value.startsWith('-')) return { kind: 'number', value, ...at };
  const minus = { kind: 'operator', value: '-', ...at } as const;
  return { kind: 'group', bracket: '(', children: [minus, { kind: 'number', value: value.slice(1), ...at }], ...at };
}

/** `('text'::TYPE)` */
function castLiteral(value: string | Node, type: string, at: Place): Node {
  const children: readonly Node[] = [
    typeof value === 'string' ? { kind: 'string', value, ...at } : value,
    { kind: 'operator', value: '::', ...at },
    { kind: 'word', value: type, ...at },
  ];
  return { kind: 'group', bracket: '(', children, ...at };
}

/** Decimal seconds since 1970 as `2024-05-01 12:30:00.000000`, so many minutes east of UTC. */
function isoTime(seconds: string, minutes = 0): string {
  const [, sign, whole = '0', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(seconds) ?? [];
  const size = BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(6, '0').slice(0, 6));
  const micros = (sign === '-' ? -size : size) + BigInt(minutes) * 60_000_000n;
  const rest = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const date = new Date(Number((micros - rest) / 1000n)).toISOString().slice(0, 19).replace('T', ' ');
  return `${date}.${String(rest).padStart(6, '0')}`;
}

function isoOffset(minutes: number): string {
  const size = Math.abs(minutes);
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}
