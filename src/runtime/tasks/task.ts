/**
 * What a task is to its worker: started from a description, stopped once, ended once. How a source or a sink does its
 * work stands in source-task.ts and sink-task.ts.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Context, Logger, MetricDefinitions, Position, SourceOffset } from '../../sdk/index.ts';
import type { ResolvedConnector } from '../config/model.ts';
import { secretsOf } from '../config/secrets.ts';
import type { KafkaClient } from '../kafka/client.ts';
import type { TaskMetrics } from '../metrics/model.ts';
import { bindPluginMetrics } from '../metrics/task-metrics.ts';
import { redactionOf } from '../redaction.ts';
import { whenAborted } from '../retry.ts';
import type { StallReport } from './stall-watch.ts';

/** What is to be run. */
export interface TaskDescription {
  readonly connector: ResolvedConnector;
  readonly task: number;
  /** How many tasks the connector has. */
  readonly tasks: number;
  /** `group.id` of the worker. */
  readonly groupId: string;
}

/** What the worker lends to a task. */
export interface TaskHost {
  readonly client: KafkaClient;
  readonly log: Logger;
  readonly metrics: TaskMetrics;
  /** Where the offsets of a source go, and what is committed there by now (asked after fencing). */
  readonly offsets: {
    readonly topic: string;
    readonly partition: number;
    read(): Promise<ReadonlyMap<string, SourceOffset>>;
    /** The message that commits an offset, for the task's own transaction. */
    message(
      partition: string,
      offset: SourceOffset,
    ): { readonly key: string; readonly value: string; readonly partition: number };
  };
  /** The task stands still, does so for too long, or (undefined) goes on. */
  stalled(report: StallReport | undefined): void;
  /** A source's partitions have changed: start the tasks anew. */
  requestReconfiguration(): void;
}

export interface RunningTask {
  /** Resolves when the task has ended: with the error when it FAILED, with undefined after `stop`. Never rejects. */
  readonly ended: Promise<Error | undefined>;
  /** Nothing is left to do for now: a source has finished, a sink has settled all that it has fetched. */
  readonly idle: boolean;
  /** Of a sink: how far each partition is settled, control records included. */
  readonly settled: readonly Position[];
  /** The topics that it has read or written since it was last asked. */
  takeTopics(): readonly string[];
  /** Asks for a graceful end: what is open is written and committed first. `abort` ends it without. */
  stop(): void;
  abort(): void;
}

/** How long a task may take to end once it was told to end at once. */
const graceMs = 3_000;

/**
 * Resolves when the tasks have ended; after `withinMs` they are told to end at once, and soon not waited for: what is
 * left behind is fenced by its successor.
 */
export async function endTasks(tasks: readonly RunningTask[], withinMs: number): Promise<void> {
  for (const task of tasks) task.stop();
  const timer = setTimeout(() => {
    for (const task of tasks) task.abort();
  }, withinMs);
  const ended = Promise.all(tasks.map((task) => task.ended));
  await Promise.race([ended, delay(withinMs + graceMs, undefined, { ref: false })]);
  clearTimeout(timer);
}

/** How long something may take that was told to end at once: less than the task itself may. */
const leaveAfterMs = 2_000;

/**
 * Waits that end: with what is waited for or, some time after `abort`, with its reason. What hangs and hears no signal is
 * left behind, so that all else of the task can be closed.
 */
export function leavingBehind(abort: AbortSignal) {
  const left = whenAborted(abort).catch(async (reason) => {
    await delay(leaveAfterMs, undefined, { ref: false });
    throw reason;
  });
  left.catch(() => undefined);
  const orLeft = <T>(waited: Promise<T>): Promise<T> => Promise.race([waited, left]);
  return {
    orLeft,
    /** For what is closed at the end: left behind, it is no failure. */
    async closeOrLeave(close: () => Promise<void> | void): Promise<void> {
      try {
        await orLeft((async () => close())());
      } catch (error) {
        if (error !== abort.reason) throw error;
      }
    },
  };
}

/** The context of one plugin within a task. */
export function contextOf<Config>(
  { connector, task }: TaskDescription,
  { log, metrics }: TaskHost,
  config: Config,
  signal: AbortSignal,
  declared: MetricDefinitions | undefined,
): Context<Config> {
  const { text } = redactionOf(secretsOf(connector));
  const bound = bindPluginMetrics(metrics, declared ?? {}, text);
  return { connector: connector.name, task, config, signal, log, metrics: bound };
}

/** Whatever was thrown, as an error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
