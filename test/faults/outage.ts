/** Services that a test takes away for a while: dead (their ports refuse), or silent (their ports accept, nobody answers). */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Kafka, logLevel } from 'kafkajs';
import { onTestFinished } from 'vitest';
import { type ApacheKafka, freePortPair, startApacheKafka } from '../helpers/apache-kafka.ts';
import { eventually } from '../helpers/eventually.ts';
import { tempFolder } from '../helpers/temp-folder.ts';
import { topics } from './outage-pipeline.ts';

export interface Service {
  readonly port: number;
  /** The process that serves now. */
  pid(): number;
  /** Starts it again after it was killed, on its data; it answers when this resolves. */
  restart(): Promise<void>;
}

export async function startService(kind: 'broker' | 'warehouse'): Promise<Service> {
  const program = fileURLToPath(new URL('service-process.ts', import.meta.url));
  const [port, folder] = [await freePortPair(), tempFolder()];
  let child: ChildProcess | undefined;
  const restart = async () => {
    child = spawn(process.execPath, [program, kind, String(port), folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout as NodeJS.ReadableStream, 'data');
  };
  onTestFinished(() => void child?.kill('SIGKILL'));
  await restart();
  return { port, pid: () => child?.pid ?? 0, restart };
}

export async function startApache(peers: string): Promise<Service> {
  const kafka: ApacheKafka = await startApacheKafka(peers, tempFolder());
  onTestFinished(() => kafka.stop());
  return { port: kafka.port, pid: kafka.pid, restart: kafka.start };
}

/** How a service is away, and for how long. */
export interface Outage {
  readonly kind: 'dead' | 'silent';
  readonly seconds: number;
}

/** Takes a service away, runs `meanwhile`, and answers when it was back, in ms since the epoch. */
export async function away(
  service: Service,
  { kind, seconds }: Outage,
  meanwhile: () => Promise<void>,
  answers: (port: number) => Promise<unknown>,
): Promise<number> {
  const over = performance.now() + seconds * 1000;
  process.kill(service.pid(), kind === 'dead' ? 'SIGKILL' : 'SIGSTOP');
  try {
    await meanwhile();
    await delay(over - performance.now());
  } finally {
    if (kind === 'silent') process.kill(service.pid(), 'SIGCONT');
  }
  const serves = kind === 'silent' ? Promise.resolve() : service.restart();
  const back = eventually(() => answers(service.port), { timeout: 60_000, interval: 5 }).then(() => Date.now());
  await serves;
  return back;
}

/**
 * Resolves when a broker serves again: it leads the partitions of a topic, and coordinates a group. Apache Kafka answers
 * some requests seconds before that, while it still reads its logs.
 */
export async function kafkaAnswers(port: number): Promise<void> {
  const admin = new Kafka({
    brokers: [`127.0.0.1:${port}`],
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
    connectionTimeout: 500,
  }).admin();
  try {
    await admin.connect();
    await admin.fetchTopicOffsets(topics.load);
    await admin.fetchOffsets({ groupId: 'connect-load-sink', topics: [topics.load] });
  } finally {
    await admin.disconnect();
  }
}

/** Resolves when a warehouse answers a request. */
export async function warehouseAnswers(port: number): Promise<void> {
  await fetch(`http://127.0.0.1:${port}/`);
}
