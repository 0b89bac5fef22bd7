/**
 * The runtime's log: one line per event, for a person on a terminal or as JSON for a machine. It never throws and
 * never blocks. What it leaves out: files, rotation, remote targets; that is for whoever starts the process.
 */
import { inspect } from 'node:util';
import type { LogFields, Logger } from '../sdk/index.ts';
import type { LogLevel, LogLevels, Threshold } from './log-levels.ts';

export type { LogLevel };

export interface LogEntry {
  readonly time: number;
  readonly level: LogLevel;
  /** Who speaks: `worker`, `kafka`, or a connector with its task (`wine-sales-sink|task-0`). */
  readonly scope: string;
  readonly message: string;
  readonly fields: LogFields;
}

/** Where lines go. The command line gives one that draws for a terminal; tests give one that collects. */
export type LogWriter = (entry: LogEntry) => void;

const rank: Readonly<Record<Threshold, number>> = { debug: 0, info: 1, warn: 2, error: 3, off: 4 };

/** A logger for one scope. Every line at its level or above goes to `write`; of `levels` the scope's level counts. */
export function createLogger(
  write: LogWriter,
  scope: string,
  levels: LogLevel | Pick<LogLevels, 'of' | 'announce'> = 'info',
): Logger {
  const threshold = typeof levels === 'string' ? () => levels : () => levels.of(scope);
  if (typeof levels !== 'string') levels.announce(scope);
  const at =
    (own: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      // A plugin in JavaScript may give anything.
      const text = typeof message === 'string' ? message : inspect(message);
      if (rank[own] >= rank[threshold()]) write({ time: Date.now(), level: own, scope, message: text, fields });
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
