/**
 * The embedded services as a worker sees them: there when asked for, shared by all workers of a data folder, started
 * again when their process dies, gone soon after the last worker. They run in one process of their own (`main.ts`),
 * which the first worker starts and the others join.
 *
 * Their addresses are 127.0.0.1:19092 and 127.0.0.1:19080; `CAVES_KAFKA_PORT` and `CAVES_SNOWFLAKE_PORT` name other
 * ports (0: any free one). Who joins takes the addresses that are there.
 */
import { spawn } from 'node:child_process';
import { accessSync, closeSync, constants, existsSync, mkdirSync, openSync } from 'node:fs';
import { getCompileCacheDir } from 'node:module';
import type { Socket } from 'node:net';
import { dirname, extname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Logger } from '../sdk/index.ts';
import {
  type Address,
  connectToHost,
  controlName,
  type HostMessage,
  onMessage,
  type ServiceName,
  send,
} from './control.ts';
import { describeFolderError } from './failures.ts';
import type { HostArguments } from './main.ts';
import { variables } from './port-owner.ts';

export interface EmbeddedOptions {
  /** Keeps `kafka/`, `snowflake/` and `services.log`. */
  readonly dataDir: string;
  readonly kafka?: boolean;
  readonly snowflake?: boolean;
  readonly log: Logger;
  /** The services have been asked for: until they answer there is time for other work. Called again with each new host. */
  readonly onAsked?: () => void;
  readonly env?: NodeJS.ProcessEnv;
  /** How long the services outlive their last worker. */
  readonly lingerMs?: number;
}

type PrepareOptions = Pick<EmbeddedOptions, 'dataDir' | 'env' | 'lingerMs'>;

export interface Embedded {
  /** Present when it was asked for. */
  readonly kafka: Address | undefined;
  readonly snowflake: { readonly url: string } | undefined;
  /** The process that hosts the services at this moment. */
  readonly pid: number;
  /** Leaves the services: they end when no other worker holds them. */
  release(): Promise<void>;
}

const defaultPorts: Readonly<Record<ServiceName, number>> = { kafka: 19092, snowflake: 19080 };

/** A service that did not start, with the reason and the way out. */
export class EmbeddedServiceError extends Error {
  override readonly name = 'EmbeddedServiceError';
  readonly code = 'EMBEDDED_SERVICE';
}

/** Hosts that were started ahead, by the name of their control socket. */
const prepared = new Map<string, HostProcess>();

/**
 * Starts the process of the services while its worker still reads its configuration, so that `ensureEmbedded` finds it.
 * It ends by itself when nobody joins. Never throws: what is wrong here is told by `ensureEmbedded`.
 */
export function prepareEmbedded({ dataDir, env = process.env, lingerMs = 5000 }: PrepareOptions): void {
  try {
    const host = hostArguments({ dataDir: resolve(dataDir), env, lingerMs });
    prepared.set(host.controlName, spawnHost(host));
  } catch {
    // `ensureEmbedded` meets the same and says it.
  }
}

/** Joins the embedded services of a data folder, starting them if need be. Resolves when those asked for answer. */
export async function ensureEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const { log, lingerMs = 5000, env = process.env } = options;
  const services = (['kafka', 'snowflake'] as const).filter((name) => options[name]);
  const host = hostArguments({ dataDir: resolve(options.dataDir), env, lingerMs });
  const { ports } = host;
  const warn = (message: string) => log.warn(message);
  const join = () => joinHost(host, services, { warn, asked: () => options.onAsked?.() });

  let session = await join();
  // A service that is started again must come back where its clients look for it.
  for (const service of services) ports[service] = session.addresses[service]?.port ?? ports[service];
  let released = false;

  async function keepRunning(): Promise<void> {
    for (;;) {
      await session.closed;
      if (released) return;
      log.warn(
        `The embedded services (process ${session.pid}) have ended unexpectedly; starting them again with the same data`,
      );
      const next = await joinAgain();
      if (!next) return;
      session = next;
      log.info(`The embedded services are back (process ${session.pid})`);
    }
  }

  /** Tries until it succeeds; undefined when the worker has left meanwhile. */
  async function joinAgain(): Promise<Session | undefined> {
    for (let failures = 1; !released; failures++) {
      try {
        const next = await join();
        if (!released) return next;
        next.leave();
      } catch (error) {
        log.error((error as Error).message);
        await delay(Math.min(250 * 2 ** failures, 10_000), undefined, { ref: false });
      }
    }
    return undefined;
  }
  void keepRunning();

  const { kafka, snowflake } = session.addresses;
  return {
    kafka,
    snowflake: snowflake && { url: `http://${snowflake.host}:${snowflake.port}` },
    get pid() {
      return session.pid;
    },
    async release() {
      released = true;
      session.leave();
      await session.closed;
    },
  };
}

