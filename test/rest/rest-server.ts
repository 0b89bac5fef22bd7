/** A REST server over a worker in memory, for one test: started on a free port, closed when the test ends. */
import { onTestFinished } from 'vitest';
import { startRest } from '../../src/rest/server.ts';
import type { RestAuth } from '../../src/runtime/config/model.ts';
import type { LogEntry } from '../../src/runtime/log.ts';
import { createLogger } from '../../src/runtime/log.ts';
import { createRegistry } from '../../src/runtime/metrics/registry.ts';
import { expectDocumented } from './documented.ts';
import { createInMemoryConnect, type InMemoryConnect } from './in-memory-connect.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; throws when it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: a test looks at what it expects
  readonly json: any;
}

export interface RestServer {
  readonly connect: InMemoryConnect;
  readonly url: string;
  readonly port: number;
  readonly log: readonly LogEntry[];
  /** Sends a request; a body that is no string goes as JSON. The answer must be as documented. */
  call(request: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Before the end of the test. */
  close(): Promise<void>;
}

export async function createRestServer(
  auth?: RestAuth,
  given: { readonly answerWithinMs?: number } = {},
): Promise<RestServer> {
  const connect = createInMemoryConnect();
  const log: LogEntry[] = [];
  const logger = createLogger((entry) => log.push(entry), 'rest');
  const rest = await startRest({
    connect,
    registry: createRegistry(),
    host: '127.0.0.1',
    port: 0,
    log: logger,
    auth,
    ...given,
  });
  onTestFinished(() => rest.close());
  return {
    connect,
    url: rest.url,
    port: rest.port,
    log,
    close: rest.close,
    async call(request, body, headers = body === undefined ? {} : { 'content-type': 'application/json' }) {
      const [method = 'GET', path = '/'] = request.split(' ');
      const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
      const response = await fetch(rest.url + path, { method, headers, ...(text !== undefined && { body: text }) });
      const answer = await response.text();
      const type = response.headers.get('content-type');
      await expectDocumented({ method, path, status: response.status, type, text: answer });
      return {
        status: response.status,
        headers: response.headers,
        text: answer,
        get json() {
          return JSON.parse(answer);
        },
      };
    },
  };
}

export const generator = { 'connector.class': 'wine-sales-generator', 'tasks.max': '1', topic: 'sales_events' };
