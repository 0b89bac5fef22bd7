/**
 * What a worker offers to REST and the command line: Kafka Connect's operations as one interface, free of HTTP.
 * Every method throws `ConnectError` for what the caller did wrong or what is not to be had now.
 */
import type { FlatConfig, Lint, TargetState } from './config/model.ts';

export type ConnectorState = 'UNASSIGNED' | 'RUNNING' | 'PAUSED' | 'STOPPED' | 'FAILED' | 'RESTARTING';
export type ConnectorType = 'source' | 'sink' | 'unknown';

export interface ConnectorInfo {
  readonly name: string;
  readonly config: FlatConfig;
  readonly tasks: readonly { readonly connector: string; readonly task: number }[];
  readonly type: ConnectorType;
}

export interface StateInfo {
  readonly state: ConnectorState;
  readonly worker_id: string;
  readonly version: string | null;
  readonly trace?: string | undefined;
}

export interface ConnectorStatus {
  readonly name: string;
  readonly connector: StateInfo;
  readonly tasks: readonly (StateInfo & { readonly id: number })[];
  readonly type: ConnectorType;
}

export interface PluginInfo {
  readonly class: string;
  readonly type: 'source' | 'sink' | 'error-handler' | 'transform';
  readonly version: string;
  readonly summary: string;
}

export interface ServerInfo {
  readonly version: string;
  readonly commit: string;
  readonly kafka_cluster_id: string;
}

export interface Health {
  readonly status: 'healthy' | 'unhealthy' | 'starting';
  readonly message: string;
}

/** Where a configuration comes from: a file of this worker may name plugin files and any variable, a REST client not. */
export interface WriteOptions {
  readonly fromFile?: { readonly folder: string };
}

export interface Connect {
  server(): ServerInfo;
  health(): Health;
  connectors(): readonly string[];
  connector(name: string): ConnectorInfo;
  status(name: string): ConnectorStatus;
  /** 409 when it exists, 400 when it is invalid. Resolves when the log holds it. */
  create(name: string, config: FlatConfig, initialState?: TargetState, options?: WriteOptions): Promise<ConnectorInfo>;
  /** Creates or changes; a config that is already there changes and restarts nothing. */
  put(
    name: string,
    config: FlatConfig,
    options?: WriteOptions,
  ): Promise<{ readonly created: boolean; readonly info: ConnectorInfo }>;
  remove(name: string): Promise<void>;
  setTargetState(name: string, state: TargetState): Promise<void>;
  plugins(): readonly PluginInfo[];
  /** The complaints about a configuration, without storing it. */
  lint(name: string, config: FlatConfig): Promise<readonly Lint[]>;
}
