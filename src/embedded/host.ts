/**
 * The process side of the embedded services: starts each when the first worker asks for it, tells workers where they
 * are, and ends when the last worker has been gone for a while.
 *
 * 1. It takes the control socket of its data folder, or ends: another process is the host.
 * 2. A worker joins and names the services it needs; they start side by side, each once, and the worker hears where
 *    they are, or why one did not start. A service that failed is tried again for the next worker.
 * 3. When no worker has been connected for `lingerMs`, all is closed and `closed` resolves. Who connects in that
 *    moment hears nothing until the process has ended, and then starts a new one.
 */
import { mkdirSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { type Address, type JoinMessage, listenAsHost, onMessage, type ServiceName, send } from './control.ts';
import { describeStartError, systemCode } from './failures.ts';
import { hasLeft, leaveNote, type PortNote } from './port-owner.ts';

/** A running service. */
export interface Service {
  readonly host: string;
  readonly port: number;
  /** Resolves when it serves, if that is later than when it listens. */
  readonly ready?: Promise<void>;
  close(): Promise<void>;
}

/** Starts a service with its data below `dataDir`. */
export type StartService = (options: {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
}) => Promise<Service>;

export interface HostOptions {
  readonly controlName: string;
  readonly dataDir: string;
  readonly ports: Readonly<Record<ServiceName, number>>;
  readonly lingerMs: number;
  readonly services: Readonly<Record<ServiceName, StartService>>;
}

export interface Host {
  /** Tells all workers what keeps a service from its work; the same again only after a minute. */
  warn(message: string): void;
  /** Resolves when the last worker has been gone for long enough, or `close` was called, and all is closed. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

const host = '127.0.0.1';
const sameWarningAfterMs = 60_000;

/** Hosts the services of a data folder; undefined when another process does. */
export async function openHost(options: HostOptions): Promise<Host | undefined> {
  const control = await listenAsHost(options.controlName);
  if (!control) return undefined;

  const workers = new Set<Socket>();
  const running = new Map<ServiceName, Promise<Service>>();
  const notes: PortNote[] = [];
  const warnings = new Map<string, number>();
  let closing: Promise<void> | undefined;
  let lastGone: NodeJS.Timeout | undefined;
  let hasFailed = false;
  const { promise: closed, resolve: allClosed } = Promise.withResolvers<void>();

  function started(name: ServiceName): Promise<Service> {
    const known = running.get(name);
    if (known) return known;
    const folder = join(options.dataDir, name);
    const starting = start(name, folder).catch(async (error: unknown) => {
      running.delete(name);
      hasFailed = true;
      const address = { host, port: options.ports[name] };
      throw new Error(await describeStartError(name, error, { address, folder }), { cause: error });
    });
    running.set(name, starting);
    return starting;
  }

  async function start(name: ServiceName, folder: string): Promise<Service> {
    const port = options.ports[name];
    mkdirSync(folder, { recursive: true });
    const open = () => options.services[name]({ host, port, dataDir: folder });
    const service = await open().catch(async (error: unknown) => {
      if (systemCode(error) === 'EADDRINUSE' && (await hasLeft(port))) return open();
      throw error;
    });
    await service.ready?.catch(async (error: unknown) => {
      await service.close().catch(() => {});
      throw error;
    });
    const note = leaveNote(service.port, options.dataDir);
    note.write(workers.size > 0);
    notes.push(note);
    return service;
  }

  async function answer(worker: Socket, services: readonly ServiceName[]): Promise<void> {
    try {
      const addresses: Partial<Record<ServiceName, Address>> = {};
      await Promise.all(
        services.map(async (name) => {
          const service = await started(name);
          addresses[name] = { host: service.host, port: service.port };
        }),
      );
      send(worker, { type: 'ready', pid: process.pid, addresses });
    } catch (error) {
      send(worker, { type: 'failed', message: (error as Error).message });
      worker.end();
    }
  }

  function warn(message: string): void {
    const now = performance.now();
    if (now - (warnings.get(message) ?? Number.NEGATIVE_INFINITY) < sameWarningAfterMs) return;
    warnings.set(message, now);
    for (const worker of workers) send(worker, { type: 'warning', message });
  }

  function close(): Promise<void> {
    closing ??= (async () => {
      clearTimeout(lastGone);
      const services = await Promise.allSettled(running.values());
      await Promise.allSettled(services.map((s) => (s.status === 'fulfilled' ? s.value.close() : undefined)));
      for (const note of notes) note.remove();
      control?.close();
      for (const worker of workers) worker.destroy();
      allClosed();
    })();
    return closing;
  }

  function closeWhenAlone(): void {
    clearTimeout(lastGone);
    if (workers.size > 0) return;
    for (const note of notes) note.write(false);
    // After a failed start there is nothing to keep for the next worker.
    lastGone = setTimeout(close, hasFailed && running.size === 0 ? 0 : options.lingerMs);
  }

  control.on('connection', (worker) => {
    workers.add(worker);
    clearTimeout(lastGone);
    if (workers.size === 1) for (const note of notes) note.write(true);
    worker.on('error', () => {});
    worker.on('close', () => {
      workers.delete(worker);
      closeWhenAlone();
    });
    onMessage<JoinMessage>(worker, ({ type, services }) => {
      if (type === 'join' && !closing) void answer(worker, services);
    });
  });
  lastGone = setTimeout(closeWhenAlone, options.lingerMs);

  return { warn, closed, close };
}
