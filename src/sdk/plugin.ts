import type { ConfigOf, ConfigSchema } from './config.ts';
import type { Context, MetricDefinitions } from './context.ts';

/** What every plugin says about itself, whatever its kind; `Ctx` is what it is opened with, `Task` what it then is. */
export interface PluginDefinition<S extends ConfigSchema, M extends MetricDefinitions, Ctx, Task> {
  /** The name by which a configuration names it, unless it is loaded from a path or a package of another name. */
  readonly name: string;
  readonly version: string;
  /** One line for lists of plugins. */
  readonly summary: string;
  /** Its configuration: validation, defaults, types, documentation and redaction come from here. */
  readonly config: S;
  /** Metrics of its own, beside those that every connector has. */
  readonly metrics?: M;
  /** Problems of the configuration that its schema cannot say: key → message. Runs before anything connects. */
  check?(config: ConfigOf<S>): Readonly<Record<string, string>>;
  /**
   * The system beyond Kafka that it reads or writes, in a few words for people and without secrets: a table, a folder, a
   * host. Of an error handler: where rejected records go. `topics` are those that a sink is configured to read. Left
   * out: its name stands for it.
   */
  endpoint?(config: ConfigOf<S>, about: { readonly topics: readonly string[] }): string;
  /**
   * Imports what tasks need and the plugin's module does not (a driver that takes long to load). Called at the start of
   * a worker, while it waits for other things; `open` may come before it has ended, or without it.
   */
  preload?(): Promise<unknown>;
  /** Called once for each start of a task. May throw `RetriableError` (called again) or `ConfigError` (FAILED). */
  open(ctx: Ctx): Promise<Task> | Task;
}

/** The context of a plugin with schema `S` and metrics `M`. */
export type ContextOf<S extends ConfigSchema, M extends MetricDefinitions> = Context<ConfigOf<S>, M>;
