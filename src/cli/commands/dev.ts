import { resolve } from 'node:path';
import { Command } from '@oclif/core/command';
import * as Flags from '@oclif/core/flags';
import { exitCodes } from '../errors.ts';

/** `caves-connect dev`: the embedded services alone, in the foreground. */
export class Dev extends Command {
  static override readonly summary = 'Run the embedded Kafka broker and warehouse alone, until you stop them';
  static override readonly description =
    'For development and tests only. Other workers in the same folder join them; kcat, Redpanda Console and every Kafka client can attach.';
  static override readonly flags = {
    'data-dir': Flags.string({ description: 'folder of their data; left out: .caves in the project' }),
  };

  async run(): Promise<number> {
    const { flags } = await this.parse(Dev);
    const [
      { ensureEmbedded },
      { findProject },
      { createLogger },
      { createLogWriter, wantsColour },
      { takeStopSignals },
    ] = await Promise.all([
      import('../../embedded/services.ts'),
      import('../../runtime/config/project.ts'),
      import('../../runtime/log.ts'),
      import('../terminal.ts'),
      import('../stop-signals.ts'),
    ]);
    const write = createLogWriter({
      output: process.stdout,
      format: process.env['LOG_FORMAT'] === 'json' ? 'json' : 'text',
      colour: wantsColour(process.stdout, process.env),
    });
    const signals = takeStopSignals();
    const project = findProject(resolve('caves.yaml'), process.env, process.cwd());
    const dataDir = flags['data-dir'] ? resolve(flags['data-dir']) : resolve(project.root, '.caves');
    const log = createLogger(write, 'embedded services');
    const services = await ensureEmbedded({ dataDir, kafka: true, snowflake: true, log });
    this.log(`Kafka      ${services.kafka?.host}:${services.kafka?.port}`);
    this.log(`Snowflake  ${services.snowflake?.url}  account embedded, user and password caves`);
    this.log(`Data       ${dataDir}  (process ${services.pid})`);
    this.log('For development and tests only. Ctrl-C ends them, unless a worker still uses them.');
    await signals.first;
    await services.release();
    return exitCodes.fine;
  }
}
