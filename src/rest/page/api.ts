/**
 * The worker's REST API as the page calls it: relative to the page, so that it works behind a proxy as well, with the
 * bearer token of this tab where one was given. Browsers send basic auth by themselves.
 */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const tokenKey = 'caves-connect.token';

/** Kept for this tab only. */
export function useToken(token: string): void {
  sessionStorage.setItem(tokenKey, token);
}

function headers(more: Readonly<Record<string, string>>): Record<string, string> {
  const token = sessionStorage.getItem(tokenKey);
  return { ...more, ...(token !== null && { authorization: `Bearer ${token}` }) };
}

/** Throws an `ApiError` with what the worker says, status 0 when it does not answer. */
async function send(method: string, path: string, init: RequestInit, accept: string): Promise<Response> {
  const response = await fetch(path, { method, ...init, headers: headers({ accept }) }).catch((error: Error) => {
    if (init.signal?.aborted) throw error;
    throw new ApiError(0, 'The worker does not answer.');
  });
  if (response.ok) return response;
  const body: unknown = await response.json().catch(() => undefined);
  const message = (body as { readonly message?: string } | undefined)?.message;
  throw new ApiError(response.status, message ?? `${method} ${path}: ${response.status}`);
}

export async function read<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await send('GET', path, signal ? { signal } : {}, 'application/json');
  return (await response.json()) as T;
}

export async function act(method: 'PUT' | 'POST' | 'DELETE', path: string): Promise<void> {
  await send(method, path, {}, 'application/json');
}

/** The data of server-sent events, one after another, until the connection or the signal ends it. */
export async function* events<T>(path: string, signal: AbortSignal): AsyncGenerator<T> {
  const response = await send('GET', path, { signal }, 'text/event-stream');
  if (response.body === null) return;
  let rest = '';
  for await (const text of chunksOf(response.body.pipeThrough(new TextDecoderStream()))) {
    const parts = (rest + text).split('\n\n');
    rest = parts.pop() ?? '';
    for (const part of parts) if (part.startsWith('data: ')) yield JSON.parse(part.slice('data: '.length)) as T;
  }
}

/** Not every browser can iterate over a stream. */
async function* chunksOf(stream: ReadableStream<string>): AsyncGenerator<string> {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

/** The path of a connector's resource. */
export const connectorPath = (name: string, rest = ''): string => `connectors/${encodeURIComponent(name)}${rest}`;
