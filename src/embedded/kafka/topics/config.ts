/**
 * The settings of topics: names, types, defaults and rules as Kafka has them. Those marked `kept` are stored and
 * answered and have no effect here, so that tools written for Kafka find what they expect.
 */

import { KafkaError } from '../errors.ts';
import type { FlushPolicy } from '../flush-policy.ts';
import type { LogConfig } from '../log/log-config.ts';

/** Kafka's numbers for a setting's type, in DescribeConfigs. */
export const configTypes = { boolean: 1, string: 2, int: 3, long: 5, double: 6, list: 7 } as const;

interface ConfigDefinition {
  readonly type: keyof typeof configTypes;
  readonly default: string;
  readonly summary: string;
  readonly min?: number;
  readonly values?: readonly string[];
}

const day = 24 * 60 * 60 * 1000;
/** Compaction works on segments that are full: those of compacted topics are small, so that it comes round. */
const compactedSegmentBytes = 4 * 1024 * 1024;
const intMax = 2 ** 31 - 1;
const longMax = '9223372036854775807';

const definitions: { readonly [name: string]: ConfigDefinition } = {
  'cleanup.policy': {
    type: 'list',
    default: 'delete',
    values: ['delete', 'compact'],
    summary: 'What happens to old records: delete them by retention, or compact to the last one of each key.',
  },
  'compression.type': {
    type: 'string',
    default: 'producer',
    values: ['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'],
    summary: 'Kept; batches stay compressed as their producers sent them.',
  },
  'delete.retention.ms': { type: 'long', default: String(day), min: 0, summary: 'How long a tombstone stays.' },
  'file.delete.delay.ms': { type: 'long', default: '60000', min: 0, summary: 'Kept; files go at once.' },
  'flush.messages': {
    type: 'long',
    default: longMax,
    min: 1,
    summary: 'Flush to the disk after so many messages, before they are acknowledged.',
  },
  'flush.ms': { type: 'long', default: longMax, min: 0, summary: 'Flush to the disk at most so long after a message.' },
  'index.interval.bytes': { type: 'int', default: '4096', min: 0, summary: 'Kept.' },
  'max.compaction.lag.ms': { type: 'long', default: longMax, min: 1, summary: 'Kept.' },
  'max.message.bytes': { type: 'int', default: '1048588', min: 0, summary: 'The largest batch that is accepted.' },
  'message.timestamp.after.max.ms': {
    type: 'long',
    default: '3600000',
    min: 0,
    summary: 'How far ahead of the clock a record’s time may lie.',
  },
  'message.timestamp.before.max.ms': {
    type: 'long',
    default: longMax,
    min: 0,
    summary: 'How far behind the clock a record’s time may lie.',
  },
  'message.timestamp.type': {
    type: 'string',
    default: 'CreateTime',
    values: ['CreateTime', 'LogAppendTime'],
    summary: 'Whose time counts: the producer’s or the broker’s.',
  },
  'min.cleanable.dirty.ratio': { type: 'double', default: '0.5', min: 0, summary: 'Kept.' },
  'min.compaction.lag.ms': { type: 'long', default: '0', min: 0, summary: 'Kept.' },
  'min.insync.replicas': { type: 'int', default: '1', min: 1, summary: 'Kept; there is one replica.' },
  preallocate: { type: 'boolean', default: 'false', summary: 'Kept.' },
  'retention.bytes': {
    type: 'long',
    default: '-1',
    min: -1,
    summary: 'The size beyond which old segments go; -1: none.',
  },
  'retention.ms': {
    type: 'long',
    default: String(7 * day),
    min: -1,
    summary: 'The age at which records go; -1: never.',
  },
  'segment.bytes': { type: 'int', default: String(64 * 1024 * 1024), min: 14, summary: 'The size of a segment.' },
  'segment.index.bytes': { type: 'int', default: '10485760', min: 4, summary: 'Kept.' },
  'segment.jitter.ms': { type: 'long', default: '0', min: 0, summary: 'Kept.' },
  'segment.ms': { type: 'long', default: String(7 * day), min: 1, summary: 'Kept; segments end by size.' },
  'unclean.leader.election.enable': { type: 'boolean', default: 'false', summary: 'Kept; there is one replica.' },
};

