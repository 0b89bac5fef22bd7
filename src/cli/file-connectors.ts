/** The connectors of a YAML file on their way into the cluster, and how they fare there. */
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { LoadedFile } from '../runtime/config/model.ts';
import type { Connect } from '../runtime/connect.ts';
import { ConnectError, connectErrors } from '../runtime/errors.ts';
import { overallState } from '../runtime/overview/state.ts';

/** How long a change waits that Kafka did not take. */
const retryMs = 500;

/** What is asked of the cluster into which the connectors go. */
export type FileCluster = Pick<Connect, 'connectors' | 'status' | 'put' | 'remove'>;

/** Where the embedded warehouse is unless it was moved: what its sinks take when nothing else is said. */
const usualWarehouse = 'http://127.0.0.1:19080';

/**
 * Makes the cluster's connectors what the file says, once Kafka is there. What exists already keeps its state: a
 * connector that someone paused stays paused. Connectors of others are left alone, or with `prune` deleted, which is said.
 */
export async function putConnectors(
  worker: FileCluster & { readonly ready: Promise<void> },
  connectors: LoadedFile['connectors'],
  file: string,
  { prune, print }: { readonly prune: boolean; readonly print: (line: string) => void },
): Promise<void> {
  const fromFile = { fromFile: { folder: dirname(file) } };
  await worker.ready;
  for (const { name, config, initialState } of connectors) {
    // Never `create`: of two workers that start the same file at once the second finds what it wants.
    await untilTaken(() => worker.put(name, config, { ...fromFile, initialState }));
  }
  if (!prune) return;
  const named = new Set(connectors.map(({ name }) => name));
  for (const name of worker.connectors()) {
    if (named.has(name)) continue;
    await untilTaken(async () => worker.connectors().includes(name) && worker.remove(name));
    print(`${name} is deleted: the file does not name it`);
  }
}

/** Again and again while Kafka does not take it now: it may go away at any moment, and a start waits for it. */
async function untilTaken(write: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await write();
      return;
    } catch (error) {
      if (!(error instanceof ConnectError && connectErrors[error.code].retriable)) throw error;
      await delay(retryMs, undefined, { ref: false });
    }
  }
}

/** The file's connectors, those of the embedded warehouse with the address that it has when that is not the usual one. */
export function withWarehouse(
  { connectors }: LoadedFile,
  users: ReadonlySet<string>,
  url: string | undefined,
): LoadedFile['connectors'] {
  if (url === undefined || url === usualWarehouse) return connectors;
  return connectors.map((connector) =>
    users.has(connector.name) ? { ...connector, config: { ...connector.config, 'snowflake.url': url } } : connector,
  );
}

/** Waits, not for long, until every connector has left its first state, so that the summary has something to say. */
export async function waitForStates(worker: FileCluster, patienceMs: number): Promise<void> {
  const deadline = performance.now() + patienceMs;
  const pending = () => worker.connectors().some((name) => stateOf(worker, name) === 'UNASSIGNED');
  while (pending() && performance.now() < deadline) await delay(10);
}

const stateOf = (worker: FileCluster, name: string): string => overallState(worker.status(name));

/** What all connectors are at; those of the file that the cluster has not taken up yet wait for Kafka. */
export function statesOf(
  worker: FileCluster,
  connectors: LoadedFile['connectors'],
): readonly { readonly name: string; readonly state: string }[] {
  const known = worker.connectors();
  const waiting = connectors.filter(({ name }) => !known.includes(name));
  return [
    ...known.map((name) => ({ name, state: stateOf(worker, name) })),
    ...waiting.map(({ name }) => ({ name, state: 'waits for Kafka' })),
  ];
}

/** The connectors that have failed, whole or in one of their tasks. */
export const failedConnectors = (worker: FileCluster) =>
  worker.connectors().filter((name) => stateOf(worker, name) === 'FAILED');
