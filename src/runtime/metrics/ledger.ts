/**
 * The latest snapshot of every task, and what ended incarnations of tasks have counted. Counters and histograms of a
 * task that is started again go on where they were, so that `rate()` never sees a fall that is none; its gauges end
 * with it. Keeps series until their connector is forgotten, and nothing over the end of the process.
 */
import type { MetricSpec, MetricsSnapshot, Sample } from './model.ts';

export interface Ledger {
  /** Replaces what is known of the task's present incarnation. */
  update(task: string, snapshot: MetricsSnapshot): void;
  /** The incarnation has ended: its counts are settled, its gauges gone. */
  remove(task: string): void;
  /** The connector was deleted: its series go. */
  forget(connector: string): void;
  /** All series of a metric, settled and running counts added up. */
  samples(name: string): readonly Sample[];
}

interface Entry {
  settled: Sample | undefined;
  readonly running: Map<string, Sample>;
}

/** @param typeOf the type of a declared metric; undefined for names that nobody has declared */
export function createLedger(typeOf: (name: string) => MetricSpec['type'] | undefined): Ledger {
  const metrics = new Map<string, Map<string, Entry>>();
  const latest = new Map<string, MetricsSnapshot>();

  function entryOf(sample: Sample): Entry {
    const entries = metrics.get(sample.name) ?? new Map<string, Entry>();
    metrics.set(sample.name, entries);
    const key = identity(sample);
    const entry = entries.get(key) ?? { settled: undefined, running: new Map() };
    entries.set(key, entry);
    return entry;
  }

  function remove(task: string): void {
    for (const sample of latest.get(task) ?? []) {
      const entry = entryOf(sample);
      if (!entry.running.delete(task)) continue;
      if (typeOf(sample.name) !== 'gauge') entry.settled = sum(entry.settled, sample);
    }
    latest.delete(task);
  }

  return {
    update(task, snapshot) {
      const undeclared = snapshot.find(({ name }) => typeOf(name) === undefined);
      if (undeclared !== undefined) throw new Error(`The metric ${undeclared.name} of ${task} was never declared.`);
      // A task that was restarted without a word shows by counts that have fallen.
      const before = latest.get(task);
      if (before !== undefined && hasFallen(before, snapshot)) remove(task);
      for (const sample of snapshot) entryOf(sample).running.set(task, sample);
      latest.set(task, snapshot);
    },
    remove,
    forget(connector) {
      for (const entries of metrics.values()) {
        for (const [key, { settled, running }] of entries) {
          const [sample = settled] = running.values();
          if (sample === undefined || sample.labels['connector'] === connector) entries.delete(key);
        }
      }
    },
    samples(name) {
      const entries = [...(metrics.get(name)?.values() ?? [])];
      return entries.flatMap(({ settled, running }) => {
        const total = [...running.values()].reduce(sum, settled);
        return total === undefined ? [] : [total];
      });
    },
  };

  function hasFallen(before: MetricsSnapshot, now: MetricsSnapshot): boolean {
    const amounts = new Map(now.map((sample) => [identity(sample), sample.count ?? sample.value]));
    return before.some((sample) => {
      if (typeOf(sample.name) === 'gauge') return false;
      return (amounts.get(identity(sample)) ?? -1) < (sample.count ?? sample.value);
    });
  }
}

const identity = ({ name, labels }: Sample): string => JSON.stringify([name, ...Object.values(labels)]);

function sum(a: Sample | undefined, b: Sample): Sample {
  if (a === undefined) return b;
  const total = { ...b, value: a.value + b.value };
  if (a.buckets === undefined || b.buckets === undefined) return total;
  const buckets = a.buckets;
  return {
    ...total,
    count: (a.count ?? 0) + (b.count ?? 0),
    buckets: b.buckets.map((times, i) => times + (buckets[i] ?? 0)),
  };
}
