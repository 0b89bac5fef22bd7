/** The workers of a plan: started, killed and started again, and what else can happen to what they work with. */
import { setTimeout as delay } from 'node:timers/promises';
import { keyOf, topicEnds } from '../../../src/runtime/kafka/offsets.ts';
import type { Plugin } from '../../../src/sdk/index.ts';
import type { FakeClock } from './clock.ts';
import type { Ground } from './ground.ts';
import type { Victims } from './injection.ts';
import { connectorsOf, lateEvents, names, sinkName } from './pipeline.ts';
import type { Plan } from './plan.ts';
import { type Connectors, openWorker, type PlanWorker } from './worker.ts';

/** A worker restarts a task that has failed after so long. */
const restartMs = 10_000;

export interface Crew extends Victims {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** What is not done yet; empty when all is. */
  unsettled(): Promise<string>;
  readonly failures: readonly string[];
  /** Seeds of events that were sent beside those of the plan. */
  readonly extraSeeds: readonly number[];
  /** Whether the topic is another one than at the start. */
  readonly isRecreated: boolean;
  /** Kills a worker that runs all of the pipeline, if one does, and starts another. */
  replaceWorker(): void;
  /** What the tasks of all workers have warned of. */
  said(): readonly string[];
}

export function createCrew(options: {
  readonly plan: Plan;
  readonly ground: Ground;
  readonly clock: FakeClock;
  readonly say: (line: string) => void;
  readonly plugins: readonly Plugin[];
}): Crew {
  const { plan, ground, clock, say, plugins } = options;
  const living = new Map<string, PlanWorker>();
  const all: PlanWorker[] = [];
  const failures: string[] = [];
  const extraSeeds: number[] = [];
  let started = 0;
  /** Workers that are on their way, members that are to leave, partitions that are being added. */
  let expected = 0;
  let isRecreated = false;

  let connectors = connectorsOf(plan);

  async function start(of: Connectors = connectors): Promise<PlanWorker> {
    const worker = await openWorker(`worker-${++started}`, of, ground, plugins);
    const { name } = worker;
    all.push(worker);
    living.set(name, worker);
    say(`${name} starts with ${Object.keys(of).join(' and ')}`);
    void worker.failed.then((error) => {
      if (!living.has(name)) return;
      const text = `a task of ${name} failed: ${error.message}`;
      say(text);
      living.delete(name);
      worker.kill();
      if (isRecreated && isRefusalOfRecreated(error)) {
        // What the error says is the way out.
        connectors = connectorsOf({ ...plan, topicRecreated: 'reset' });
        const changed = Object.entries(of).map(([connector, config]) => [connector, connectors[connector] ?? config]);
        later(restartMs, () => start(Object.fromEntries(changed)));
        return;
      }
      if (!isPromised(error, plan)) failures.push(text);
      later(restartMs, () => start(of));
    });
    await worker.begin();
    return worker;
  }

  function later(ms: number, work: () => Promise<unknown>): void {
    expected++;
    setTimeout(() => {
      work()
        .catch((error) => failures.push(`the harness failed: ${error.stack}`))
        .finally(() => expected--);
    }, ms);
  }

  const workerOf: Victims['workerOf'] = ({ clientId, clientPort }) => {
    for (const [name, { clientPorts }] of living)
      if (name === clientId || (clientPort !== undefined && clientPorts.has(clientPort))) return name;
    return undefined;
  };

  /** Second members: who is killed of them stays away. */
  const visitors = new Set<PlanWorker>();

  return {
    failures,
    extraSeeds,
    get isRecreated() {
      return isRecreated;
    },
    async start() {
      await start();
    },
    isHarness: ({ clientId, clientPort }) =>
      clientPort === undefined
        ? clientId === 'harness' || clientId === 'wire-client'
        : !all.some(({ clientPorts }) => clientPorts.has(clientPort)),
    workerOf,
    kill(name, backAfterMs) {
      const worker = living.get(name);
      if (worker === undefined) return;
      say(`${name} is killed`);
      living.delete(name);
      worker.kill();
      if (!visitors.has(worker)) later(backAfterMs, () => start(worker.connectors));
    },
    addMember(forMs, leaves) {
      later(0, async () => {
        const visitor = await start({ [sinkName]: connectors[sinkName] ?? {} });
        visitors.add(visitor);
        await delay(forMs);
        if (!living.has(visitor.name)) return;
        say(`${visitor.name} leaves (${leaves})`);
        if (leaves === 'stop') await visitor.stop();
        else visitor.kill();
        living.delete(visitor.name);
      });
    },
    addPartitions() {
      later(0, async () => {
        const count = plan.partitions + 1;
        const seed = plan.seed + 1_000_000;
        say(`the topic gets ${count} partitions`);
        await (await ground.client.admin()).createPartitions({ topicPartitions: [{ topic: names.topic, count }] });
        // The first source goes on with the partitions that it knows; one that comes later uses all.
        const { events = {} } = connectors;
        extraSeeds.push(seed);
        await start({ late: { ...events, 'generation.seed': String(seed), 'max.events': String(lateEvents) } });
      });
    },
    recreateTopic() {
      isRecreated = true;
      later(0, async () => {
        say('the topic is deleted and made again');
        const admin = await ground.client.admin();
        await admin.deleteTopics({ topics: [names.topic] });
        // Somebody else may be quicker.
        await admin
          .createTopics({ topics: [{ topic: names.topic, numPartitions: plan.partitions }] })
          .catch(() => false);
      });
    },
    fillDisk(ms, onRefused) {
      // At once: the write of the request that is here is to fail.
      const filled = ground.fillDisk(ms);
      later(0, async () => {
        const refused = await filled;
        say(`the disk was full for ${ms} ms, and ${refused} writes were refused`);
        if (refused > 0) onRefused();
      });
    },
    replaceWorker() {
      const worker = [...living.values()].find((one) => !visitors.has(one) && sinkName in one.connectors);
      if (worker !== undefined) this.kill(worker.name, 0);
    },
    jumpClock(ms) {
      say(`the clock jumps by ${(ms / 1000).toFixed(0)} s`);
      clock.jump(ms);
    },
    lockTable(ms) {
      later(0, async () => {
        say(`another session locks the positions for ${ms} ms`);
        await ground.lockPositions(sinkName, ms);
      });
    },
    async unsettled() {
      if (expected > 0) return 'something is still to come';
      const tasks = [...living.values()].flatMap((worker) => worker.tasks);
      const busy = tasks.filter((task) => !task.idle).length;
      if (busy > 0) return `${busy} tasks are at work`;
      const ends = await topicEnds(ground.client, [{ topic: names.topic, partition: 0 }]);
      const reached = new Map<string, bigint>();
      for (const position of tasks.flatMap((task) => task.settled)) {
        const known = reached.get(keyOf(position)) ?? -1n;
        if (position.next > known) reached.set(keyOf(position), position.next);
      }
      for (const [key, { latest }] of ends) {
        const at = reached.get(key);
        if (latest > 0n && at !== latest) return `${key} is settled up to ${at} of ${latest}`;
      }
      return '';
    },
    said: () =>
      all.flatMap(({ name, tasks }) =>
        tasks
          .flatMap(({ log }) => log)
          .filter(({ level }) => level === 'warn' || level === 'error')
          .map(({ scope, message }) => `  ${name} ${scope}: ${message}`),
      ),
    async stop() {
      await Promise.all([...living.values()].map((worker) => worker.stop()));
    },
  };
}

/**
 * Whether a task is to fail here. A clock that is set back by more than an hour leaves records that are stamped with the
 * future; Kafka refuses them, the task says so and stops, and its restart stamps them anew.
 */
function isPromised(error: Error, { faults }: Plan): boolean {
  const isBack = faults.some(({ kind }) => kind.does === 'clock back');
  return isBack && /Its time stamp is .* message.timestamp.after.max.ms/.test(error.message);
}

/** In the words of the error: what happened, and the way out. */
const isRefusalOfRecreated = ({ message }: Error): boolean =>
  /the topic was deleted and created again/.test(message) && /set topic\.recreated: reset/.test(message);
