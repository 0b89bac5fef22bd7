import type { ConnectorState, ConnectorStatus } from '../connect.ts';

/** One word for a connector: FAILED when any of its tasks is, UNASSIGNED until all of them run. */
export function overallState({ connector, tasks }: ConnectorStatus): ConnectorState {
  const states = [connector.state, ...tasks.map((task) => task.state)];
  if (states.includes('FAILED')) return 'FAILED';
  if (connector.state === 'RUNNING' && (tasks.length === 0 || states.includes('UNASSIGNED'))) return 'UNASSIGNED';
  return connector.state;
}
