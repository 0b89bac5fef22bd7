/** Apache Kafka from the peers' scripts (`CAVES_PEERS` names their folder; see its README). */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The folder of the scripts; undefined where there are none. */
export function peersFolder(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const folder = env['CAVES_PEERS'];
  return folder !== undefined && existsSync(join(folder, 'broker')) ? folder : undefined;
}

export interface ApacheKafka {
  readonly brokers: string;
  readonly port: number;
  /** The process of the broker. */
  pid(): number;
  /** Starts it again on its data after it was killed. */
  start(): Promise<void>;
  /** Kills the broker as a crash does, and starts it again. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a broker with its data in `folder`, with more of its properties if need be; resolves when it answers. */
export async function startApacheKafka(
  peers: string,
  folder: string,
  properties: Readonly<Record<string, string>> = {},
): Promise<ApacheKafka> {
  const script = join(peers, 'broker');
  const port = await freePortPair();
  const lines = Object.entries(properties).map(([name, value]) => `${name}=${value}`);
  // It lives for a minute or two: the quick compiler alone has it at work sooner.
  const env = { ...process.env, PROPS: lines.join('\n'), JVM_OPTS: '-XX:TieredStopAtLevel=1' };
  const start = async () => void (await run(script, ['start', folder, String(port)], { env }));
  const pid = () => Number(readFileSync(join(folder, 'broker.pid'), 'utf8'));
  await start();
  return {
    brokers: `127.0.0.1:${port}`,
    port,
    pid,
    start,
    async crash() {
      process.kill(pid(), 'SIGKILL');
      await start();
    },
    async stop() {
      await run(script, ['stop', folder]);
    },
  };
}

/**
 * A free port whose successor is free as well (a broker's controller listens there), to be listened on again after a
 * crash: below the ports that the system hands out, or a client that connects meanwhile may take it for its own end.
 */
export async function freePortPair(): Promise<number> {
  for (;;) {
    const port = 20_000 + 2 * Math.floor(Math.random() * 6_000);
    if ((await isFree(port)) && (await isFree(port + 1))) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const free = new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
  return free.finally(() => server.close());
}
