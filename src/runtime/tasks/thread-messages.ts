/** What a task in a thread of its own and its worker say to each other. Everything here can be cloned between threads. */
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

/** An error as text: its class does not cross a thread's border, its words and causes do. */
export interface ErrorText {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Steers retries on the other side. */
  readonly retriable: boolean;
  readonly cause: ErrorText | undefined;
}

export function toText(error: unknown, depth = 0): ErrorText {
  const { name, message, stack, retriable, cause } = error as Partial<Error & { retriable: boolean }>;
  return {
    name: String(name ?? 'Error'),
    message: String(message ?? error),
    stack,
    retriable: retriable === true,
    cause: cause === undefined || depth > 8 ? undefined : toText(cause, depth + 1),
  };
}

export function fromText({ name, message, stack, retriable, cause }: ErrorText): Error {
  const error = new Error(message, cause === undefined ? undefined : { cause: fromText(cause) });
  return Object.assign(error, { name, stack, retriable });
}
