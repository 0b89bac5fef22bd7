/** The levels of loggers as REST reads and sets them, on this worker or through the configs topic on all (KIP-976). */
import { type ConfigLog, loggerRecord } from '../cluster/config-log.ts';
import type { Connect } from '../connect.ts';
import { ConnectError } from '../errors.ts';
import type { LogLevels } from '../log-levels.ts';

export interface Loggers extends Pick<Connect, 'loggers' | 'setLoggerLevel'> {
  /** Another worker, or this one, has set a level for all of them. */
  apply(logger: string, level: string): void;
}

export function createLoggers(options: {
  readonly levels: LogLevels;
  readonly configs: () => Pick<ConfigLog, 'write'>;
  readonly mustBeReady: () => void;
}): Loggers {
  const { levels, configs, mustBeReady } = options;

  function set(logger: string, level: string): readonly string[] {
    try {
      return levels.set(logger, level);
    } catch (error) {
      // The status that Kafka Connect gives it.
      throw new ConnectError('NOT_FOUND', (error as RangeError).message, { cause: error });
    }
  }

  return {
    loggers: levels.list,
    async setLoggerLevel(logger, level, scope) {
      if (scope === 'worker') return set(logger, level);
      mustBeReady();
      // Refused here, not on every worker that reads it.
      const affected = set(logger, level);
      await configs().write(() => [loggerRecord(logger, level)]);
      return affected;
    },
    apply(logger, level) {
      try {
        levels.set(logger, level);
      } catch {
        // A level of another version of ours, or of Kafka Connect's, that means nothing here.
      }
    },
  };
}
