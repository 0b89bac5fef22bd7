/**
 * One connector as it runs on this worker: its tasks and their states, from a start to a stop. It is never changed:
 * another configuration or target state is another running connector.
 */
import { pluginErrorCode } from '../../sdk/errors.ts';
import type { ConnectorEntry } from '../cluster/config-log.ts';
import type { FlatConfig, ResolvedConnector } from '../config/model.ts';
import type { ConnectorStatus, StateInfo } from '../connect.ts';
import { connectErrorCode } from '../errors.ts';
import { StalledError, type StallReport } from '../tasks/stall-watch.ts';
import { asError, endTasks, type RunningTask, type TaskDescription } from '../tasks/task.ts';
import { createRestartBudget, type RestartBudget } from './restart-budget.ts';

export interface ConnectorOptions {
  readonly name: string;
  readonly entry: ConnectorEntry;
  readonly workerId: string;
  readonly groupId: string;
  /** Loads plugins and resolves references; rejects with what is wrong with the configuration. */
  readonly resolve: () => Promise<ResolvedConnector>;
  /** Fences the transactional ids of the generation before. */
  readonly fence: (transactionalIds: readonly string[]) => Promise<void>;
  /** Keeps in the log how many tasks there are from now on. */
  readonly commitTasks: (tasks: number) => Promise<void>;
  /** `onStall` is told when the task begins to stand still, when that is overdue, and when it goes on. */
  readonly startTask: (description: TaskDescription, onStall: (report: StallReport | undefined) => void) => RunningTask;
  readonly onTaskEnded: (description: TaskDescription, error: Error | undefined) => void;
  readonly onChange: (status: ConnectorStatus) => void;
  /** How long a task that is restarted may take to finish what is open. */
  readonly stopWithinMs: number;
}

export interface RunningConnector {
  readonly entry: ConnectorEntry;
  readonly status: ConnectorStatus;
  readonly tasks: readonly RunningTask[];
  readonly resolved: ResolvedConnector | undefined;
  /** Resolves when its first start is over, one way or the other. */
  readonly started: Promise<void>;
  /**
   * Starts these tasks again, side by side, with all of their automatic restarts; one that is being restarted already is
   * left alone.
   */
  restartTasks(ids: readonly number[]): void;
  /** Resolves when every task has ended; after `withinMs` they are told to end at once, and soon not waited for. */
  stop(withinMs: number): Promise<void>;
}

