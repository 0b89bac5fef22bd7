/**
 * The embedded Kafka broker: a server of Kafka's wire protocol over TCP, for development and tests. One node, one
 * replica, no security; it listens on 127.0.0.1 unless told otherwise and keeps its data in a folder or in memory.
 *
 * It serves what clients of Kafka ask of a broker (the tests run those for Java, C, Python, Go and Node.js): topics,
 * record batches of format 2, idempotent and transactional producers, read-committed consumers, classic consumer groups,
 * the admin requests. It leaves out what the heads of its files name, above all: quotas, ACLs, SASL and TLS, KIP-848
 * groups, KIP-890 transactions.
 */

import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { apis } from './apis/index.ts';
import { Broker as State } from './broker.ts';
import { serveConnection } from './connection.ts';
import { Dispatcher } from './dispatch.ts';
import { type FlushPolicy, flushNever } from './flush-policy.ts';
import { FaultInjection, type Hooks } from './hooks.ts';
import { diskStorage } from './storage/disk.ts';
import { memoryStorage } from './storage/memory.ts';

export { type ErrorName, errorCodes, KafkaError } from './errors.ts';
export type { Fault, Hook, Hooks, HookTarget, SeenRequest, Watcher } from './hooks.ts';

/** How to start a broker. */
export interface BrokerOptions {
  /** The address to listen on; 127.0.0.1 by default. */
  readonly host?: string;
  /** The name or address that clients are told to connect to; `host` by default, 127.0.0.1 for 0.0.0.0. */
  readonly advertisedHost?: string;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** The folder for the data; in memory when left out. */
  readonly dataDir?: string;
  /**
   * When to flush logs and journal to the disk, as Kafka's `log.flush.interval.messages` and `.ms`; left to the
   * operating system by default. What was acknowledged survives the death of the process in any case;
   * `{ messages: 1 }` makes it survive a loss of power.
   */
  readonly flush?: Partial<FlushPolicy>;
  /** Make a topic when a client asks for an unknown one; off by default. */
  readonly autoCreateTopics?: boolean;
  /** Partitions of topics that are made without a number; 1 by default. */
  readonly defaultPartitions?: number;
  /** Takes what the broker has to say, a line each; nothing is said by default. */
  readonly log?: (line: string) => void;
  /** Takes why data cannot be kept, such as a full disk, whenever a client is refused for it; by default as `log`. */
  readonly warn?: (line: string) => void;
}

/** A broker that runs. */
export interface Broker extends AsyncDisposable {
  /** Where clients connect, with the port. */
  readonly host: string;
  readonly port: number;
  readonly clusterId: string;
  /** Faults on demand, for tests. */
  readonly hooks: Hooks;
  /** Stops listening, closes all connections and the data. Calling it again is harmless. */
  close(): Promise<void>;
}

/** Addresses to listen on that are none to connect to. */
const anyAddress: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/**
 * Starts a broker; it serves when this resolves.
 *
 * @throws KafkaError KAFKA_STORAGE_ERROR when the folder cannot be used; the system's error when the port is taken.
 * @example
 * await using broker = await startBroker();
 * const kafka = new Kafka({ brokers: [`${broker.host}:${broker.port}`] });
 */
export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const { host = '127.0.0.1', port = 0, dataDir, log = () => {} } = options;
  const flush = { ...flushNever, ...options.flush };
  const storage = dataDir === undefined ? memoryStorage() : diskStorage({ folder: dataDir, flush, log });
  const settings = {
    dataDir: dataDir ?? 'memory',
    autoCreateTopics: options.autoCreateTopics ?? false,
    defaultPartitions: options.defaultPartitions ?? 1,
    flush,
    served: apis.map(({ key, versions: [oldest, newest] }) => ({
      apiKey: key,
      minVersion: oldest,
      maxVersion: newest,
    })),
    log,
    warn: options.warn ?? log,
  };
  const state = closingOnError(storage, () => new State(storage, settings));
  const hooks = new FaultInjection(apis.map((api) => api.name));
  const dispatcher = new Dispatcher(state, apis, hooks);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serveConnection(socket, dispatcher, log);
  });
  let bound: AddressInfo;
  try {
    bound = await listen(server, host, port);
    // Such as too many open files: the next client may be luckier.
    server.on('error', (error) => log(`A connection could not be accepted: ${error.message}`));
  } catch (error) {
    state.close();
    throw error;
  }
  const advertised = options.advertisedHost ?? (anyAddress.has(host) ? '127.0.0.1' : host);
  state.endpoint = { host: advertised, port: bound.port };

  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= stop(server, sockets).then(() => state.close());
    return closing;
  };
  return { host: advertised, port: bound.port, clusterId: state.clusterId, hooks, close, [Symbol.asyncDispose]: close };
}

function closingOnError<T>(resource: { close(): void }, work: () => T): T {
  try {
    return work();
  } catch (error) {
    resource.close();
    throw error;
  }
}

async function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, host, resolve);
  await promise;
  server.off('error', reject);
  return server.address() as AddressInfo;
}

function stop(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  for (const socket of sockets) socket.destroy();
  return promise;
}
