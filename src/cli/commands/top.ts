import { setTimeout as delay } from 'node:timers/promises';
import * as Args from '@oclif/core/args';
import { Command } from '@oclif/core/command';
import * as Flags from '@oclif/core/flags';
import { describeError, exitCodes } from '../errors.ts';
import type { RemoteWorker } from '../remote-overview.ts';

const formats = ['table', 'json'] as const;

/** `caves-connect top [URL]`: the live view of any worker, by the address of its REST API. */
export class Top extends Command {
  static override readonly summary = 'Watch the connectors of a worker: states, rates, totals, lag';
  static override readonly description =
    'Redraws every second until Ctrl-C. Once, without a terminal, with --once or with -o json.';
  static override readonly examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> http://worker-2:8083 --token "$TOKEN"',
  ];
  static override readonly args = {
    url: Args.string({ description: "the worker's REST address", default: 'http://127.0.0.1:8083' }),
  };
  static override readonly flags = {
    once: Flags.boolean({ description: 'print it once' }),
    output: Flags.option({ char: 'o', options: formats, default: 'table', description: 'how to print it' })(),
    user: Flags.string({ description: 'NAME:PASSWORD of the worker', exclusive: ['token'] }),
    token: Flags.string({ description: 'a bearer token of the worker', env: 'CAVES_CONNECT_TOKEN' }),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Top);
    const [{ fetchOverview }, { formatOverview }, terminal] = await Promise.all([
      import('../remote-overview.ts'),
      import('../overview-table.ts'),
      import('../terminal.ts'),
    ]);
    const worker: RemoteWorker = { url: args.url, authorization: authorizationOf(flags) };
    const paint = terminal.createPaint(terminal.wantsColour(process.stdout, process.env));
    if (flags.output === 'json') {
      this.log(JSON.stringify(await fetchOverview(worker), undefined, 2));
      return exitCodes.fine;
    }
    const first = await fetchOverview(worker);
    if (flags.once || !process.stdout.isTTY) {
      const style = { paint, width: Number.POSITIVE_INFINITY, rows: Number.POSITIVE_INFINITY };
      for (const line of formatOverview(first, style)) this.log(line);
      return exitCodes.fine;
    }

    const [{ createScreen }, { takeStopSignals }] = await Promise.all([
      import('../screen.ts'),
      import('../stop-signals.ts'),
    ]);
    const screen = createScreen(process.stdout);
    const stopped = takeStopSignals().first.then(() => 'stopped' as const);
    try {
      let present = first;
      let trouble: readonly string[] = [];
      for (;;) {
        const lines = formatOverview(present, { paint, width: screen.width, rows: screen.height - 7 });
        screen.draw([...lines, ...trouble]);
        if ((await Promise.race([stopped, delay(1_000)])) === 'stopped') return exitCodes.fine;
        try {
          present = await fetchOverview(worker);
          trouble = [];
        } catch (error) {
          // Workers come back; until then what was seen last stays, marked as old.
          trouble = [paint.red(describeError(error))];
        }
      }
    } finally {
      screen.close();
    }
  }
}

function authorizationOf({
  user,
  token,
}: {
  readonly user?: string | undefined;
  readonly token?: string | undefined;
}): string | undefined {
  if (user !== undefined) return `Basic ${Buffer.from(user).toString('base64')}`;
  return token === undefined ? undefined : `Bearer ${token}`;
}
