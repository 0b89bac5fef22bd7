/** What REST asks to be started again (KIP-745): a connector, its tasks, or only what has FAILED. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Connect, ConnectorStatus, RestartRequest } from '../connect.ts';
import { ConnectError } from '../errors.ts';
import type { Reconciler } from './reconciler.ts';

/** How long a request waits for a connector that is being started. */
const patienceMs = 5_000;

/** There is nothing of a connector apart from its tasks: a connector that runs is as good as restarted at once. */
export function createRestarts(options: {
  readonly reconciler: Pick<Reconciler, 'running' | 'restart' | 'settled'>;
  readonly mustBeReady: () => void;
  /** Throws `NOT_FOUND` with the given words. */
  readonly mustExist: (name: string, words: string) => void;
  readonly status: (name: string) => ConnectorStatus;
}): Pick<Connect, 'restart' | 'restartTask'> {
  const { reconciler, mustBeReady, mustExist, status } = options;

  /** Right after a change a connector has no tasks for a moment: who asks to restart them means those that come. */
  async function settle(name: string): Promise<void> {
    mustBeReady();
    mustExist(name, `Unknown connector: ${name}`);
    const settled = reconciler.settled(name).then(() => reconciler.running.get(name)?.started);
    const late = delay(patienceMs, 'late' as const, { ref: false });
    if ((await Promise.race([settled, late])) !== 'late') return;
    throw new ConnectError('CONFLICT', `Cannot complete request momentarily: ${name} is still being started`);
  }

  return {
    async restart(name, request) {
      await settle(name);
      const planned = plan(status(name), request);
      const ids = planned.tasks.filter(({ state }) => state === 'RESTARTING').map(({ id }) => id);
      const isWhole = planned.connector.state === 'RESTARTING' && status(name).connector.state === 'FAILED';
      // It failed before it had tasks.
      if (isWhole) reconciler.restart(name);
      else reconciler.running.get(name)?.restartTasks(ids);
      return planned;
    },

    async restartTask(name, id) {
      await settle(name);
      const task = status(name).tasks.find((one) => one.id === id);
      if (task === undefined) throw new ConnectError('NOT_FOUND', `Unknown task: ${name}-${id}`);
      if (mayRestart(task.state)) reconciler.running.get(name)?.restartTasks([id]);
    },
  };
}

/** The status with what is to be restarted; what is PAUSED or STOPPED has nothing that runs. */
function plan(status: ConnectorStatus, { includeTasks, onlyFailed }: RestartRequest): ConnectorStatus {
  const restarting = <S extends { readonly state: ConnectorStatus['connector']['state'] }>(of: S): S =>
    mayRestart(of.state) && (!onlyFailed || of.state === 'FAILED') ? { ...of, state: 'RESTARTING' } : of;
  return {
    ...status,
    connector: restarting(status.connector),
    tasks: includeTasks ? status.tasks.map(restarting) : status.tasks,
  };
}

const mayRestart = (state: ConnectorStatus['connector']['state']): boolean =>
  state === 'RUNNING' || state === 'FAILED' || state === 'UNASSIGNED';
