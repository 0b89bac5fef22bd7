/** What a replay is made of: requests with the answers of Apache Kafka Connect, and the plugins that stand in them. */

export type Config = Readonly<Record<string, string>>;

/** Connectors that both sides have in some form. Sources take `topic` (required), sinks `topics` or `topics.regex`. */
export interface Plugins {
  readonly source: Config;
  readonly sink: Config;
  /** A source whose task fails, and one that fails itself; undefined where there is none. */
  readonly taskFails?: Config | undefined;
  readonly connectorFails?: Config | undefined;
  /** A place in what the source reads, and one that its plugin refuses. */
  readonly place: { readonly partition: object; readonly offset: object; readonly further: object };
  /** A plugin that is no connector. */
  readonly transform: string;
  /** A key of the source that may be left out, takes numbers, and starts nothing. */
  readonly optional: string;
  /** A text key of the source that may be left out. */
  readonly text: string;
  readonly logger: string;
}

/** An answer, as far as a client reads it. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | RegExp>>;
  /**
   * `''`: no body. Other text, or a pattern: the `message` of an error with the status as its `error_code`. A list or
   * an object: what the JSON must have, at least.
   */
  readonly body?: string | RegExp | object;
}

export interface Case extends Answer {
  /** Tells it from all others. */
  readonly what: string;
  readonly request: string;
  /** Text goes as it is, anything else as JSON; undefined is no body at all. */
  readonly send?: unknown;
  readonly with?: Readonly<Record<string, string>>;
}

/** A case that we answer otherwise. */
export interface Difference extends Answer {
  readonly what: string;
  readonly because: string;
}
