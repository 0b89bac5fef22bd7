/** What a task in a thread of its own and its worker say to each other. Everything here can be cloned between threads. */
import { inspect } from 'node:util';
import type { LogFields, Position, SourceOffset } from '../../sdk/index.ts';
import type { Configured, FlatConfig, KafkaSettings, RuntimeSettings } from '../config/model.ts';
import type { LogLevel } from '../log.ts';
import type { Threshold } from '../log-levels.ts';
import type { MetricSpec, MetricsSnapshot } from '../metrics/model.ts';
import type { RegistryOptions } from '../plugins/registry.ts';
import type { StallReport } from './stall-watch.ts';

type PluginToLoad = Pick<Configured<never>, 'ref' | 'config'>;

/** What the thread is started with: a connector without its plugins, which it loads by itself. */
export interface ThreadTask {
  readonly name: string;
  readonly flat: FlatConfig;
  readonly settings: RuntimeSettings;
  readonly connector: PluginToLoad;
  readonly errorHandler: PluginToLoad | undefined;
  readonly transforms: readonly (PluginToLoad & { readonly alias: string })[];
  readonly task: number;
  readonly tasks: number;
  readonly groupId: string;
  readonly kafka: KafkaSettings;
  readonly plugins: Pick<RegistryOptions, 'folder' | 'pluginPath'>;
  readonly logLevel: Threshold;
  readonly offsets: { readonly topic: string; readonly partition: number };
}

export type ToThread =
  | { readonly type: 'stop' }
  | { readonly type: 'abort' }
  | { readonly type: 'level'; readonly level: Threshold }
  | {
      readonly type: 'offsets';
      readonly id: number;
      readonly offsets?: ReadonlyMap<string, SourceOffset>;
      readonly error?: ErrorText;
    };

export type FromThread =
  | { readonly type: 'started'; readonly metrics: readonly MetricSpec[] }
  | { readonly type: 'log'; readonly level: LogLevel; readonly message: string; readonly fields: LogFields }
  | { readonly type: 'metrics'; readonly snapshot: MetricsSnapshot }
  | {
      readonly type: 'progress';
      readonly idle: boolean;
      readonly settled: readonly Position[];
      readonly topics: readonly string[];
    }
  | { readonly type: 'offsets'; readonly id: number }
  | { readonly type: 'stalled'; readonly report: StallReport | undefined }
  | { readonly type: 'reconfigure' }
  | { readonly type: 'ended'; readonly error: ErrorText | undefined };

/**
 * An error as text. Its class does not cross a thread's border; what steers retries, restarts and traces on the other
 * side does: that is asked for by code, name, type and stack.
 */
export interface ErrorText {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly retriable: boolean;
  /** A plugin's word for what is to be done, our own for what went wrong, or the system's. */
  readonly code: string | number | undefined;
  /** Kafka's word for what went wrong. */
  readonly type: string | undefined;
  readonly cause: ErrorText | undefined;
}

/** Takes whatever was thrown. */
export function toText(thrown: unknown, depth = 0): ErrorText {
  const given = typeof thrown === 'object' && thrown !== null ? (thrown as Readonly<Record<string, unknown>>) : {};
  const { name, message, stack, retriable, code, type, cause } = given;
  return {
    name: textOf(name) ?? 'Error',
    message: textOf(message) ?? (typeof thrown === 'string' ? thrown : inspect(thrown)),
    stack: textOf(stack),
    retriable: retriable === true,
    code: typeof code === 'number' ? code : textOf(code),
    type: textOf(type),
    cause: cause === undefined || cause === null || depth > 8 ? undefined : toText(cause, depth + 1),
  };
}

/** An error of which is to be thought as of the one that was made into text. */
export function fromText({ message, cause, code, type, ...looks }: ErrorText): Error {
  const error = new Error(message, cause === undefined ? undefined : { cause: fromText(cause) });
  return Object.assign(error, looks, code !== undefined && { code }, type !== undefined && { type });
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
