/** Rates and quantiles out of counts that were taken one after another. */
import { type Counts, latencyBounds } from './counts.ts';
import type { ConnectorNumbers } from './model.ts';
import { quantile } from './quantile.ts';

/** Counts with the moment when they were taken, in ms of a clock that only goes on. */
export interface Reading {
  readonly at: number;
  readonly counts: Counts;
}

/** Over how long rates are taken, and quantiles, which need more to be steady. */
export const ratesOverMs = 5_000;
export const quantilesOverMs = 30_000;

/** @param readings the oldest first; with one alone nothing has a rate yet */
export function numbersOf(readings: readonly Reading[]): ConnectorNumbers {
  const last = readings.at(-1);
  if (last === undefined) throw new RangeError('Without a reading there are no numbers.');
  const since = (ms: number) => readings.find(({ at }) => last.at - at <= ms) ?? last;
  const before = since(ratesOverMs);
  const seconds = (last.at - before.at) / 1000;
  const rate = (of: (counts: Counts) => number) =>
    seconds > 0 ? Math.max(of(last.counts) - of(before.counts), 0) / seconds : 0;
  const { counts } = last;
  return {
    records_per_second: rate(({ records }) => records),
    bytes_per_second: rate(({ bytes }) => bytes),
    rejected_per_second: rate(({ rejected }) => rejected),
    records_total: counts.records,
    rejected_total: counts.rejected,
    retries_total: counts.retries,
    lag_records: counts.lagRecords ?? null,
    lag_seconds: counts.lagSeconds ?? null,
    latency_seconds: latencyOf(since(quantilesOverMs).counts.latencies, counts.latencies),
  };
}

function latencyOf(before: readonly number[], now: readonly number[]): ConnectorNumbers['latency_seconds'] {
  const fresh = now.map((count, i) => Math.max(count - (before[i] ?? 0), 0));
  const at = (q: number) => quantile(q, latencyBounds, fresh);
  const [p50, p95, p99] = [at(0.5), at(0.95), at(0.99)];
  return p50 === undefined || p95 === undefined || p99 === undefined ? null : { p50, p95, p99 };
}
