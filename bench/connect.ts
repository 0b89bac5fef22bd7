/** Kafka Connect itself, beside us: a standalone worker of the peers' scripts with one of its file connectors. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { wineEvent } from '../connectors/wine-sales-generator/event.ts';
import { freePortPair } from '../test/helpers/apache-kafka.ts';
import { peers, type RunningKafka } from './kafka.ts';
import { type Measurement, watch } from './measure.ts';
import { processUsage } from './process-usage.ts';

const run = promisify(execFile);

/** FileStreamSource: lines of a file, the same events as text, into a topic; at least once, as is its default. */
export async function connectSource(kafka: RunningKafka, events: number, topic: string): Promise<Measurement> {
  return inFolder(async (folder) => {
    const file = join(folder, 'events.jsonl');
    await writeFile(file, linesOf(events));
    const connector = { 'connector.class': 'FileStreamSource', file, topic };
    return runConnect({ kafka, folder, connector, converter: 'string', events, progress: () => kafka.length(topic) });
  });
}

/** FileStreamSink: records of a topic, parsed from JSON, into a file as text; nothing is validated. */
export async function connectSink(kafka: RunningKafka, events: number, topic: string): Promise<Measurement> {
  return inFolder(async (folder) => {
    const file = join(folder, 'events.txt');
    const connector = { 'connector.class': 'FileStreamSink', file, topics: topic };
    const progress = () => countLines(file);
    return runConnect({ kafka, folder, connector, converter: 'json', events, progress });
  });
}

interface ConnectRun {
  readonly kafka: RunningKafka;
  readonly folder: string;
  readonly connector: Readonly<Record<string, string>>;
  readonly converter: 'string' | 'json';
  readonly events: number;
  readonly progress: () => Promise<number>;
}

async function runConnect({ kafka, folder, connector, converter, events, progress }: ConnectRun): Promise<Measurement> {
  const script = join(peers(), 'connect');
  const properties = join(folder, 'connector.properties');
  const lines = Object.entries({ name: `bench-${Date.now()}`, 'tasks.max': '1', ...connector });
  await writeFile(properties, lines.map(([key, value]) => `${key}=${value}\n`).join(''));
  const args = ['start', folder, String(await freePortPair()), kafka.brokers, 'standalone'];
  const env = { ...process.env, CONNECTORS: properties, CONVERTER: converter, PROPS: 'offset.flush.interval.ms=1000' };

  const began = performance.now();
  const never = new Promise<never>(() => {});
  const starting = run(script, args, { env });
  try {
    const { first, last } = await Promise.race([watch(progress, events, began, never), starting.then(() => never)]);
    await starting;
    const pid = Number(await readFile(join(folder, 'connect.pid'), 'utf8'));
    if (first === undefined || last === undefined) throw new Error('Kafka Connect moved no record');
    return { ...processUsage(pid), firstSeconds: first, eventsPerSecond: events / (last - first) };
  } finally {
    await run(script, ['stop', folder]);
  }
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'caves-bench-connect-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function linesOf(events: number): string {
  const isoTime = new Date().toISOString();
  return Array.from({ length: events }, (_, index) => `${JSON.stringify(wineEvent(1, index + 1, isoTime))}\n`).join('');
}

async function countLines(file: string): Promise<number> {
  const { size } = await stat(file).catch(() => ({ size: 0 }));
  if (size === 0) return 0;
  const bytes = await readFile(file);
  let lines = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines++;
  return lines;
}
