/**
 * The shapes that configuration has on its way: flat text as the log and REST keep it, and resolved values as tasks
 * take them. What turns one into the other stands in the files beside this one.
 */
import type { ConfigSchema, ErrorHandlerPlugin, SinkPlugin, SourcePlugin, TransformPlugin } from '../../sdk/index.ts';

/** A connector's configuration as the configs topic and REST have it: Kafka Connect's flat keys, every value text, references unresolved. */
export type FlatConfig = Readonly<Record<string, string>>;

/** What kinds of complaints there are. */
export type LintCode =
  // The file.
  | 'no-file'
  | 'too-big'
  | 'too-deep'
  | 'yaml-syntax'
  | 'duplicate-key'
  | 'forbidden-key'
  | 'no-connectors'
  // Keys and values.
  | 'unknown-key'
  | 'missing-key'
  | 'no-value'
  | 'wrong-type'
  | 'wrong-value'
  | 'no-effect'
  | 'no-schema'
  | 'literal-secret'
  | 'unresolved-reference'
  | 'forbidden-reference'
  | 'invalid-name'
  // Plugins.
  | 'unknown-plugin'
  | 'broken-plugin'
  | 'not-a-plugin'
  | 'wrong-plugin'
  | 'forbidden-plugin'
  | 'refused-by-plugin';

/** One complaint about a configuration. All are collected before anything connects. */
export interface Lint {
  readonly level: 'error' | 'warning';
  readonly code: LintCode;
  /** What is wrong and what to do about it. */
  readonly message: string;
  /** The flat key within the connector or worker; undefined when the complaint is about the whole. */
  readonly key?: string | undefined;
  /** The connector; undefined for the worker's own configuration. */
  readonly connector?: string | undefined;
  /** Where it stands, when it came from a file: 1-based. */
  readonly at?: { readonly file: string; readonly line: number; readonly column: number } | undefined;
}

/** How a worker reaches Kafka. */
export interface KafkaSettings {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly ssl:
    | boolean
    | { readonly ca?: string; readonly cert?: string; readonly key?: string; readonly rejectUnauthorized?: boolean };
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  };
}

/** Who may use the REST API, and what with; secrets in the clear. */
export interface RestAuth {
  readonly users: readonly { readonly name: string; readonly password: string; readonly access: 'read' | 'write' }[];
  readonly tokens: readonly { readonly token: string; readonly access: 'read' | 'write' }[];
  /** What asks nobody all the same. */
  readonly open: readonly ('health' | 'metrics')[];
}

/** Where something is served by HTTP, and to whom. */
export interface HttpSettings {
  readonly host: string;
  readonly port: number;
  readonly explicit: boolean;
  /** Undefined: everybody who reaches it. */
  readonly auth?: RestAuth | undefined;
  /** Names that it goes by besides those of this machine. */
  readonly allowedHosts?: readonly string[];
}

/** What a key of a connector is that nobody knows. */
export type UnknownKeys = 'error' | 'warn' | 'ignore';

/** The worker's own configuration (`worker:` in YAML), defaults filled in, references resolved. */
export interface WorkerSettings {
  /** `group.id`, default `caves-connect`. */
  readonly groupId: string;
  /** `bootstrap.servers`; the word `embedded` (the default) is the embedded broker on 127.0.0.1:19092. */
  readonly kafka: KafkaSettings;
  readonly embeddedKafka: boolean;
  /** `rest.host` / `rest.port`; `explicit` when the file names the port: then a taken one is an error, not moved. */
  readonly rest: HttpSettings;
  readonly metrics: HttpSettings;
  /** Folders below which REST may name plugin files. */
  readonly pluginPath: readonly string[];
  /** `config.unknown.keys`. */
  readonly unknownKeys: UnknownKeys;
  /** Glob patterns of the environment variables that connectors created by REST may reference. */
  readonly envAllow: readonly string[];
  /** Folders below which `${file:…}` may read besides the project; from REST it reads nowhere else. */
  readonly fileAllow?: readonly string[];
  /** Folder of the embedded services' data, absolute. */
  readonly dataDir: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  /** Replication factor of the internal topics; undefined: min(3, brokers). */
  readonly replicationFactor?: number | undefined;
  /** Time for tasks to settle at a stop, ms. */
  readonly shutdownTimeoutMs: number;
}

