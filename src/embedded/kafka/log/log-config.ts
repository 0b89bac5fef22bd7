import type { FlushPolicy } from '../flush-policy.ts';

/** The topic's settings that the log itself follows; asked for at each use, since they can be altered. */
export interface LogConfig {
  readonly segmentBytes: number;
  readonly retentionMs: number;
  readonly retentionBytes: number;
  readonly deletes: boolean;
  readonly compacts: boolean;
  /** How long a tombstone stays. */
  readonly deleteRetentionMs: number;
  readonly appendTime: boolean;
  readonly flush: FlushPolicy;
}
