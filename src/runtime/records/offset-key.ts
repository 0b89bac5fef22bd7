/** The key of a source offset in the offsets topic, in Kafka Connect's format: `["<connector>",{"partition":"<p>"}]`. */

export interface OffsetPlace {
  readonly connector: string;
  readonly partition: string;
}

export const offsetKey = ({ connector, partition }: OffsetPlace): string => JSON.stringify([connector, { partition }]);

/** undefined for keys that are not ours: another tool may write into the topic. */
export function parseOffsetKey(key: string): OffsetPlace | undefined {
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
