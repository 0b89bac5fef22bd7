/** A client that speaks single requests in chosen versions: for what kafkajs cannot say. */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Api } from '../../../src/embedded/kafka/apis/api.ts';
import { apis } from '../../../src/embedded/kafka/apis/index.ts';
import type { Broker } from '../../../src/embedded/kafka/index.ts';
import { nullable, string } from '../../../src/embedded/kafka/wire/codec.ts';
import { Reader } from '../../../src/embedded/kafka/wire/reader.ts';
import { skipTags } from '../../../src/embedded/kafka/wire/tags.ts';
import { Writer } from '../../../src/embedded/kafka/wire/writer.ts';

/** The table entry of a request. */
export function apiNamed(name: string): Api {
  const found = apis.find((api) => api.name === name);
  if (found === undefined) throw new Error(`No request is named ${name}`);
  return found;
}

/** The bytes of a request, with the length in front. */
export function encodeRequest(name: string, version: number, request: object): Buffer {
  const api = apiNamed(name);
  const flexible = api.isFlexible(version);
  const writer = new Writer();
  writer.int16(api.key);
  writer.int16(version);
  writer.int32(77);
  nullable(string).write(writer, 'wire-client', { version: 0, flexible: false });
  if (flexible) writer.uvarint(0);
  api.request.write(writer, request, { version, flexible });
  const length = Buffer.alloc(4);
  length.writeInt32BE(writer.length);
  return Buffer.concat([length, ...writer.finish()]);
}

// biome-ignore lint/suspicious/noExplicitAny: the answer's shape is what the test says about it.
export type Answer = any;

type Address = Pick<Broker, 'host' | 'port'>;

export interface WireClient {
  readonly socket: Socket;
  request(name: string, version: number, request: object): Promise<Answer>;
}

/** Opens a raw connection that is closed when the test ends. */
export async function openSocket(broker: Address): Promise<Socket> {
  const socket = connect(broker.port, broker.host);
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** The next whole frame without its length. */
export async function readFrame(socket: Socket): Promise<Buffer> {
  let received = Buffer.alloc(0);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onData = (chunk: Buffer): void => {
    received = Buffer.concat([received, chunk]);
    if (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) resolve();
  };
  const onClose = (): void => reject(new Error('The broker closed the connection'));
  socket.on('data', onData).on('close', onClose);
  await promise.finally(() => socket.off('data', onData).off('close', onClose));
  return received.subarray(4);
}

export async function wireClient(broker: Address): Promise<WireClient> {
  const socket = await openSocket(broker);
  return {
    socket,
    request: async (name, version, request) => {
      const api = apiNamed(name);
      const frame = readFrame(socket);
      socket.write(encodeRequest(name, version, request));
      const reader = new Reader(await frame);
      reader.int32();
      const flexible = api.isFlexible(version);
      if (flexible && name !== 'ApiVersions') skipTags(reader);
      return api.response.read(reader, { version, flexible });
    },
  };
}
