/**
 * `node bench/start.ts [--runs 5]`: how long things take from nothing, each in a process of its own: the first row of
 * the main job, an embedded broker on a large folder that was closed cleanly, both services in memory for a test.
 *
 * A first start of all is thrown away: it fills Node's compile cache.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { freePortPair } from '../test/helpers/apache-kafka.ts';
import { median } from './measure.ts';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '5' } } });
const runs = Number(values.runs);
const run = promisify(execFile);
const path = (file: string) => fileURLToPath(new URL(file, import.meta.url));

type Milliseconds = Readonly<Record<string, number>>;

/** Lines of the main job, and what each one shows. */
const milestones: Readonly<Record<string, RegExp>> = {
  'main job: everything listens': /ready in \d+ ms/,
  'main job: the first event is sent': / sent \|/,
  'main job: the first row is in the table': /Inserted: [1-9]/,
};

/** From the start of the process, in a folder where nothing was. */
async function mainJob(): Promise<Milliseconds> {
  const folder = await mkdtemp(join(tmpdir(), 'caves-start-'));
  await cp(path('../configs'), join(folder, 'configs'), { recursive: true });
  await mkdir(join(folder, '.git'));
  const port = await freePortPair();
  const env = { ...process.env, CAVES_KAFKA_PORT: String(port), CAVES_SNOWFLAKE_PORT: String(port + 1) };
  const began = performance.now();
  const flags = ['--max-semi-space-size=8', path('../bin/caves-connect.js'), 'start', 'configs/wine.yaml'];
  const worker = spawn(process.execPath, flags, { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const seen: Record<string, number> = {};
  let output = '';
  worker.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    for (const [name, line] of Object.entries(milestones)) {
      if (line.test(output)) seen[name] ??= performance.now() - began;
    }
    if (Object.keys(seen).length === Object.keys(milestones).length) worker.kill('SIGINT');
  });
  await once(worker, 'close');
  // The services outlive their worker for five seconds.
  await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 500 });
  return seen;
}

/** A module script in a process of its own that prints its figures as JSON. */
async function script(text: string, ...args: readonly string[]): Promise<Milliseconds> {
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', text, ...args]);
  return JSON.parse(stdout) as Milliseconds;
}

const cached = `import { enableCompileCache } from 'node:module'; enableCompileCache();`;

const bothInMemory = () =>
  script(`${cached}
    const { startEmbedded } = await import(${JSON.stringify(path('../src/testing/index.ts'))});
    const began = performance.now();
    const first = await startEmbedded();
    const firstMs = performance.now() - began;
    const second = await startEmbedded();
    const secondMs = performance.now() - began - firstMs;
    await Promise.all([first.close(), second.close()]);
    console.log(JSON.stringify({ 'startEmbedded: the first': firstMs, 'startEmbedded: the next': secondMs }));`);

/** 50 topics, 500 MB. */
const fill = (folder: string) =>
  script(
    `const { startBroker } = await import(${JSON.stringify(path('../src/embedded/kafka/index.ts'))});
    const { Kafka, logLevel } = await import('kafkajs');
    const broker = await startBroker({ dataDir: process.argv[1] });
    const kafka = new Kafka({ brokers: [broker.host + ':' + broker.port], logLevel: logLevel.NOTHING });
    const producer = kafka.producer(), admin = kafka.admin();
    await Promise.all([producer.connect(), admin.connect()]);
    const topics = Array.from({ length: 50 }, (_, n) => 'topic-' + n);
    await admin.createTopics({ topics: topics.map((topic) => ({ topic })) });
    const messages = Array.from({ length: 500 }, (_, n) => ({ key: String(n), value: 'x'.repeat(1000) }));
    for (let round = 0; round < 20; round++) for (const topic of topics) await producer.send({ topic, messages });
    await Promise.all([producer.disconnect(), admin.disconnect()]);
    await broker.close();
    console.log('{}');`,
    folder,
  );

const largeFolder = (folder: string) =>
  script(
    `${cached}
    const { startBroker } = await import(${JSON.stringify(path('../src/embedded/kafka/index.ts'))});
    const began = performance.now();
    const broker = await startBroker({ dataDir: process.argv[1] });
    const ms = performance.now() - began;
    await broker.close();
    console.log(JSON.stringify({ 'startBroker: 50 topics, 500 MB': ms }));`,
    folder,
  );

const folder = await mkdtemp(join(tmpdir(), 'caves-large-'));
try {
  await fill(folder);
  const rounds: Milliseconds[] = [];
  for (let round = 0; round <= runs; round++) {
    const of = { ...(await mainJob()), ...(await bothInMemory()), ...(await largeFolder(folder)) };
    if (round > 0) rounds.push(of);
  }
  console.log(`| | ms, median of ${runs} | least | most |\n| --- | --- | --- | --- |`);
  for (const name of Object.keys(rounds[0] ?? {})) {
    const all = rounds.map((of) => of[name] ?? Number.NaN);
    const [middle, least, most] = [median(all), Math.min(...all), Math.max(...all)].map(Math.round);
    console.log(`| ${name} | ${middle} | ${least} | ${most} |`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
