/**
 * SIGINT, SIGTERM and SIGHUP as a person means them: the first asks for a clean stop, the next one ends it now.
 * A signal within half a second of the first is the same keypress: a terminal sends SIGINT to the whole process
 * group, and npx passes the one that it got on to us.
 */
import type { EventEmitter } from 'node:events';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
export type StopSignal = (typeof signals)[number];

const sameKeypressMs = 500;

export interface StopSignals {
  /** Resolves at the first signal. */
  readonly first: Promise<StopSignal>;
  /** Resolves at the first one after that, the same keypress apart. */
  readonly second: Promise<StopSignal>;
  /** Gives the signals back to Node's own handling. */
  release(): void;
}

/** Takes the stop signals of a process. */
export function takeStopSignals(from: EventEmitter = process): StopSignals {
  const first = Promise.withResolvers<StopSignal>();
  const second = Promise.withResolvers<StopSignal>();
  let firstAt: number | undefined;
  const onSignal = (signal: StopSignal) => {
    if (firstAt === undefined) {
      firstAt = performance.now();
      first.resolve(signal);
    } else if (performance.now() - firstAt > sameKeypressMs) {
      second.resolve(signal);
    }
  };
  for (const signal of signals) from.on(signal, onSignal);
  return {
    first: first.promise,
    second: second.promise,
    release() {
      for (const signal of signals) from.off(signal, onSignal);
    },
  };
}
