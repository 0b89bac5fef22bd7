/**
 * The log as a person reads it on a terminal: `05:53:12 wine-sales-sink|task-0  message`, with a mark when a line is
 * no mere information; or as JSON lines for a machine (`LOG_FORMAT=json`). What a message brings along of control
 * characters is taken out: a record's content must not steer the terminal.
 */
import { stripVTControlCharacters } from 'node:util';
import { Ansis } from 'ansis';
import type { LogEntry, LogLevel, LogWriter } from '../runtime/log.ts';

/** Where lines go. */
export interface Output {
  write(text: string): unknown;
}

export interface TerminalOptions {
  readonly output: Output;
  readonly format: 'text' | 'json';
  readonly colour: boolean;
}

/** A log writer for the terminal or for machines. */
export function createLogWriter({ output, format, colour }: TerminalOptions): LogWriter {
  if (format === 'json') return (entry) => output.write(`${toJson(entry)}\n`);
  const paint = createPaint(colour);
  return (entry) => output.write(`${toLine(entry, paint)}\n`);
}

/** Whether to colour: on a terminal, unless `NO_COLOR` (https://no-color.org) or `TERM=dumb` says otherwise. */
export function wantsColour(output: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  if (env['NO_COLOR']) return false;
  if (env['FORCE_COLOR'] && env['FORCE_COLOR'] !== '0') return true;
  return output.isTTY === true && env['TERM'] !== 'dumb';
}

/** The few styles of the command line; without colour they change nothing. */
export function createPaint(colour: boolean): Paint {
  const ansis = new Ansis(colour ? 1 : 0);
  return { dim: ansis.dim, bold: ansis.bold, green: ansis.green, yellow: ansis.yellow, red: ansis.red };
}
type Style = (text: string) => string;
export interface Paint {
  readonly dim: Style;
  readonly bold: Style;
  readonly green: Style;
  readonly yellow: Style;
  readonly red: Style;
}

function toLine({ time, level, scope, message, fields }: LogEntry, paint: Paint): string {
  const marks: Readonly<Record<LogLevel, string>> = {
    debug: paint.dim('debug '),
    info: '',
    warn: paint.yellow('WARN '),
    error: paint.red('ERROR '),
  };
  const details = Object.entries(fields)
    .map(([key, value]) => ` ${key}=${printable(typeof value === 'string' ? value : json(value))}`)
    .join('');
  return `${paint.dim(clock(time))} ${paint.dim(scope)}  ${marks[level]}${printable(message)}${paint.dim(details)}`;
}

/** The time of day, in the zone of the terminal. */
export function clock(time: number): string {
  const date = new Date(time);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((n) => String(n).padStart(2, '0')).join(':');
}

/** Line breaks stay, indented below their line; everything else that steers a terminal goes. */
export function printable(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/(?!\n|\t)\p{Cc}/gu, '')
    .replace(/\n/g, '\n         ');
}

function toJson({ time, fields, ...rest }: LogEntry): string {
  return json({ time: new Date(time).toISOString(), ...rest, ...(Object.keys(fields).length > 0 ? { fields } : {}) });
}

/** JSON of anything a log line may carry: big integers, errors and cycles do not stop it. */
function json(value: unknown): string {
  try {
    return (
      JSON.stringify(value, (_, part: unknown) => {
        if (typeof part === 'bigint') return part.toString();
        return part instanceof Error ? part.message : part;
      }) ?? String(value)
    );
  } catch {
    return String(value);
  }
}
