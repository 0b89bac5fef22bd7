/** A worker that the live page looks at: a source that never ends, a sink that can be broken, a dead letter queue, REST. */
import { setTimeout as delay } from 'node:timers/promises';
import { startBroker } from '../../../src/embedded/kafka/index.ts';
import { startRest } from '../../../src/rest/server.ts';
import type { ConnectorState } from '../../../src/runtime/connect.ts';
import { startWorker } from '../../../src/runtime/worker/worker.ts';
import { defineSink } from '../../../src/sdk/index.ts';
import { collectLog } from '../../helpers/log.ts';
import { numbersSource } from '../../helpers/runtime/numbers-source.ts';
import { registryOf } from '../../helpers/runtime/plugins.ts';
import { noReferences, workerSettings } from '../../helpers/runtime/worker-settings.ts';

export interface TestPipeline {
  /** Of the REST API that asks nobody, and of one that wants the token `secret`. */
  readonly url: string;
  readonly guardedUrl: string;
  state(connector: string): ConnectorState;
  breakSink(): void;
  mendSink(): void;
  /** Takes the first of the two away; answers what brings it back at the same address. */
  stopRest(): Promise<() => Promise<void>>;
  createSource(name: string): Promise<void>;
  remove(name: string): Promise<void>;
  close(): Promise<void>;
}

const quick = { 'task.isolation': 'none', 'errors.restart.max': '0' };
const sourceConfig = { ...quick, 'connector.class': 'numbers', 'transaction.linger.ms': '5' };
const sinkConfig = {
  ...quick,
  'connector.class': 'book',
  topics: 'wines',
  'batch.linger.ms': '20',
  'value.schemas.field': 'kind',
  'value.schemas': JSON.stringify({ wine: { type: 'object' } }),
  'errors.tolerance': 'all',
  'errors.deadletterqueue.topic.name': 'wines.dlq',
};

export async function createTestPipeline(): Promise<TestPipeline> {
  const broker = await startBroker();
  const source = numbersSource({
    topic: 'wines',
    count: Number.MAX_SAFE_INTEGER,
    step: 1,
    beforeRead: (_partition, _next, signal) => delay(25, undefined, { signal }),
    // Every fifth is of a kind that nobody knows.
    recordOf: (_partition, n) => ({ value: { kind: n % 5 === 0 ? 'vinegar' : 'wine', n } }),
  });
  let isBroken = false;
  const sink = defineSink({
    name: 'book',
    version: '1.0.0',
    summary: 'Writes nothing down',
    config: { properties: {} },
    endpoint: () => 'the cellar book',
    open: () => ({
      async write() {
        if (isBroken) throw new Error('the book is full');
      },
    }),
  });
  const worker = startWorker({
    settings: workerSettings(broker),
    plugins: registryOf(source.plugin, sink),
    references: noReferences,
    write: () => undefined,
  });
  await worker.ready;
  await worker.put('cellar-source', sourceConfig);
  await worker.put('cellar-sink', sinkConfig);
  const common = { connect: worker, registry: worker.metrics, host: '127.0.0.1', port: 0, log: collectLog().log };
  let rest = await startRest(common);
  const { url, port } = rest;
  const auth = { users: [], tokens: [{ token: 'secret', access: 'read' as const }], open: [] };
  const guarded = await startRest({ ...common, auth });
  return {
    url,
    guardedUrl: guarded.url,
    state: (connector) => worker.status(connector).connector.state,
    breakSink: () => {
      isBroken = true;
    },
    mendSink: () => {
      isBroken = false;
    },
    async stopRest() {
      await rest.close();
      return async () => {
        rest = await startRest({ ...common, port });
      };
    },
    async createSource(name) {
      await worker.put(name, sourceConfig);
    },
    remove: worker.remove,
    async close() {
      await Promise.all([rest.close(), guarded.close()]);
      await worker.close();
      await broker.close();
    },
  };
}
