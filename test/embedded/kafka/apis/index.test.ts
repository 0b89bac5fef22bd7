import { describe, expect, test } from 'vitest';
import { apis } from '../../../../src/embedded/kafka/apis/index.ts';
import { Reader } from '../../../../src/embedded/kafka/wire/reader.ts';
import { Writer } from '../../../../src/embedded/kafka/wire/writer.ts';
import { type Field, fieldsOf, hasVersion, type Schema, schemaOf, whyNoSchemas } from '../official-schemas.ts';

/** Writes a message by its official schema, each field with a value of its own: an encoder that is not ours. */
function bytesBySchema(schema: Schema, version: number, useNull: boolean): Buffer {
  const flexible = hasVersion(schema.flexibleVersions, version);
  const out: number[] = [];
  let next = 1;
  const int = (size: number, value: number): void => {
    for (let i = size - 1; i >= 0; i--) out.push(i > 3 ? 0 : (value >>> (8 * i)) & 0xff);
  };
  const length = (size: 2 | 4, value: number): void => {
    if (flexible) out.push(value + 1);
    else int(size, value);
  };
  const one = (field: Field, type: string): void => {
    const inner = fieldsOf(schema, field, type);
    if (type.startsWith('[]')) {
      length(4, 1);
      one(field, type.slice(2));
    } else if (inner !== undefined) all(inner);
    else if (type === 'string') {
      length(2, 2);
      out.push(97 + (next++ % 26), 98);
    } else if (type === 'bytes' || type === 'records') {
      length(4, 1);
      out.push(next++);
    } else if (type === 'uuid') for (let i = 0; i < 16; i++) out.push(next);
    else if (type === 'bool') out.push(1);
    else int(Number(type.slice(3)) / 8, next++);
  };
  const all = (fields: readonly Field[]): void => {
    for (const field of fields) {
      if (!hasVersion(field.versions, version) || field.tag !== undefined) continue;
      const isNull = useNull && hasVersion(field.nullableVersions, version);
      const isStruct = hasVersion(field.nullableVersions, version) && /^[A-Z]/.test(field.type);
      if (isStruct) int(1, isNull ? 0xff : 1);
      else if (isNull) length(field.type === 'string' ? 2 : 4, -1);
      if (!isNull) one(field, field.type);
    }
    if (flexible) out.push(0);
  };
  all(schema.fields);
  return Buffer.from(out);
}

const cases = apis.flatMap((api) => {
  const [oldest, newest] = api.versions;
  return Array.from({ length: newest - oldest + 1 }, (_, i) => ({ api, name: api.name, version: oldest + i }));
});

describe('the tables of fields agree with the official schema', () => {
  test.for(cases)('of $name version $version', ({ api, version }, { skip }) => {
    const missing = whyNoSchemas();
    if (missing) skip(missing);
    const form = { version, flexible: api.isFlexible(version) };
    for (const [side, codec] of [
      ['Request', api.request],
      ['Response', api.response],
    ] as const) {
      const schema = schemaOf(`${api.name}${side}`);
      expect(schema.apiKey).toBe(api.key);
      expect(form.flexible).toBe(hasVersion(schema.flexibleVersions, version));
      for (const useNull of [false, true]) {
        const official = bytesBySchema(schema, version, useNull);
        const reader = new Reader(official);
        const message = codec.read(reader, form);
        expect(reader.remaining).toBe(0);
        const writer = new Writer();
        codec.write(writer, withRecords(message), form);
        expect(Buffer.concat(writer.finish())).toEqual(official);
      }
    }
  });
});

/** Record batches are one buffer when read, and a list of buffers when written. */
function withRecords(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(withRecords);
  if (typeof part !== 'object' || part === null || Buffer.isBuffer(part)) return part;
  return Object.fromEntries(
    Object.entries(part).map(([name, value]) => [
      name,
      name === 'records' && Buffer.isBuffer(value) ? [value] : withRecords(value),
    ]),
  );
}
