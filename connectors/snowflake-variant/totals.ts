/** The running totals of a session on the log, often enough to follow and seldom enough to read. */
import type { Logger, SinkTotals } from 'caves-connect/sdk';

const lookMs = 250;
const busyMs = 1000;
const busyRecords = 100;
const quietMs = 10_000;

/**
 * Logs a line when the first records are settled, then when 100 more were consumed and a second has passed, or anything
 * changed and ten seconds have passed. `close` logs what has changed since.
 */
export function reportTotals(totals: SinkTotals, log: Logger): { close(): void } {
  let last = { at: 0, consumed: 0, settled: 0 };
  const settled = (): number => totals.written + totals.rejected;
  const changed = (): boolean => settled() !== last.settled || totals.consumed !== last.consumed;

  const report = (): void => {
    last = { at: performance.now(), consumed: totals.consumed, settled: settled() };
    const { consumed, written, rejected } = totals;
    log.info(
      `📊 Events consumed: ${consumed} | Inserted: ${written} | DLQ: ${rejected} | Total: ${written + rejected}`,
    );
  };
  const due = (): boolean => {
    if (settled() === 0) return false;
    if (last.settled === 0) return true;
    const elapsed = performance.now() - last.at;
    return (totals.consumed - last.consumed >= busyRecords && elapsed >= busyMs) || (changed() && elapsed >= quietMs);
  };
  const timer = setInterval(() => {
    if (due()) report();
  }, lookMs).unref();
  return {
    close() {
      clearInterval(timer);
      if (changed()) report();
    },
  };
}
