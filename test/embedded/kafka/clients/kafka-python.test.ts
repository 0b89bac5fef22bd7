/** kafka-python, a synchronous client in Python alone. */
import { fileURLToPath } from 'node:url';
import { pythonWith } from '../../../helpers/python.ts';
import { describeClient } from './client-program.ts';

const python = pythonWith('kafka', 'lz4.frame', 'snappy', 'zstandard');
const script = fileURLToPath(new URL('python/kafka_python_cases.py', import.meta.url));

describeClient('kafka-python', 'missing' in python ? python : () => ({ ...python, args: [script] }), [
  'creates, describes and deletes topics',
  'changes, describes and resets configs of a topic one by one',
  'describes the cluster, the broker and its log folders',
  'carries records with compression none',
  'carries records with compression gzip',
  'carries records with compression snappy',
  'carries records with compression lz4',
  'carries records with compression zstd',
  'shares partitions between two members and resumes where they committed',
  'moves only what must move when a member joins a cooperative group',
  "keeps a static member's partitions while it is restarted, until it is removed",
  'finds offsets by time, and the newest record',
  'produces in order and once with an idempotent producer',
  'moves records and offsets in transactions, and hides aborted ones',
  'fences a producer when another takes its transactional id',
  'lists and describes transactions and their producers',
  'lists, describes and deletes groups, and moves and deletes their offsets',
  'deletes records, and starts again at the first that is left',
  'hears that a message is too large',
  'hears that there are no ACLs',
]);
