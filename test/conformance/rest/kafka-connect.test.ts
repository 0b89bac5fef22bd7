/** The cases against Apache Kafka Connect itself, from the peers' scripts (skipped without CAVES_PEERS). */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePortPair, peersFolder, startApacheKafka } from '../../helpers/apache-kafka.ts';
import type { Plugins } from './model.ts';
import { replay } from './replay.ts';

const peers = peersFolder();
/** Where the connectors' files are: their configurations name it, so it is there before anything starts. */
const folder = peers === undefined ? '' : await mkdtemp(join(tmpdir(), 'caves-kafka-connect-'));
const filename = join(folder, 'orders.txt');

const java = 'org.apache.kafka.connect';
const mock = { 'connector.class': `${java}.tools.MockSourceConnector`, delay_ms: '100' };

const plugins: Plugins = {
  source: {
    'connector.class': `${java}.file.FileStreamSourceConnector`,
    'tasks.max': '1',
    file: filename,
    topic: 'orders',
  },
  sink: {
    'connector.class': `${java}.file.FileStreamSinkConnector`,
    'tasks.max': '1',
    file: join(folder, 'cellar.txt'),
    topics: 'orders',
  },
  taskFails: { ...mock, mock_mode: 'task-failure' },
  connectorFails: { ...mock, mock_mode: 'connector-failure' },
  place: { partition: { filename }, offset: { position: 16 }, further: { position: 32 } },
  transform: `${java}.transforms.RegexRouter`,
  optional: 'batch.size',
  text: 'file',
  logger: `${java}.runtime.Worker`,
};

replay(
  { name: 'Apache Kafka Connect', plugins, isKafkaConnect: true, start: () => start(peers ?? '') },
  peers === undefined ? 'CAVES_PEERS names no folder with the scripts of Apache Kafka' : undefined,
);

/** A broker and a worker on it. What had started when something fails is stopped again. */
async function start(scripts: string): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const stops: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true, maxRetries: 5 })];
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  const env = { ...process.env, CONVERTER: 'string' };
  const connect = (...words: readonly string[]) => promisify(execFile)(join(scripts, 'connect'), words, { env });
  try {
    writeFileSync(filename, 'one\ntwo\nthree\nfour\n');
    const broker = join(folder, 'broker');
    mkdirSync(broker);
    const kafka = await startApacheKafka(scripts, broker, { 'auto.create.topics.enable': 'true' });
    stops.push(() => kafka.stop());
    const port = await freePortPair();
    stops.push(() => connect('stop', join(folder, 'worker')));
    await connect('start', join(folder, 'worker'), String(port), kafka.brokers);
    return { url: `http://127.0.0.1:${port}`, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
