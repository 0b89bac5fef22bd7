/**
 * Random requests by the official schemas: well formed, with fields that are now sensible and now absurd, and often
 * damaged. Names come from a small pool, so that what they leave in a broker stays small; times that a broker would
 * wait for are short.
 */

import fc from 'fast-check';
import { type Field, fieldsOf, hasVersion, type Schema, schemaOf } from './official-schemas.ts';
import { recordBatch } from './record-batches.ts';

const names = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom('wines', 'beers', 'readers', 'tx', 'consumer', 'range', 'retention.ms', '1'),
  },
  { weight: 1, arbitrary: fc.constantFrom('', '..', 'a b', 'ü'.repeat(300)) },
);
const shortTimes = fc.constantFrom(-1, 0, 10, 50);
const blobs = fc.oneof(
  fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom(recordBatch(['value']), recordBatch(['a', 'b'], { producerId: 1, baseSequence: 0 }), Buffer.alloc(0)),
);

function integers(bits: number): fc.Arbitrary<bigint> {
  const max = 2n ** BigInt(bits - 1) - 1n;
  return fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(-1n, 0n, 1n, 2n, 3n) },
    { weight: 1, arbitrary: fc.constantFrom(-max - 1n, max, -2n, -3n, -100n) },
    { weight: 1, arbitrary: fc.bigInt({ min: -max - 1n, max }) },
  );
}

function integer(bits: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt.asIntN(64, value));
  return bytes.subarray(8 - bits / 8);
}

function concat(parts: ReadonlyArray<fc.Arbitrary<Buffer>>): fc.Arbitrary<Buffer> {
  return fc.tuple(...parts).map((buffers) => Buffer.concat(buffers));
}

/** The length in front of strings, bytes and arrays; -1 for null. */
function length(flexible: boolean, bits: 16 | 32, value: number): Buffer {
  return flexible ? uvarint(value + 1) : integer(bits, BigInt(value));
}

function uvarint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}

/** The fields of a message, encoded. */
function bodyOf(schema: Schema, version: number): fc.Arbitrary<Buffer> {
  const flexible = hasVersion(schema.flexibleVersions, version);
  const struct = (fields: readonly Field[]): fc.Arbitrary<Buffer> =>
    concat([
      ...fields
        .filter(({ versions, tag }) => hasVersion(versions, version) && tag === undefined)
        .map((field) => orNull(field)),
      fc.constant(flexible ? uvarint(0) : Buffer.alloc(0)),
    ]);
  const orNull = (field: Field): fc.Arbitrary<Buffer> => {
    const value = one(field, field.type);
    if (!hasVersion(field.nullableVersions, version)) return value;
    const isStruct = /^[A-Z]/.test(field.type);
    const none = isStruct ? Buffer.of(0xff) : length(flexible, field.type === 'string' ? 16 : 32, -1);
    const some = isStruct ? value.map((bytes) => Buffer.concat([Buffer.of(1), bytes])) : value;
    return fc.oneof({ weight: 3, arbitrary: some }, { weight: 1, arbitrary: fc.constant(none) });
  };
  const one = (field: Field, type: string): fc.Arbitrary<Buffer> => {
    if (type.startsWith('[]')) {
      const elements = fc.array(one(field, type.slice(2)), { maxLength: 3 });
      return elements.map((all) => Buffer.concat([length(flexible, 32, all.length), ...all]));
    }
    const inner = fieldsOf(schema, field, type);
    if (inner !== undefined) return struct(inner);
    const sized = (bits: 16 | 32) => (bytes: Buffer) => Buffer.concat([length(flexible, bits, bytes.length), bytes]);
    switch (type) {
      case 'string':
        return names.map((name) => sized(16)(Buffer.from(name)));
      case 'bytes':
      case 'records':
        return blobs.map(sized(32));
      case 'uuid':
        return fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes));
      case 'bool':
        return fc.boolean().map((value) => Buffer.of(value ? 1 : 0));
      default: {
        const bits = Number(type.replace(/^u?int/, ''));
        const values = /(Wait|Timeout)Ms$/.test(field.name) ? shortTimes.map(BigInt) : integers(bits);
        return values.map((value) => integer(bits, value));
      }
    }
  };
  return struct(schema.fields);
}

/** A whole request with its length in front; in one of three its bytes are changed, cut or lengthened. */
export function hostileRequest(name: string, version: number): fc.Arbitrary<Buffer> {
  const schema = requestSchema(name);
  const head = Buffer.concat([
    integer(16, BigInt(schema.apiKey)),
    integer(16, BigInt(version)),
    integer(32, 77n),
    length(false, 16, -1),
    hasVersion(schema.flexibleVersions, version) ? uvarint(0) : Buffer.alloc(0),
  ]);
  return fc
    .tuple(
      bodyOf(schema, version),
      fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: damage }),
    )
    .map(([body, harm]) => {
      const bytes = Buffer.concat([head, harm === undefined ? body : harm(body)]);
      return Buffer.concat([integer(32, BigInt(bytes.length)), bytes]);
    });
}

type Damage = (bytes: Buffer) => Buffer;

const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.tuple(fc.nat(), fc.nat(255)).map(
    ([at, value]): Damage =>
      (bytes) => {
        const changed = Buffer.from(bytes);
        if (changed.length > 0) changed[at % changed.length] = value;
        return changed;
      },
  ),
  fc.nat().map(
    (at): Damage =>
      (bytes) =>
        bytes.subarray(0, bytes.length === 0 ? 0 : at % bytes.length),
  ),
  fc.uint8Array({ maxLength: 20 }).map(
    (more): Damage =>
      (bytes) =>
        Buffer.concat([bytes, more]),
  ),
);

const schemas = new Map<string, Schema>();

function requestSchema(name: string): Schema {
  const known = schemas.get(name);
  if (known !== undefined) return known;
  const schema = schemaOf(`${name}Request`);
  schemas.set(name, schema);
  return schema;
}
