import type { Broker } from '../broker.ts';
import { answering, errorCodes, KafkaError } from '../errors.ts';
import { configValue, isListConfig } from '../topics/config.ts';
import { array, boolean, int8, int32, nullable, type Read, string, struct, type Write } from '../wire/codec.ts';
import { alteredResource, requireTopic, requireValues } from './alter-configs.ts';
import { type Api, api } from './api.ts';

const change = struct({ name: string, configOperation: int8, value: nullable(string) });

const operations = { set: 0, delete: 1, append: 2, subtract: 3 } as const;

/** Changes some settings of topics and leaves the others (KIP-339). */
export const incrementalAlterConfigs: Api = api({
  key: 44,
  name: 'IncrementalAlterConfigs',
  versions: [0, 1],
  flexible: 1,
  request: struct({
    resources: array(struct({ resourceType: int8, resourceName: string, configs: array(change) })),
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
          // Only what is taken away needs no value.
          requireValues(
            configs.map((one) => (one.configOperation === operations.delete ? { ...one, value: '' } : one)),
          );
          broker.topics.configure(resourceName, changed(broker, resourceName, configs), validateOnly);
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

function changed(
  broker: Broker,
  topic: string,
  changes: ReadonlyArray<Read<typeof change>>,
): ReadonlyMap<string, string | null> {
  const configs = new Map<string, string | null>(broker.topics.get(topic).configs);
  for (const { name, configOperation, value } of changes) {
    switch (configOperation) {
      case operations.set:
        configs.set(name, value);
        break;
      case operations.delete:
        configs.delete(name);
        break;
      case operations.append:
      case operations.subtract: {
        if (!isListConfig(name)) throw new KafkaError('INVALID_CONFIG', `${name} is no list: it can only be set`);
        const given = (value ?? '').split(',');
        const now = (configs.get(name) ?? configValue(new Map(), name)).split(',');
        const next =
          configOperation === operations.append
            ? [...now, ...given.filter((one) => !now.includes(one))]
            : now.filter((one) => !given.includes(one));
        configs.set(name, next.join(','));
        break;
      }
      default:
        throw new KafkaError('INVALID_REQUEST', `Unknown operation ${configOperation} on ${name}`);
    }
  }
  return configs;
}
