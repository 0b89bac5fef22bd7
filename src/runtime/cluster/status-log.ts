/**
 * The status topic in Kafka Connect's formats: `status-connector-<name>` and `status-task-<name>-<n>`, each
 * `{state, trace, worker_id, generation, version}`. Written for whoever reads the cluster from outside and for other
 * workers; nobody waits for it, and of a state that could not be written the next change tells.
 */
import type { StateInfo } from '../connect.ts';
import type { StateLog } from './state-log.ts';
import type { ClusterTopics } from './topics.ts';
import { statusPartition } from './topics.ts';

export interface StatusLog {
  connector(name: string, state: StateInfo | null): void;
  task(name: string, task: number, state: StateInfo | null): void;
}

export function createStatusLog(topics: ClusterTopics, stateLog: () => StateLog | undefined): StatusLog {
  let last: Promise<void> = Promise.resolve();
  const write = (name: string, key: string, state: StateInfo | null) => {
    const value = state === null ? null : JSON.stringify({ ...state, trace: state.trace ?? null, generation: 0 });
    // One after the other: kafkajs sends what comes at once in any order, and the last state must stay the last.
    last = last.then(() => stateLog()?.append(topics.status, statusPartition(name), key, value)).catch(() => undefined);
  };
  return {
    connector: (name, state) => write(name, `status-connector-${name}`, state),
    task: (name, task, state) => write(name, `status-task-${name}-${task}`, state),
  };
}
