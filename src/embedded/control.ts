/**
 * How workers and the process of the embedded services talk: JSON lines over a local socket whose name follows from
 * the data folder. Only one process can listen on that name, so it is also the lock that keeps two hosts from sharing
 * one folder. A worker stays connected as long as it needs the services; a connection that closes, for whatever
 * reason, is a worker that has gone.
 *
 * On Linux the name is in the abstract namespace and on Windows it is a named pipe: both vanish with their process.
 * Elsewhere it is a socket file in the folder for temporary files, taken over when nobody answers on it. What this
 * leaves out: authentication. Who connects can join and leave, nothing else.
 */
import { createHash } from 'node:crypto';
import { realpathSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const serviceNames = ['kafka', 'snowflake'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** Where a service listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A worker's first and only message: what it needs. */
export interface JoinMessage {
  readonly type: 'join';
  readonly worker: number;
  readonly services: readonly ServiceName[];
}

/** What the host answers, and later what keeps a service from its work. */
export type HostMessage =
  | { readonly type: 'ready'; readonly pid: number; readonly addresses: Partial<Record<ServiceName, Address>> }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'warning'; readonly message: string };

/** The name on which the host of a data folder listens. The folder must exist. */
export function controlName(dataDir: string): string {
  const folder = realpathSync(resolve(dataDir));
  const id = createHash('sha256').update(folder).digest('hex').slice(0, 24);
  if (process.platform === 'linux') return `\0caves-connect-${id}`;
  if (process.platform === 'win32') return `\\\\.\\pipe\\caves-connect-${id}`;
  return join(tmpdir(), `caves-connect-${id}.sock`);
}

/** Connects to the host of a data folder; undefined when there is none. */
export function connectToHost(name: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(name);
    socket.once('connect', () => resolve(socket));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(undefined);
      else reject(error);
    });
  });
}

/** Becomes the host of a data folder; undefined when another process is. */
export async function listenAsHost(name: string): Promise<Server | undefined> {
  const server = await tryListen(name);
  if (server || !name.endsWith('.sock')) return server;
  const other = await connectToHost(name);
  if (other) {
    other.destroy();
    return undefined;
  }
  rmSync(name, { force: true });
  return tryListen(name);
}

function tryListen(name: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(name, () => resolve(server));
  });
}

export function send(socket: Socket, message: JoinMessage | HostMessage): void {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
}

/** Calls `receive` for every message that comes in. */
export function onMessage<M extends JoinMessage | HostMessage>(socket: Socket, receive: (message: M) => void): void {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const message = parse<M>(line);
      if (message) receive(message);
      else socket.destroy();
    }
  });
}

/** Something else than one of us may have connected: what is no message of ours is undefined. */
function parse<M>(line: string): M | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'type' in value ? (value as M) : undefined;
  } catch {
    return undefined;
  }
}