/** What was set, by name; all else has its default. */
export type TopicConfigs = ReadonlyMap<string, string>;

/** One setting as DescribeConfigs shows it. */
export interface DescribedConfig {
  readonly name: string;
  readonly value: string;
  readonly isDefault: boolean;
  readonly default: string;
  readonly type: number;
  readonly summary: string;
}

/** Checks a setting; the value as it is kept. */
export function checkConfig(name: string, value: string | null): string {
  const definition = definitions[name];
  if (definition === undefined) throw new KafkaError('INVALID_CONFIG', `Unknown topic config name: ${name}`);
  if (value === null) throw new KafkaError('INVALID_CONFIG', `Null value for configuration ${name}`);
  const text = value.trim();
  const complain = (rule: string): never => {
    throw new KafkaError('INVALID_CONFIG', `Invalid value ${text} for configuration ${name}: ${rule}`);
  };
  switch (definition.type) {
    case 'boolean':
      if (text !== 'true' && text !== 'false') complain('must be true or false');
      break;
    case 'string':
      if (definition.values?.includes(text) === false) complain(`must be one of ${definition.values.join(', ')}`);
      break;
    case 'list':
      if (!text.split(',').every((one) => definition.values?.includes(one.trim()) ?? true)) {
        complain(`must be a list of ${definition.values?.join(', ')}`);
      }
      break;
    default:
      if (!(definition.type === 'double' ? /^\d+(\.\d+)?$/ : /^-?\d+$/).test(text)) complain('must be a number');
      if (Number(text) < (definition.min ?? 0)) complain(`must be at least ${definition.min}`);
      if (definition.type === 'int' && Number(text) > intMax) complain(`must be at most ${intMax}`);
      if (definition.type === 'long' && BigInt(text) > BigInt(longMax)) complain(`must be at most ${longMax}`);
  }
  return text;
}

/** Whether the setting is a list, to which IncrementalAlterConfigs can add. */
export function isListConfig(name: string): boolean {
  return definitions[name]?.type === 'list';
}

/** The value that counts. */
export function configValue(configs: TopicConfigs, name: string): string {
  const value = configs.get(name) ?? definitions[name]?.default;
  if (value === undefined) throw new Error(`No topic config is named ${name}`);
  return value;
}

/** All settings, in the order of their names. */
export function describeConfigs(configs: TopicConfigs): readonly DescribedConfig[] {
  return Object.entries(definitions).map(([name, definition]) => ({
    name,
    value: configs.get(name) ?? definition.default,
    isDefault: !configs.has(name),
    default: definition.default,
    type: configTypes[definition.type],
    summary: definition.summary,
  }));
}

/** The settings that the log follows; the broker's policy of flushing counts where the topic has none. */
export function logConfig(configs: TopicConfigs, flush: FlushPolicy): LogConfig {
  const policies = configValue(configs, 'cleanup.policy').split(',');
  const compacts = policies.includes('compact');
  const segmentBytes = Number(configValue(configs, 'segment.bytes'));
  return {
    segmentBytes: compacts ? Math.min(segmentBytes, compactedSegmentBytes) : segmentBytes,
    compacts,
    deleteRetentionMs: Number(configValue(configs, 'delete.retention.ms')),
    retentionMs: Number(configValue(configs, 'retention.ms')),
    retentionBytes: Number(configValue(configs, 'retention.bytes')),
    deletes: policies.includes('delete'),
    appendTime: configValue(configs, 'message.timestamp.type') === 'LogAppendTime',
    flush: {
      messages: Number(configs.get('flush.messages') ?? flush.messages),
      ms: Number(configs.get('flush.ms') ?? flush.ms),
    },
  };
}
