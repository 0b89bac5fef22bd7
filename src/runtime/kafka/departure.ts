/**
 * Leaving a group for a member that could not: in an outage nobody can, and kafkajs 2.2.4 takes each consumer as a new
 * member. Kafka keeps the place of the old one until its session times out, also over a restart, and whoever joins
 * meanwhile waits for it. So the consumer that comes after it leaves in its name.
 */
import type { Broker, Cluster, PartitionAssigner } from 'kafkajs';
import { PartitionAssigners } from './kafkajs/index.ts';

export interface Departure {
  /** For the consumer: nowhere else does kafkajs let go of the connections that it joins with. It assigns by turns. */
  readonly assigner: PartitionAssigner;
  /** To be called when the consumer is connected. Rejects when Kafka cannot be reached. */
  leaveFor(groupId: string, memberId: string): Promise<void>;
}

/** kafkajs's types leave this request out. */
type Coordinator = Broker & { leaveGroup(request: { groupId: string; memberId: string }): Promise<void> };

export function createDeparture(): Departure {
  let cluster: Cluster | undefined;
  return {
    assigner: (given) => {
      cluster = given.cluster;
      return PartitionAssigners.roundRobin(given);
    },
    async leaveFor(groupId, memberId) {
      const coordinator = (await cluster?.findGroupCoordinator({ groupId })) as Coordinator | undefined;
      try {
        await coordinator?.leaveGroup({ groupId, memberId });
      } catch (error) {
        // It had left, or its session was over.
        if ((error as { readonly type?: string }).type !== 'UNKNOWN_MEMBER_ID') throw error;
      }
    },
  };
}
