/**
 * The test kit for authors of connectors: runs a plugin without Kafka, without a worker and without files, and checks
 * that it keeps the contract on which the runtime builds its guarantees. Nothing here depends on a test framework:
 * everything answers a value or throws an error that a person can read.
 *
 * What it leaves out: transactions, retries and validation are the runtime's; try them with {@link startEmbedded}.
 */

export { type ApplyTransformOptions, applyTransform } from './apply-transform.ts';
export { type CheckSinkOptions, checkSink } from './check-sink.ts';
export { type CheckSourceOptions, checkSource } from './check-source.ts';
export type { ContextOptions, LogLine, Observation, Recorded } from './context.ts';
export { type Embedded, startEmbedded } from './embedded.ts';
export { type HandleRejectedOptions, handleRejected } from './handle-rejected.ts';
export { type OpenedSource, openSource, type ReadBatchesOptions, readBatches, takeBatches } from './read-batches.ts';
export { rejectedRecord, sinkRecord, sinkRecords } from './records.ts';
export { CheckFailedError, type CheckReport } from './report.ts';
export {
  batchOf,
  type OpenedSink,
  openSink,
  type WriteBatchesOptions,
  type WriteResult,
  writeBatches,
} from './write-batches.ts';
