/** What a connector's tasks have counted so far, out of the series of the registry. */
import type { ConnectorType } from '../connect.ts';
import type { Sample } from '../metrics/model.ts';
import { taskTable as t } from '../metrics/table.ts';

/** The series of a metric, by its name. */
export type Samples = (metric: string) => readonly Sample[];

/** Since the worker's start; what is a gauge is of now. */
export interface Counts {
  readonly records: number;
  readonly bytes: number;
  readonly rejected: number;
  readonly retries: number;
  /** undefined where no task has said. */
  readonly lagRecords: number | undefined;
  readonly lagSeconds: number | undefined;
  /** Observations of the end-to-end seconds, by bucket. */
  readonly latencies: readonly number[];
}

export const latencyBounds: readonly number[] = t.endToEnd.buckets ?? [];

export function countsOf(connector: string, type: ConnectorType, samples: Samples): Counts {
  const of = (metric: string) => samples(metric).filter(({ labels }) => labels['connector'] === connector);
  const total = (metric: string) => of(metric).reduce((sum, { value }) => sum + value, 0);
  const gauge = (metric: string, join: (values: readonly number[]) => number) => {
    const values = of(metric).map(({ value }) => value);
    return values.length === 0 ? undefined : join(values);
  };
  return {
    records: total(t.recordsWritten.name),
    bytes: total(type === 'sink' ? t.bytesRead.name : t.bytesWritten.name),
    rejected: total(t.recordErrors.name),
    retries: total(t.retries.name),
    lagRecords: gauge(t.consumerLag.name, (values) => values.reduce((sum, value) => sum + value, 0)),
    lagSeconds: gauge(t.sinkLag.name, (values) => Math.max(...values)),
    latencies: of(t.endToEnd.name).reduce<readonly number[]>(
      (sums, { buckets = [] }) => buckets.map((count, i) => count + (sums[i] ?? 0)),
      [],
    ),
  };
}