export function startConnector(options: ConnectorOptions): RunningConnector {
  const { name, entry, workerId, groupId } = options;
  let connector: StateInfo = { state: 'UNASSIGNED', worker_id: workerId, version: null };
  const states: StateInfo[] = [];
  const tasks: RunningTask[] = [];
  const restarting = new Map<number, Promise<void>>();
  const budgets = new Map<number, RestartBudget>();
  const timers = new Map<number, NodeJS.Timeout>();
  /** Tasks that hang and were told to end at once; nobody waits for them any longer than this. */
  const givenUp = new Map<RunningTask, Promise<void>>();
  let resolved: ResolvedConnector | undefined;
  let stopping = false;
  /** Its tasks have ended or were left behind: what one still does is no news of this connector. */
  let over = false;

  const status = (): ConnectorStatus => ({
    name,
    connector,
    tasks: states.map((state, id) => ({ id, ...state })),
    type: resolved?.connector.plugin.kind ?? 'unknown',
  });
  const change = () => options.onChange(status());
  const failed = (error: unknown): StateInfo => ({
    state: 'FAILED',
    worker_id: workerId,
    version: resolved?.connector.plugin.version ?? null,
    trace: traceOf(asError(error)),
  });

  async function start(): Promise<void> {
    try {
      resolved = await options.resolve();
      const { settings, connector: configured } = resolved;
      const state = entry.targetState === 'STARTED' ? 'RUNNING' : entry.targetState;
      const info: StateInfo = { state, worker_id: workerId, version: configured.plugin.version };
      if (stopping) return;
      const count = entry.targetState === 'STOPPED' ? 0 : settings.tasksMax;
      const idOf = (task: number) => `${groupId}-${name}-${task}`;
      if (state === 'RUNNING' && entry.tasks !== count) {
        // With another number of tasks a partition is another task's: whoever had it must be unable to commit before the
        // new one reads its offset. A sink fences partition by partition.
        const former =
          configured.plugin.kind === 'source' ? Array.from({ length: entry.tasks }, (_, i) => idOf(i)) : [];
        await options.fence(former);
        if (stopping) return;
        await options.commitTasks(count);
      }
      if (stopping) return;
      connector = info;
      for (let task = 0; task < count; task++) {
        if (state === 'RUNNING') startTask(resolved, task, count);
        states.push(info);
      }
    } catch (error) {
      connector = failed(error);
    }
    change();
  }

  function startTask(of: ResolvedConnector, task: number, count: number): void {
    const description: TaskDescription = { connector: of, task, tasks: count, groupId };
    const isOurs = () => !over && tasks[task] === running && !restarting.has(task) && !givenUp.has(running);
    const end = (error: Error | undefined) => {
      options.onTaskEnded(description, error);
      if (error === undefined) return;
      states[task] = { ...failed(error), ...restartLater(of, task, error) };
      change();
    };
    const running = options.startTask(description, (report) => {
      const state = states[task];
      if (stopping || state === undefined || !isOurs()) return;
      if (report?.overdue) {
        // It cannot be waited for: what hangs may hang for ever. What it still does its successor fences.
        givenUp.set(running, endTasks([running], 0));
        end(new StalledError(report));
        return;
      }
      const { stalled: _former, ...flowing } = state;
      states[task] = report === undefined ? flowing : { ...flowing, stalled: shownStall(report) };
      change();
    });
    tasks[task] = running;
    void running.ended.then((error) => {
      if (isOurs()) end(error);
    });
  }

  /** What the status says of a failed task's restarts; the next one is on its way. */
  function restartLater({ settings }: ResolvedConnector, task: number, error: Error): Partial<StateInfo> {
    // A configuration that is wrong stays so until somebody changes it, and that is a start of its own.
    if (stopping || pluginErrorCode(error) === 'CONFIG') return {};
    const budget = budgets.get(task) ?? createRestartBudget(settings.errors.restart, startedAt);
    budgets.set(task, budget);
    const next = budget.failed(Date.now());
    if (next === undefined) return budget.used === 0 ? {} : { restarts: budget.used };
    timers.set(
      task,
      setTimeout(() => restart([task]), next.delayMs),
    );
    return { restarts: budget.used, next_restart: new Date(Date.now() + next.delayMs).toISOString() };
  }

  function restart(ids: readonly number[]): void {
    if (stopping || resolved === undefined) return;
    const fresh = ids.filter((id) => !restarting.has(id) && tasks[id] !== undefined);
    for (const id of fresh) {
      clearTimeout(timers.get(id));
      const { trace: _trace, next_restart: _next, stalled: _stalled, ...state } = states[id] ?? connector;
      states[id] = { ...state, state: 'RESTARTING' };
      restarting.set(id, restartTask(resolved, id));
    }
    if (fresh.length > 0) change();
  }

  async function restartTask(of: ResolvedConnector, id: number): Promise<void> {
    const former = tasks[id];
    if (former !== undefined) await (givenUp.get(former) ?? endTasks([former], options.stopWithinMs));
    try {
      // What the configuration refers to may be another by now: a password, a file, an address.
      const present = stopping ? of : await options.resolve();
      restarting.delete(id);
      if (stopping) return;
      resolved = present;
      startTask(present, id, states.length);
      const budget = budgets.get(id);
      budget?.started(Date.now());
      const { version } = present.connector.plugin;
      const restarts = budget && budget.used > 0 && { restarts: budget.used };
      states[id] = { state: 'RUNNING', worker_id: workerId, version, ...restarts };
    } catch (error) {
      restarting.delete(id);
      if (stopping) return;
      states[id] = failed(error);
      options.onTaskEnded({ connector: of, task: id, tasks: states.length, groupId }, asError(error));
    }
    change();
  }

  const startedAt = Date.now();
  const started = start();

  return {
    entry,
    get status() {
      return status();
    },
    get tasks() {
      return tasks;
    },
    get resolved() {
      return resolved;
    },
    started,
    restartTasks(ids) {
      // Who restarts them has mended something, or hopes so.
      for (const id of ids) budgets.delete(id);
      restart(ids);
    },
    async stop(withinMs) {
      stopping = true;
      for (const timer of timers.values()) clearTimeout(timer);
      await started;
      await endTasks(tasks, withinMs);
      await Promise.all(restarting.values());
      over = true;
    },
  };
}

const shownStall = ({ reason, stoodMs }: StallReport): StateInfo['stalled'] => ({
  since: new Date(Date.now() - stoodMs).toISOString(),
  reason,
});

/**
 * The trace of a failed task: what went wrong and why, cause by cause. Frames come only with errors that nobody foresaw:
 * those of a plugin or of a configuration say by themselves what to do. They are known by their codes: out of a thread, or
 * with a secret taken out of them, they come without their class.
 */
function traceOf(error: Error): string {
  const lines: string[] = [];
  for (let next: unknown = error; next instanceof Error && lines.length < 10; next = next.cause) {
    lines.push(`${lines.length === 0 ? '' : 'Caused by: '}${next.name}: ${next.message}`);
  }
  const isForeseen =
    pluginErrorCode(error) !== undefined || connectErrorCode(error) !== undefined || error instanceof StalledError;
  const frames = isForeseen ? [] : (error.stack?.split('\n').filter((line) => line.startsWith('    at ')) ?? []);
  return [...lines, ...frames.slice(0, 8)].join('\n');
}

export const sameConfig = (a: FlatConfig, b: FlatConfig): boolean =>
  Object.keys(a).length === Object.keys(b).length && Object.entries(a).every(([key, value]) => b[key] === value);

/** Whether nothing of what a running connector depends on differs. */
export const sameEntry = (a: ConnectorEntry, b: ConnectorEntry): boolean =>
  a.targetState === b.targetState && sameConfig(a.config, b.config);
