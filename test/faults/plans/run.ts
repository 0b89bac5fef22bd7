/**
 * Runs one plan: known events go from the generator through Kafka to the warehouse, whatever is refused to the dead
 * letter queue, while the faults of the plan happen; then every event is looked for.
 */

import { setTimeout as delay } from 'node:timers/promises';
import type { Plugin } from '../../../src/sdk/index.ts';
import type { FakeClock } from './clock.ts';
import { type Crew, createCrew } from './crew.ts';
import { openGround } from './ground.ts';
import { injectFaults } from './injection.ts';
import { invalidRatio, lateEvents, names } from './pipeline.ts';
import { describePlan, type Plan } from './plan.ts';
import { findFaults } from './verdict.ts';
import { watchOffsets } from './witness.ts';

/** How long a plan may take on its clock. */
const patienceMs = 1_200_000;

export interface Outcome {
  readonly plan: Plan;
  /** A line for each event that is lost, doubled or reordered, for each offset that was too far, for each task that failed. */
  readonly findings: readonly string[];
  readonly fired: readonly string[];
  readonly passedMs: number;
  /** The plan, what happened when, and what the tasks had to say. */
  readonly log: readonly string[];
}

/** @param plugins used in the place of built-in ones of their names */
export async function runPlan(plan: Plan, clock: FakeClock, plugins: readonly Plugin[] = []): Promise<Outcome> {
  const began = clock.passedMs;
  const log: string[] = [];
  const say = (line: string) => log.push(`${((clock.passedMs - began) / 1000).toFixed(2).padStart(8)} s  ${line}`);
  const onDisk = plan.faults.some(({ kind }) => kind.does === 'disk full');
  await using ground = await openGround(clock, { onDisk, warn: (line) => say(`broker: ${line}`) });
  await (await ground.client.admin()).createTopics({
    topics: [{ topic: names.topic, numPartitions: plan.partitions }],
  });
  using witness = await watchOffsets(ground, names);
  const crew = createCrew({ plan, ground, clock, say, plugins });
  using injection = injectFaults(plan.faults, names, ground, crew);
  await crew.start();
  let problem = await settled(crew, clock, began);
  if (crew.isRecreated && problem === undefined) {
    // What is left of the old topic is told from the new one by what comes next, at the latest by the next start.
    crew.replaceWorker();
    problem = await settled(crew, clock, began);
  }
  await crew.stop();
  const generators = [
    { seed: plan.seed, events: plan.events, invalidRatio },
    ...crew.extraSeeds.map((seed) => ({ seed, events: lateEvents, invalidRatio })),
  ];
  const { isRecreated } = crew;
  const found = await findFaults({ ...names, generators, isRecreated }, ground, witness.sights);
  return {
    plan,
    findings: [...crew.failures, ...(problem === undefined ? [] : [problem]), ...found],
    fired: injection.fired,
    passedMs: clock.passedMs - began,
    log: [describePlan(plan), ...log, ...crew.said(), `fired: ${injection.fired.join('; ')}`],
  };
}

/** Waits until all is done; what it waits for in vain. Asks less and less often: a question keeps the clock at real time. */
async function settled(crew: Crew, clock: FakeClock, began: number): Promise<string | undefined> {
  let state = '';
  for (let pauseMs = 1_000; clock.passedMs - began < patienceMs; pauseMs = Math.min(2 * pauseMs, 8_000)) {
    await delay(pauseMs);
    state = await crew.unsettled();
    if (state === '') return undefined;
  }
  return `the plan did not come to its end within ${patienceMs / 1000} s: ${state}`;
}
