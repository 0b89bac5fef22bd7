import * as Args from '@oclif/core/args';
import { Command } from '@oclif/core/command';
import { exitCodes } from '../errors.ts';

/** `caves-connect validate FILE…`: every complaint about the files, before anything connects. */
export class Validate extends Command {
  static override readonly summary = 'Check YAML files and list every complaint with its place';
  static override readonly examples = ['<%= config.bin %> <%= command.id %> configs/wine.yaml'];
  static override readonly args = {
    file: Args.string({ description: 'a YAML file; more may follow', required: true }),
  };
  static override readonly strict = false;

  async run(): Promise<number> {
    const { argv } = await this.parse(Validate);
    const [{ loadChecked }, { wantsColour }] = await Promise.all([
      import('../load-checked.ts'),
      import('../terminal.ts'),
    ]);
    const color = wantsColour(process.stdout, process.env);
    let failed = false;
    for (const path of argv as readonly string[]) {
      const { lines, errors, file } = await loadChecked(path, { color });
      for (const line of lines) this.log(line);
      failed ||= errors > 0;
      const verdict = file ? `fine, ${plural(file.connectors.length, 'connector')}` : plural(errors, 'error');
      this.log(`${path}: ${verdict}`);
    }
    return failed ? exitCodes.failed : exitCodes.fine;
  }
}

const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
