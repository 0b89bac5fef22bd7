/** What is known of connectors on this worker: the log's configuration, joined with what runs here. It only reads. */
import type { ConnectorEntry } from '../cluster/config-log.ts';
import type { Connect, ConnectorInfo, ConnectorStatus } from '../connect.ts';
import { ConnectError } from '../errors.ts';
import type { WorkerState } from '../metrics/worker-state.ts';
import type { PluginRegistry } from '../plugins/registry.ts';
import type { RunningConnector } from './connector.ts';
import { flowOf } from './flow.ts';
import type { Tally } from './tally.ts';

export interface Lookup extends Pick<Connect, 'status' | 'flow' | 'tasks' | 'taskStatus'> {
  names(): readonly string[];
  /** Throws NOT_FOUND with these words. */
  entryOf(name: string, words: string): ConnectorEntry;
  info(name: string): ConnectorInfo;
  /** For the metrics. */
  states(): Pick<WorkerState, 'connectors' | 'tasks'>;
}

export function createLookup(options: {
  readonly entries: ReadonlyMap<string, ConnectorEntry>;
  readonly running: (name: string) => RunningConnector | undefined;
  /** The topics that a connector has read or written. */
  readonly seenTopics: (name: string) => readonly string[];
  /** How often a task was started in this process. */
  readonly starts: (connector: string, task: number) => number;
  readonly tally: Pick<Tally, 'configChanges' | 'failures'>;
  readonly plugins: PluginRegistry;
  readonly workerId: () => string;
}): Lookup {
  const { entries, running, seenTopics, starts, tally, plugins, workerId } = options;

  const names = () => [...entries.keys()];

  function entryOf(name: string, words: string): ConnectorEntry {
    const entry = entries.get(name);
    if (entry === undefined) throw new ConnectError('NOT_FOUND', words);
    return entry;
  }

  function status(name: string): ConnectorStatus {
    entryOf(name, `No status found for connector ${name}`);
    const unassigned = { state: 'UNASSIGNED', worker_id: workerId(), version: null } as const;
    const found = running(name)?.status ?? { name, connector: unassigned, tasks: [], type: 'unknown' };
    return found.type === 'unknown' ? { ...found, type: typeOf(name) } : found;
  }

  /** By the class that is configured: right after a change the tasks are still those of before. */
  function typeOf(name: string): ConnectorInfo['type'] {
    const kind = plugins.get(entries.get(name)?.config['connector.class'] ?? '')?.kind;
    return kind === 'source' || kind === 'sink' ? kind : 'unknown';
  }

  return {
    names,
    entryOf,
    status,
    info(name) {
      const { config } = entryOf(name, `Connector ${name} not found`);
      const { tasks, type } = status(name);
      const configured = typeOf(name);
      return {
        name,
        config,
        tasks: tasks.map(({ id }) => ({ connector: name, task: id })),
        type: configured === 'unknown' ? type : configured,
      };
    },
    flow(name) {
      const { config } = entryOf(name, `Connector ${name} not found`);
      const resolved = running(name)?.resolved;
      const seen = seenTopics(name);
      return resolved === undefined
        ? { endpoint: config['connector.class'] ?? '', topics: seen, rejects_to: null }
        : flowOf(resolved, seen);
    },
    tasks(name) {
      const { config } = entryOf(name, `Connector ${name} not found`);
      return status(name).tasks.map(({ id }) => ({ id: { connector: name, task: id }, config }));
    },
    taskStatus(name, task) {
      const words = `No status found for task ${name}-${task}`;
      entryOf(name, words);
      const found = status(name).tasks.find(({ id }) => id === task);
      if (found === undefined) throw new ConnectError('NOT_FOUND', words);
      return found;
    },
    states() {
      const all = names().map(status);
      return {
        connectors: all.map(({ name, type, connector }) => ({
          name,
          type,
          state: connector.state,
          configChanges: tally.configChanges(name),
        })),
        tasks: all.flatMap(({ name, tasks }) =>
          tasks.map(({ id, state, stalled }) => ({
            connector: name,
            task: id,
            state,
            stalledSince: stalled && Date.parse(stalled.since),
            restarts: Math.max(starts(name, id) - 1, 0),
            failures: tally.failures(name, id),
          })),
        ),
      };
    },
  };
}
