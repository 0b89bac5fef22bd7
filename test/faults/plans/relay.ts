/** A way through TCP that can be cut for good: what a client that dies leaves of its connections to a service. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Relay {
  /** Where the client connects. */
  readonly port: number;
  /** The ports from which the service sees this client come. */
  readonly clientPorts: ReadonlySet<number>;
  /** From now on nothing passes, in neither direction. */
  cut(): void;
}

export async function openRelay(to: { readonly host: string; readonly port: number }): Promise<Relay> {
  const sockets = new Set<Socket>();
  const clientPorts = new Set<number>();
  const hold = (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    const service = connect(to.port, to.host, () => clientPorts.add((service.address() as AddressInfo).port));
    hold(client);
    hold(service);
    client.pipe(service).pipe(client);
    for (const [one, other] of [
      [client, service],
      [service, client],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    clientPorts,
    cut() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
