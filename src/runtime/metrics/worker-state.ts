/** The worker's own series, derived from its state at the moment of the scrape: nobody has to keep them up to date. */
import type { ConnectorState, ConnectorType } from '../connect.ts';
import type { MetricSpec, Sample } from './model.ts';
import { workerTable } from './table.ts';

/** What runs on this worker (not in the whole cluster: each worker answers for itself). */
export interface WorkerState {
  readonly version: string;
  readonly workerId: string;
  readonly connectors: readonly {
    readonly name: string;
    readonly type: ConnectorType;
    readonly state: ConnectorState;
    /** Configurations that differed from the one before, in this process. */
    readonly configChanges: number;
  }[];
  readonly tasks: readonly {
    readonly connector: string;
    readonly task: number;
    readonly state: ConnectorState;
    /** Starts after the first, in this process. */
    readonly restarts: number;
    /** How often it has become FAILED, in this process. */
    readonly failures: number;
    /** Since when it stands still, in ms; undefined while it flows. */
    readonly stalledSince?: number | undefined;
  }[];
  /** Tasks that run in threads of their own. */
  readonly threads: number;
}

/** Every state is a series, also with 0: a dashboard can tell "none failed" from "not known". */
const states: readonly ConnectorState[] = Object.keys({
  UNASSIGNED: true,
  RUNNING: true,
  PAUSED: true,
  STOPPED: true,
  FAILED: true,
  RESTARTING: true,
} satisfies Record<ConnectorState, true>) as ConnectorState[];

/** The samples of every metric of `workerTable`, by name. */
export function workerSamples(worker: WorkerState): readonly Sample[] {
  const { info, connectors, tasks, threads, connectorState, configChanges } = workerTable;
  const { taskState, taskStalled, taskRestarts, taskFailures } = workerTable;
  return [
    sample(info, { version: worker.version, worker_id: worker.workerId }, 1),
    ...countByState(connectors, worker.connectors),
    ...countByState(tasks, worker.tasks),
    sample(threads, {}, worker.threads),
    ...worker.connectors.map((one) => sample(configChanges, { connector: one.name }, one.configChanges)),
    ...worker.connectors.flatMap(({ name, type, state }) => oneOf(connectorState, { connector: name, type }, state)),
    ...worker.tasks.flatMap((one) => oneOf(taskState, labelsOf(one), one.state)),
    ...worker.tasks.map((one) => sample(taskStalled, labelsOf(one), secondsSince(one.stalledSince))),
    ...worker.tasks.map((one) => sample(taskRestarts, labelsOf(one), one.restarts)),
    ...worker.tasks.map((one) => sample(taskFailures, labelsOf(one), one.failures)),
  ];
}

const labelsOf = ({ connector, task }: WorkerState['tasks'][number]) => ({ connector, task: String(task) });

const sample = (spec: MetricSpec, labels: Sample['labels'], value: number): Sample => ({
  name: spec.name,
  labels,
  value,
});

const secondsSince = (since: number | undefined) => (since === undefined ? 0 : Math.max(Date.now() - since, 0) / 1000);

function countByState(spec: MetricSpec, all: readonly { readonly state: ConnectorState }[]): readonly Sample[] {
  return states.map((state) => sample(spec, { state }, all.filter((one) => one.state === state).length));
}

function oneOf(spec: MetricSpec, labels: Sample['labels'], current: ConnectorState): readonly Sample[] {
  return states.map((state) => sample(spec, { ...labels, state }, state === current ? 1 : 0));
}
