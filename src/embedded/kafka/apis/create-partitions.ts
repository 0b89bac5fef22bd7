import { answering, errorCodes, KafkaError } from '../errors.ts';
import { array, boolean, int16, int32, nullable, string, struct } from '../wire/codec.ts';
import { type Api, api } from './api.ts';
import { checkAssignments } from './assignments.ts';

interface Result {
  readonly name: string;
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

/** Adds partitions to topics. */
export const createPartitions: Api = api({
  key: 37,
  name: 'CreatePartitions',
  versions: [0, 3],
  flexible: 2,
  request: struct({
    topics: array(
      struct({ name: string, count: int32, assignments: nullable(array(struct({ brokerIds: array(int32) }))) }),
    ),
    timeoutMs: int32,
    validateOnly: boolean,
  }),
  response: struct({
    throttleTimeMs: int32,
    results: array(struct({ name: string, errorCode: int16, errorMessage: nullable(string) })),
  }),
  handle: (broker, { topics, validateOnly }) => ({
    throttleTimeMs: 0,
    results: topics.map(({ name, count, assignments }) =>
      answering<Result>(
        () => {
          broker.topics.grow(name, count, true);
          if (assignments !== null) checkNew(assignments, count - broker.topics.get(name).partitions.length);
          if (!validateOnly) broker.topics.grow(name, count, false);
          return { name, errorCode: errorCodes.NONE, errorMessage: null };
        },
        (errorCode, errorMessage) => ({ name, errorCode, errorMessage }),
        broker.settings.log,
      ),
    ),
  }),
  refuse: ({ topics }, errorCode) => ({
    throttleTimeMs: 0,
    results: topics.map(({ name }) => ({ name, errorCode, errorMessage: null })),
  }),
});

function checkNew(assignments: ReadonlyArray<{ readonly brokerIds: readonly number[] }>, added: number): void {
  if (assignments.length !== added) {
    throw new KafkaError(
      'INVALID_REPLICA_ASSIGNMENT',
      `${assignments.length} assignments for ${added} new partition(s)`,
    );
  }
  checkAssignments(assignments);
}
