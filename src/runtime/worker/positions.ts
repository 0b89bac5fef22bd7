/**
 * Moves the positions that a sink's destination keeps, through the sink itself: it is opened as a task is, asked once,
 * and closed. A sink without `alterPositions` keeps none that anybody could move. It runs in the worker's own thread,
 * whatever `task.isolation` says.
 */
import { pluginErrorCode } from '../../sdk/errors.ts';
import type { Logger, SinkPlugin, SinkTask } from '../../sdk/index.ts';
import type { Configured, ResolvedConnector } from '../config/model.ts';
import { secretsOf } from '../config/secrets.ts';
import { ConnectError } from '../errors.ts';
import { createLogger, type LogWriter } from '../log.ts';
import { specsOf } from '../metrics/table.ts';
import { bindPluginMetrics, createTaskMetrics } from '../metrics/task-metrics.ts';
import { redactedWriter, redactionOf } from '../redaction.ts';
import { whenAborted } from '../retry.ts';
import { asError } from '../tasks/task.ts';
import type { AlterPositions } from './connector-offsets.ts';

/** How long a destination may take: somebody waits for the answer of a request. */
const usualTimeoutMs = 30_000;

export function createAlterPositions(options: {
  readonly logOf: (connector: string) => Logger;
  /** Aborted when the worker ends. */
  readonly closing: AbortSignal;
  readonly timeoutMs?: number;
}): AlterPositions {
  const { logOf, closing, timeoutMs = usualTimeoutMs } = options;
  return async (connector, positions) => {
    const redaction = redactionOf(secretsOf(connector));
    const log = logOf(connector.name);
    const write: LogWriter = ({ level, message, fields }) => log[level](message, fields);
    const signal = AbortSignal.any([closing, AbortSignal.timeout(timeoutMs)]);
    const alter = async () => {
      const sink = await openSink(
        connector,
        createLogger(redactedWriter(write, redaction), connector.name, 'debug'),
        signal,
      );
      try {
        await sink.alterPositions?.(positions, signal);
        return { byPlugin: sink.alterPositions !== undefined };
      } finally {
        await sink.close?.();
      }
    };
    try {
      // Also a sink that does not listen to the signal must not hold up what comes after.
      return await Promise.race([alter(), whenAborted(signal)]);
    } catch (thrown) {
      const error = redaction.error(asError(thrown));
      const text = `The destination of ${connector.name} does not move its positions: ${error.message}`;
      const code = pluginErrorCode(error);
      if (code === 'RETRIABLE' || signal.aborted) throw new ConnectError('NOT_READY', text, { cause: error });
      if (code === 'CONFIG') throw new ConnectError('BAD_REQUEST', text, { cause: error });
      throw error;
    }
  };
}

function openSink({ name, connector }: ResolvedConnector, log: Logger, signal: AbortSignal): Promise<SinkTask> {
  const { plugin, config } = connector as Configured<SinkPlugin>;
  const declared = plugin.metrics ?? {};
  const counts = createTaskMetrics(specsOf(declared), { connector: name, task: 0 });
  const metrics = bindPluginMetrics(counts, declared);
  const totals = { consumed: 0, written: 0, rejected: 0 };
  return Promise.resolve(plugin.open({ connector: name, task: 0, config, signal, log, metrics, totals }));
}
