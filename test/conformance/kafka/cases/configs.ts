import { describe, expect, test } from 'vitest';
import { type Answer, wireClient } from '../../../embedded/kafka/wire-client.ts';
import { eventually } from '../../../helpers/eventually.ts';
import { errorName, newName } from '../names.ts';
import { newTopic } from '../requests.ts';
import { type Subject, testUnless } from '../subject.ts';

const resourceTypes = { topic: 2, broker: 4 };
const operations = { set: 0, delete: 1, append: 2, subtract: 3 };

interface Resource {
  readonly resourceType?: number;
  readonly resourceName: string;
  readonly configurationKeys?: readonly string[] | null;
}

async function describeConfigs(
  subject: Subject,
  resource: Resource,
  options: { readonly includeSynonyms?: boolean; readonly includeDocumentation?: boolean } = {},
): Promise<Answer> {
  const answer = await (await wireClient(subject)).request('DescribeConfigs', 4, {
    resources: [{ resourceType: resourceTypes.topic, configurationKeys: null, ...resource }],
    includeSynonyms: false,
    includeDocumentation: false,
    ...options,
  });
  const [result] = answer.results;
  return { ...result, error: errorName(result.errorCode) };
}

/** The value of a setting, and whether it is the topic's own or the default. */
async function settingOf(subject: Subject, topic: string, name: string): Promise<Answer> {
  const { configs } = await describeConfigs(subject, { resourceName: topic, configurationKeys: [name] });
  const { value, configSource } = configs[0];
  return [value, configSource === 1 ? 'topic' : 'default'];
}

interface Change {
  readonly name: string;
  readonly configOperation?: number;
  readonly value?: string | null;
}

async function change(
  subject: Subject,
  resourceName: string,
  configs: readonly Change[],
  options: { readonly validateOnly?: boolean; readonly resourceType?: number } = {},
): Promise<string> {
  const { validateOnly = false, resourceType = resourceTypes.topic } = options;
  const answer = await (await wireClient(subject)).request('IncrementalAlterConfigs', 1, {
    resources: [
      {
        resourceType,
        resourceName,
        configs: configs.map((one) => ({ configOperation: operations.set, value: null, ...one })),
      },
    ],
    validateOnly,
  });
  return errorName(answer.responses[0].errorCode);
}

/** What was altered shows at once, at Apache Kafka a little later. */
const untilSet = (subject: Subject, topic: string, name: string, expected: readonly [string, string]) =>
  eventually(async () => expect(await settingOf(subject, topic, name)).toEqual(expected));

