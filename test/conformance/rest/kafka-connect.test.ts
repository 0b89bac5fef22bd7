/** The cases against Apache Kafka Connect itself, from the peers' scripts (skipped without CAVES_PEERS). */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePortPair, peersFolder, startApacheKafka } from '../../helpers/apache-kafka.ts';
import type { Plugins } from './model.ts';
import { type RunningSide, replay, type Side } from './replay.ts';

const peers = peersFolder();
const skipped = peers === undefined ? 'CAVES_PEERS names no folder with the scripts of Apache Kafka' : undefined;

const java = 'org.apache.kafka.connect';
const mock = { 'connector.class': `${java}.tools.MockSourceConnector`, 'tasks.max': '1', delay_ms: '100' };
const orders = 'one\ntwo\nthree\nfour\n';

/** Of a worker with its files in a folder. */
function pluginsIn(folder: string): Plugins {
  const filename = join(folder, 'orders.txt');
  const source = {
    'connector.class': `${java}.file.FileStreamSourceConnector`,
    'tasks.max': '1',
    file: filename,
    topic: 'orders',
  };
  return {
    source,
    sourceNames: { short: 'FileStreamSource', simple: 'FileStreamSourceConnector' },
    sink: {
      'connector.class': `${java}.file.FileStreamSinkConnector`,
      'tasks.max': '1',
      file: join(folder, 'cellar.txt'),
      topics: 'orders',
    },
    taskFails: { ...mock, mock_mode: 'task-failure' },
    connectorFails: { ...mock, mock_mode: 'connector-failure' },
    nothingYet: { ...source, file: join(folder, 'no', 'such', 'orders.txt') },
    place: {
      partition: { filename },
      offset: { position: 4 },
      further: { position: 8 },
      end: { position: orders.length },
      wrong: { position: 'x' },
    },
    transform: `${java}.transforms.RegexRouter`,
    converter: `${java}.json.JsonConverter`,
    optional: 'batch.size',
    text: 'file',
    loggers: {
      one: `${java}.runtime.Worker`,
      namespace: `${java}.file`,
      inside: `${java}.file.FileStreamSourceConnector`,
    },
  };
}

for (const worker of ['distributed', 'standalone'] as const) {
  // The connectors' configurations name it, so it is there before anything starts.
  const folder = peers === undefined ? '' : await mkdtemp(join(tmpdir(), 'caves-kafka-connect-'));
  const side: Side = {
    name: `Apache Kafka Connect, ${worker}`,
    plugins: pluginsIn(folder),
    worker,
    start: () => start(peers ?? '', folder, worker),
  };
  replay(side, skipped);
}

/** Kills the process whose id a file holds, if there is one. */
function killNamedBy(file: string): void {
  if (existsSync(file)) process.kill(Number(readFileSync(file, 'utf8')), 'SIGKILL');
}

/** A broker and a worker on it. What had started when something fails is stopped again. */
async function start(scripts: string, folder: string, mode: 'distributed' | 'standalone'): Promise<RunningSide> {
  const stops: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true, maxRetries: 5 })];
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  // It commits what a sink has written once a minute, unless it is told otherwise.
  const env = { ...process.env, CONVERTER: 'string', PROPS: 'offset.flush.interval.ms=1000' };
  const connect = (...words: readonly string[]) => promisify(execFile)(join(scripts, 'connect'), words, { env });
  try {
    writeFileSync(join(folder, 'orders.txt'), orders);
    const broker = join(folder, 'broker');
    mkdirSync(broker);
    const kafka = await startApacheKafka(scripts, broker, { 'auto.create.topics.enable': 'true' });
    stops.push(() => kafka.stop());
    const port = await freePortPair();
    stops.push(async () => {
      // Without Kafka it would try for half a minute to leave its group.
      killNamedBy(join(folder, 'worker', 'connect.pid'));
      await connect('stop', join(folder, 'worker'));
    });
    await connect('start', join(folder, 'worker'), String(port), kafka.brokers, mode);
    return { url: `http://127.0.0.1:${port}`, stopKafka: () => kafka.stop(), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
