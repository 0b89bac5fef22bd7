import fc from 'fast-check';
import type { Message } from 'kafkajs';
import { expect, test } from 'vitest';
import { createDecoder } from '../../../src/runtime/records/decode.ts';
import { encodeRecord } from '../../../src/runtime/records/encode.ts';
import { createValidator } from '../../../src/runtime/records/validate.ts';
import { type JsonValue, jsonText, type SourceRecord } from '../../../src/sdk/index.ts';
import { brokerForTest, clientOf, createTopic, produce, readAll } from '../../helpers/runtime/kafka.ts';

const decode = createDecoder(createValidator({}));

const text = fc.string({ unit: 'binary' }).filter((chars) => chars.isWellFormed());
const headerValue = fc.oneof(text, fc.array(text, { minLength: 2, maxLength: 3 }));
const name = fc.oneof(text, fc.constantFrom('__proto__', 'constructor', 'toString', ''));
const headers = fc
  .array(fc.tuple(name, headerValue), { maxLength: 4 })
  .map((entries): Record<string, string | string[]> => Object.fromEntries(entries));
/** JSON has no −0: it is written as 0. */
const value = fc.jsonValue({ noUnicodeString: false }).map((json) => JSON.parse(JSON.stringify(json)) as JsonValue);

const record = fc.record(
  {
    topic: fc.constant('round-trip'),
    key: fc.option(text),
    value,
    headers,
    // Of the past: Kafka refuses times that lie far ahead.
    timestamp: fc.integer({ min: 0, max: 1_700_000_000_000 }),
  },
  { requiredKeys: ['topic', 'value', 'key', 'timestamp'] },
) as fc.Arbitrary<SourceRecord>;

test('what a source writes is what a sink reads, through a broker and back', async () => {
  const client = clientOf(await brokerForTest());
  await createTopic(client, 'round-trip');
  await fc.assert(
    fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 8 }), async (records) => {
      const before = (await readAll(client, 'round-trip')).length;
      await produce(
        client,
        'round-trip',
        records.map((one) => encodeRecord(one, 0).message as Message),
      );

      const messages = (await readAll(client, 'round-trip')).slice(before);
      const decoded = messages.map((message) => decode('round-trip', 0, message).record);

      expect(decoded.map((one) => one?.value)).toEqual(records.map((one) => one.value));
      expect(decoded.map((one) => one?.key)).toEqual(records.map((one) => one.key));
      expect(decoded.map((one) => one?.timestamp)).toEqual(records.map((one) => one.timestamp));
      expect(decoded.map((one) => Object.entries(one?.headers ?? {}))).toEqual(
        records.map((one) => Object.entries(one.headers ?? {})),
      );
      expect(decoded.map((one) => one && jsonText(one))).toEqual(records.map((one) => JSON.stringify(one.value)));
    }),
    { numRuns: 15 },
  );
});
