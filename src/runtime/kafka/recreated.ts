/**
 * How a topic is known again. Its name does not say it: a topic may be deleted and created again, or be another
 * cluster's. What is kept of it is the offset and the time stamp of a record that was read, its landmark.
 *
 * A record at that offset with another time stamp is another topic's; so is a record between the landmark and the next
 * offset, where there was none. A landmark that is gone (retention, compaction) says nothing, and a topic that was filled
 * anew with the same records at the same offsets and times passes for the old one: it has the same records.
 */
import type { KafkaMessage } from 'kafkajs';
import type { LastRecord, Mark, Position, TopicPartition } from '../../sdk/index.ts';

/** What keeps a mark: the destination, the group, or who is reading. */
export type Keeper = 'position' | 'group offset' | 'next offset';

export interface Landmark extends LastRecord {
  /** The mark that it belongs to. */
  readonly next: bigint;
  readonly keptBy: Keeper;
}

/** A partition that is of another topic than its mark, in words. */
export interface Recreated extends TopicPartition {
  /** What was kept: `the position is 100, after the record 99 of …`. */
  readonly kept: string;
  /** What is there instead. */
  readonly found: string;
}

export function landmarkOf(mark: Mark | undefined, keptBy: Keeper): Landmark | undefined {
  return mark?.last === undefined ? undefined : { ...mark.last, next: mark.next, keptBy };
}

/** Whether the log ends before the mark. */
export function endsBefore(at: TopicPartition, mark: Mark, keptBy: Keeper, end: bigint): Recreated | undefined {
  return mark.next > end
    ? { ...placeOf(at), kept: keptWords(mark, keptBy), found: `its log ends at ${end}` }
    : undefined;
}

/** The log that was being read begins again before the offset that came next. */
export function wentBack({ next, ...at }: Position, began: bigint): Recreated {
  return { ...placeOf(at), kept: `the next offset is ${next}`, found: `its log went back to ${began}` };
}

/**
 * Looks for landmarks among the messages that follow each other in a partition, both in the order of their offsets.
 * Answers the landmarks that are still ahead, or what says that this is another topic.
 */
export function lookFor(
  at: TopicPartition,
  landmarks: readonly Landmark[],
  messages: readonly Pick<KafkaMessage, 'offset' | 'timestamp'>[],
): readonly Landmark[] | Recreated {
  let index = 0;
  for (const [passed, landmark] of landmarks.entries()) {
    while (index < messages.length && BigInt(messages[index]?.offset ?? 0) < landmark.offset) index++;
    const message = messages[index];
    if (message === undefined) return landmarks.slice(passed);
    const [offset, timestamp] = [BigInt(message.offset), Number(message.timestamp)];
    const isIt = offset === landmark.offset && timestamp === landmark.timestamp;
    if (isIt || offset >= landmark.next) continue;
    const kept = keptWords({ next: landmark.next, last: landmark }, landmark.keptBy);
    return { ...placeOf(at), kept, found: `its log has the record ${recordWords({ offset, timestamp })}` };
  }
  return [];
}

/** What was read or written before is of another topic of this name: to go on could skip records or double them. */
export class TopicRecreatedError extends Error {
  override readonly name = 'TopicRecreatedError';

  constructor(recreated: Recreated, wayOut: string) {
    super(`${recreatedWords(recreated)}. ${wayOut}`);
  }
}

export const recreatedWords = ({ topic, partition, kept, found }: Recreated): string =>
  `Of ${topic}-${partition} ${kept}, but ${found}: the topic was deleted and created again, or this is another cluster`;

const placeOf = ({ topic, partition }: TopicPartition): TopicPartition => ({ topic, partition });

function keptWords({ next, last }: Mark, keptBy: Keeper): string {
  return `the ${keptBy} is ${next}${last === undefined ? '' : `, after the record ${recordWords(last)}`}`;
}

/** Time stamps come from producers, who may write anything. */
function recordWords({ offset, timestamp }: LastRecord): string {
  const time = new Date(timestamp);
  return `${offset} of ${Number.isNaN(time.valueOf()) ? timestamp : time.toISOString()}`;
}
