/**
 * The schema of a plugin's configuration: a closed subset of JSON Schema, from which the runtime gets validation,
 * defaults, types, documentation, lint, the answers of `/connector-plugins/{name}/config` and redaction.
 *
 * Closed means: what cannot be rendered as documentation is not in it (no `oneOf`, no `$ref`, no conditions).
 * Property names are Kafka Connect's flat keys, dots and all: `'generation.delay.ms'`.
 */

/** What every property can say about itself. */
interface Described {
  /** One or two sentences for the person who writes the YAML. */
  readonly description: string;
  readonly examples?: readonly unknown[];
  /** Documentation only: `high` keys come first. Default `medium`. */
  readonly importance?: 'high' | 'medium' | 'low';
}

export interface StringProperty extends Described {
  readonly type: 'string';
  readonly default?: string;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly format?: string;
  /** A password or key: must be a `${…}` reference, is never stored, logged or answered. */
  readonly secret?: boolean;
}

export interface NumberProperty extends Described {
  readonly type: 'number' | 'integer';
  readonly default?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
}

export interface BooleanProperty extends Described {
  readonly type: 'boolean';
  readonly default?: boolean;
}

/** A list. In REST it is one comma-separated string when its items are strings or numbers, JSON text otherwise. */
export interface ArrayProperty extends Described {
  readonly type: 'array';
  readonly items: ConfigProperty;
  readonly default?: readonly unknown[];
  readonly minItems?: number;
}

/** A map from free names to values. Nested YAML below it is its value; in REST it is JSON text. */
export interface MapProperty extends Described {
  readonly type: 'object';
  readonly additionalProperties: ConfigProperty;
  readonly default?: Readonly<Record<string, unknown>>;
}

/** An object with known fields. Nested YAML below it is its value; in REST it is JSON text. */
export interface ObjectProperty extends Described {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, ConfigProperty>>;
  readonly required?: readonly string[];
  readonly default?: Readonly<Record<string, unknown>>;
}

/** Any JSON: for values that belong to somebody else, such as a JSON Schema given inline. */
export interface JsonProperty extends Described {
  readonly type: 'json';
  readonly default?: unknown;
}

export type ConfigProperty =
  | StringProperty
  | NumberProperty
  | BooleanProperty
  | ArrayProperty
  | MapProperty
  | ObjectProperty
  | JsonProperty;

/** The schema of one plugin's configuration. */
export interface ConfigSchema {
  readonly properties: Readonly<Record<string, ConfigProperty>>;
  readonly required?: readonly string[];
}

/**
 * The value of a property. The first line is for a schema whose type is not known, such as that of some plugin out of a
 * list: without it the compiler would unfold `ConfigProperty` for ever.
 */
type ValueOf<P> = ConfigProperty extends P
  ? unknown
  : P extends { readonly enum: readonly (infer E)[] }
    ? E
    : P extends { readonly type: 'string' }
      ? string
      : P extends { readonly type: 'number' | 'integer' }
        ? number
        : P extends { readonly type: 'boolean' }
          ? boolean
          : P extends { readonly type: 'array'; readonly items: infer I }
            ? readonly ValueOf<I>[]
            : P extends { readonly type: 'object'; readonly properties: Properties }
              ? ConfigOf<P>
              : P extends { readonly type: 'object'; readonly additionalProperties: infer V }
                ? Readonly<Record<string, ValueOf<V>>>
                : unknown;

type Properties = Readonly<Record<string, ConfigProperty>>;
type Names<S> = S extends { readonly properties: infer P } ? Extract<keyof P, string> : never;
type Always<S> = S extends { readonly required: readonly (infer R)[] } ? R : never;
type Defaulted<S> = S extends { readonly properties: infer P }
  ? { [K in keyof P]: P[K] extends { readonly default: unknown } ? K : never }[keyof P]
  : never;
type Present<S> = Extract<Names<S>, Always<S> | Defaulted<S>>;

/**
 * The type of a configuration with schema `S`: required and defaulted keys are there, others may be undefined.
 *
 * @example
 * const config = { properties: { 'poll.ms': { type: 'integer', default: 500, description: 'How often' } } } as const;
 * const typed: ConfigOf<typeof config> = { 'poll.ms': 500 };
 */
export type ConfigOf<S extends { readonly properties: Properties }> = {
  readonly [K in Present<S>]: ValueOf<S['properties'][K]>;
} & {
  readonly [K in Exclude<Names<S>, Present<S>>]?: ValueOf<S['properties'][K]> | undefined;
};
