/** What a replay is made of: requests with the answers of Apache Kafka Connect, and the plugins that stand in them. */

export type Config = Readonly<Record<string, string>>;

/** Connectors that both sides have in some form. Sources take `topic` (required), sinks `topics` or `topics.regex`. */
export interface Plugins {
  readonly source: Config;
  /** Other names of the source, where plugins have several. */
  readonly sourceNames: { readonly short: string; readonly simple: string };
  readonly sink: Config;
  /** A source whose task fails, and which has no say in where it is moved. */
  readonly taskFails: Config;
  /** A source that fails before it has tasks. */
  readonly connectorFails: Config;
  /** A source that waits for what it is to read. */
  readonly nothingYet: Config;
  /** A place in what the source reads, a later one, its end, and a place that its plugin refuses. */
  readonly place: {
    readonly partition: object;
    readonly offset: object;
    readonly further: object;
    readonly end: object;
    readonly wrong: object;
  };
  /** A plugin that is no connector. */
  readonly transform: string;
  /** A plugin that converts, as Kafka Connect names it. */
  readonly converter: string;
  /** A key of the source that may be left out, takes numbers, and starts nothing. */
  readonly optional: string;
  /** A text key of the source that may be left out. */
  readonly text: string;
  /** A logger, a name that stands above several, and one of those. */
  readonly loggers: { readonly one: string; readonly namespace: string; readonly inside: string };
}

/** JSON that must be there: text by a pattern, anything by a function, objects and lists with at least what is named. */
export type Expected = string | RegExp | object;

/** An answer, as far as a client reads it. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | RegExp>>;
  /**
   * `''`: no body. Other text, or a pattern: the `message` of an error with the status as its `error_code`. A list or
   * an object: what the JSON must have, at least.
   */
  readonly body?: Expected;
}

export interface Case extends Answer {
  /** Tells it from all others. */
  readonly what: string;
  readonly request: string;
  /** Text goes as it is, anything else as JSON; undefined is no body at all. */
  readonly send?: unknown;
  readonly with?: Readonly<Record<string, string>>;
  /** It is no row of the table: it prepares one, looks whether one took place, or asks what the table does not. */
  readonly isBeyond?: true;
}

/** Cases that go together, in the order in which they are sent. */
export interface Section {
  readonly name: string;
  readonly cases: readonly Case[];
  /** Kafka is stopped before the first of them, and does not come back. */
  readonly withoutKafka?: true;
}

/** Something that we do otherwise on purpose, with the cases in which it is seen. */
export interface Difference {
  readonly because: string;
  readonly answers: Readonly<Record<string, Answer>>;
}

/** A case that is no row of the table. */
export const beyond = (one: Case): Case => ({ ...one, isBeyond: true });
