/**
 * What a sink task does that finds another topic of the same name than the one it has read (`topic.recreated`): it
 * fails, in words that say what was found and what can be done, or it sets both of its marks to the beginning of the new
 * topic. All of that is new, whatever `auto.offset.reset` says of partitions that were never read.
 *
 * The position is moved first, by the compare-and-set of the destination: a task that was replaced moves nothing. Who is
 * killed before the group offset has followed finds it again, beyond the end or with another record.
 */
import type { Logger, Mark, Position, SinkTask, TopicPartition } from '../../sdk/index.ts';
import type { KafkaClient } from '../kafka/client.ts';
import { callKafka } from '../kafka/errors.ts';
import { keyOf, topicEnds } from '../kafka/offsets.ts';
import { type Recreated, recreatedWords, TopicRecreatedError } from '../kafka/recreated.ts';

export interface StartOver {
  /** Sets the marks of these partitions to the beginning, or throws what ends the task; failures of Kafka are marked. */
  startOver(recreated: readonly Recreated[]): Promise<void>;
  /** The task has got on. */
  settled(position: Position): void;
}

export function createStartOver(options: {
  readonly connector: string;
  readonly policy: 'fail' | 'reset';
  readonly client: KafkaClient;
  readonly log: Logger;
  readonly sink: Pick<SinkTask, 'positions' | 'alterPositions'>;
  /** Sets positions in the destination, for as long as it asks for another try. */
  readonly alter: (positions: readonly (TopicPartition & { readonly next: bigint })[]) => Promise<void>;
  /** Commits for the present membership. */
  readonly commit: (positions: readonly Position[]) => Promise<void>;
}): StartOver {
  const { connector, policy, client, log, sink, alter, commit } = options;
  /** Partitions that were set back and have not got on since: to do it again and again would help nobody. */
  const setBack = new Set<string>();

  return {
    async startOver(recreated) {
      for (const one of recreated) {
        if (policy === 'fail') throw new TopicRecreatedError(one, waysOut(connector));
        if (sink.positions !== undefined && sink.alterPositions === undefined) {
          throw new TopicRecreatedError(
            one,
            `topic.recreated is reset, but this sink cannot move its positions. ${anew}`,
          );
        }
        if (setBack.has(keyOf(one))) {
          throw new TopicRecreatedError(one, `The marks were set to its beginning, and are not there. ${anew}`);
        }
      }
      const ends = await callKafka(() => topicEnds(client, recreated));
      const fresh = recreated.map(({ topic, partition }): Position & Mark => {
        return { topic, partition, next: ends.get(keyOf({ topic, partition }))?.earliest ?? 0n };
      });
      if (sink.positions !== undefined) await alter(fresh);
      await callKafka(() => commit(fresh));
      for (const [i, one] of recreated.entries()) {
        setBack.add(keyOf(one));
        log.warn(
          `${recreatedWords(one)}. topic.recreated is reset: all of the new topic is written, from ${fresh[i]?.next} on`,
        );
      }
    },
    settled: (position) => void setBack.delete(keyOf(position)),
  };
}

const anew = 'Give the connector a new name to write the new topic.';

const waysOut = (connector: string) =>
  'Nothing of it was written. To write all of the new topic, set topic.recreated: reset. To go on elsewhere, stop the ' +
  `connector, move its offsets (PATCH /connectors/${encodeURIComponent(connector)}/offsets) or forget them (DELETE, the ` +
  'same path), and resume it.';
