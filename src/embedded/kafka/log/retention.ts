/** Retention: whole segments go from the front of a log, by their newest record's age or by the size of the log. */

import type { LogConfig } from './log-config.ts';
import type { LogSegment } from './log-segment.ts';

/** The first offset that stays; 0 when nothing goes. By age the active segment can go too, by size it stays. */
export function retainedFrom(segments: readonly LogSegment[], config: LogConfig, now: number): number {
  const { deletes, retentionMs, retentionBytes } = config;
  if (!deletes) return 0;
  const size = segments.reduce((sum, segment) => sum + segment.size, 0);
  let surplus = retentionBytes < 0 ? -1 : size - retentionBytes;
  let from = 0;
  for (const [i, segment] of segments.entries()) {
    // Compaction may have left nothing of it.
    if (segment.size === 0) continue;
    const isStale = retentionMs >= 0 && segment.maxTimestamp < now - retentionMs;
    const isSurplus = surplus >= segment.size && segment !== segments.at(-1);
    if (!isStale && !isSurplus) break;
    surplus -= segment.size;
    from = segments[i + 1]?.baseOffset ?? segment.endOffset;
  }
  return from;
}
