/** Which brokers hold a partition, where clients say so themselves: with one node there is one answer. */

import { nodeId } from '../broker.ts';
import { KafkaError } from '../errors.ts';

/** @throws KafkaError INVALID_REPLICA_ASSIGNMENT */
export function checkAssignments(assignments: ReadonlyArray<{ readonly brokerIds: readonly number[] }>): void {
  if (assignments.every(({ brokerIds }) => brokerIds.length === 1 && brokerIds[0] === nodeId)) return;
  throw new KafkaError('INVALID_REPLICA_ASSIGNMENT', `Each partition lies on broker ${nodeId}, the only one, and once`);
}
