/** Snowflake's formats of dates and times as DuckDB's: `YYYY-MM-DD HH24:MI:SS.FF3`. An element that is not known is an error. */
import { compilationError } from '../errors.ts';
import { type Call, unknownForm } from './functions.ts';
import { quoteText } from './names.ts';
import { isKind, macro, type Operand } from './operand.ts';

// strftime would write the offset as `+02`: these stand for it until then.
const OFFSET = '\ue000';
const OFFSET_WITH_COLON = '\ue001';
const OFFSET_HOUR = '\ue002';

/** The longest first: `HH24` before `HH`. */
const ELEMENTS: readonly (readonly [string, string])[] = [
  ['TZHTZM', OFFSET],
  ['TZH:TZM', OFFSET_WITH_COLON],
  ['TZH', OFFSET_HOUR],
  ['YYYY', '%Y'],
  ['MMMM', '%B'],
  ['HH24', '%H'],
  ['HH12', '%I'],
  ['MON', '%b'],
  ['FF0', ''],
  ['FF3', '%g'],
  ['FF6', '%f'],
  ['FF9', '%n'],
  ['YY', '%y'],
  ['MM', '%m'],
  ['DD', '%d'],
  ['DY', '%a'],
  ['HH', '%H'],
  ['AM', '%p'],
  ['PM', '%p'],
  ['MI', '%M'],
  ['SS', '%S'],
  ['FF', '%n'],
];

/** A format that stands in the statement's text. */
export function formatOf(call: Call, operand: Operand): string {
  const text = operand.literal && isKind(operand, 'VARCHAR') ? /^'(.*)'$/s.exec(operand.sql)?.[1] : undefined;
  if (text === undefined) throw unknownForm(call, 'with a format that is no literal');
  return text.replaceAll("''", "'");
}

export function toDuckFormat(format: string): string {
  let out = '';
  for (let at = 0; at < format.length; ) {
    if (format[at] === '"') {
      const end = format.indexOf('"', at + 1);
      if (end < 0) throw invalid(format);
      out += format.slice(at + 1, end).replaceAll('%', '%%');
      at = end + 1;
      continue;
    }
    const element = ELEMENTS.find(([name]) => format.slice(at, at + name.length).toUpperCase() === name);
    if (element) {
      out += element[1];
      at += element[0].length;
    } else if (/[a-z]/i.test(format[at] as string) && !/[TZ]/.test(format[at] as string)) {
      throw invalid(format);
    } else {
      out += format[at] === '%' ? '%%' : format[at];
      at++;
    }
  }
  return out;
}

function invalid(format: string): Error {
  return compilationError(
    'unsupported',
    `Unsupported feature: the embedded warehouse does not know the date format '${format}'.`,
  );
}

/** The text of a moment; `local` is its wall clock. */
export function strftimeOf(moment: Operand, local: string, format: string): string {
  const duck = toDuckFormat(format);
  const value = isKind(moment, 'TIME') ? `(CAST('1970-01-01' AS DATE) + ${local})` : local;
  const offset = offsetOf(moment);
  const parts = duck.split(/([\ue000-\ue002])/).filter((part) => part !== '');
  const sql = parts.map((part) => {
    if (part === OFFSET) return offset;
    if (part === OFFSET_WITH_COLON) return `(substring(${offset}, 1, 3) || ':' || substring(${offset}, 4))`;
    return part === OFFSET_HOUR ? `substring(${offset}, 1, 3)` : `strftime(${value}, ${quoteText(part)})`;
  });
  return sql.length === 0 ? "''" : `(${sql.join(' || ')})`;
}

function offsetOf(moment: Operand): string {
  if (isKind(moment, 'TIMESTAMP_TZ')) return macro('offset_text', `(${moment.sql}).o`);
  return isKind(moment, 'TIMESTAMP_LTZ') ? macro('offset_text', macro('session_offset', moment.sql)) : "'+0000'";
}

/** Reads a moment's text by a format; with an offset in it the instant is in UTC. */
export function strptimeOf(text: string, format: string, safe: boolean): string {
  const duck = toDuckFormat(format).replaceAll(/[\ue000-\ue002]/g, '%z');
  return `${safe ? 'try_' : ''}strptime(${text}, ${quoteText(duck)})`;
}
