/**
 * One client's connection: cuts the stream into frames and sends the answers, nothing more. Requests are served one
 * after another, as Kafka does it, so answers keep the order of their requests, and a waiting one delays those behind
 * it. While a request is served and another waits, nothing more is read: a client cannot fill the memory. One
 * that says nothing for ten minutes is taken for gone.
 */

import type { Socket } from 'node:net';
import { ConnectionCut, type Dispatcher, signatureLength } from './dispatch.ts';
import { MalformedRequestError } from './wire/reader.ts';

/** The longest request, as Kafka's `socket.request.max.bytes`. */
const maxFrameLength = 100 * 1024 * 1024;
/** Bytes that may wait unserved before reading pauses. */
const maxWaiting = 1024 * 1024;
const lengthBytes = 4;
/** After which an idle connection closes, as Kafka's `connections.max.idle.ms`. */
const maxIdleMs = 10 * 60 * 1000;

/** Serves the socket until either side ends it. */
export function serveConnection(
  socket: Socket,
  dispatcher: Pick<Dispatcher, 'objection' | 'serve'>,
  log: (line: string) => void,
  idleMs = maxIdleMs,
): void {
  const host = socket.remoteAddress ?? '';
  const gone = new AbortController();
  const client = { host: `/${host}`, signal: gone.signal };
  let chunks: Buffer[] = [];
  let received = 0;
  let isServing = false;

  const refuse = (reason: string): void => {
    log(`Connection from ${host} closed: ${reason}`);
    socket.destroy();
  };

  const serveFrames = async (): Promise<void> => {
    isServing = true;
    try {
      for (let frame = nextFrame(); frame !== undefined; frame = nextFrame()) {
        const answer = await dispatcher.serve(frame, client);
        if (answer !== undefined && !send(socket, answer)) await drained(socket, gone.signal);
        if (gone.signal.aborted) return;
      }
    } catch (error) {
      if (gone.signal.aborted) return;
      if (error instanceof ConnectionCut) socket.destroy();
      else if (error instanceof MalformedRequestError) refuse(error.message);
      else refuse(`unexpected error: ${(error as Error).stack ?? error}`);
    } finally {
      isServing = false;
      socket.resume();
    }
  };

  const nextFrame = (): Buffer | undefined => {
    if (received < lengthBytes + signatureLength) return undefined;
    const head = peek(chunks, lengthBytes + signatureLength);
    const length = head.readInt32BE(0);
    if (length < 8 || length > maxFrameLength) {
      throw new MalformedRequestError(`a request of ${length} bytes; 8 to ${maxFrameLength} are possible`);
    }
    const objection = dispatcher.objection(head.subarray(lengthBytes));
    if (objection !== undefined) throw new MalformedRequestError(objection);
    if (received < lengthBytes + length) return undefined;
    const all = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, received);
    received -= lengthBytes + length;
    chunks = received === 0 ? [] : [all.subarray(lengthBytes + length)];
    return all.subarray(lengthBytes, lengthBytes + length);
  };

  socket.setNoDelay(true);
  socket.on('data', (chunk) => {
    chunks.push(chunk);
    received += chunk.length;
    if (!isServing) void serveFrames();
    else if (received >= maxWaiting) socket.pause();
  });
  // A request that is served may wait for longer; its answer begins the time anew.
  socket.setTimeout(idleMs, () => {
    if (!isServing) socket.destroy();
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => gone.abort());
}

/** The first bytes of the stream, over as many chunks as they are in. */
function peek(chunks: readonly Buffer[], length: number): Buffer {
  const [first] = chunks as [Buffer];
  return first.length >= length ? first : Buffer.concat(chunks.slice(0, length)).subarray(0, length);
}

/** Sends all buffers in one write to the system; whether the client keeps up. */
function send(socket: Socket, buffers: readonly Buffer[]): boolean {
  socket.cork();
  let keepsUp = true;
  for (const buffer of buffers) keepsUp = socket.write(buffer);
  socket.uncork();
  return keepsUp;
}

function drained(socket: Socket, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.once('drain', resolve);
  signal.addEventListener('abort', () => resolve(), { once: true });
  return promise.finally(() => socket.off('drain', resolve));
}
