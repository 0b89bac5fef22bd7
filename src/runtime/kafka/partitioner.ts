/**
 * Java's partitioner: what names a partition goes there, a key by its murmur2 hash, the rest round-robin. kafkajs has
 * the same one, on 64-bit number objects, which costs a producer some 7 % of its time.
 */
import type { ICustomPartitioner, PartitionerArgs } from 'kafkajs';

export const javaPartitioner: ICustomPartitioner = () => {
  let next = Math.floor(Math.random() * 0x7fffffff);
  return ({ partitionMetadata, message }: PartitionerArgs): number => {
    const { partition, key } = message;
    if (partition !== null && partition !== undefined) return partition;
    const count = partitionMetadata.length;
    if (count === 1) return partitionMetadata[0]?.partitionId ?? 0;
    if (key !== null && key !== undefined) {
      return (murmur2(typeof key === 'string' ? Buffer.from(key) : key) & 0x7fffffff) % count;
    }
    const available = partitionMetadata.filter(({ leader }) => leader >= 0);
    next = (next + 1) & 0x7fffffff;
    return available.length > 0 ? (available[next % available.length]?.partitionId ?? 0) : next % count;
  };
};

const m = 0x5bd1e995;

/** Kafka's `Utils.murmur2`: 32 bits, signed. */
export function murmur2(data: Uint8Array): number {
  const length = data.length;
  const at = (i: number) => data[i] as number;
  let h = 0x9747b28c ^ length;
  const whole = length & ~3;
  for (let i = 0; i < whole; i += 4) {
    let k = at(i) | (at(i + 1) << 8) | (at(i + 2) << 16) | (at(i + 3) << 24);
    k = Math.imul(k, m);
    k = Math.imul(k ^ (k >>> 24), m);
    h = Math.imul(h, m) ^ k;
  }
  const rest = length - whole;
  if (rest === 3) h ^= at(whole + 2) << 16;
  if (rest >= 2) h ^= at(whole + 1) << 8;
  if (rest >= 1) h = Math.imul(h ^ at(whole), m);
  h = Math.imul(h ^ (h >>> 13), m);
  return h ^ (h >>> 15);
}