export function configs(subject: Subject): void {
  describe('DescribeConfigs', () => {
    test('answers all settings of a topic with type, value and source', async () => {
      const topic = await newTopic(subject, { configs: { 'retention.ms': '60000' } });
      const { error, configs: all } = await describeConfigs(subject, { resourceName: topic });
      expect(error).toBe('NONE');
      const found = (name: string) => all.find((one: Answer) => one.name === name);
      expect(found('retention.ms')).toMatchObject({ value: '60000', configSource: 1, configType: 5 });
      expect(found('cleanup.policy')).toMatchObject({ value: 'delete', configSource: 5, configType: 7 });
      expect(found('max.message.bytes')).toMatchObject({ value: '1048588', configSource: 5, configType: 3 });
      expect(found('preallocate')).toMatchObject({ value: 'false', configType: 1, readOnly: false });
    });

    test('answers the settings that it is asked for, and leaves out the unknown ones', async () => {
      const resource = { resourceName: await newTopic(subject), configurationKeys: ['retention.ms', 'unheard.of'] };
      const { configs: some } = await describeConfigs(subject, resource);
      expect(some.map(({ name }: Answer) => name)).toEqual(['retention.ms']);
    });

    test('tells where a value would come from next, and what it is for, when asked', async () => {
      const topic = await newTopic(subject, { configs: { 'cleanup.policy': 'compact' } });
      const resource = { resourceName: topic, configurationKeys: ['cleanup.policy'] };
      const plain = await describeConfigs(subject, resource);
      expect(plain.configs[0]).toMatchObject({ synonyms: [], documentation: null });

      const full = await describeConfigs(subject, resource, { includeSynonyms: true, includeDocumentation: true });

      expect(full.configs[0].synonyms).toMatchObject([
        { name: 'cleanup.policy', value: 'compact', source: 1 },
        { value: 'delete', source: 5 },
      ]);
      expect(full.configs[0].documentation).toEqual(expect.stringMatching(/\w/));
    });

    testUnless(subject, { embedded: 'its segments are smaller and its unused settings fewer, which harms nobody' })(
      'has a segment size of 1 GiB and the settings of tiered storage',
      async () => {
        const { configs: all } = await describeConfigs(subject, { resourceName: await newTopic(subject) });
        const values = new Map(all.map(({ name, value }: Answer) => [name, value]));
        expect(values.get('segment.bytes')).toBe('1073741824');
        expect(values.get('remote.storage.enable')).toBe('false');
      },
    );

    test('has Kafka’s defaults', async () => {
      const { configs: all } = await describeConfigs(subject, { resourceName: await newTopic(subject) });
      const values = Object.fromEntries(all.map(({ name, value }: Answer) => [name, value]));
      expect(values).toMatchObject({
        'cleanup.policy': 'delete',
        'compression.type': 'producer',
        'delete.retention.ms': '86400000',
        'max.compaction.lag.ms': '9223372036854775807',
        'max.message.bytes': '1048588',
        'message.timestamp.after.max.ms': '3600000',
        'message.timestamp.before.max.ms': '9223372036854775807',
        'message.timestamp.type': 'CreateTime',
        'min.cleanable.dirty.ratio': '0.5',
        'min.compaction.lag.ms': '0',
        'min.insync.replicas': '1',
        'retention.bytes': '-1',
        'retention.ms': '604800000',
        'segment.ms': '604800000',
        'unclean.leader.election.enable': 'false',
      });
    });

    test('describes the broker by its id', async () => {
      const resource = { resourceType: resourceTypes.broker, resourceName: '1', configurationKeys: null };
      const { error, configs: all } = await describeConfigs(subject, resource);
      expect(error).toBe('NONE');
      const found = all.find(({ name }: Answer) => name === 'node.id');
      expect(found).toMatchObject({ value: '1', readOnly: true });
    });

    test.each<[string, Resource, string]>([
      ['an unknown topic', { resourceName: newName('unknown') }, 'UNKNOWN_TOPIC_OR_PARTITION'],
      ['a topic with an impossible name', { resourceName: 'a b' }, 'INVALID_TOPIC_EXCEPTION'],
      ['another broker', { resourceType: resourceTypes.broker, resourceName: '9' }, 'INVALID_REQUEST'],
      ['a broker without a number', { resourceType: resourceTypes.broker, resourceName: 'x' }, 'INVALID_REQUEST'],
      ['an unknown kind of resource', { resourceType: 77, resourceName: 'x' }, 'INVALID_REQUEST'],
    ])('refuses %s', async (_what, resource, error) => {
      expect((await describeConfigs(subject, resource)).error).toBe(error);
    });
  });

  describe('IncrementalAlterConfigs', () => {
    test('sets a setting and leaves the others', async () => {
      const topic = await newTopic(subject, { configs: { 'retention.ms': '60000' } });
      expect(await change(subject, topic, [{ name: 'cleanup.policy', value: 'compact' }])).toBe('NONE');
      await untilSet(subject, topic, 'cleanup.policy', ['compact', 'topic']);
      expect(await settingOf(subject, topic, 'retention.ms')).toEqual(['60000', 'topic']);
    });

    test('takes a setting away, so that the default counts again', async () => {
      const topic = await newTopic(subject, { configs: { 'retention.ms': '60000' } });
      expect(await change(subject, topic, [{ name: 'retention.ms', configOperation: operations.delete }])).toBe('NONE');
      await untilSet(subject, topic, 'retention.ms', ['604800000', 'default']);
    });

    test('adds to a list and takes from it, what is there already and what is not without harm', async () => {
      const topic = await newTopic(subject);
      const alter = (configOperation: number, value: string) =>
        change(subject, topic, [{ name: 'cleanup.policy', configOperation, value }]);
      expect(await alter(operations.append, 'compact')).toBe('NONE');
      await untilSet(subject, topic, 'cleanup.policy', ['delete,compact', 'topic']);
      expect(await alter(operations.append, 'delete')).toBe('NONE');
      await untilSet(subject, topic, 'cleanup.policy', ['delete,compact', 'topic']);
      expect(await alter(operations.subtract, 'delete')).toBe('NONE');
      await untilSet(subject, topic, 'cleanup.policy', ['compact', 'topic']);
      expect(await alter(operations.subtract, 'delete')).toBe('NONE');
      await untilSet(subject, topic, 'cleanup.policy', ['compact', 'topic']);
    });

    test.each<[string, readonly Change[], string]>([
      ['an unknown setting', [{ name: 'retention', value: '1' }], 'INVALID_CONFIG'],
      ['a wrong value', [{ name: 'retention.ms', value: 'long' }], 'INVALID_CONFIG'],
      ['no value', [{ name: 'retention.ms', value: null }], 'INVALID_REQUEST'],
      ['adding to what is no list', [{ name: 'retention.ms', value: '1', configOperation: 2 }], 'INVALID_CONFIG'],
      ['adding an unknown word', [{ name: 'cleanup.policy', value: 'keep', configOperation: 2 }], 'INVALID_CONFIG'],
      [
        'a setting twice',
        [
          { name: 'retention.ms', value: '1' },
          { name: 'retention.ms', value: '2' },
        ],
        'INVALID_REQUEST',
      ],
    ])('refuses %s', async (_what, changes, error) => {
      const topic = await newTopic(subject, { configs: { 'retention.ms': '60000' } });
      expect(await change(subject, topic, changes)).toBe(error);
      expect(await settingOf(subject, topic, 'retention.ms')).toEqual(['60000', 'topic']);
    });

    testUnless(subject, { apache: 'it answers UNKNOWN_SERVER_ERROR, which tells nobody what is wrong' })(
      'refuses an unknown operation',
      async () => {
        const changes = [{ name: 'retention.ms', value: '1', configOperation: 9 }];
        expect(await change(subject, await newTopic(subject), changes)).toBe('INVALID_REQUEST');
      },
    );

    test('changes all of a resource or nothing', async () => {
      const topic = await newTopic(subject);
      const changes = [
        { name: 'retention.ms', value: '1000' },
        { name: 'segment.ms', value: 'long' },
      ];
      expect(await change(subject, topic, changes)).toBe('INVALID_CONFIG');
      expect(await settingOf(subject, topic, 'retention.ms')).toEqual(['604800000', 'default']);
    });

    test('refuses an unknown topic', async () => {
      const name = newName('unknown');
      expect(await change(subject, name, [{ name: 'retention.ms', value: '1' }])).toBe('UNKNOWN_TOPIC_OR_PARTITION');
    });

    test('changes nothing when it is only to validate', async () => {
      const topic = await newTopic(subject);
      const validate = (value: string) =>
        change(subject, topic, [{ name: 'retention.ms', value }], { validateOnly: true });
      expect(await validate('1000')).toBe('NONE');
      expect(await validate('long')).toBe('INVALID_CONFIG');
      expect(await settingOf(subject, topic, 'retention.ms')).toEqual(['604800000', 'default']);
    });
  });

  describe('AlterConfigs', () => {
    async function replace(topic: string, wanted: ReadonlyArray<{ name: string; value: string | null }>) {
      const answer = await (await wireClient(subject)).request('AlterConfigs', 2, {
        resources: [{ resourceType: resourceTypes.topic, resourceName: topic, configs: wanted }],
        validateOnly: false,
      });
      return errorName(answer.responses[0].errorCode);
    }

    test('replaces all settings', async () => {
      const topic = await newTopic(subject, { configs: { 'retention.ms': '60000' } });
      expect(await replace(topic, [{ name: 'segment.ms', value: '120000' }])).toBe('NONE');
      await untilSet(subject, topic, 'segment.ms', ['120000', 'topic']);
      expect(await settingOf(subject, topic, 'retention.ms')).toEqual(['604800000', 'default']);
    });

    test('refuses what cannot be set, and unknown topics', async () => {
      const topic = await newTopic(subject);
      expect(await replace(topic, [{ name: 'retention.ms', value: 'long' }])).toBe('INVALID_CONFIG');
      expect(await replace(topic, [{ name: 'retention.ms', value: null }])).toBe('INVALID_REQUEST');
      expect(await replace(topic, [{ name: 'retention', value: '1' }])).toBe('INVALID_CONFIG');
      expect(await replace(newName('unknown'), [])).toBe('UNKNOWN_TOPIC_OR_PARTITION');
    });
  });
}
