/**
 * Source offsets in the offsets topic: key `["<connector>",{"partition":"<p>"}]`, value the source's own JSON object.
 * They are written only in the transactions of source tasks and read back here.
 */
import type { SourceOffset } from '../../sdk/index.ts';
import type { StateRecord } from './state-log.ts';

export interface OffsetStore {
  apply(record: StateRecord): void;
  /** What has been read so far for a connector: partition → offset. */
  of(connector: string): ReadonlyMap<string, SourceOffset>;
}

export const offsetKey = (connector: string, partition: string) => JSON.stringify([connector, { partition }]);

export function createOffsetStore(): OffsetStore {
  const connectors = new Map<string, Map<string, SourceOffset>>();
  return {
    apply({ key, value }) {
      const place = parseKey(key);
      if (place === undefined) return;
      const offsets = connectors.get(place.connector) ?? new Map<string, SourceOffset>();
      connectors.set(place.connector, offsets);
      const offset = parseOffset(value);
      if (offset === undefined) offsets.delete(place.partition);
      else offsets.set(place.partition, offset);
    },
    of: (connector) => connectors.get(connector) ?? new Map(),
  };
}

/** A tombstone, and what is no JSON object, mean that there is no offset. */
function parseOffset(value: string | undefined): SourceOffset | undefined {
  if (value === undefined) return undefined;
  try {
    const offset: unknown = JSON.parse(value);
    return typeof offset === 'object' && offset !== null ? (offset as SourceOffset) : undefined;
  } catch {
    return undefined;
  }
}

/** undefined for keys that are not ours: another tool may write into the topic. */
function parseKey(key: string): { readonly connector: string; readonly partition: string } | undefined {
  try {
    const parsed: unknown = JSON.parse(key);
    if (!Array.isArray(parsed)) return undefined;
    const [connector, place] = parsed as [unknown, { readonly partition?: unknown } | null];
    const partition = place?.partition;
    return typeof connector === 'string' && typeof partition === 'string' ? { connector, partition } : undefined;
  } catch {
    return undefined;
  }
}
