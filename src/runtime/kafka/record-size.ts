/** What a record that was read takes in memory. */

/** Beside its bytes: objects of kafkajs, measured at some 260 bytes. */
const overhead = 300;
/** Of a header beside its bytes. */
const headerOverhead = 100;

/** Bytes in memory, as far as they can be told without looking inside its value. */
export function sizeOfRecord(record: {
  readonly key?: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, unknown>> | undefined;
}): number {
  const { key, value, headers } = record;
  let size = (key?.length ?? 0) + (value?.length ?? 0) + overhead;
  for (const name in headers) size += name.length + headerOverhead + sizeOfHeader(headers[name]);
  return size;
}

/** A header that is there more than once is an array; what kafkajs makes of one named `__proto__` is no value at all. */
function sizeOfHeader(value: unknown): number {
  if (!Array.isArray(value)) return Buffer.isBuffer(value) || typeof value === 'string' ? value.length : 0;
  let size = 0;
  for (const one of value) size += sizeOfHeader(one);
  return size;
}
