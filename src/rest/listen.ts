/**
 * Where a server listens. A default port that is taken moves to the next free one and says so; a configured one is
 * what somebody counts on, and fails.
 */
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Logger } from '../sdk/index.ts';

export interface Address {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** The port was configured, not left to the default. */
  readonly explicit?: boolean;
}

export interface Listening {
  readonly url: string;
  readonly port: number;
  /** Ends what is under way within a second, then the connections. Twice is harmless. */
  close(): Promise<void>;
}

/** How many ports after a taken default are tried. */
const TRIES = 20;
const GRACE_MS = 1000;

export interface ListenOptions extends Address {
  /** The configuration key of the port, for messages: `rest.port`. */
  readonly key: string;
  readonly log: Logger;
}

/** Makes an app listen, or fails with an error that names key, host and port. */
export async function listenOn(app: FastifyInstance, options: ListenOptions): Promise<Listening> {
  const { host, port, explicit = false, key, log } = options;
  const last = explicit || port === 0 ? port : Math.min(port + TRIES, 65_535);
  for (let candidate = port; ; candidate++) {
    try {
      await app.listen({ host, port: candidate });
    } catch (error) {
      if (codeOf(error) === 'EADDRINUSE' && candidate < last) continue;
      await app.close();
      throw new Error(reason(error, options, candidate), { cause: error });
    }
    if (candidate !== port) log.info(`Port ${port} (${key}) is taken: listening on ${candidate} instead`);
    return listening(app, host);
  }
}

function listening(app: FastifyInstance, host: string): Listening {
  const { port } = app.server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  return {
    url: `http://${reachable(host)}:${port}`,
    port,
    close() {
      closed ??= close(app);
      return closed;
    },
  };
}

async function close(app: FastifyInstance): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), GRACE_MS);
  try {
    await app.close();
  } finally {
    clearTimeout(cut);
  }
}

function reason(error: unknown, { host, port, explicit, key }: ListenOptions, last: number): string {
  const where = `${key}: cannot listen on ${host}:${port}`;
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return explicit || port === last
        ? `${where}: the port is in use by another program. Stop it, or set ${key} to a free port.`
        : `${where}: this port and all up to ${last} are in use. Set ${key} to a free port.`;
    case 'EACCES':
      return `${where}: ports below 1024 need privileges. Set ${key} to a higher one.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${where}: this machine has no such address. Set ${key.replace(/port$/, 'host')} to one that it has.`;
    default:
      return `${where}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** A host as a client on this machine writes it. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

const codeOf = (error: unknown): unknown => (Object(error) as { readonly code?: unknown }).code;
