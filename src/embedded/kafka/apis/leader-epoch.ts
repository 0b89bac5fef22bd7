/** The epoch that clients say they know of a partition's leader (KIP-320). */

import { KafkaError } from '../errors.ts';
import { leaderEpoch } from '../log/batch.ts';

/** @throws KafkaError UNKNOWN_LEADER_EPOCH for an epoch that has not come yet; -1 says none. */
export function checkLeaderEpoch(known: number): void {
  if (known <= leaderEpoch) return;
  throw new KafkaError('UNKNOWN_LEADER_EPOCH', `The leader's epoch is ${leaderEpoch}, and ${known} has not come yet`);
}
