/**
 * kafkajs 2.2.4 as this runtime uses it: whoever needs more of it than types takes it from here. Some of its modules are
 * replaced before it is loaded, once in each thread; each file here says of one why. The version is pinned. A kafkajs
 * that was loaded by somebody else before this works as well, with its own faults and speed.
 */
import { createRequire } from 'node:module';
import { dropAbortedRecords } from './aborted-records.ts';
import { readAllTopics } from './all-topics.ts';
import { boundFetches } from './fetch-bound.ts';
import { goOnAtTheBeginning } from './out-of-range.ts';
import { produceInOneCopy } from './produce-request.ts';
import { letIdleConnectionsSleep } from './request-queue.ts';
import { sendEachOnce } from './send-messages.ts';
import { tellWhereFetchesBegan } from './skipped-batch.ts';

boundFetches();
dropAbortedRecords();
produceInOneCopy();
readAllTopics();
letIdleConnectionsSleep();
sendEachOnce();
// These load the classes that they change: what is replaced in there was replaced before.
goOnAtTheBeginning();
tellWhereFetchesBegan();

export const { Kafka, logLevel, PartitionAssigners } = createRequire(import.meta.url)(
  'kafkajs',
) as typeof import('kafkajs');

export { notTaken } from './send-messages.ts';
