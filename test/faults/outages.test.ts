/**
 * Takes the broker or the warehouse away from a worker in full flow, dead or silent, for 8 and for 20 seconds, and looks
 * at the clock when it is back: within five seconds everything flows again, from and to Kafka and into the table, under
 * load and out of idleness. In the end no event is lost or doubled.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { peersFolder } from '../helpers/apache-kafka.ts';
import { eventually } from '../helpers/eventually.ts';
import { knownEvents } from './events.ts';
import { findMisplaced } from './misplaced.ts';
import {
  away,
  kafkaAnswers,
  type Outage,
  type Service,
  startApache,
  startService,
  warehouseAnswers,
} from './outage.ts';
import { generator, type Pipelines, startPipelines, topics } from './outage-pipeline.ts';
import { endOfLoad, rowsInTable, whenInTables, whenInTopics } from './outage-watch.ts';

/** From when the service answers again until everything flows again, in ms. */
const promisedMs = 5_000;

const outages: readonly Outage[] = [
  { kind: 'dead', seconds: 8 },
  { kind: 'silent', seconds: 8 },
  { kind: 'dead', seconds: 20 },
  { kind: 'silent', seconds: 20 },
];

const peers = peersFolder();
const limit = { timeout: 240_000 };

test(
  'everything flows again within five seconds of the return of the broker, and of the warehouse',
  limit,
  async () => {
    // Two grounds side by side: outages are time to wait.
    await Promise.all(
      (['broker', 'warehouse'] as const).map(async (victim) => {
        const [broker, warehouse] = await Promise.all([startService('broker'), startService('warehouse')]);
        await survives({ broker, warehouse }, victim);
      }),
    );
  },
);

test.skipIf(peers === undefined)(
  'everything flows again within five seconds of the return of Apache Kafka (skipped without CAVES_PEERS)',
  limit,
  async () => {
    const [broker, warehouse] = await Promise.all([startApache(peers ?? ''), startService('warehouse')]);
    await survives({ broker, warehouse }, 'broker');
  },
);

interface Ground {
  readonly broker: Service;
  readonly warehouse: Service;
}

async function survives(ground: Ground, victim: keyof Ground): Promise<void> {
  const ports = { broker: ground.broker.port, warehouse: ground.warehouse.port };
  const pipelines = await startPipelines(ports);
  await flows(ports, pipelines, Date.now(), 'at the start', '0');
  const findings: string[] = [];
  for (const outage of outages) {
    const name = `${victim} ${outage.kind} for ${outage.seconds} s`;
    const from = await endOfLoad(ports.broker);
    let health = '';
    const service = ground[victim];
    const answers = victim === 'broker' ? kafkaAnswers : warehouseAnswers;
    const watching = async () => {
      await delay(outage.seconds * 1000 - 1_000);
      health = healthOf((await pipelines.rest('/health/ready')).body);
    };
    const since = await away(service, outage, watching, answers);
    const took = await flows(ports, pipelines, since, name, from);
    const shown = Object.entries(took).map(([what, ms]) => `${what} ${(ms / 1000).toFixed(2)} s`);
    console.log(`${name}: ${shown.join(', ')}; meanwhile: ${health}`);
    if (Object.values(took).some((ms) => ms > promisedMs)) findings.push(`${name}: ${shown.join(', ')}`);
    const truth = victim === 'broker' ? 'not_ready' : 'ready';
    if (health !== truth) findings.push(`${name}: /health/ready said ${health} meanwhile`);
    await eventually(async () => healthOf((await pipelines.rest('/health/ready')).body) === 'ready');
  }
  expect(findings, pipelines.worker.stdout().slice(-8_000)).toEqual([]);
  await nothingMisplaced(ground, pipelines);
}

const healthOf = (body: unknown) => (body as { readonly status: string }).status;

/** Sends a line down the idle pipeline, and answers how long after `since` it and new events of the other were seen. */
async function flows(
  ports: { readonly broker: number; readonly warehouse: number },
  pipelines: Pipelines,
  since: number,
  line: string,
  from: string,
) {
  pipelines.line(line);
  const [inTopics, inTables] = await Promise.all([
    whenInTopics(ports.broker, from, since, line),
    whenInTables(ports.warehouse, since, line),
  ]).catch((error) => {
    throw new Error(`not all flows again:\n${pipelines.worker.stdout().slice(-8_000)}`, { cause: error });
  });
  return {
    'load topic': inTopics.load - since,
    'idle topic': inTopics.idle - since,
    'load table': inTables.load - since,
    'idle table': inTables.idle - since,
  };
}

/** Ends the load, waits until all of it has come and the worker has stopped, and looks for every event. */
async function nothingMisplaced(
  { broker, warehouse }: Ground,
  { folder, file, rest, worker }: Pipelines,
): Promise<void> {
  await rest('/connectors/load-source/stop', 'PUT');
  const { offsets } = await eventually(async () => {
    const { state } = ((await rest('/connectors/load-source/status')).body as StatusBody).connector;
    expect(state).toBe('STOPPED');
    return (await rest('/connectors/load-source/offsets')).body as OffsetsBody;
  });
  const known = knownEvents({ ...generator, events: (offsets[0]?.offset.next ?? 0) - 1 });
  await rowsInTable(warehouse.port, known.filter(({ valid }) => valid).length);
  worker.child.kill('SIGTERM');
  expect((await worker.ended).code).toBe(0);
  const brokers = `127.0.0.1:${broker.port}`;
  const findings = await findMisplaced(known, { brokers, topic: topics.load, file, folder, env: {} });
  expect(findings.slice(0, 20), `${findings.length} findings`).toEqual([]);
}

interface StatusBody {
  readonly connector: { readonly state: string };
}

interface OffsetsBody {
  readonly offsets: readonly { readonly offset: { readonly next: number } }[];
}
