/**
 * Looks at a task for as long as it runs, and tells when it begins to stand still, when that is overdue, and when it
 * goes on. stall.ts decides; here are the timer and the words.
 */
import { createStallDetector, type Look, type Stall, type StallRules } from './stall.ts';

/** What a task tells of its standing still. It can be cloned between threads. */
export interface StallReport {
  /** What stands still, and why as far as it is known. */
  readonly reason: string;
  readonly stoodMs: number;
  /** It is to be started again. */
  readonly overdue: boolean;
}

/** A task has stood still for `stall.timeout.ms`. */
export class StalledError extends Error {
  override readonly name = 'StalledError';

  constructor({ reason }: StallReport) {
    super(`${reason} The task is started again, as errors.restart.max allows; stall.timeout.ms says after how long.`);
  }
}

export interface StallWatch {
  /** A try has failed and will be made again. */
  failed(error: unknown): void;
  close(): void;
}

/** How often a task is looked at, in ms; more often only where its time-out is short. */
const lookEveryMs = 1_000;

export const lookEvery = ({ timeoutMs }: StallRules) =>
  timeoutMs === 0 ? lookEveryMs : Math.min(lookEveryMs, Math.max(timeoutMs / 10, 20));

export function watchForStalls(options: {
  readonly rules: StallRules;
  readonly look: () => Look;
  readonly words: (stall: Stall) => string;
  readonly tell: (report: StallReport | undefined) => void;
}): StallWatch {
  const { rules, look, words, tell } = options;
  const detect = createStallDetector(rules);
  let trouble: string | undefined;
  let told: string | undefined;

  const timer = setInterval(() => {
    const seen = look();
    const stall = detect({ ...seen, trouble: trouble ?? seen.trouble }, performance.now());
    trouble = undefined;
    const state = stall && (stall.overdue ? 'overdue' : 'stalled');
    if (state === told) return;
    told = state;
    tell(stall && { reason: words(stall), stoodMs: stall.stoodMs, overdue: stall.overdue });
  }, lookEvery(rules));
  timer.unref();

  return {
    failed(error) {
      trouble = error instanceof Error ? error.message : String(error);
    },
    close: () => clearInterval(timer),
  };
}

/** The words for a lane of a sink, which is a partition. */
export function sinkStallWords({ cause, lane, stoodMs, trouble }: Stall): string {
  if (lane === undefined) return openingWords(stoodMs);
  const behind = lane.end - lane.settled;
  const why =
    cause === 'unsettled'
      ? 'what was read is not settled: the write of the sink, or what comes after it, does not come to an end'
      : 'nothing more of it is delivered';
  return `${lane.name} stands at offset ${lane.settled} for ${seconds(stoodMs)}, ${behind} behind its end: ${why}${lastFailure(trouble)}.`;
}

export function sourceStallWords({ lane, stoodMs, trouble }: Stall): string {
  if (lane === undefined) return openingWords(stoodMs);
  return `What was read ${seconds(stoodMs)} ago is not committed: its transaction does not come to an end${lastFailure(trouble)}.`;
}

const openingWords = (ms: number) => `Opening its plugins (open) has not come to an end for ${seconds(ms)}.`;
const lastFailure = (trouble: string | undefined) =>
  trouble === undefined ? '' : `; the last try failed with: ${trouble}`;
export const seconds = (ms: number) => `${Math.round(ms / 1000)} s`;
