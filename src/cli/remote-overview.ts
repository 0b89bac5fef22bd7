/** Another worker's overview, over its REST API. */
import type { Overview } from '../runtime/overview/model.ts';
import { CommandError } from './errors.ts';

export interface RemoteWorker {
  readonly url: string;
  /** The Authorization header, where the worker asks for one. */
  readonly authorization?: string | undefined;
}

/** How long an answer may take, in ms. */
const patienceMs = 5_000;

/** Throws a `CommandError` that says what to do when the worker does not answer, or not like one. */
export async function fetchOverview({ url, authorization }: RemoteWorker): Promise<Overview> {
  const address = overviewAddress(url);
  const headers = { accept: 'application/json', ...(authorization !== undefined && { authorization }) };
  const response = await fetch(address, { headers, signal: AbortSignal.timeout(patienceMs) }).catch((error: Error) => {
    throw new CommandError(`No worker answers at ${address.origin}: is it running, and is this its REST address?`, {
      cause: error.cause ?? error,
    });
  });
  if (response.status === 401 || response.status === 403) {
    throw new CommandError(
      `The worker at ${address.origin} wants credentials: use --user NAME:PASSWORD or --token TOKEN`,
    );
  }
  if (response.status === 429) {
    const seconds = response.headers.get('retry-after') ?? '60';
    throw new CommandError(
      `The worker at ${address.origin} has had too many wrong log-ins: check the credentials, and try again in ${seconds} s`,
    );
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok || typeof body !== 'object' || body === null || !('connectors' in body)) {
    throw new CommandError(`${address} answers ${response.status}, and not as a caves-connect worker does`);
  }
  return body as Overview;
}

function overviewAddress(url: string): URL {
  const text = /^https?:\/\//.test(url) ? url : `http://${url}`;
  if (!URL.canParse(text)) throw new CommandError(`${JSON.stringify(url)} is no address such as http://127.0.0.1:8083`);
  const base = new URL(text);
  base.pathname = `${base.pathname.replace(/\/$/, '')}/overview`;
  return base;
}