/** What a host of this folder is started with. Throws when the folder or a port cannot be used. */
function hostArguments({ dataDir, env, lingerMs }: Required<PrepareOptions>) {
  const ports = { kafka: portOf('kafka', env), snowflake: portOf('snowflake', env) };
  return { controlName: prepareFolder(dataDir), dataDir, ports, lingerMs };
}

/** A worker's connection to the host. */
interface Session {
  readonly pid: number;
  readonly addresses: Partial<Record<ServiceName, Address>>;
  /** Resolves when the connection is gone, whoever ended it. */
  readonly closed: Promise<void>;
  leave(): void;
}

/** A start takes a fraction of a second; a host that is just closing, or another folder's that lingers, takes longer. */
const joinTimeoutMs = 20_000;
const maxCrashes = 3;

interface Hearer {
  readonly warn: (message: string) => void;
  readonly asked: () => void;
}

const notComing = ({ dataDir }: HostArguments, what: string) =>
  new EmbeddedServiceError(`${what}: see ${logFile(dataDir)}.`);

async function joinHost(host: HostArguments, services: readonly ServiceName[], hear: Hearer): Promise<Session> {
  const deadline = Date.now() + joinTimeoutMs;
  let child = prepared.get(host.controlName);
  prepared.delete(host.controlName);
  let crashes = 0;
  for (;;) {
    const socket = await connectToHost(host.controlName);
    if (socket) {
      const session = await askHost(socket, services, hear);
      if (session) return session;
    } else if (child?.state() !== 'running') {
      if (child?.state() === 'crashed') crashes++;
      if (crashes === maxCrashes)
        throw notComing(host, 'The process of the embedded services ends as soon as it starts');
      child = spawnHost(host);
    }
    if (Date.now() > deadline) {
      throw notComing(host, `The embedded services did not answer within ${joinTimeoutMs / 1000} seconds`);
    }
    await delay(10);
  }
}

/** Joins over an open connection. Undefined when it closes without an answer: that host was about to end. */
function askHost(
  socket: Socket,
  services: readonly ServiceName[],
  { warn, asked }: Hearer,
): Promise<Session | undefined> {
  return new Promise((resolve, reject) => {
    const closed = new Promise<void>((gone) => socket.once('close', () => gone()));
    socket.on('error', () => {});
    void closed.then(() => resolve(undefined));
    onMessage<HostMessage>(socket, (message) => {
      switch (message.type) {
        case 'ready':
          return resolve({ pid: message.pid, addresses: message.addresses, closed, leave: () => socket.destroy() });
        case 'failed':
          reject(new EmbeddedServiceError(message.message));
          return void socket.destroy();
        case 'warning':
          return warn(message.message);
      }
    });
    send(socket, { type: 'join', worker: process.pid, services });
    asked();
  });
}

interface HostProcess {
  /** `ended`: by itself, because another process is the host already. */
  state(): 'running' | 'ended' | 'crashed';
}

/** Starts the process of the services: detached, so that a terminal's SIGINT and the end of its parent pass it by. */
function spawnHost(host: HostArguments): HostProcess {
  const program = fileURLToPath(new URL(`./main${extname(import.meta.url)}`, import.meta.url));
  const output = openSync(logFile(host.dataDir), 'a');
  // Not all that this process was started with: `--eval` would run its program again, `--inspect` wants the same port.
  const heap = process.execArgv.filter((flag) => flag.startsWith('--max-semi-space-size'));
  const child = spawn(process.execPath, [...heap, program, JSON.stringify(host)], {
    cwd: host.dataDir,
    env: { ...process.env, ...sharedCompileCache() },
    detached: true,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  child.on('error', () => {});
  child.unref();
  return {
    state() {
      if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) return 'running';
      return child.exitCode === 0 ? 'ended' : 'crashed';
    },
  };
}

/** This process's own, from the first module on: turned on by the program itself it would come too late for what that imports. */
function sharedCompileCache(): NodeJS.ProcessEnv {
  const folder = getCompileCacheDir();
  // Within the folder that is named each version of Node has its own.
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) };
}

const logFile = (dataDir: string) => join(dataDir, 'services.log');

function prepareFolder(dataDir: string): string {
  try {
    makeFolder(dataDir);
    closeSync(openSync(logFile(dataDir), 'a'));
    return controlName(dataDir);
  } catch (error) {
    const message = describeFolderError(error, dataDir);
    throw message ? new EmbeddedServiceError(message, { cause: error }) : error;
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    // On a read-only file system Node's answer is ENOENT; the nearest folder that is there knows the reason.
    let nearest = dirname(folder);
    while (!existsSync(nearest)) nearest = dirname(nearest);
    accessSync(nearest, constants.W_OK);
    throw error;
  }
}

function portOf(service: ServiceName, env: NodeJS.ProcessEnv): number {
  const { port: variable } = variables[service];
  const text = env[variable];
  if (text === undefined || text === '') return defaultPorts[service];
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65535) return port;
  throw new EmbeddedServiceError(`${variable} is '${text}', which is no port: give a number from 0 to 65535.`);
}
