/**
 * A worker that can be killed: a source and a sink task of it, with a way of their own to each service.
 *
 * A kill cuts both ways at once and for good. Whatever a task does to the world it does through them, so to the services
 * this is the end of a machine that loses its power: what had arrived counts, what had not is gone, and nobody says
 * goodbye. What goes on in memory for a moment reaches nobody.
 */
import { createKafkaClient } from '../../../src/runtime/kafka/client.ts';
import type { Plugin } from '../../../src/sdk/index.ts';
import { collectLog } from '../../helpers/log.ts';
import { registryOf } from '../../helpers/runtime/plugins.ts';
import { beginTask, type TestTask } from '../../helpers/runtime/tasks.ts';
import type { Ground } from './ground.ts';
import { openRelay } from './relay.ts';

/** The tasks of a pipeline, each with its flat configuration, by the connector's name. */
export type Connectors = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface PlanWorker {
  /** What it calls itself at the broker. */
  readonly name: string;
  /** What it runs. */
  readonly connectors: Connectors;
  readonly tasks: readonly TestTask[];
  /** The ports from which the warehouse sees it come. */
  readonly clientPorts: ReadonlySet<number>;
  /** Starts its tasks. */
  begin(): Promise<void>;
  /** Resolves with the error of the first task that fails. */
  readonly failed: Promise<Error>;
  kill(): void;
  /** A clean stop: what is open is written and committed. */
  stop(): Promise<void>;
}

/** @param plugins used in the place of built-in ones of their names */
export async function openWorker(
  name: string,
  connectors: Connectors,
  ground: Ground,
  plugins: readonly Plugin[] = [],
): Promise<PlanWorker> {
  const { broker, warehouse } = ground;
  const relay = await openRelay(warehouse);
  const client = createKafkaClient(
    { brokers: [`${broker.host}:${broker.port}`], clientId: name, ssl: false },
    collectLog().log,
  );
  const tasks: TestTask[] = [];
  const failed = Promise.withResolvers<Error>();
  let killed = false;

  async function begin(connector: string, config: Connectors[string]): Promise<void> {
    const url = { 'snowflake.url': `http://127.0.0.1:${relay.port}` };
    const all = { ...config, ...('topics' in config && url) };
    const task = await beginTask({ client, registry: registryOf(...plugins), name: connector, config: all });
    tasks.push(task);
    if (killed) task.abort();
    void task.ended.then((error) => error !== undefined && failed.resolve(error));
  }
  async function end(): Promise<void> {
    await Promise.all(tasks.map((task) => task.ended));
    relay.cut();
    await client.close();
  }
  return {
    name,
    connectors,
    tasks,
    clientPorts: relay.clientPorts,
    failed: failed.promise,
    async begin() {
      await Promise.all(Object.entries(connectors).map(([connector, config]) => begin(connector, config)));
    },
    kill() {
      killed = true;
      relay.cut();
      for (const task of tasks) task.abort();
      void end();
    },
    async stop() {
      for (const task of tasks) task.stop();
      await end();
    },
  };
}
