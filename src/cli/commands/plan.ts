import * as Args from '@oclif/core/args';
import { Command } from '@oclif/core/command';
import * as Flags from '@oclif/core/flags';
import { createLogger } from '../../runtime/log.ts';
import { exitCodes } from '../errors.ts';

/** `caves-connect plan FILE`: what `start FILE` would create, change and delete. */
export class Plan extends Command {
  static override readonly summary = 'Show what start would change in the cluster, and change nothing';
  static override readonly examples = ['<%= config.bin %> <%= command.id %> configs/wine.yaml'];
  static override readonly args = { file: Args.string({ description: 'the YAML file', required: true }) };
  static override readonly flags = {
    prune: Flags.boolean({ description: 'as with start --prune: connectors that the file does not name are deleted' }),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Plan);
    const [checks, { readClusterState }, { withWarehouse }, { formatPlan, planSteps }, terminal] = await Promise.all([
      import('../load-checked.ts'),
      import('../cluster-state.ts'),
      import('../file-connectors.ts'),
      import('../plan.ts'),
      import('../terminal.ts'),
    ]);
    const checked = await checks.loadChecked(args.file, { color: terminal.wantsColour(process.stderr, process.env) });
    for (const line of checked.lines) this.logToStderr(line);
    const { file } = checked;
    if (!file) return exitCodes.failed;

    const users = checks.embeddedWarehouseUsers(await checks.resolveConnectors(file));
    const write = terminal.createLogWriter({ output: process.stderr, format: 'text', colour: false });
    const state = await readClusterState(file, users, createLogger(write, 'plan', 'warn'));
    const wanted = withWarehouse(file, users, state.warehouse);
    for (const line of formatPlan(planSteps(state.connectors, wanted, flags))) this.log(line);
    return exitCodes.fine;
  }
}
