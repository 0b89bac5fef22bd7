/**
 * The levels of a worker's loggers, which may be changed while it runs. A logger is named after who speaks (`worker`,
 * `kafka`, `wine-sales-sink|task-0`); it has its own level, or that of what stands before the bar, or the root's.
 * Levels are lost with the process, as Kafka Connect's are.
 */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Names of Log4j's, which REST clients send, and ours. */
const named: Readonly<Record<string, LogLevel | 'off'>> = {
  ALL: 'debug',
  TRACE: 'debug',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
  FATAL: 'error',
  OFF: 'off',
};

/** Above every level of a line. */
export type Threshold = LogLevel | 'off';

export interface ShownLevel {
  readonly level: string;
  /** When it was set, in ms; null where it never was. */
  readonly last_modified: number | null;
}

export interface LogLevels {
  /** From which level on a scope's lines are written. */
  of(scope: string): Threshold;
  /** A logger of this name is in use: it is listed from now on. */
  announce(scope: string): void;
  /** The loggers by name, `root` among them; each with the level that counts for it. */
  list(): Readonly<Record<string, ShownLevel>>;
  /**
   * Sets a logger and those below it; answers the names of those that had another level: none where no logger is called
   * that.
   * @throws RangeError for a level that there is not
   */
  set(scope: string, level: string): readonly string[];
  /** Called after each change, until the answered function is called. */
  watch(onChange: () => void): () => void;
}

const root = 'root';

export function createLogLevels(initial: LogLevel): LogLevels {
  const own = new Map<string, { readonly text: string; readonly at: number | null }>([
    [root, { text: initial.toUpperCase(), at: null }],
  ]);
  const announced = new Set<string>([root]);
  const watching = new Set<() => void>();

  const settingOf = (scope: string) => own.get(scope) ?? own.get(parentOf(scope)) ?? own.get(root);
  const isBelow = (scope: string, name: string) => name === root || scope === name || parentOf(scope) === name;

  return {
    of: (scope) => named[settingOf(scope)?.text ?? ''] ?? 'info',
    announce(scope) {
      announced.add(scope);
      if (parentOf(scope) !== root) announced.add(parentOf(scope));
    },
    list: () =>
      Object.fromEntries(
        [...announced].sort().map((scope) => {
          const { text = 'INFO' } = settingOf(scope) ?? {};
          return [scope, { level: text, last_modified: own.get(scope)?.at ?? null }];
        }),
      ),
    set(scope, level) {
      const text = level.toUpperCase();
      if (!Object.hasOwn(named, text)) throw new RangeError(`invalid log level '${level}'.`);
      const affected = [...announced].filter((one) => isBelow(one, scope) && settingOf(one)?.text !== text).sort();
      for (const one of affected) own.set(one, { text, at: Date.now() });
      for (const onChange of watching) onChange();
      return affected;
    },
    watch(onChange) {
      watching.add(onChange);
      return () => watching.delete(onChange);
    },
  };
}

/** `wine-sales-sink` of `wine-sales-sink|task-0`; what has no bar stands right below the root. */
const parentOf = (scope: string): string => (scope.includes('|') ? scope.slice(0, scope.lastIndexOf('|')) : root);
