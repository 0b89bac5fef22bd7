import * as Args from '@oclif/core/args';
import { Command } from '@oclif/core/command';
import * as Flags from '@oclif/core/flags';
import type { WorkerSettings } from '../../runtime/config/model.ts';
import { createLogger, type LogLevel } from '../../runtime/log.ts';
import type { Worker } from '../../runtime/worker/worker.ts';
import { exitCodes } from '../errors.ts';
import type { Paint } from '../terminal.ts';

const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** `caves-connect start FILE`: a worker with the connectors of a YAML file. */
export class Start extends Command {
  static override readonly summary = 'Run a worker with the connectors of a YAML file';
  static override readonly description =
    'Starts the embedded Kafka broker and warehouse when the file names no others. SIGINT or SIGTERM stops it cleanly, a second one at once.';
  static override readonly examples = ['<%= config.bin %> <%= command.id %> configs/wine.yaml'];
  static override readonly args = { file: Args.string({ description: 'the YAML file', required: true }) };
  static override readonly flags = {
    'exit-when-done': Flags.boolean({ description: 'end when all sources are finished and everything is settled' }),
    'log-level': Flags.option({ options: levels, description: 'in place of the log.level of the file' })(),
    prune: Flags.boolean({ description: 'delete the connectors of the cluster that the file does not name' }),
    plain: Flags.boolean({ description: 'log lines alone: no live view, no colours' }),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Start);
    const [{ embeddedWarehouseUsers, loadChecked, resolveConnectors }, { prepareEmbedded }, terminal] =
      await Promise.all([import('../load-checked.ts'), import('../../embedded/services.ts'), import('../terminal.ts')]);
    const colour = !flags.plain && terminal.wantsColour(process.stdout, process.env);
    // The services' process starts while the connectors are checked and the worker's code is loaded.
    const onWorker = ({ embeddedKafka, dataDir }: WorkerSettings) => embeddedKafka && prepareEmbedded({ dataDir });
    const checked = await loadChecked(args.file, { color: colour, onWorker });
    for (const line of checked.lines) this.logToStderr(line);
    if (!checked.file) return exitCodes.failed;
    const [{ launch }, { openParts }, { takeStopSignals }, { redactedWriter, redactionOf }, { secretsOfWorker }] =
      await Promise.all([
        import('../launch.ts'),
        import('../parts.ts'),
        import('../stop-signals.ts'),
        import('../../runtime/redaction.ts'),
        import('../../runtime/config/secrets.ts'),
      ]);

    const worker = { ...checked.file.worker, logLevel: flags['log-level'] ?? checked.file.worker.logLevel };
    const file = { ...checked.file, worker };
    const connectors = await resolveConnectors(file);
    const format = process.env['LOG_FORMAT'] === 'json' ? 'json' : 'text';
    const redaction = redactionOf(secretsOfWorker(worker));
    const view =
      format === 'text' && process.stdout.isTTY && !flags.plain
        ? await liveView(terminal.createPaint(colour))
        : undefined;
    const output = view?.output ?? process.stdout;
    const write = redactedWriter(terminal.createLogWriter({ output, format, colour }), redaction);
    const say = createLogger(write, 'start');
    const ended = launch<Worker>({
      file,
      warehouseUsers: embeddedWarehouseUsers(connectors),
      openParts: (log) => openParts(file, connectors, log),
      signals: takeStopSignals(),
      write,
      print: format === 'json' ? (line) => say.info(line.trim()) : (line) => output.write(`${line}\n`),
      version: this.config.version,
      exitWhenDone: flags['exit-when-done'],
      show: view?.show,
      prune: flags.prune,
    });
    return ended.catch((error) => {
      throw error instanceof Error ? redaction.error(error) : error;
    });
  }
}

/** Loaded for a terminal only: elsewhere a start has nothing to draw. */
async function liveView(paint: Paint) {
  const { createLiveView } = await import('../live-view.ts');
  return createLiveView(process.stdout, paint);
}
