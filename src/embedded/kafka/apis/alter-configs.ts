import { answering, errorCodes, KafkaError } from '../errors.ts';
import { array, boolean, int8, int16, int32, nullable, string, struct, type Write } from '../wire/codec.ts';
import { type Api, api } from './api.ts';
import { resourceTypes } from './config-sources.ts';

/** The answer for one resource, here and in IncrementalAlterConfigs. */
export const alteredResource = struct({
  errorCode: int16,
  errorMessage: nullable(string),
  resourceType: int8,
  resourceName: string,
});

/** Replaces all settings of topics: what is not named goes back to its default. The broker's cannot be altered. */
export const alterConfigs: Api = api({
  key: 33,
  name: 'AlterConfigs',
  versions: [0, 2],
  flexible: 2,
  request: struct({
    resources: array(
      struct({
        resourceType: int8,
        resourceName: string,
        configs: array(struct({ name: string, value: nullable(string) })),
      }),
    ),
    validateOnly: boolean,
  }),
  response: struct({
    throttleTimeMs: int32,
    responses: array(alteredResource),
  }),
  handle: (broker, { resources, validateOnly }) => ({
    throttleTimeMs: 0,
    responses: resources.map(({ resourceType, resourceName, configs }) =>
      answering<Write<typeof alteredResource>>(
        () => {
          requireTopic(resourceType);
          requireValues(configs);
          broker.topics.configure(resourceName, new Map(configs.map(({ name, value }) => [name, value])), validateOnly);
          return { resourceType, resourceName, errorCode: errorCodes.NONE, errorMessage: null };
        },
        (errorCode, errorMessage) => ({ resourceType, resourceName, errorCode, errorMessage }),
        broker.settings.log,
      ),
    ),
  }),
  refuse: ({ resources }, errorCode) => ({
    throttleTimeMs: 0,
    responses: resources.map((resource) => ({ ...resource, errorCode, errorMessage: null })),
  }),
});

/** @throws KafkaError INVALID_REQUEST */
export function requireTopic(resourceType: number): void {
  if (resourceType === resourceTypes.topic) return;
  throw new KafkaError('INVALID_REQUEST', 'Only settings of topics can be altered');
}

/** @throws KafkaError INVALID_REQUEST where a setting has no value, or is named twice. */
export function requireValues(configs: ReadonlyArray<{ readonly name: string; readonly value: string | null }>): void {
  const empty = configs.find(({ value }) => value === null);
  if (empty !== undefined) throw new KafkaError('INVALID_REQUEST', `${empty.name} has no value`);
  if (new Set(configs.map(({ name }) => name)).size < configs.length) {
    throw new KafkaError('INVALID_REQUEST', 'A setting is named twice');
  }
}
