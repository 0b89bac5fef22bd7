/** Go's clients: franz-go, sarama and segmentio's kafka-go, in one program. */
import { fileURLToPath } from 'node:url';
import { buildGo, whyNoGo } from '../../../helpers/go.ts';
import { describeClient } from './client-program.ts';

const sources = fileURLToPath(new URL('go', import.meta.url));
const missing = whyNoGo(sources);
const build = async (folder: string) => ({ command: await buildGo(sources, folder), args: [] });

describeClient('go', missing === undefined ? build : { missing }, [
  'franz-go creates, describes and deletes topics, and changes their configs',
  'franz-go shares partitions between cooperative members and resumes where they committed',
  'franz-go moves records and offsets in transactions, and hides aborted ones',
  'franz-go fences a producer when another takes its transactional id',
  'franz-go finds offsets by time and deletes records',
  'franz-go lists, describes and deletes groups, and moves and deletes their offsets',
  'franz-go carries records with compression none',
  'franz-go carries records with compression gzip',
  'franz-go carries records with compression snappy',
  'franz-go carries records with compression lz4',
  'franz-go carries records with compression zstd',
  'sarama consumes in a group and resumes where it committed',
  'sarama moves records and offsets in transactions, and hides aborted ones',
  'sarama describes the cluster, topics and groups',
  'sarama carries records with compression none',
  'sarama carries records with compression gzip',
  'sarama carries records with compression snappy',
  'sarama carries records with compression lz4',
  'sarama carries records with compression zstd',
  'kafka-go consumes in a group and resumes where it committed',
  'kafka-go carries records with compression none',
  'kafka-go carries records with compression gzip',
  'kafka-go carries records with compression snappy',
  'kafka-go carries records with compression lz4',
  'kafka-go carries records with compression zstd',
]);
