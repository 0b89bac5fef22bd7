/**
 * Source offsets in the offsets topic: for each partition of a source a JSON object of the source's own making.
 * They are written only in the transactions of source tasks and read back here.
 */
import type { SourceOffset } from '../../sdk/index.ts';
import { parseOffsetKey } from '../records/offset-key.ts';
import type { StateRecord } from './state-log.ts';

export interface OffsetStore {
  apply(record: StateRecord): void;
  /** What has been read so far for a connector: partition → offset. */
  of(connector: string): ReadonlyMap<string, SourceOffset>;
}

export function createOffsetStore(): OffsetStore {
  const connectors = new Map<string, Map<string, SourceOffset>>();
  return {
    apply({ key, value }) {
      const place = parseOffsetKey(key);
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
