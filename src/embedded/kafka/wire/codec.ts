/**
 * The codecs of Kafka's message schemas, as values: a request is a table of fields, in the order and with the versions
 * of the official schema (`common/message/*.json` in Kafka's client jar), and its TypeScript type follows from it.
 *
 * A field that is not in the version at hand reads as its default and is not written; such fields may be left out of
 * what is written. From its first flexible version on (KIP-482) a message has compact lengths (length + 1 as a
 * varint, 0 for null) and ends each struct with tagged fields; unknown tags are skipped.
 */

import { MalformedRequestError, type Reader } from './reader.ts';
import { isTagged, readTags, type TaggedField, writeTags } from './tags.ts';
import type { Writer } from './writer.ts';

/** The form in which a message travels. */
export interface Form {
  readonly version: number;
  readonly flexible: boolean;
}

/** Reads an R and writes a W: the same type, but what is written may leave out fields that have defaults. */
export interface Codec<R, W = R> {
  read(reader: Reader, form: Form): R;
  write(writer: Writer, value: W, form: Form): void;
  /** What a field of this type is when a version lacks it. */
  readonly absent: R;
}

/** A codec with a length in front, which can therefore say null. */
export interface NullableCodec<R, W = R> extends Codec<R, W> {
  readOrNull(reader: Reader, form: Form): R | null;
  writeNull(writer: Writer, form: Form): void;
}

/** A field that need not be given when writing. */
export type OptionalField<R, W = R> = Codec<R, W> & { readonly optional: true };

/** What a codec reads. */
export type Read<C> = C extends Codec<infer R, infer _W> ? R : never;
/** What a codec writes. */
export type Write<C> = C extends Codec<infer _R, infer W> ? W : never;

// biome-ignore lint/suspicious/noExplicitAny: a table of fields holds codecs of every type; Read and Write infer them.
export type AnyCodec = Codec<any, any>;
type Fields = { readonly [name: string]: AnyCodec };
type OptionalKeys<F> = { [K in keyof F]: F[K] extends { readonly optional: true } ? K : never }[keyof F];
type ReadStruct<F> = { readonly [K in keyof F]: Read<F[K]> };
type WriteStruct<F> = { readonly [K in Exclude<keyof F, OptionalKeys<F>>]: Write<F[K]> } & {
  readonly [K in OptionalKeys<F>]?: Write<F[K]> | undefined;
};

export const boolean: Codec<boolean> = {
  absent: false,
  read: (reader) => reader.int8() !== 0,
  write: (writer, value) => writer.int8(value ? 1 : 0),
};
export const int8: Codec<number> = {
  absent: 0,
  read: (reader) => reader.int8(),
  write: (writer, value) => writer.int8(value),
};
export const int16: Codec<number> = {
  absent: 0,
  read: (reader) => reader.int16(),
  write: (writer, value) => writer.int16(value),
};
export const int32: Codec<number> = {
  absent: 0,
  read: (reader) => reader.int32(),
  write: (writer, value) => writer.int32(value),
};
export const int64: Codec<number> = {
  absent: 0,
  read: (reader) => reader.int64(),
  write: (writer, value) => writer.int64(value),
};

/** No topic, on the wire. */
export const zeroUuid = '00000000000000000000000000000000';
/** 16 bytes, as 32 hexadecimal digits. */
export const uuid: Codec<string> = {
  absent: zeroUuid,
  read: (reader) => reader.slice(16).toString('hex'),
  write: (writer, value) => writer.bytes(Buffer.from(value, 'hex')),
};

export const string: NullableCodec<string> = lengthPrefixed<string, string>('int16', {
  absent: '',
  what: 'string',
  read: (reader, length) => reader.utf8(length),
  write: (writer, value, prefix) => {
    const bytes = Buffer.from(value, 'utf8');
    prefix(bytes.length);
    writer.bytes(bytes);
  },
});

export const bytes: NullableCodec<Buffer> = lengthPrefixed<Buffer, Buffer>('int32', {
  absent: Buffer.alloc(0),
  what: 'byte field',
  read: (reader, length) => reader.slice(length),
  write: (writer, value, prefix) => {
    prefix(value.length);
    writer.bytes(value);
  },
});

/** Record batches: one view when read; any number of kept buffers, not copied, when written. */
export const records: NullableCodec<Buffer, readonly Buffer[]> = lengthPrefixed<Buffer, readonly Buffer[]>('int32', {
  absent: Buffer.alloc(0),
  what: 'records field',
  read: (reader, length) => reader.slice(length),
  write: (writer, value, prefix) => {
    prefix(value.reduce((sum, buffer) => sum + buffer.length, 0));
    writer.splice(value);
  },
});

export function array<R, W>(element: Codec<R, W>): NullableCodec<readonly R[], readonly W[]> {
  return lengthPrefixed<readonly R[], readonly W[]>('int32', {
    absent: [],
    what: 'array',
    read: (reader, length, form) => {
      // An element takes a byte at least: a length beyond what is left is a lie, told before the array grows.
      if (length > reader.remaining) throw new MalformedRequestError(`An array claims ${length} elements`);
      const elements: R[] = [];
      for (let i = 0; i < length; i++) elements.push(element.read(reader, form));
      return elements;
    },
    write: (writer, value, prefix, form) => {
      prefix(value.length);
      for (const one of value) element.write(writer, one, form);
    },
  });
}

