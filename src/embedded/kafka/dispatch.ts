/**
 * From the bytes of one request to the bytes of its answer.
 *
 *     request:  api key i16, version i16, correlation id i32, client id string, [tags], body
 *     response: length i32, correlation id i32, [tags], body
 *
 * A request that this broker does not know, or that does not decode, costs the client its connection, as Kafka does
 * it. ApiVersions is the exception: its response header never has tags, and an unknown version of it gets
 * UNSUPPORTED_VERSION with the list in the oldest form, so that every client can find a version in common (KIP-511).
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Api, Call } from './apis/api.ts';
import { apiVersions } from './apis/api-versions.ts';
import { unservedApis } from './apis/unserved.ts';
import type { Broker } from './broker.ts';
import { errorCodes, KafkaError } from './errors.ts';
import type { FaultInjection } from './hooks.ts';
import { type Form, nullable, string } from './wire/codec.ts';
import { MalformedRequestError, Reader } from './wire/reader.ts';
import { skipTags } from './wire/tags.ts';
import { Writer } from './wire/writer.ts';

/** Bytes of a request that say what it is: api key and version. */
export const signatureLength = 4;

/** The connection is to be closed without an answer. */
export class ConnectionCut extends Error {
  override readonly name = 'ConnectionCut';
}

/** What the dispatcher needs to know of the client. */
export interface Client {
  readonly host: string;
  readonly signal: AbortSignal;
}

const clientIdCodec = nullable(string);

export class Dispatcher {
  readonly #broker: Broker;
  readonly #hooks: FaultInjection;
  readonly #apis: ReadonlyMap<number, Api>;

  constructor(broker: Broker, apis: readonly Api[], hooks: FaultInjection) {
    this.#broker = broker;
    this.#hooks = hooks;
    this.#apis = new Map(apis.map((api) => [api.key, api]));
  }

  /** Checks what a request claims to be, before its bytes are awaited; a line for the log if it cannot be served. */
  objection(signature: Buffer): string | undefined {
    const key = signature.readInt16BE(0);
    const version = signature.readInt16BE(2);
    const api = this.#apis.get(key);
    if (api === undefined) {
      const name = unservedApis[key];
      return name === undefined
        ? `unknown request: api key ${key}, version ${version}`
        : `${name} (api key ${key}) is not served by the embedded broker`;
    }
    if (isServed(api, version) || api.key === apiVersions.key) return undefined;
    const [oldest, newest] = api.versions;
    return `${api.name} version ${version} is not served (${oldest} to ${newest} are)`;
  }

  /**
   * Serves one request.
   *
   * @returns the frame to send; undefined for a request without an answer.
   * @throws MalformedRequestError, ConnectionCut
   */
  async serve(frame: Buffer, client: Client): Promise<readonly Buffer[] | undefined> {
    const reader = new Reader(frame);
    const api = this.#apis.get(reader.int16());
    if (api === undefined) throw new MalformedRequestError('unknown api key');
    const version = reader.int16();
    const correlationId = reader.int32();
    if (!isServed(api, version)) {
      const answer = { errorCode: errorCodes.UNSUPPORTED_VERSION, apiKeys: this.#broker.served };
      return encode(api, correlationId, answer, { version: 0, flexible: false });
    }
    const form: Form = { version, flexible: api.isFlexible(version) };
    const clientId = clientIdCodec.read(reader, { version: 0, flexible: false }) ?? '';
    if (form.flexible) skipTags(reader);
    const request = api.request.read(reader, form);
    const response = await this.#answer(api, request, {
      version,
      clientId,
      clientHost: client.host,
      signal: client.signal,
    });
    return response === undefined ? undefined : encode(api, correlationId, response, form);
  }

  async #answer(api: Api, request: unknown, call: Call): Promise<unknown> {
    const fault = this.#hooks.catch(api.name, call.clientId, request);
    if (fault?.kind === 'fail') return api.refuse(request, fault.errorCode, call);
    if (fault?.kind === 'cut' && fault.when === 'before') throw new ConnectionCut();
    const response = await this.#handle(api, request, call);
    await this.#hooks.done(api.name, call.clientId, request, response);
    if (fault?.kind === 'cut') throw new ConnectionCut();
    if (fault?.kind === 'delay') await sleep(fault.ms, undefined, { signal: call.signal });
    return response;
  }

  async #handle(api: Api, request: unknown, call: Call): Promise<unknown> {
    try {
      return await api.handle(this.#broker, request, call);
    } catch (error) {
      if (call.signal.aborted || error instanceof MalformedRequestError) throw error;
      if (error instanceof KafkaError) {
        if (error.error === 'KAFKA_STORAGE_ERROR') this.#broker.settings.warn(error.message);
        return api.refuse(request, error.code, call);
      }
      this.#broker.settings.log(`${api.name} v${call.version} failed: ${(error as Error).stack ?? error}`);
      return api.refuse(request, errorCodes.UNKNOWN_SERVER_ERROR, call);
    }
  }
}

function encode(api: Api, correlationId: number, response: unknown, form: Form): readonly Buffer[] {
  const writer = new Writer();
  writer.int32(correlationId);
  if (form.flexible && api.key !== apiVersions.key) writer.uvarint(0);
  api.response.write(writer, response, form);
  const length = Buffer.allocUnsafe(4);
  length.writeInt32BE(writer.length);
  return [length, ...writer.finish()];
}

function isServed({ versions: [oldest, newest] }: Api, version: number): boolean {
  return version >= oldest && version <= newest;
}
