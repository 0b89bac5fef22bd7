/**
 * The command line: finds the command, runs it, and turns whatever goes wrong into one line and an exit code.
 * Commands are classes of oclif, run from TypeScript as they stand (in the published package from `dist`), listed in
 * `commands.ts`; each loads what it needs only when it runs.
 */
import { createRequire } from 'node:module';
import { dirname, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Config } from '@oclif/core/config';
import { settings } from '@oclif/core/settings';
import { didYouMean, nearest } from '../runtime/suggest.ts';
import { commands } from './commands.ts';
import { describeError, exitCodeOf, exitCodes, isUsageError } from './errors.ts';

const packageFile = createRequire(import.meta.url).resolve('caves-connect/package.json');

/** What a library keeps open after a command has ended (a pooled socket) may not keep the process. */
const exitGraceMs = 300;

/** Runs one command line and sets the process's exit code. Never throws. */
export async function main(argv: readonly string[]): Promise<void> {
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error) => process.exit(report(error, argv)));
  }
  // `caves-connect … | head` closes the pipe while we write: that is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCodes.fine);
  });
  try {
    process.exitCode = await run(argv);
  } catch (error) {
    process.exitCode = report(error, argv);
  }
  if (process.exitCode === exitCodes.interrupted) process.exit();
  // Not before all is written: a pipe takes no more than its reader reads.
  setTimeout(() => process.stdout.write('', () => process.exit()), exitGraceMs).unref();
}

async function run(argv: readonly string[]): Promise<number> {
  settings.enableAutoTranspile = false;
  const config = await Config.load({
    root: dirname(packageFile),
    pjson: { ...createRequire(import.meta.url)(packageFile), oclif: oclifConfiguration },
  });
  const [name, ...rest] = argv;
  if (name === '--version' || name === '-v') {
    process.stdout.write(`caves-connect ${config.version} on Node.js ${process.versions.node}\n`);
    return exitCodes.fine;
  }
  if (name === undefined || name === 'help' || argv.some((word) => word === '--help' || word === '-h')) {
    const known = (name === 'help' ? rest : [name ?? '']).filter((word) => config.findCommand(word));
    const { Help } = await import('@oclif/core/help');
    await new Help(config, { all: true }).showHelp(known);
    return exitCodes.fine;
  }
  if (!config.findCommand(name)) {
    const meant = nearest(name, Object.keys(commands));
    const hint = meant ? `did you mean caves-connect ${meant}?` : `there are: ${Object.keys(commands).join(', ')}`;
    process.stderr.write(`${name} is no command of caves-connect: ${hint}\n`);
    return exitCodes.usage;
  }
  try {
    return (await config.runCommand<number | undefined>(name, rest)) ?? exitCodes.fine;
  } catch (error) {
    if (!isUsageError(error)) throw error;
    const known = Object.keys(commands[name as keyof typeof commands].flags ?? {}).map((flag) => `--${flag}`);
    const hint = error.flags?.map((flag) => didYouMean(flag, known)).join('') ?? '';
    const [what = '', ...details] = error.message.replace(/\s*See more help with --help\s*$/, '').split('\n');
    const lines = [`caves-connect ${name}: ${what}${hint}`, ...details.map((line) => `  ${line}`)];
    process.stderr.write(`${lines.join('\n')}\nSee caves-connect ${name} --help\n`);
    return exitCodes.usage;
  }
}

const oclifConfiguration = {
  bin: 'caves-connect',
  topicSeparator: ' ' as const,
  commands: {
    strategy: 'explicit' as const,
    // `.ts` in a checkout, `.js` in the published package.
    target: fileURLToPath(new URL(`./commands${extname(import.meta.url)}`, import.meta.url)),
    identifier: 'commands',
  },
};

function report(error: unknown, argv: readonly string[]): number {
  const debug = argv.includes('--log-level=debug') || argv[argv.indexOf('--log-level') + 1] === 'debug';
  const text = debug && error instanceof Error ? error.stack : describeError(error);
  process.stderr.write(`${text}\n`);
  return exitCodeOf(error);
}
