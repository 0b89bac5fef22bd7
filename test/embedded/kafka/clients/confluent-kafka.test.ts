/** librdkafka, as confluent-kafka brings it to Python. */
import { fileURLToPath } from 'node:url';
import { pythonWith } from '../../../helpers/python.ts';
import { describeClient } from './client-program.ts';

const python = pythonWith('confluent_kafka');
const script = fileURLToPath(new URL('python/confluent_cases.py', import.meta.url));

describeClient('confluent-kafka', 'missing' in python ? python : () => ({ ...python, args: [script] }), [
  'creates, describes and deletes topics',
  'changes one config of a topic and leaves the others',
  'describes the cluster and the broker',
  'carries records with compression none',
  'carries records with compression gzip',
  'carries records with compression snappy',
  'carries records with compression lz4',
  'carries records with compression zstd',
  'shares partitions between two members and resumes where they committed',
  'moves only what must move when a member joins a cooperative group',
  "keeps a static member's partitions while it is restarted",
  'finds offsets by time, and the newest record',
  'produces in order and once with an idempotent producer',
  'moves records and offsets in transactions, and hides aborted ones',
  'does not read past an open transaction when it reads committed',
  'fences a producer when another takes its transactional id',
  'lists, describes and deletes groups, and moves their offsets',
  'deletes records, and starts again at the first that is left',
  'hears that a message is too large',
  'hears that a topic does not exist',
  'hears at once that the group protocol of KIP-848 is not served',
  'sees no ACLs',
]);
