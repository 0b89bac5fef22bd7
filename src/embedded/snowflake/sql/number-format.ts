/**
 * Numbers by a format: `999,990.00`, `$9,999`, `FM999`. Knows 9, 0, comma or G, point or D, a leading $ and FM; the
 * others of Snowflake's (S, MI, X, B, TM, EEEE) are errors that name the format.
 */
import { cast, textOf } from './convert.ts';
import { type Call, unknownForm } from './functions.ts';
import { quoteText } from './names.ts';
import type { Operand } from './operand.ts';

const FORMAT = /^(FM)?(\$?)([90,G]+)(?:[.D]([90]*))?$/i;

/** The digits of a text that was written in a format, for TO_NUMBER. */
export function unformattedSql(call: Call, value: Operand, format: string): string {
  if (!FORMAT.test(format.trim())) throw unknownForm(call, `with the format '${format}'`);
  return `translate(trim(${textOf(value)}), '$,', '')`;
}

export function numberFormatSql(call: Call, value: Operand, format: string): string {
  const match = FORMAT.exec(format.trim());
  if (!match) throw unknownForm(call, `with the format '${format}'`);
  const [, fill, dollar = '', whole = '', fraction = ''] = match;
  const places = fraction.length;
  const digits = whole.replaceAll(/[,G]/gi, '');
  const firstZero = digits.indexOf('0');
  const least = firstZero < 0 ? (places > 0 ? 0 : 1) : digits.length - firstZero;
  const number = cast(value, { name: 'NUMBER', precision: 38, scale: Math.min(places, 37) }).sql;
  const unsigned = `CAST(abs(${number}) AS VARCHAR)`;
  const wholePart = `CAST(CAST(split_part(${unsigned}, '.', 1) AS HUGEINT) AS VARCHAR)`;
  const bare =
    least === 0
      ? `CASE WHEN ${wholePart} = '0' THEN '' ELSE ${wholePart} END`
      : `CASE WHEN length(${wholePart}) < ${least} THEN lpad(${wholePart}, ${least}, '0') ELSE ${wholePart} END`;
  const commas = /[,G]/i.test(whole) ? commaSql(bare) : bare;
  const body = `${dollar ? `'$' || ` : ''}${commas}${places > 0 ? ` || '.' || split_part(${unsigned}, '.', 2)` : ''}`;
  const signed = `CASE WHEN ${number} < 0 THEN '-' ELSE '' END || ${body}`;
  const width = format.trim().length + 1;
  const overflow = `length(CAST(trunc(abs(${number})) AS VARCHAR)) > ${digits.length + places + (places > 0 ? 1 : 0)}`;
  const shown = fill ? `(${signed})` : `lpad(${signed}, ${width}, ' ')`;
  return `CASE WHEN ${number} IS NULL THEN NULL WHEN ${overflow} THEN ${quoteText('#'.repeat(width))} ELSE ${shown} END`;
}

/** A comma before each third digit from the right: DuckDB's regular expressions look neither ahead nor back. */
function commaSql(digits: string): string {
  return `trim(reverse(regexp_replace(reverse(${digits}), '(\\d{3})', '\\1,', 'g')), ',')`;
}
