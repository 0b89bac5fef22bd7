/**
 * What a person wants to see of a worker at a glance, in the shape in which REST answers it, the live page draws it and
 * the terminal prints it. Numbers are of this worker and of its connectors' tasks here.
 */
import type { ConnectorFlow, ConnectorState, ConnectorType, Health, StateInfo } from '../connect.ts';

export interface Overview {
  /** When it was true, in ms since 1970. */
  readonly at: number;
  readonly worker: {
    readonly version: string;
    readonly kafka_cluster_id: string;
    readonly health: Health;
    /** Since when the numbers are counted, in ms since 1970. */
    readonly since: number;
  };
  readonly connectors: readonly ConnectorOverview[];
}

export interface ConnectorOverview extends ConnectorFlow {
  readonly name: string;
  readonly type: ConnectorType;
  readonly class: string;
  /** FAILED when any of its tasks is. */
  readonly state: ConnectorState;
  readonly connector: StateInfo;
  readonly tasks: readonly (StateInfo & { readonly id: number })[];
  readonly numbers: ConnectorNumbers;
}

export interface ConnectorNumbers {
  /** Records made durable a second, over the last seconds. */
  readonly records_per_second: number;
  readonly bytes_per_second: number;
  /** Records that a stage refused, a second. */
  readonly rejected_per_second: number;
  /** Since the worker's start. */
  readonly records_total: number;
  readonly rejected_total: number;
  readonly retries_total: number;
  /** Of a sink: records in its topics that are not settled. */
  readonly lag_records: number | null;
  /** Of a sink: how old the oldest of them is. */
  readonly lag_seconds: number | null;
  /** From a record's time stamp until it was durable, over the last half minute; null when nothing came. */
  readonly latency_seconds: { readonly p50: number; readonly p95: number; readonly p99: number } | null;
}

/** The last hour, as columns for a chart: `at[i]` belongs to the i-th entry of every other column. */
export interface OverviewHistory {
  readonly step_seconds: number;
  /** In seconds since 1970. */
  readonly at: readonly number[];
  readonly connectors: Readonly<Record<string, ConnectorHistory>>;
}

/** null where the connector was not there, or had nothing to say. */
export interface ConnectorHistory {
  readonly records_per_second: readonly (number | null)[];
  readonly rejected_per_second: readonly (number | null)[];
  readonly lag_records: readonly (number | null)[];
  readonly latency_p50_seconds: readonly (number | null)[];
  readonly latency_p95_seconds: readonly (number | null)[];
}
