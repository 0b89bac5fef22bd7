/**
 * Who holds a port that an embedded service wants, and what the person can do about it. A host leaves a note about
 * its ports in the folder for temporary files, so that the services of another data folder can be named; what speaks
 * Kafka is found by asking for its API versions. Everything here is best effort: no note and no answer only make the
 * message less exact.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Address, ServiceName } from './control.ts';

/** The variable that moves an embedded service, and the one that names a service to use in its place. */
export const variables: Readonly<Record<ServiceName, { readonly port: string; readonly instead: string }>> = {
  kafka: { port: 'CAVES_KAFKA_PORT', instead: 'KAFKA_BROKERS' },
  snowflake: { port: 'CAVES_SNOWFLAKE_PORT', instead: 'SNOWFLAKE_ACCOUNT' },
};

interface Note {
  readonly pid: number;
  readonly dataDir: string;
  /** False when its last worker has left: then it is about to end. */
  readonly inUse: boolean;
}

const folder = join(tmpdir(), 'caves-connect');
const noteFile = (port: number) => join(folder, `port-${port}.json`);

/** A host's word about one of its ports. */
export interface PortNote {
  write(inUse: boolean): void;
  remove(): void;
}

/** Says who is on a port, for the hosts of other folders to read. */
export function leaveNote(port: number, dataDir: string): PortNote {
  return {
    write(inUse) {
      const note: Note = { pid: process.pid, dataDir, inUse };
      try {
        mkdirSync(folder, { recursive: true, mode: 0o777 });
        writeFileSync(noteFile(port), JSON.stringify(note));
      } catch {
        // Without a note the message for others is less exact.
      }
    },
    remove: () => rmSync(noteFile(port), { force: true }),
  };
}

/** Waits for a host of another folder that nobody uses any more. True when it has gone from the port. */
export async function hasLeft(port: number): Promise<boolean> {
  const deadline = performance.now() + leaveTimeoutMs;
  let waited = false;
  for (let note = readNote(port); note && !note.inUse && performance.now() < deadline; note = readNote(port)) {
    waited = true;
    await delay(50);
  }
  return waited && !readNote(port);
}

/** A host stays for five seconds after its last worker, and then closes its services. */
const leaveTimeoutMs = 12_000;

/** The message for a port that is taken: by whom, and what to do. */
export async function describePortOwner(service: ServiceName, { host, port }: Address): Promise<string> {
  const { port: portVariable, instead } = variables[service];
  const what = service === 'kafka' ? 'Kafka broker' : 'warehouse';
  const elsewhere = `${portVariable}=${port + 1} puts the embedded ${what} on another port`;
  const note = readNote(port);
  if (note) {
    const use = service === 'kafka' ? `, use their broker with ${instead}=${host}:${port}` : '';
    return `Port ${port} is held by the embedded services of ${note.dataDir} (process ${note.pid}): stop them there${use}, or know that ${elsewhere}.`;
  }
  if (service === 'kafka' && (await speaksKafka({ host, port }))) {
    return `Another Kafka broker is on ${host}:${port}: set ${instead}=${host}:${port} to use it; ${elsewhere}.`;
  }
  return `Port ${port} on ${host} is taken by another program${service === 'kafka' ? ' (it does not speak Kafka)' : ''}: stop it; or ${elsewhere}.`;
}

function readNote(port: number): Note | undefined {
  try {
    const { pid, dataDir, inUse = true } = JSON.parse(readFileSync(noteFile(port), 'utf8')) as Partial<Note>;
    if (typeof pid !== 'number' || typeof dataDir !== 'string') return undefined;
    process.kill(pid, 0);
    return { pid, dataDir, inUse };
  } catch {
    return undefined;
  }
}

/** Asks ApiVersions (key 18) version 0: int32 size, int16 key, int16 version, int32 correlation id, nullable client id. */
const apiVersionsRequest = Buffer.from('0000000a00120000cafe0001ffff', 'hex');

function speaksKafka({ host, port }: Address): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let answer = Buffer.alloc(0);
    const end = (speaks: boolean) => {
      socket.destroy();
      resolve(speaks);
    };
    socket.setTimeout(1000, () => end(false));
    socket.on('error', () => end(false));
    socket.on('close', () => resolve(false));
    socket.on('connect', () => socket.write(apiVersionsRequest));
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      // int32 size, then our correlation id.
      if (answer.length >= 8) end(answer.readInt32BE(4) === apiVersionsRequest.readInt32BE(8));
    });
  });
}
