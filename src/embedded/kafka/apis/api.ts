/** One entry of the broker's table of requests: what it is called, how it is written, what it does. */

import type { Broker } from '../broker.ts';
import type { AnyCodec, Read, Write } from '../wire/codec.ts';

/** The circumstances of one request. */
export interface Call {
  readonly version: number;
  readonly clientId: string;
  readonly clientHost: string;
  /** Aborted when the client has gone or the broker closes: whatever waits for this request stops. */
  readonly signal: AbortSignal;
}

/** What a request may be answered with; undefined for one that has no answer. */
type Answer<Response> = Response | undefined | Promise<Response | undefined>;

interface Definition<Req extends AnyCodec, Res extends AnyCodec> {
  readonly key: number;
  readonly name: string;
  /** Oldest and newest version, both and all between wholly served. */
  readonly versions: readonly [oldest: number, newest: number];
  /** The first version with compact lengths and tagged fields, if any. */
  readonly flexible?: number;
  readonly request: Req;
  readonly response: Res;
  handle(broker: Broker, request: Read<Req>, call: Call): Answer<Write<Res>>;
  /** The answer that refuses all of the request with one error. */
  refuse(request: Read<Req>, errorCode: number, call: Call): Write<Res>;
}

/** An entry as the dispatcher sees it: requests and responses are what its own codecs say. */
export interface Api {
  readonly key: number;
  readonly name: string;
  readonly versions: readonly [oldest: number, newest: number];
  isFlexible(version: number): boolean;
  readonly request: AnyCodec;
  readonly response: AnyCodec;
  handle(broker: Broker, request: unknown, call: Call): unknown;
  refuse(request: unknown, errorCode: number, call: Call): unknown;
}

/** Makes an entry of the table. */
export function api<Req extends AnyCodec, Res extends AnyCodec>(definition: Definition<Req, Res>): Api {
  const { key, name, versions, flexible = Number.POSITIVE_INFINITY, request, response } = definition;
  return {
    key,
    name,
    versions,
    request,
    response,
    isFlexible: (version) => version >= flexible,
    // The dispatcher hands a handler what its own request codec has read.
    handle: (broker, decoded, call) => definition.handle(broker, decoded as Read<Req>, call),
    refuse: (decoded, errorCode, call) => definition.refuse(decoded as Read<Req>, errorCode, call),
  };
}
