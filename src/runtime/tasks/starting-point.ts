/**
 * Where a sink task begins in a partition, by its two marks: the position, below which the rows are in the destination,
 * and the group offset, below which the rejects are handled as well. Reading begins at the lower one, so that neither is
 * lost; what the higher one covers is not done twice.
 *
 * Usually the group offset is the lower one. The position is where somebody set it back, or restored the destination
 * from a copy. A group offset without a position, committed for records that were read, is of a destination that has
 * lost its positions: the partition is written from its beginning. One that says nothing of a record was set by hand,
 * and counts.
 */
import type { Mark, TopicPartition } from '../../sdk/index.ts';
import type { Assigned, Beginning } from '../kafka/consumer-model.ts';
import { endsBefore, landmarkOf, type Recreated } from '../kafka/recreated.ts';

export interface StartingPoint extends Beginning {
  /** Where the log ended. */
  readonly end: bigint;
  /** Rows below are in the destination. */
  readonly writtenUpTo: bigint;
  /** Rejects below are handled, and the group offset does not go back. */
  readonly handledUpTo: bigint;
  /** The partition is of another topic than its marks: nothing is to be read by them. */
  readonly recreated?: Recreated | undefined;
  /** What somebody should know about this beginning. */
  readonly warning?: string | undefined;
}

/** Where to begin in each of the partitions. `stored` is what the sink's `positions()` answered, if it has them. */
export function startingPointsOf(
  assigned: readonly Assigned[],
  stored: readonly (bigint | Mark | undefined)[] | undefined,
  offsetReset: 'earliest' | 'latest',
): readonly StartingPoint[] {
  return assigned.map((at, i) =>
    startingPointOf(at, { kept: stored !== undefined, position: markOf(stored?.[i]), offsetReset }),
  );
}

const markOf = (answer: bigint | Mark | undefined): Mark | undefined =>
  typeof answer === 'bigint' ? { next: answer } : answer;

function startingPointOf(
  { topic, partition, committed, earliest, end }: Assigned,
  {
    kept,
    position,
    offsetReset,
  }: {
    /** Whether the destination keeps positions at all. */
    readonly kept: boolean;
    readonly position: Mark | undefined;
    readonly offsetReset: 'earliest' | 'latest';
  },
): StartingPoint {
  const at: TopicPartition = { topic, partition };
  const recreated =
    (position && endsBefore(at, position, 'position', end)) ??
    (committed && endsBefore(at, committed, 'group offset', end));
  const wanted = startOf(committed, position, { kept, earliest, fresh: offsetReset === 'earliest' ? earliest : end });
  const landmarks = [landmarkOf(position, 'position'), landmarkOf(committed, 'group offset')].flatMap((of) => of ?? []);
  const place = `${topic}-${partition}`;
  return {
    ...at,
    start: wanted < earliest ? earliest : wanted,
    end,
    landmarks: landmarks.filter(({ offset }) => offset >= earliest),
    writtenUpTo: position?.next ?? 0n,
    handledUpTo: committed?.next ?? 0n,
    recreated,
    warning:
      wanted < earliest
        ? `${place}: offsets ${wanted} to ${earliest - 1n} were deleted before they were read`
        : disagreement(place, { committed, position, kept }, wanted),
  };
}

function startOf(
  committed: Mark | undefined,
  position: Mark | undefined,
  { kept, earliest, fresh }: { readonly kept: boolean; readonly earliest: bigint; readonly fresh: bigint },
): bigint {
  if (committed === undefined) {
    // Rejects may be missing since the position; the rest of them was handled or is read again.
    return position !== undefined && position.next < fresh ? position.next : fresh;
  }
  if (position === undefined && kept && committed.last !== undefined) return earliest;
  return position !== undefined && position.next < committed.next ? position.next : committed.next;
}

/** Two marks that are not as a task leaves them, and what is done about it. */
function disagreement(
  place: string,
  { committed, position, kept }: Pick<Assigned, 'committed'> & { position: Mark | undefined; kept: boolean },
  start: bigint,
): string | undefined {
  if (committed === undefined) {
    if (position === undefined) return undefined;
    return (
      `${place}: the destination is at ${position.next}, but the group has no offset: rows below are not written again, ` +
      `rejects are looked for from ${start} on. ${elsewhere}`
    );
  }
  if (!kept || committed.next <= start) return undefined;
  if (position === undefined) {
    const found = `the group offset is ${committed.next}, but the destination has no position`;
    return `${place}: ${found}: rows are written from ${start} on. ${elsewhere}`;
  }
  return (
    `${place}: the destination is at ${position.next}, the group offset at ${committed.next}: what lies between is ` +
    'written again to the destination, its rejects are not'
  );
}

const elsewhere = 'To begin elsewhere, stop the connector and move its offsets (REST: PATCH or DELETE …/offsets)';
