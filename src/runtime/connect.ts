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
  /** Of a task: how often it was started again by itself; counted anew once it has run well, or is restarted by hand. */
  readonly restarts?: number | undefined;
  /** Of a FAILED task that will be: when, in ISO 8601. */
  readonly next_restart?: string | undefined;
  /** Of a RUNNING task that stands still although there is work for it: since when (ISO 8601), and what is known of it. */
  readonly stalled?: { readonly since: string; readonly reason: string } | undefined;
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

export interface TaskInfo {
  readonly id: { readonly connector: string; readonly task: number };
  readonly config: FlatConfig;
}

export interface RestartRequest {
  /** The tasks as well, not only the connector. */
  readonly includeTasks: boolean;
  /** Only what is FAILED. */
  readonly onlyFailed: boolean;
}

/** A place in what a connector reads, as its REST API shows it: of a sink `{kafka_topic, kafka_partition}`. */
export type OffsetObject = Readonly<Record<string, unknown>>;

export interface ConnectorOffset {
  readonly partition: OffsetObject;
  /** `{kafka_offset}` of a sink; null is no offset. */
  readonly offset: OffsetObject | null;
}

/** One entry of a request to move offsets, before anybody has looked at it. Without an offset it forgets one. */
export interface RequestedOffset {
  readonly partition?: OffsetObject | null;
  readonly offset?: OffsetObject | null;
}

/** Who has had a say when offsets were moved or forgotten. */
export interface OffsetsChange {
  /** The plugin has looked at them, or moved what its destination keeps. If not, what it keeps elsewhere is as it was. */
  readonly byPlugin: boolean;
}

/** A configuration that a connector has had. */
export interface ConfigVersion {
  readonly config: FlatConfig;
  /** When it was written, in ms. */
  readonly timestamp: number;
}

/** A key of a configuration, as Kafka Connect's `ConfigKeyInfo` has it. */
export interface ConfigKeyInfo {
  readonly name: string;
  readonly type: 'BOOLEAN' | 'STRING' | 'INT' | 'LONG' | 'DOUBLE' | 'LIST' | 'CLASS' | 'PASSWORD';
  readonly required: boolean;
  readonly default_value: string | null;
  readonly importance: 'HIGH' | 'MEDIUM' | 'LOW';
  readonly documentation: string;
  readonly group: string | null;
  readonly width: 'NONE' | 'SHORT' | 'MEDIUM' | 'LONG';
  readonly display_name: string;
  readonly dependents: readonly string[];
  readonly order: number;
}

export interface ConfigValueInfo {
  readonly name: string;
  readonly value: string | null;
  readonly recommended_values: readonly string[];
  readonly errors: readonly string[];
  readonly visible: boolean;
}

/** What `PUT /connector-plugins/{class}/config/validate` answers. */
export interface ConfigInfos {
  readonly name: string;
  readonly error_count: number;
  readonly groups: readonly string[];
  readonly configs: readonly { readonly definition: ConfigKeyInfo; readonly value: ConfigValueInfo }[];
}

/** The level of a logger; null where it has that of its parent. */
export interface LoggerLevel {
  readonly level: string;
  /** When it was changed, in ms; null where it never was. */
  readonly last_modified: number | null;
}

/** Where a configuration comes from: a file of this worker may name plugin files and any variable, a REST client not. */
export interface WriteOptions {
  readonly fromFile?: { readonly folder: string };
  /** What a connector is meant to do that `put` creates; of one that is there already it stays. Default: STARTED. */
  readonly initialState?: TargetState | undefined;
}

/** What a connector stands between. */
export interface ConnectorFlow {
  /** The system that a source reads or a sink writes, in the words of its plugin. */
  readonly endpoint: string;
  /** Those that a sink reads; those that a source has written to so far. */
  readonly topics: readonly string[];
  /** Where rejected records go; null where they end the task. */
  readonly rejects_to: string | null;
}

/** A record as it lies in a topic; what is no UTF-8 is shown with replacement characters. */
export interface TopicRecord {
  readonly partition: number;
  readonly offset: number;
  /** In ms since 1970. */
  readonly timestamp: number;
  readonly key: string | null;
  /** Its beginning: `value_bytes` tells how long it is. */
  readonly value: string | null;
  readonly value_bytes: number;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}

export interface Connect {
  server(): ServerInfo;
  /** As far as it is known without asking anybody. */
  health(): Health;
  /** The same after asking Kafka, which may take ten seconds not to answer. */
  checkHealth(): Promise<Health>;
  connectors(): readonly string[];
  connector(name: string): ConnectorInfo;
  status(name: string): ConnectorStatus;
  flow(name: string): ConnectorFlow;
  /** 409 when it exists, 400 when it is invalid. Resolves when the log holds it. */
  create(name: string, config: FlatConfig, initialState?: TargetState, options?: WriteOptions): Promise<ConnectorInfo>;
  /** Creates or changes; a config that is already there changes and restarts nothing. */
  put(
    name: string,
    config: FlatConfig,
    options?: WriteOptions,
  ): Promise<{ readonly created: boolean; readonly info: ConnectorInfo }>;
  /** Changes keys of a configuration; null removes one. The configuration as a whole must be valid afterwards. */
  patch(name: string, changes: Readonly<Record<string, string | null>>): Promise<ConnectorInfo>;
  remove(name: string): Promise<void>;
  setTargetState(name: string, state: TargetState): Promise<void>;
  /** The configurations that a connector has had, the newest (the present one) first, at most twenty. */
  history(name: string): readonly ConfigVersion[];

  /** Starts the connector or parts of it again; answers the status with what is RESTARTING. */
  restart(name: string, request: RestartRequest): Promise<ConnectorStatus>;
  /** 404 when there is no such task. */
  restartTask(name: string, task: number): Promise<void>;
  tasks(name: string): readonly TaskInfo[];
  taskStatus(name: string, task: number): StateInfo & { readonly id: number };

  /** The topics that a connector has read or written since its creation or the last reset. */
  topics(name: string): readonly string[];
  resetTopics(name: string): Promise<void>;
  /** The newest records of a topic that a connector reads, writes or rejects to (404 for all others), the newest first. */
  latestRecords(topic: string, limit: number): Promise<readonly TopicRecord[]>;

  offsets(name: string): Promise<readonly ConnectorOffset[]>;
  /** Moves the named partitions, and no others; 400 unless the connector is STOPPED, or when one cannot be moved there. */
  alterOffsets(name: string, offsets: readonly RequestedOffset[]): Promise<OffsetsChange>;
  /** Forgets all of them; 400 unless the connector is STOPPED. */
  resetOffsets(name: string): Promise<OffsetsChange>;

  plugins(): readonly PluginInfo[];
  /** The keys of a plugin's configuration; of a connector those of the runtime as well. 404 for an unknown plugin. */
  pluginConfig(plugin: string): Promise<readonly ConfigKeyInfo[]>;
  /** Every key with its definition, value and errors. Also for an unknown class: then `connector.class` has the error. */
  validate(plugin: string, config: FlatConfig): Promise<ConfigInfos>;
  /** The complaints about a configuration, without storing it. */
  lint(name: string, config: FlatConfig): Promise<readonly Lint[]>;

  /** The loggers of this worker: `root` and those that have been used or set, by name. */
  loggers(): Readonly<Record<string, LoggerLevel>>;
  /** Sets a logger and those below it; answers their names. With scope `cluster` on every worker. */
  setLoggerLevel(logger: string, level: string, scope: 'worker' | 'cluster'): Promise<readonly string[]>;
}
