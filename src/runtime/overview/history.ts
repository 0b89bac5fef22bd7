/** The last hour of every connector, a point every few seconds, in columns of one length. Bounded by count. */
import type { ConnectorHistory, ConnectorNumbers, OverviewHistory } from './model.ts';

export const stepSeconds = 5;
const longestPoints = 3600 / stepSeconds;

type Point = ReadonlyMap<string, ConnectorNumbers>;

export interface History {
  /** @param at in ms since 1970 */
  add(at: number, numbers: Point): void;
  /** The connectors of now; of those that were deleted nothing is told. */
  read(): OverviewHistory;
}

export function createHistory(): History {
  const points: { readonly at: number; readonly numbers: Point }[] = [];
  return {
    add(at, numbers) {
      points.push({ at: at / 1000, numbers });
      if (points.length > longestPoints) points.shift();
    },
    read() {
      const names = [...(points.at(-1)?.numbers.keys() ?? [])];
      const column = (name: string, of: (numbers: ConnectorNumbers) => number | null) =>
        points.map(({ numbers }) => {
          const own = numbers.get(name);
          return own === undefined ? null : of(own);
        });
      const ofConnector = (name: string): ConnectorHistory => ({
        records_per_second: column(name, (numbers) => numbers.records_per_second),
        rejected_per_second: column(name, (numbers) => numbers.rejected_per_second),
        lag_records: column(name, (numbers) => numbers.lag_records),
        latency_p50_seconds: column(name, (numbers) => numbers.latency_seconds?.p50 ?? null),
        latency_p95_seconds: column(name, (numbers) => numbers.latency_seconds?.p95 ?? null),
      });
      return {
        step_seconds: stepSeconds,
        at: points.map(({ at }) => at),
        connectors: Object.fromEntries(names.map((name) => [name, ofConnector(name)])),
      };
    },
  };
}
