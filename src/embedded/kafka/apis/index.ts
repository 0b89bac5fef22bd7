/** All requests that the broker serves. A new one is an entry here. */

import { createAcls, deleteAcls, describeAcls } from './acls.ts';
import { addOffsetsToTxn } from './add-offsets-to-txn.ts';
import { addPartitionsToTxn } from './add-partitions-to-txn.ts';
import { alterConfigs } from './alter-configs.ts';
import type { Api } from './api.ts';
import { apiVersions } from './api-versions.ts';
import { consumerGroupHeartbeat } from './consumer-group-heartbeat.ts';
import { createPartitions } from './create-partitions.ts';
import { createTopics } from './create-topics.ts';
import { deleteGroups } from './delete-groups.ts';
import { deleteRecords } from './delete-records.ts';
import { deleteTopics } from './delete-topics.ts';
import { describeCluster } from './describe-cluster.ts';
import { describeConfigs } from './describe-configs.ts';
import { describeGroups } from './describe-groups.ts';
import { describeLogDirs } from './describe-log-dirs.ts';
import { describeProducers } from './describe-producers.ts';
import { describeTransactions } from './describe-transactions.ts';
import { electLeaders } from './elect-leaders.ts';
import { endTxn } from './end-txn.ts';
import { fetch } from './fetch.ts';
import { findCoordinator } from './find-coordinator.ts';
import { heartbeat } from './heartbeat.ts';
import { incrementalAlterConfigs } from './incremental-alter-configs.ts';
import { initProducerId } from './init-producer-id.ts';
import { joinGroup } from './join-group.ts';
import { leaveGroup } from './leave-group.ts';
import { listGroups } from './list-groups.ts';
import { listOffsets } from './list-offsets.ts';
import { listTransactions } from './list-transactions.ts';
import { metadata } from './metadata.ts';
import { offsetCommit } from './offset-commit.ts';
import { offsetDelete } from './offset-delete.ts';
import { offsetFetch } from './offset-fetch.ts';
import { offsetForLeaderEpoch } from './offset-for-leader-epoch.ts';
import { alterPartitionReassignments, listPartitionReassignments } from './partition-reassignments.ts';
import { produce } from './produce.ts';
import { syncGroup } from './sync-group.ts';
import { txnOffsetCommit } from './txn-offset-commit.ts';

export const apis: readonly Api[] = [
  produce,
  fetch,
  listOffsets,
  metadata,
  offsetCommit,
  offsetFetch,
  findCoordinator,
  joinGroup,
  heartbeat,
  leaveGroup,
  syncGroup,
  apiVersions,
  createTopics,
  deleteTopics,
  initProducerId,
  addPartitionsToTxn,
  addOffsetsToTxn,
  endTxn,
  txnOffsetCommit,
  describeGroups,
  listGroups,
  deleteGroups,
  offsetDelete,
  deleteRecords,
  describeConfigs,
  alterConfigs,
  incrementalAlterConfigs,
  createPartitions,
  offsetForLeaderEpoch,
  describeCluster,
  describeLogDirs,
  describeProducers,
  describeTransactions,
  listTransactions,
  consumerGroupHeartbeat,
  describeAcls,
  createAcls,
  deleteAcls,
  electLeaders,
  alterPartitionReassignments,
  listPartitionReassignments,
];
