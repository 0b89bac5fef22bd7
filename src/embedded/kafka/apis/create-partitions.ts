import { answering, errorCodes } from '../errors.ts';
import { array, boolean, int16, int32, nullable, string, struct } from '../wire/codec.ts';
import { type Api, api } from './api.ts';

interface Result {
  readonly name: string;
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

/** Adds partitions to topics. With one node there is nothing to assign. */
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
    results: topics.map(({ name, count }) =>
      answering<Result>(
        () => {
          broker.topics.grow(name, count, validateOnly);
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
