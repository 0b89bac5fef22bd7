/** Constants of a statement's text. */
import {
  BOOLEAN,
  type ColumnType,
  DATE,
  FLOAT,
  numberType,
  TIME,
  TIMESTAMP_LTZ,
  TIMESTAMP_NTZ,
  TIMESTAMP_TZ,
  textType,
} from '../types.ts';
import { cast } from './convert.ts';
import { quoteText } from './names.ts';
import { isKind, type Operand, typed } from './operand.ts';

const TYPED_LITERALS: Readonly<Record<string, ColumnType>> = {
  DATE,
  TIME,
  TIMESTAMP: TIMESTAMP_NTZ,
  TIMESTAMP_NTZ,
  TIMESTAMP_LTZ,
  TIMESTAMP_TZ,
};

export function textLiteral(text: string): Operand {
  return { ...typed(quoteText(text), textType([...text].length), false), literal: true };
}

export function booleanLiteral(word: 'TRUE' | 'FALSE'): Operand {
  return { ...typed(word, BOOLEAN, false), literal: true };
}

/** `DATE '2024-05-01'`; undefined for a word that is no such type. */
export function typedLiteral(word: string, text: string): Operand | undefined {
  const type = Object.hasOwn(TYPED_LITERALS, word) ? TYPED_LITERALS[word] : undefined;
  return type && cast(textLiteral(text), type);
}

/** `12.50` is NUMBER(4,2); with an exponent, or beyond 38 digits, a FLOAT. */
export function numberLiteral(text: string): Operand {
  const plain = /^(\d*)\.?(\d*)$/.exec(text);
  const whole = (plain?.[1] ?? '').replace(/^0+(?=\d)/, '');
  const scale = plain?.[2]?.length ?? 0;
  const precision = (whole === '0' && scale > 0 ? 0 : whole.length) + scale;
  if (!plain || precision > 38 || scale > 37)
    return { ...typed(`CAST(${quoteText(text)} AS DOUBLE)`, FLOAT, false), literal: true };
  return { ...typed(text.replace(/\.$/, ''), numberType(precision, scale), false), literal: true };
}

/** Whether the operand is a whole number written out, whose value counts where the statement is compiled. */
export function integerOf(operand: Operand | undefined): number | undefined {
  const match = operand?.literal && isKind(operand, 'NUMBER') ? /^\(?(-?\d+)\)?$/.exec(operand.sql) : null;
  return match ? Number(match[1]) : undefined;
}
