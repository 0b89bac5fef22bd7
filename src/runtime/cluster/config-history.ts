/**
 * The configurations that each connector has had: `config-history-<name>` → `{"versions": [{timestamp, config}, …]}` in
 * the configs topic, the newest first. A compacted topic keeps the last record of a key only, so each one holds them all;
 * it is written in the transaction of the change.
 */
import type { FlatConfig } from '../config/model.ts';
import type { ConfigVersion } from '../connect.ts';
import { isObject } from '../schema/values.ts';

export type { ConfigVersion };

/** How many versions are kept, and in how many bytes: a record of Kafka's holds one megabyte. */
const mostVersions = 20;
const mostBytes = 256 * 1024;

/** The record that adds a version to a history; null forgets all of it. */
export function historyRecord(name: string, former: readonly ConfigVersion[], config: FlatConfig | null, now: number) {
  const key = `config-history-${name}`;
  if (config === null) return { key, value: null };
  const versions = [{ timestamp: now, config }, ...former].slice(0, mostVersions);
  while (versions.length > 0 && Buffer.byteLength(JSON.stringify({ versions })) > mostBytes) versions.pop();
  return { key, value: JSON.stringify({ versions }) };
}

export function createConfigHistories() {
  const histories = new Map<string, readonly ConfigVersion[]>();
  return {
    of: (connector: string): readonly ConfigVersion[] => histories.get(connector) ?? [],
    /** Feeds the body of a record; undefined is a tombstone. */
    apply(connector: string, body: Readonly<Record<string, unknown>> | undefined): void {
      const versions = body?.['versions'];
      if (Array.isArray(versions)) histories.set(connector, versions.filter(isVersion));
      else histories.delete(connector);
    },
  };
}

/** Somebody else may have written into the topic. */
function isVersion(value: unknown): value is ConfigVersion {
  return isObject(value) && typeof value['timestamp'] === 'number' && isObject(value['config']);
}
