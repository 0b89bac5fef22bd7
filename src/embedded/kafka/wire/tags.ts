/**
 * Tagged fields (KIP-482): what stands behind the fields of a struct in flexible versions, left out where not given.
 *
 *     count uvarint | for each: tag uvarint, length uvarint, the field
 *
 * Tags that are not known are skipped.
 */

import type { Form, OptionalField } from './codec.ts';
import { MalformedRequestError, type Reader } from './reader.ts';
import { Writer } from './writer.ts';

/** A field with a tag, there from a version on. */
export interface TaggedField<R, W = R> extends OptionalField<R, W> {
  readonly tag: number;
  readonly since: number;
}

/** Skips the tagged fields of a place where none is known, such as a request header. */
export function skipTags(reader: Reader): void {
  for (let left = reader.uvarint(); left > 0; left--) {
    reader.uvarint();
    reader.slice(reader.uvarint());
  }
}

/** Whether a codec is one of a tagged field. */
export function isTagged(codec: object): codec is TaggedField<unknown> {
  return 'tag' in codec;
}

/** Reads the tagged fields of a struct that are known, into its value. */
export function readTags(
  reader: Reader,
  form: Form,
  tags: ReadonlyArray<readonly [string, TaggedField<unknown>]>,
  into: Record<string, unknown>,
): void {
  for (let left = reader.uvarint(); left > 0; left--) {
    const tag = reader.uvarint();
    const length = reader.uvarint();
    const known = tags.find(([, codec]) => codec.tag === tag && codec.since <= form.version);
    if (known === undefined) {
      reader.slice(length);
      continue;
    }
    const before = reader.remaining;
    into[known[0]] = known[1].read(reader, form);
    if (before - reader.remaining !== length) throw new MalformedRequestError(`Tagged field ${tag} has a wrong length`);
  }
}

/** Writes the tagged fields that are given. */
export function writeTags(
  writer: Writer,
  form: Form,
  tags: ReadonlyArray<readonly [string, TaggedField<unknown>]>,
  from: Readonly<Record<string, unknown>>,
): void {
  const given = tags.filter(([name, codec]) => from[name] !== undefined && codec.since <= form.version);
  writer.uvarint(given.length);
  for (const [name, codec] of given) {
    const field = new Writer();
    codec.write(field, from[name], form);
    writer.uvarint(codec.tag);
    writer.uvarint(field.length);
    writer.splice(field.finish());
  }
}
