/**
 * kafkajs 2.2.4 as this runtime uses it: whoever needs more of it than types takes it from here. Some of its modules are
 * replaced before it is loaded, once in each thread; each file here says of one why. The version is pinned, and a
 * kafkajs that was loaded by somebody else before this works as well, only slower.
 */
import { createRequire } from 'node:module';
import { boundFetches } from './fetch-bound.ts';
import { groupInOnePass } from './message-groups.ts';
import { produceInOneCopy } from './produce-request.ts';
import { letIdleConnectionsSleep } from './request-queue.ts';

boundFetches();
groupInOnePass();
produceInOneCopy();
letIdleConnectionsSleep();

export const { Kafka, logLevel, PartitionAssigners } = createRequire(import.meta.url)(
  'kafkajs',
) as typeof import('kafkajs');
