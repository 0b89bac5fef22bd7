/**
 * What is committed beside a group offset: the last record before it, as JSON, in the text that Kafka keeps with every
 * offset (its metadata) and that tools show. Text that is not ours says nothing.
 */
import type { LastRecord } from '../../sdk/index.ts';

/** `{"last":{"offset":"99","timestamp":1700000000000}}`; null for nothing. */
export function metadataOf(last: LastRecord | undefined): string | null {
  if (last === undefined) return null;
  return JSON.stringify({ last: { offset: String(last.offset), timestamp: last.timestamp } });
}

/** The last record that a group offset's metadata tells of. */
export function lastOf(metadata: string | null | undefined): LastRecord | undefined {
  try {
    const { last } = JSON.parse(metadata ?? '') as { readonly last: Readonly<Record<string, unknown>> };
    const { offset, timestamp } = last;
    if (typeof offset !== 'string' || !/^\d{1,19}$/.test(offset) || !Number.isSafeInteger(timestamp)) return undefined;
    return { offset: BigInt(offset), timestamp: timestamp as number };
  } catch {
    // Whoever wrote it meant something else by it.
    return undefined;
  }
}
