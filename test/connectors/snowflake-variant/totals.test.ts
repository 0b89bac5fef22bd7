import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { reportTotals } from '../../../connectors/snowflake-variant/totals.ts';

describe('the running totals', () => {
  const totals = { consumed: 0, written: 0, rejected: 0 };
  let lines: string[] = [];
  const log = { debug() {}, info: (line: string) => void lines.push(line), warn() {}, error() {} };
  let report: { close(): void };

  beforeEach(() => {
    vi.useFakeTimers();
    Object.assign(totals, { consumed: 0, written: 0, rejected: 0 });
    lines = [];
    report = reportTotals(totals, log);
  });
  afterEach(() => {
    report.close();
    vi.useRealTimers();
  });
  const consume = (written: number, rejected = 0) => {
    totals.consumed += written + rejected;
    totals.written += written;
    totals.rejected += rejected;
  };

  test('are said after the first batch', () => {
    vi.advanceTimersByTime(60_000);
    expect(lines).toEqual([]);
    consume(98, 2);
    vi.advanceTimersByTime(300);
    expect(lines).toEqual(['📊 Events consumed: 100 | Inserted: 98 | DLQ: 2 | Total: 100']);
  });

  test('are said at most once a second while many records come', () => {
    for (let quarter = 0; quarter < 40; quarter++) {
      consume(500);
      vi.advanceTimersByTime(250);
    }
    expect(lines.length).toBeGreaterThanOrEqual(8);
    expect(lines.length).toBeLessThanOrEqual(11);
  });

  test('are said every ten seconds while few come, and not while none do', () => {
    for (let second = 0; second < 60; second++) {
      consume(1);
      vi.advanceTimersByTime(1000);
    }
    expect(lines.length).toBeGreaterThanOrEqual(6);
    expect(lines.length).toBeLessThanOrEqual(8);
    const before = lines.length;
    vi.advanceTimersByTime(600_000);
    expect(lines.length).toBeLessThanOrEqual(before + 1);
  });

  test('are said at the end, when they have changed', () => {
    consume(1);
    report.close();
    report.close();
    expect(lines).toEqual(['📊 Events consumed: 1 | Inserted: 1 | DLQ: 0 | Total: 1']);
  });
});
