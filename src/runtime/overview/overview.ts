/**
 * Looks at a worker once a second and keeps what a person wants to see: the present with its rates, and the last hour.
 * It only reads; what it costs does not depend on how many look at it.
 */
import type { Connect } from '../connect.ts';
import { countsOf, type Samples } from './counts.ts';
import { createHistory, stepSeconds } from './history.ts';
import type { ConnectorOverview, Overview, OverviewHistory } from './model.ts';
import { numbersOf, quantilesOverMs, type Reading } from './numbers.ts';
import { overallState } from './state.ts';

export interface OverviewSource {
  current(): Overview;
  history(): OverviewHistory;
  /** Tells of every new look, once a second, until the answered function is called. */
  watch(listener: (overview: Overview) => void): () => void;
  close(): void;
}

const everyMs = 1_000;

export type Watched = Pick<Connect, 'server' | 'health' | 'connectors' | 'connector' | 'status' | 'flow'>;

export function createOverview({
  connect,
  samples,
}: {
  readonly connect: Watched;
  readonly samples: Samples;
}): OverviewSource {
  const since = Date.now();
  const readings = new Map<string, readonly Reading[]>();
  const history = createHistory();
  const listeners = new Set<(overview: Overview) => void>();
  let looks = 0;
  let current = look();

  function look(): Overview {
    const at = performance.now();
    const names = connect.connectors();
    for (const gone of new Set(readings.keys()).difference(new Set(names))) readings.delete(gone);
    const connectors = names.map((name) => overviewOf(name, at));
    const overview = {
      at: Date.now(),
      worker: { ...versionOf(connect), health: connect.health(), since },
      connectors,
    };
    if (looks++ % stepSeconds === 0) {
      history.add(overview.at, new Map(connectors.map(({ name, numbers }) => [name, numbers])));
    }
    return overview;
  }

  function overviewOf(name: string, at: number): ConnectorOverview {
    const { config } = connect.connector(name);
    const status = connect.status(name);
    const kept = (readings.get(name) ?? []).filter((reading) => at - reading.at <= quantilesOverMs);
    const own = [...kept, { at, counts: countsOf(name, status.type, samples) }];
    readings.set(name, own);
    return {
      name,
      type: status.type,
      class: config['connector.class'] ?? '',
      state: overallState(status),
      connector: status.connector,
      tasks: status.tasks,
      ...connect.flow(name),
      numbers: numbersOf(own),
    };
  }

  const timer = setInterval(() => {
    current = look();
    for (const listener of listeners) listener(current);
  }, everyMs);
  timer.unref();

  return {
    current: () => current,
    history: history.read,
    watch(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => clearInterval(timer),
  };
}

function versionOf(connect: Watched) {
  const { version, kafka_cluster_id } = connect.server();
  return { version, kafka_cluster_id };
}
