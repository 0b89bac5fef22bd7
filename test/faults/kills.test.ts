/**
 * Kills the worker and what it stands on, again and again, in full flow, and then looks for every event. Runs real
 * processes: `caves-connect start`, the embedded services, and Apache Kafka where `CAVES_PEERS` names its scripts.
 *
 * `CAVES_FAULT_KILLS` says how many kills there are, `CAVES_FAULT_SEED` repeats a plan.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { peersFolder, startApacheKafka } from '../helpers/apache-kafka.ts';
import { startCli } from '../helpers/cli.ts';
import { tempFolder } from '../helpers/temp-folder.ts';
import { knownEvents } from './events.ts';
import { findMisplaced } from './misplaced.ts';
import { invalidRatio, topic, writePipeline } from './pipeline.ts';
import { type Kill, planKills } from './plan.ts';
import { embeddedServices, type TestServices } from './services.ts';

const seed = Number(process.env['CAVES_FAULT_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const killsOr = (usual: number) => Number(process.env['CAVES_FAULT_KILLS'] ?? usual);
/** At most one a millisecond is sent, so there are events left at every kill. */
const eventsFor = (plan: readonly Kill[]) => 1_000 + plan.reduce((sum, { afterMs }) => sum + afterMs, 0);
/** How long the last worker may get no further with what the kills have left. */
const patienceMs = 90_000;
const timeoutFor = (kills: number) => 90_000 * kills + 2 * patienceMs;

/** What a worker stands on. */
interface Ground {
  /** As `bootstrap.servers` names them. */
  readonly brokers: string;
  readonly services: TestServices;
  /** Kills all of it as a crash does; Kafka is back when it resolves. */
  crash(): Promise<void>;
}

const embeddedKills = killsOr(7);
test('every event arrives once and in order, however often worker and embedded services are killed', {
  timeout: timeoutFor(embeddedKills),
}, async () => {
  const folder = tempFolder();
  const services = await embeddedServices(folder);
  await survives(embeddedKills, folder, { brokers: 'embedded', services, crash: services.crash });
});

const peers = peersFolder();
// Fewer: Apache Kafka takes seconds to come back.
const apacheKills = killsOr(3);
test.skipIf(peers === undefined)(
  'every event arrives once and in order with Apache Kafka, killed as well (skipped without CAVES_PEERS)',
  { timeout: timeoutFor(apacheKills) },
  async () => {
    const folder = tempFolder();
    const kafka = await startApacheKafka(peers ?? '', tempFolder());
    onTestFinished(() => kafka.stop());
    const services = await embeddedServices(folder, { kafka: false });
    await survives(apacheKills, folder, {
      brokers: kafka.brokers,
      services,
      async crash() {
        await Promise.all([kafka.crash(), services.crash()]);
      },
    });
  },
);

async function survives(kills: number, folder: string, ground: Ground): Promise<void> {
  const plan = planKills(seed, kills);
  const events = eventsFor(plan);
  const file = writePipeline(folder, { seed, events, brokers: ground.brokers });
  const output = await runThrough(file, folder, ground, plan);
  await using kept = await ground.services.join();
  const brokers = kept.kafka ? `${kept.kafka.host}:${kept.kafka.port}` : ground.brokers;
  const known = knownEvents({ seed, events, invalidRatio });
  const findings = await findMisplaced(known, { brokers, topic, file, folder, env: ground.services.env });
  const hint = `CAVES_FAULT_SEED=${seed} CAVES_FAULT_KILLS=${kills} repeats the plan. ${findings.length} findings.`;
  expect(findings.slice(0, 20), `${hint}\n${output.slice(-5_000)}`).toEqual([]);
}

/** Runs the pipeline to its end with all kills on the way; answers what the workers had to say. */
async function runThrough(file: string, folder: string, ground: Ground, plan: readonly Kill[]): Promise<string> {
  const start = () =>
    startCli(['start', file, '--exit-when-done', '--plain'], { cwd: folder, env: ground.services.env });
  const said: string[] = [];
  let worker = start();
  const finish = async () => {
    const { code, signal, stdout, stderr } = await worker.ended;
    said.push(`--- ended with ${code ?? signal}`, stdout, stderr);
    return code;
  };
  for (const { afterMs, victims } of plan) {
    await Promise.race([delay(afterMs), worker.ended]);
    if (worker.child.exitCode !== null) break;
    said.push(`--- after ${afterMs} ms: kill -9 ${victims.join(' and ')}`);
    if (victims.includes('worker')) worker.child.kill('SIGKILL');
    if (victims.includes('services')) await ground.crash();
    if (!victims.includes('worker')) continue;
    await finish();
    worker = start();
  }
  for (let before = 'nothing yet'; worker.child.exitCode === null; ) {
    const late = await Promise.race([worker.ended, delay(patienceMs, 'late' as const)]);
    if (late !== 'late') break;
    const got = progressOf(worker.stdout());
    if (got === before) {
      worker.child.kill('SIGKILL');
      break;
    }
    before = got;
  }
  const code = await finish();
  expect(code, `seed ${seed}: the last worker was to end by itself\n${said.join('\n').slice(-20_000)}`).toBe(0);
  return said.join('\n');
}

/** How far source and sink are, by what they show. */
function progressOf(shown: string): string {
  return [/Event \d+ sent/g, /Events consumed: .*/g].map((line) => shown.match(line)?.at(-1) ?? '').join(', ');
}
