/**
 * The program of the embedded services' process: `node main.ts '<HostArguments as JSON>'`, started by `services.ts`.
 * Its standard output is the log file in the data folder. It does not react to SIGINT, which a terminal sends to
 * everyone: its workers must finish their batches first, and their leaving is what ends it. SIGTERM closes it at once.
 */
import { writeSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import type { ServiceName } from './control.ts';
import { openHost } from './host.ts';

/** What the command line of this process holds. */
export interface HostArguments {
  readonly controlName: string;
  readonly dataDir: string;
  readonly ports: Readonly<Record<ServiceName, number>>;
  readonly lingerMs: number;
}

/** A service that does not close within this time is left behind: its data survives a kill. */
const closeTimeoutMs = 5000;

enableCompileCache();

// Loaded while the first worker is still on its way; each starts when it is asked for.
const code = { kafka: import('./kafka/index.ts'), snowflake: import('./snowflake/index.ts') };

const host = await openHost({
  ...(JSON.parse(process.argv[2] ?? '{}') as HostArguments),
  services: {
    kafka: async (options) =>
      (await code.kafka).startBroker({
        ...options,
        log: (line) => writeLine('kafka', line),
        warn: (line) => {
          writeLine('kafka', line);
          host?.warn(line);
        },
      }),
    snowflake: async (options) =>
      (await code.snowflake).startWarehouse({
        ...options,
        log: (line) => writeLine('snowflake', line),
      }),
  },
});

if (!host) process.exit(0);

process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});
process.on('SIGTERM', () => {
  void host.close();
  void delay(closeTimeoutMs).then(() => process.exit(1));
});
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: Error) => {
    writeLine('ended by', error.stack ?? String(error));
    process.exit(1);
  });
}

await host.closed;
process.exit(0);

/** Not by `process.stdout`: its error on a full disk would end the process, which has its clients to tell. */
function writeLine(scope: string, line: string): void {
  try {
    writeSync(process.stdout.fd, `${new Date().toISOString()} ${scope}: ${line}\n`);
  } catch {
    // The services go on without this line.
  }
}
