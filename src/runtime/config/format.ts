/** Complaints as lines for a terminal: `file:line:col  error  key  message`, grouped by connector, columns aligned. */
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { Ansis } from 'ansis';
import type { Lint } from './model.ts';

export interface FormatOptions {
  /** Default: no. */
  readonly color?: boolean;
  /** Files below this folder are named from there. Default: the working directory. */
  readonly cwd?: string;
}

/** One line for each complaint, in the order of the file. Empty for none. */
export function formatLints(
  lints: readonly Lint[],
  { color = false, cwd = process.cwd() }: FormatOptions = {},
): string {
  const ansi = new Ansis(color ? 3 : 0);
  const shown = lints.map(printable);
  const groups = Map.groupBy(shown, ({ connector }) => connector);
  const rows = shown.map((lint) => ({ place: placeText(lint, cwd), key: lint.key ?? '' }));
  const width = (texts: readonly string[]) => Math.max(0, ...texts.map((text) => text.length));
  const [placeWidth, keyWidth] = [width(rows.map(({ place }) => place)), width(rows.map(({ key }) => key))];
  const line = (lint: Lint) => {
    const level = lint.level === 'error' ? ansi.red('error  ') : ansi.yellow('warning');
    const place = ansi.dim(placeText(lint, cwd).padEnd(placeWidth));
    return [place, level, ansi.bold((lint.key ?? '').padEnd(keyWidth)), lint.message].join('  ').trimStart();
  };
  return [...groups]
    .map(([connector, own]) =>
      [...(connector === undefined ? [] : [ansi.underline(connector)]), ...own.toSorted(byPlace).map(line)].join('\n'),
    )
    .join('\n\n');
}

/** Names and values come from the file: they must not steer the terminal, nor look like a line of their own. */
function printable(lint: Lint): Lint {
  const text = (of: string) => stripVTControlCharacters(of).replaceAll(/\p{Cc}+/gu, ' ');
  return {
    ...lint,
    message: text(lint.message),
    ...(lint.key !== undefined && { key: text(lint.key) }),
    ...(lint.connector !== undefined && { connector: text(lint.connector) }),
  };
}

function placeText({ at }: Lint, cwd: string): string {
  if (at === undefined) return '';
  const short = relative(cwd, at.file);
  return `${short.startsWith('..') ? at.file : short}:${at.line}:${at.column}`;
}

/** By file, then by line. */
function byPlace({ at: a }: Lint, { at: b }: Lint): number {
  if (a === undefined || b === undefined) return Number(b === undefined) - Number(a === undefined);
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}
