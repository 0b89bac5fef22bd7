/**
 * What a task spends its time on, stage by stage (`connect_stage_seconds_total`). Measured per batch, never per record.
 * A stage that is under way is counted as it goes, so that a write that hangs is seen while it hangs.
 */
import type { TaskMetrics } from './model.ts';
import { type TimedStage, taskTable } from './table.ts';

export interface StageClock {
  /** Time that was measured elsewhere, in ms. */
  add(stage: TimedStage, ms: number): void;
  /** The stage begins; the answered function ends it, and does nothing when called again. */
  begin(stage: TimedStage): () => void;
  /** From now until `waited` is settled, one way or the other. */
  during<T>(stage: TimedStage, waited: Promise<T>): Promise<T>;
}

/** @param stages those that the task has: each is a series from the start, with 0 */
export function createStageClock(metrics: TaskMetrics, stages: readonly TimedStage[]): StageClock {
  const counter = (stage: TimedStage) => metrics.counter(taskTable.stageSeconds.name, { stage });
  const counters = new Map(stages.map((stage) => [stage, counter(stage)]));
  const add = (stage: TimedStage, ms: number) => (counters.get(stage) ?? counter(stage)).add(ms / 1000);
  const underWay = new Set<{ readonly stage: TimedStage; since: number }>();

  function count(one: { readonly stage: TimedStage; since: number }): void {
    const now = performance.now();
    add(one.stage, now - one.since);
    one.since = now;
  }
  metrics.beforeSnapshot(() => underWay.forEach(count));

  function begin(stage: TimedStage): () => void {
    const one = { stage, since: performance.now() };
    underWay.add(one);
    return () => {
      if (underWay.delete(one)) count(one);
    };
  }

  return {
    add,
    begin,
    during(stage, waited) {
      return waited.finally(begin(stage));
    },
  };
}
