import * as Args from '@oclif/core/args';
import { Command } from '@oclif/core/command';
import * as Flags from '@oclif/core/flags';
import type { WorkerSettings } from '../../runtime/config/model.ts';
import { createLogger, type LogLevel } from '../../runtime/log.ts';
import { exitCodes } from '../errors.ts';

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
    plain: Flags.boolean({ description: 'no colours, as with NO_COLOR' }),
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
    const [{ launch }, { openParts }, { takeStopSignals }] = await Promise.all([
      import('../launch.ts'),
      import('../parts.ts'),
      import('../stop-signals.ts'),
    ]);

    const worker = { ...checked.file.worker, logLevel: flags['log-level'] ?? checked.file.worker.logLevel };
    const file = { ...checked.file, worker };
    const connectors = await resolveConnectors(file);
    const format = process.env['LOG_FORMAT'] === 'json' ? 'json' : 'text';
    const write = terminal.createLogWriter({ output: process.stdout, format, colour });
    const say = createLogger(write, 'start');
    return launch({
      file,
      warehouseUsers: embeddedWarehouseUsers(connectors),
      openParts: (log) => openParts(file, connectors, log),
      signals: takeStopSignals(),
      write,
      print: format === 'json' ? (line) => say.info(line.trim()) : (line) => process.stdout.write(`${line}\n`),
      version: this.config.version,
      exitWhenDone: flags['exit-when-done'],
      prune: flags.prune,
    });
  }
}
