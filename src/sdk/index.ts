/**
 * The public SDK: all that a connector may import, built-in ones included. It imports nothing of the runtime.
 * A plugin is one object, made by one of the four `define…` functions, and the default export of its module.
 */
import type { ErrorHandlerPlugin } from './error-handler.ts';
import type { SinkPlugin } from './sink.ts';
import type { SourcePlugin } from './source.ts';
import type { TransformPlugin } from './transform.ts';

export * from './config.ts';
export * from './context.ts';
export * from './error-handler.ts';
export {
  BatchRejectedError,
  ConfigError,
  FencedError,
  InvalidRecordsError,
  type PluginErrorCode,
  RetriableError,
} from './errors.ts';
export type { PluginDefinition } from './plugin.ts';
export * from './records.ts';
export * from './sink.ts';
export * from './source.ts';
export * from './transform.ts';

export type Plugin = SourcePlugin | SinkPlugin | ErrorHandlerPlugin | TransformPlugin;
