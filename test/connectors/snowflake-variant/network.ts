import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to a request: it never arrives, its answer is lost, or the answer is lost while the work goes on. */
type Loss = 'request' | 'answer' | 'patience';

export interface Network {
  /** The warehouse, through this network. */
  readonly url: string;
  /** Loses the next requests with SQL that matches, as often as the driver sends one of them again. */
  lose(loss: Loss, sql: RegExp): void;
  /** How many requests were lost since the last `lose`. */
  readonly lost: number;
  heal(): void;
  close(): Promise<void>;
}

/**
 * A network between the sink and the warehouse. A loss looks to the driver like status 400: the one failure that it does
 * not spend most of a minute on repeating.
 */
export async function startNetwork(target: string): Promise<Network> {
  let losing: { readonly loss: Loss; readonly sql: RegExp } | undefined;
  let lost = 0;

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>));
    const hit = request.url?.startsWith('/queries/v1/query-request') && losing?.sql.test(body.toString('utf8'));
    if (hit) lost++;
    if (hit && losing?.loss === 'request') {
      response.writeHead(400).end();
      return;
    }
    const { authorization = '', accept = '*/*' } = request.headers;
    const answering = fetch(new URL(request.url ?? '/', target), {
      method: request.method ?? 'GET',
      headers: { authorization, accept, 'content-type': 'application/json' },
      ...(request.method === 'GET' ? {} : { body }),
    });
    if (hit) {
      if (losing?.loss === 'answer') await answering;
      response.writeHead(400).end();
      await answering;
      return;
    }
    const answer = await answering;
    const content = Buffer.from(await answer.arrayBuffer());
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(content);
  };
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lose(loss, sql) {
      losing = { loss, sql };
      lost = 0;
    },
    get lost() {
      return lost;
    },
    heal() {
      losing = undefined;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
