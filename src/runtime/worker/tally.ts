/** What has happened to connectors on this worker since it started, for the metrics. Nothing of it outlives the process. */
import type { FlatConfig } from '../config/model.ts';
import { sameConfig } from './connector.ts';

export interface Tally {
  /** This is the connector's configuration now: counted when it differs from the one before. */
  configured(connector: string, config: FlatConfig): void;
  failed(connector: string, task: number): void;
  configChanges(connector: string): number;
  failures(connector: string, task: number): number;
  /** The connector was deleted: one that is created under its name begins at 0. */
  forget(connector: string): void;
}

interface Counts {
  config: FlatConfig | undefined;
  configChanges: number;
  readonly failures: Map<number, number>;
}

export function createTally(): Tally {
  const all = new Map<string, Counts>();

  function of(connector: string): Counts {
    const known = all.get(connector) ?? { config: undefined, configChanges: 0, failures: new Map() };
    all.set(connector, known);
    return known;
  }

  return {
    configured(connector, config) {
      const counts = of(connector);
      if (counts.config !== undefined && !sameConfig(counts.config, config)) counts.configChanges++;
      counts.config = config;
    },
    failed(connector, task) {
      const { failures } = of(connector);
      failures.set(task, (failures.get(task) ?? 0) + 1);
    },
    configChanges: (connector) => all.get(connector)?.configChanges ?? 0,
    failures: (connector, task) => all.get(connector)?.failures.get(task) ?? 0,
    forget: (connector) => void all.delete(connector),
  };
}