/** Null is allowed, from version `since` on. */
export function nullable<R, W>(codec: NullableCodec<R, W>, since = 0): Codec<R | null, W | null> {
  return {
    absent: codec.absent,
    read: (reader, form) => (form.version >= since ? codec.readOrNull(reader, form) : codec.read(reader, form)),
    write: (writer, value, form) => {
      if (value !== null) codec.write(writer, value, form);
      else if (form.version >= since) codec.writeNull(writer, form);
      else throw new TypeError(`null is not allowed in version ${form.version}`);
    },
  };
}

/** The field is there in the versions `first` to `last`. */
export function between<R, W>(
  first: number,
  last: number,
  codec: Codec<R, W>,
  absent: R = codec.absent,
): OptionalField<R, W> {
  return {
    optional: true,
    absent,
    read: (reader, form) => (form.version >= first && form.version <= last ? codec.read(reader, form) : absent),
    write: (writer, value, form) => {
      if (form.version < first || form.version > last) return;
      codec.write(writer, value === undefined ? (absent as unknown as W) : value, form);
    },
  };
}

/** The field is there from version `first` on. */
export function since<R, W>(first: number, codec: Codec<R, W>, absent?: R): OptionalField<R, W> {
  return between(first, Number.POSITIVE_INFINITY, codec, absent === undefined ? codec.absent : absent);
}

/** The field is there up to version `last`. */
export function until<R, W>(last: number, codec: Codec<R, W>, absent?: R): OptionalField<R, W> {
  return between(0, last, codec, absent === undefined ? codec.absent : absent);
}

/** A tagged field of flexible versions: left out where it is not given. */
export function tagged<R, W>(tag: number, first: number, codec: Codec<R, W>): OptionalField<R | undefined, W> {
  const field: TaggedField<R | undefined, W> = {
    optional: true,
    tag,
    since: first,
    absent: undefined,
    read: codec.read,
    write: codec.write,
  };
  return field;
}

/** Fields one after another; in flexible versions followed by the tagged ones. */
export function struct<const F extends Fields>(fields: F): Codec<ReadStruct<F>, WriteStruct<F>> {
  const plain = Object.entries(fields).filter(([, codec]) => !isTagged(codec));
  const tags = Object.entries(fields).filter((entry): entry is [string, TaggedField<unknown>] => isTagged(entry[1]));
  tags.sort(([, a], [, b]) => a.tag - b.tag);
  const absent = Object.fromEntries(Object.entries(fields).map(([name, codec]) => [name, codec.absent]));
  return {
    absent: absent as ReadStruct<F>,
    read: (reader, form) => {
      const value: Record<string, unknown> = {};
      for (const [name, codec] of plain) value[name] = codec.read(reader, form);
      for (const [name] of tags) value[name] = undefined;
      if (form.flexible) readTags(reader, form, tags, value);
      return value as ReadStruct<F>;
    },
    write: (writer, value, form) => {
      const given = value as Readonly<Record<string, unknown>>;
      for (const [name, codec] of plain) codec.write(writer, given[name], form);
      if (form.flexible) writeTags(writer, form, tags, given);
    },
  };
}

/** Fields that are there or null, which a byte in front tells: -1 for null. */
export function nullableStruct<const F extends Fields>(fields: F): Codec<ReadStruct<F> | null, WriteStruct<F> | null> {
  const codec = struct(fields);
  return {
    absent: null,
    read: (reader, form) => (reader.int8() < 0 ? null : codec.read(reader, form)),
    write: (writer, value, form) => {
      writer.int8(value === null ? -1 : 1);
      if (value !== null) codec.write(writer, value, form);
    },
  };
}

function lengthPrefixed<R, W>(
  width: 'int16' | 'int32',
  body: {
    readonly absent: R;
    readonly what: string;
    read(reader: Reader, length: number, form: Form): R;
    write(writer: Writer, value: W, prefix: (length: number) => void, form: Form): void;
  },
): NullableCodec<R, W> {
  const readOrNull = (reader: Reader, form: Form): R | null => {
    const length = form.flexible ? reader.uvarint() - 1 : reader[width]();
    if (length < -1) throw new MalformedRequestError(`A ${body.what} has the length ${length}`);
    return length === -1 ? null : body.read(reader, length, form);
  };
  return {
    absent: body.absent,
    readOrNull,
    read: (reader, form) => {
      const value = readOrNull(reader, form);
      if (value === null) throw new MalformedRequestError(`A ${body.what} is null where that is not allowed`);
      return value;
    },
    write: (writer, value, form) =>
      body.write(writer, value, (length) => (form.flexible ? writer.uvarint(length + 1) : writer[width](length)), form),
    writeNull: (writer, form) => (form.flexible ? writer.uvarint(0) : writer[width](-1)),
  };
}
