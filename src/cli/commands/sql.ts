import * as Args from '@oclif/core/args';
import { Command } from '@oclif/core/command';
import * as Flags from '@oclif/core/flags';
import { exitCodes } from '../errors.ts';
import type { ResultFormat } from '../result.ts';

const formats: readonly ResultFormat[] = ['table', 'json', 'csv'];

/** `caves-connect sql "SELECT …"`: one statement on the warehouse that is configured. */
export class Sql extends Command {
  static override readonly summary = 'Run a statement on the configured warehouse, embedded or real';
  static override readonly description =
    'Reads the SNOWFLAKE_* variables of the environment and of .env; without SNOWFLAKE_ACCOUNT it is the embedded warehouse.';
  static override readonly examples = [
    '<%= config.bin %> <%= command.id %> "SELECT COUNT(*) FROM RAW_EVENTS_STREAM"',
    '<%= config.bin %> <%= command.id %> -o csv "SELECT * FROM RAW_EVENTS_STREAM LIMIT 10"',
  ];
  static override readonly args = { statement: Args.string({ description: 'the SQL statement', required: true }) };
  static override readonly flags = {
    output: Flags.option({ char: 'o', options: formats, default: 'table', description: 'how to print rows' })(),
    config: Flags.string({ description: 'the YAML file whose Snowflake sink names the warehouse' }),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Sql, withStatementLast(this.argv));
    const [{ runStatement, targetOfEnvironment, targetOfFile }, { formatResult }, { createLogger }, terminal] =
      await Promise.all([
        import('../warehouse.ts'),
        import('../result.ts'),
        import('../../runtime/log.ts'),
        import('../terminal.ts'),
      ]);
    const write = terminal.createLogWriter({ output: process.stderr, format: 'text', colour: false });
    const target = flags.config
      ? await targetOfFile(flags.config)
      : await targetOfEnvironment(process.env, process.cwd());
    const told = process.stderr.isTTY
      ? (await import('../screen.ts')).tellWaiting(process.stderr, 'running')
      : undefined;
    const running = runStatement(args.statement, target, createLogger(write, 'sql', 'warn'));
    const result = await running.finally(told);
    process.stdout.write(formatResult(result, flags.output));
    return exitCodes.fine;
  }
}

/** A statement may begin with a comment (`-- Top 10`), which would be taken for a flag. */
function withStatementLast(argv: readonly string[]): string[] {
  const isComment = (word: string) => /^--\s/.test(word);
  if (!argv.some(isComment)) return [...argv];
  return [...argv.filter((word) => !isComment(word)), '--', ...argv.filter(isComment)];
}
