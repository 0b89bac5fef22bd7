/**
 * Writing a batch to a sink until it is durable: retries, records that the sink names as invalid, and batches that it
 * refuses as a whole, which are halved until the bad record is found. Positions move with the rows in every part.
 */

import { pluginErrorCode } from '../../sdk/errors.ts';
import type { InvalidRecordsError, Position, SinkRecord, SinkTask } from '../../sdk/index.ts';
import { keyOf } from '../kafka/offsets.ts';
import { type RetryPolicy, withRetries } from '../retry.ts';
import { asError } from './task.ts';

export interface DestinationOptions {
  readonly sink: SinkTask;
  /** The position after a record, where it came from: its own topic may be a transform's. */
  readonly positionAfter: (record: SinkRecord) => Position;
  readonly policy: RetryPolicy;
  /** Ends a write under way: the task is to end at once. */
  readonly abort: AbortSignal;
  /** Ends the waiting between retries: the task is to end, or the partitions are no longer ours. */
  readonly giveUp: AbortSignal;
  readonly onRetry: (error: Error, attempt: number, delayMs: number) => void;
  /** Takes over records that the destination will never take; they are durable when it resolves. Called before the rest is written. */
  readonly onRefused: (refused: readonly { readonly record: SinkRecord; readonly error: Error }[]) => Promise<void>;
}

/** Resolves when all that can be written is durable, with the positions. */
export async function writeDurably(
  records: readonly SinkRecord[],
  positions: readonly Position[],
  options: DestinationOptions,
): Promise<void> {
  const { sink, policy, abort, giveUp, onRetry, onRefused } = options;
  if (records.length === 0 && (sink.positions === undefined || positions.length === 0)) return;
  try {
    await withRetries(() => sink.write({ records, positions }, abort), {
      policy,
      signal: giveUp,
      retriable: (error) => pluginErrorCode(error) === 'RETRIABLE',
      onRetry: (error, attempt, delayMs) => onRetry(asError(error), attempt, delayMs),
    });
  } catch (error) {
    const code = pluginErrorCode(error);
    if (code === 'INVALID_RECORDS') {
      const { reasons } = error as InvalidRecordsError;
      const named = records.flatMap((record, i) => {
        const reason = reasons.get(i);
        return reason === undefined ? [] : [{ record, error: new Error(reason, { cause: error }) }];
      });
      if (named.length < reasons.size) {
        const odd = [...reasons.keys()].find((index) => records[index] === undefined);
        throw new Error(`The sink named record ${odd} of a batch of ${records.length} as invalid.`, { cause: error });
      }
      await onRefused(named);
      return writeDurably(
        records.filter((_, i) => !reasons.has(i)),
        positions,
        options,
      );
    }
    if (code !== 'BATCH_REJECTED' || records.length === 0) throw asError(error);
    const [only] = records;
    if (records.length === 1 && only !== undefined) {
      await onRefused([{ record: only, error: asError(error) }]);
      return writeDurably([], positions, options);
    }
    const half = records.slice(0, Math.ceil(records.length / 2));
    const rest = records.slice(half.length);
    await writeDurably(half, lastOfEach(half.map(options.positionAfter)), options);
    return writeDurably(rest, positions, options);
  }
}

/** The last position of each partition. */
function lastOfEach(positions: readonly Position[]): Position[] {
  return [...new Map(positions.map((position) => [keyOf(position), position])).values()];
}
