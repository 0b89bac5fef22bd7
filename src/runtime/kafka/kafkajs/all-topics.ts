/**
 * Asks for all topics of a cluster although a partition of one of them has no leader: kafkajs throws that for the whole
 * answer, so that one broken topic of somebody else's keeps every worker from its start. Who names topics is told as
 * before, and asks again until there are leaders.
 */
import { answerOf, keepAnswer } from './answers.ts';
import { inner } from './replace.ts';

interface Metadata {
  readonly topicMetadata: readonly { readonly topicErrorCode: number }[];
}

interface Broker {
  metadata(topics?: readonly string[]): Promise<Metadata>;
}

/** Goes for all connections of this thread. */
export function readAllTopics(): void {
  // All later versions of the answer take their `parse` from this one.
  keepAnswer('protocol/requests/metadata/v0/response');
  const broker = inner<{ readonly prototype: Broker }>('broker/index').prototype;
  const ask = broker.metadata;
  broker.metadata = function (this: Broker, topics = []) {
    const answer = ask.call(this, topics);
    return topics.length > 0 ? answer : answer.catch(withLeaderless);
  };
}

/** A partition without a leader has the leader -1. */
function withLeaderless(error: unknown): Metadata {
  const answer = answerOf<Metadata>(error);
  if (answer.topicMetadata.some(({ topicErrorCode }) => topicErrorCode !== 0)) throw error;
  return answer;
}
