import { type Broker, nodeId } from '../broker.ts';
import { answering, errorCodes, KafkaError } from '../errors.ts';
import { type DescribedConfig, describeConfigs as describeTopicConfigs } from '../topics/config.ts';
import { checkTopicName } from '../topics/names.ts';
import {
  array,
  boolean,
  int8,
  int16,
  int32,
  nullable,
  type Read,
  since,
  string,
  struct,
  type Write,
} from '../wire/codec.ts';
import { type Api, api } from './api.ts';
import { configSources, resourceTypes } from './config-sources.ts';

const wantedResource = struct({
  resourceType: int8,
  resourceName: string,
  configurationKeys: nullable(array(string)),
});

const describedResource = struct({
  errorCode: int16,
  errorMessage: nullable(string),
  resourceType: int8,
  resourceName: string,
  configs: array(
    struct({
      name: string,
      value: nullable(string),
      readOnly: boolean,
      configSource: int8,
      isSensitive: boolean,
      synonyms: array(struct({ name: string, value: nullable(string), source: int8 })),
      configType: since(3, int8),
      documentation: since(3, nullable(string), null),
    }),
  ),
});

type Synonyms = Write<typeof describedResource>['configs'][number]['synonyms'];

/** The settings of topics and of the broker, which has only those that tools ask for. */
export const describeConfigs: Api = api({
  key: 32,
  name: 'DescribeConfigs',
  versions: [1, 4],
  flexible: 4,
  request: struct({
    resources: array(wantedResource),
    includeSynonyms: boolean,
    includeDocumentation: since(3, boolean),
  }),
  response: struct({ throttleTimeMs: int32, results: array(describedResource) }),
  handle: (broker, { resources, ...include }) => ({
    throttleTimeMs: 0,
    results: resources.map((resource) =>
      answering(
        () => describe(broker, resource, include),
        (errorCode, errorMessage) => ({ ...resource, errorCode, errorMessage, configs: [] }),
      ),
    ),
  }),
  refuse: ({ resources }, errorCode) => ({
    throttleTimeMs: 0,
    results: resources.map((resource) => ({ ...resource, errorCode, errorMessage: null, configs: [] })),
  }),
});

function describe(
  broker: Broker,
  { resourceType, resourceName, configurationKeys }: Read<typeof wantedResource>,
  include: { readonly includeSynonyms: boolean; readonly includeDocumentation: boolean },
): Write<typeof describedResource> {
  const all =
    resourceType === resourceTypes.topic
      ? topicConfigs(broker, resourceName)
      : brokerConfigs(broker, resourceType, resourceName);
  const source = resourceType === resourceTypes.topic ? configSources.topic : configSources.staticBroker;
  const synonymsOf = ({ name, value, isDefault, default: fallback }: DescribedConfig): Synonyms => [
    ...(isDefault ? [] : [{ name, value, source }]),
    { name, value: fallback, source: configSources.default },
  ];
  return {
    errorCode: errorCodes.NONE,
    errorMessage: null,
    resourceType,
    resourceName,
    configs: all
      .filter(({ name }) => configurationKeys === null || configurationKeys.includes(name))
      .map((config) => ({
        name: config.name,
        value: config.value,
        readOnly: resourceType !== resourceTypes.topic,
        configSource: config.isDefault ? configSources.default : source,
        isSensitive: false,
        synonyms: include.includeSynonyms ? synonymsOf(config) : [],
        configType: config.type,
        documentation: include.includeDocumentation ? config.summary : null,
      })),
  };
}

function topicConfigs(broker: Broker, name: string): readonly DescribedConfig[] {
  checkTopicName(name);
  return describeTopicConfigs(broker.topics.get(name).configs);
}

function brokerConfigs(broker: Broker, resourceType: number, resourceName: string): readonly DescribedConfig[] {
  if (resourceType !== resourceTypes.broker || (resourceName !== '' && resourceName !== String(nodeId))) {
    throw new KafkaError('INVALID_REQUEST', `There are settings of topics and of broker ${nodeId}, not of this`);
  }
  return broker.describeSettings();
}