/** A file of `caves-connect start`, read, checked for shape and flattened. */
export interface LoadedFile {
  readonly file: string;
  readonly worker: WorkerSettings;
  /** In the order of the file. */
  readonly connectors: readonly {
    readonly name: string;
    readonly config: FlatConfig;
    readonly initialState?: TargetState;
  }[];
  readonly lints: readonly Lint[];
}

export type TargetState = 'STARTED' | 'PAUSED' | 'STOPPED';

/** The keys that the runtime itself reads from a connector's configuration, typed (`envelope.ts` has schema and defaults). */
export interface RuntimeSettings {
  readonly tasksMax: number;
  /** `task.isolation`; left out in the configuration: `thread` where any plugin is not built in, else `none`. */
  readonly taskIsolation: 'none' | 'thread';
  readonly errors: {
    readonly tolerance: 'none' | 'all';
    /** `errors.retry.timeout` ms: how long `RetriableError` is tried again; -1 for ever (the default). */
    readonly retryTimeoutMs: number;
    /** `errors.retry.delay.max.ms`. */
    readonly retryDelayMaxMs: number;
    /** `errors.restart.*`: a failed task starts again by itself, `max` times, after a delay that doubles. */
    readonly restart: {
      readonly max: number;
      readonly delayMs: number;
      readonly delayMaxMs: number;
      readonly resetMs: number;
    };
    readonly logEnable: boolean;
    readonly logIncludeMessages: boolean;
  };
  /** `stall.timeout.ms`; 0: a task that stands still is never started again for that. */
  readonly stallTimeoutMs: number;
  readonly values: {
    /** `value.schemas.field`: the field that names the event type. */
    readonly field?: string | undefined;
    /** `value.schemas`: type → JSON Schema, files already read in. */
    readonly schemas?: Readonly<Record<string, unknown>> | undefined;
  };
  readonly topicCreation: { readonly partitions: number; readonly replicationFactor: number };
  /** Sources. */
  readonly transaction: { readonly maxRecords: number; readonly maxBytes: number; readonly lingerMs: number };
  /** Sinks. */
  readonly topics: readonly string[];
  readonly topicsRegex?: string | undefined;
  readonly batch: { readonly size: number; readonly bytes: number; readonly lingerMs: number };
  /** `consumer.max.buffered.bytes`: how much is held between Kafka and the sink before fetching pauses. */
  readonly maxBufferedBytes: number;
  /** `auto.offset.reset`. */
  readonly offsetReset: 'earliest' | 'latest';
  /** `topic.recreated`. */
  readonly topicRecreated: 'fail' | 'reset';
}

/** A plugin with its configuration: typed by its schema, defaults filled in, references resolved. */
export interface Configured<P> {
  /** What names it (resolved), so that a thread can load it again. */
  readonly ref: string;
  readonly plugin: P;
  readonly config: Readonly<Record<string, unknown>>;
}

/** A connector ready to be started. */
export interface ResolvedConnector {
  readonly name: string;
  readonly flat: FlatConfig;
  readonly settings: RuntimeSettings;
  readonly connector: Configured<SourcePlugin> | Configured<SinkPlugin>;
  /** Present when rejected records are to be handled: `errors.tolerance: all`. */
  readonly errorHandler?: Configured<ErrorHandlerPlugin> | undefined;
  readonly transforms: readonly (Configured<TransformPlugin> & { readonly alias: string })[];
}

export type { ConfigSchema };
