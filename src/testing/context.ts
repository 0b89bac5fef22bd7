/** The context that the kit opens a plugin with: the runtime's tools, which here only remember what was said. */
import type { ConfigSchema, Context, LabelValues, Logger, MetricDefinitions, Metrics } from '../sdk/index.ts';
import { configure } from './configure.ts';

export interface ContextOptions {
  /** The connector's configuration by flat keys, as in YAML; defaults are filled in. Default `{}`. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** The connector's name. Default `test`. */
  readonly connector?: string;
  /** The task's number. Default 0. */
  readonly task?: number;
  /** Stops the task, as the runtime would. */
  readonly signal?: AbortSignal;
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** One call of a metric: `add`, `set` or `observe` of `value`. */
export interface Observation {
  readonly metric: string;
  readonly value: number;
  readonly labels: LabelValues;
}

/** What a plugin said while it ran, in order. */
export interface Recorded {
  readonly logs: readonly LogLine[];
  readonly metrics: readonly Observation[];
}

interface OpenedPlugin {
  readonly name: string;
  readonly config: ConfigSchema;
  readonly metrics?: MetricDefinitions;
  check?(config: Readonly<Record<string, unknown>>): Readonly<Record<string, string>>;
}

/** A context for `plugin`, and what it will have recorded. Throws when the configuration does not fit the schema. */
export function contextFor(
  plugin: OpenedPlugin,
  options: ContextOptions,
): { readonly ctx: Context<Readonly<Record<string, unknown>>>; readonly recorded: Recorded } {
  const config = configure(plugin.name, plugin.config, options.config ?? {});
  const problems = Object.entries(plugin.check?.(config) ?? {});
  if (problems.length > 0) {
    throw new Error(
      `${plugin.name} refuses its configuration: ${problems.map((problem) => problem.join(': ')).join('; ')}`,
    );
  }
  const logs: LogLine[] = [];
  const observations: Observation[] = [];
  return {
    ctx: {
      connector: options.connector ?? 'test',
      task: options.task ?? 0,
      config,
      signal: options.signal ?? new AbortController().signal,
      log: recordingLogger(logs),
      metrics: recordingMetrics(plugin.metrics ?? {}, observations),
    },
    recorded: { logs, metrics: observations },
  };
}

function recordingLogger(logs: LogLine[]): Logger {
  const at =
    (level: LogLine['level']) =>
    (message: string, fields: LogLine['fields'] = {}) => {
      logs.push({ level, message, fields });
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Handles for exactly the declared metrics, with exactly the declared labels: another one throws. */
function recordingMetrics(definitions: MetricDefinitions, observations: Observation[]): Metrics<MetricDefinitions> {
  const method = { counter: 'add', gauge: 'set', histogram: 'observe' } as const;
  const handles = Object.entries(definitions).map(([metric, { type, labels: declared = [] }]) => {
    const record = (value: number, labels: LabelValues = {}): void => {
      const given = Object.keys(labels).sort().join(', ');
      const expected = [...declared].sort().join(', ');
      if (given !== expected) {
        throw new Error(`The metric ${metric} has the labels [${expected}] and was given [${given}]`);
      }
      observations.push({ metric, value, labels });
    };
    return [metric, { [method[type]]: record }];
  });
  return Object.fromEntries(handles);
}
