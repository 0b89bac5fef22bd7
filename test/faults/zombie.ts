/**
 * A worker that is held with SIGSTOP at a moment of a batch, until another one with the same `group.id` has done all the
 * work, and then goes on.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Broker } from '../../src/embedded/kafka/index.ts';
import type { Warehouse } from '../../src/embedded/snowflake/index.ts';
import type { ConnectorStatus } from '../../src/runtime/connect.ts';

/** What the workers stand on, and nobody else. Apache Kafka has no hooks. */
export interface Ground {
  readonly broker: Pick<Broker, 'host' | 'port'> & { readonly hooks?: Broker['hooks'] };
  readonly warehouse: Warehouse;
}

/** When a worker is held: at the n-th such event. In `names` stands the topic that it is about, or its dead letters. */
export interface Moment {
  readonly nth: number;
  readonly at:
    | { readonly broker: string; readonly names: string }
    | { readonly warehouse: 'arrived' | 'done'; readonly sql: RegExp };
}

export type Connectors = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface Zombie extends Disposable {
  /** Resolves when it is held. */
  readonly held: Promise<void>;
  /** Holds it now. */
  hold(): void;
  resume(): void;
  /** What it said of a connector last. */
  status(connector: string): ConnectorStatus | undefined;
  output(): string;
}

/** The client id of its connections to Kafka. */
export const zombieId = 'zombie';

/** A request of a worker that is held may wait in the warehouse for so long: until another worker has its place. */
const inWarehouseMs = 16_000;

export function startZombie(ground: Ground, groupId: string, connectors: Connectors, moment?: Moment): Zombie {
  const script = fileURLToPath(new URL('zombie-process.ts', import.meta.url));
  const brokers = `${ground.broker.host}:${ground.broker.port}`;
  const child: ChildProcess = spawn(process.execPath, [script, brokers, groupId, JSON.stringify(connectors)], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  // Also where another part of the test fails.
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (text) => {
      output += String(text);
    });
  }
  let statuses: readonly ConnectorStatus[] = [];
  child.on('message', (told) => {
    statuses = told as readonly ConnectorStatus[];
  });

  const held = Promise.withResolvers<void>();
  held.promise.catch(() => undefined);
  child.once('exit', () => held.reject(new Error(`the worker ended before it was held:\n${output}`)));
  const hold = () => {
    child.kill('SIGSTOP');
    held.resolve();
  };
  let events = 0;
  const count = () => {
    events++;
    if (events === moment?.nth) hold();
    return events === moment?.nth;
  };
  if (moment !== undefined) watch(ground, moment, count);
  return {
    held: held.promise,
    hold,
    resume: () => void child.kill('SIGCONT'),
    status: (connector) => statuses.find(({ name }) => name === connector),
    output: () => output,
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  };
}

/** Calls `count` at each such event, after the work is done and before its answer goes out; true is the one to hold at. */
function watch({ broker, warehouse }: Ground, { at }: Moment, count: () => boolean): void {
  if ('broker' in at) {
    broker.hooks?.watch({
      done({ api, clientId, names }) {
        if (api === at.broker && clientId === zombieId && names(at.names)) count();
      },
    });
  } else if (at.warehouse === 'done') {
    warehouse.hooks.watch({
      done({ kind, sqlText }) {
        if (kind === 'query' && at.sql.test(sqlText)) count();
      },
    });
  } else {
    warehouse.hooks.watch({
      // Under way, and not yet begun: it is carried out when somebody else has gone on.
      arrived({ kind, sqlText }) {
        if (kind === 'query' && at.sql.test(sqlText) && count()) return { effect: 'delay', delayMs: inWarehouseMs };
        return undefined;
      },
    });
  }
}
