/**
 * Where a consumer is in each partition of its assignment, and what of a fetched batch is delivered: only what begins
 * where the batch before it ended, so that leftovers of an older assignment can neither be seen twice nor leave a gap;
 * and nothing before the landmarks were looked at by which the topic is known again.
 *
 * A landmark before the start is read on the way; one after it is looked at first, and then reading begins at the start.
 * When a fetch has failed the topic may have been deleted and created again meanwhile: the last record that was read is
 * the landmark then.
 */
import type { TopicPartition } from '../../sdk/index.ts';
import type { Beginning, FetchedBatch } from './consumer-model.ts';
import { type Ends, keyOf } from './offsets.ts';
import { endsBefore, type Landmark, lookFor, type Recreated, wentBack } from './recreated.ts';

/** What became of something that was fetched. */
export interface Step {
  /** It was taken: the next fetch begins after it. Otherwise it is passed over, and asked for again where it is due. */
  readonly taken: boolean;
  /** What is to be delivered of it; the partition was read `from` there. */
  readonly wanted?: FetchedBatch;
  readonly from?: bigint;
  /** Offsets that were deleted before they were read. */
  readonly lost?: { readonly from: bigint; readonly to: bigint };
  readonly recreated?: Recreated;
}

export interface Reading {
  /** Nothing is assigned. */
  clear(): void;
  /** `fetchedFrom` says where kafkajs begins by itself. */
  begin(beginnings: readonly Beginning[], fetchedFrom: (at: TopicPartition) => bigint | undefined): void;
  /** A batch of a fetch that began at `began`; without messages it held control records only. */
  take(batch: FetchedBatch, began: bigint): Step;
  /** A fetch has failed: looks at the last records again. Answers the partitions that are of another topic. */
  lookAgain(ends: ReadonlyMap<string, Ends>): readonly Recreated[];
}

interface Place {
  readonly at: TopicPartition;
  /** What comes next. */
  expected: bigint;
  /** Nothing below is wanted. */
  start: bigint;
  landmarks: readonly Landmark[];
  /** Reading is ahead of the start, for a landmark. */
  ahead: boolean;
  /** The last record that was read. */
  last: Landmark | undefined;
  /** What was refused, since another offset came next: it comes a second time only if what stood there is gone. */
  refused: bigint | undefined;
}

const passedOver: Step = { taken: false };

export function createReading(seek: (at: TopicPartition, offset: bigint) => void): Reading {
  const places = new Map<string, Place>();

  function goTo(place: Place, offset: bigint): Step {
    place.expected = offset;
    place.refused = undefined;
    seek(place.at, offset);
    return passedOver;
  }

  return {
    clear: () => places.clear(),

    begin(beginnings, fetchedFrom) {
      for (const { topic, partition, start, landmarks: given } of beginnings) {
        const at = { topic, partition };
        const landmarks = given.toSorted(byOffset);
        const expected = landmarks[0]?.offset ?? start;
        const place = { at, expected, start, landmarks, ahead: expected > start, last: undefined, refused: undefined };
        places.set(keyOf(at), place);
        if (expected !== fetchedFrom(at)) seek(at, expected);
      }
    },

    take(batch, began) {
      const place = places.get(keyOf(batch));
      if (place === undefined) return passedOver;
      const { at, expected, start } = place;
      if (began !== expected && place.refused !== began) {
        goTo(place, expected);
        place.refused = began;
        return passedOver;
      }
      place.refused = undefined;
      if (began < expected) return { taken: false, recreated: wentBack({ ...at, next: expected }, began) };
      const seen = lookFor(at, place.landmarks, batch.messages);
      if ('found' in seen) return { taken: false, recreated: seen };
      place.landmarks = seen.filter(({ next }) => next > batch.next);
      if (place.ahead) {
        place.ahead = false;
        return goTo(place, start);
      }
      place.expected = batch.next;
      place.last = lastOf(batch) ?? place.last;
      let due = start;
      if (expected > start) due = expected;
      const messages = start > began ? batch.messages.filter(({ offset }) => BigInt(offset) >= start) : batch.messages;
      const lost = began > due && { lost: { from: due, to: began - 1n } };
      return { taken: true, wanted: { ...batch, messages }, from: began, ...lost };
    },

    lookAgain(ends) {
      return [...places.values()].flatMap((place) => {
        const { at, last, landmarks } = place;
        const found = ends.get(keyOf(at));
        if (place.ahead || last === undefined || found === undefined) return [];
        // While it looks already, what is expected is the landmark.
        if (place.expected > place.start) place.start = place.expected;
        const { start: next } = place;
        const recreated = endsBefore(at, { next, last }, 'next offset', found.latest);
        if (recreated !== undefined) return [recreated];
        if (last.offset < found.earliest) return [];
        place.landmarks = [{ ...last, next }, ...landmarks.filter(({ offset }) => offset > last.offset)];
        goTo(place, last.offset);
        return [];
      });
    },
  };
}

function lastOf({ messages, next }: FetchedBatch): Landmark | undefined {
  const last = messages.at(-1);
  if (last === undefined) return undefined;
  return { offset: BigInt(last.offset), timestamp: Number(last.timestamp), next, keptBy: 'next offset' };
}

const byOffset = (a: Landmark, b: Landmark): number => (a.offset < b.offset ? -1 : 1);
