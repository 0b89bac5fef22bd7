/** Numbers, times and bytes as a person reads them. */
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

/** What stands for "nothing to say". */
export const none = '–';

/** With a decimal only where that says something. */
export const amount = (value: number): string => (value < 10 ? fine : value < 100_000 ? whole : short).format(value);

/** A duration in seconds. */
export function seconds(value: number): string {
  if (value < 1) return `${Math.round(value * 1000)} ms`;
  if (value < 120) return `${fine.format(value)} s`;
  return value < 7200 ? `${whole.format(value / 60)} min` : `${fine.format(value / 3600)} h`;
}

export function bytes(value: number): string {
  if (value < 1024) return `${whole.format(value)} B`;
  return value < 1024 * 1024 ? `${fine.format(value / 1024)} KiB` : `${fine.format(value / 1024 / 1024)} MiB`;
}

const time = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** The time of day; with the date when it is not of today. */
export function moment(ms: number): string {
  const at = new Date(ms);
  return at.toDateString() === new Date().toDateString() ? time.format(at) : dateTime.format(at);
}

/** JSON with its structure shown; any other text as it is. */
export function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}
