import { Command } from '@oclif/core/command';
import * as Flags from '@oclif/core/flags';
import { exitCodes } from '../errors.ts';

const formats = ['table', 'json'] as const;

/** `caves-connect plugins`: the built-in plugins, and those in the folders given. */
export class Plugins extends Command {
  static override readonly summary = 'List the plugins that connectors can name';
  static override readonly flags = {
    output: Flags.option({ char: 'o', options: formats, default: 'table', description: 'how to print them' })(),
    'plugin-path': Flags.string({ multiple: true, description: 'folders with plugin files, as plugin.path' }),
  };

  async run(): Promise<number> {
    const { flags } = await this.parse(Plugins);
    const [{ createPluginRegistry }, { formatTable }, { resolve }] = await Promise.all([
      import('../../runtime/plugins/registry.ts'),
      import('../table.ts'),
      import('node:path'),
    ]);
    const pluginPath = (flags['plugin-path'] ?? []).map((folder) => resolve(folder));
    const registry = createPluginRegistry({ pluginPath });
    const faults = await registry.discover();
    const plugins = registry.list();
    if (flags.output === 'json') {
      this.log(JSON.stringify(plugins, undefined, 2));
    } else {
      const columns = ['class', 'type', 'version', 'summary'].map((title) => ({ title }));
      const rows = plugins.map((plugin) => [plugin.class, plugin.type, plugin.version, plugin.summary]);
      for (const line of formatTable(columns, rows)) this.log(line);
    }
    for (const fault of faults) this.logToStderr(fault.message);
    return faults.length > 0 ? exitCodes.failed : exitCodes.fine;
  }
}
