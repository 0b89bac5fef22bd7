/** aiokafka, the asyncio client in Python alone. */
import { fileURLToPath } from 'node:url';
import { pythonWith } from '../../../helpers/python.ts';
import { describeClient } from './client-program.ts';

const python = pythonWith('aiokafka', 'cramjam');
const script = fileURLToPath(new URL('python/aiokafka_cases.py', import.meta.url));

describeClient('aiokafka', 'missing' in python ? python : () => ({ ...python, args: [script] }), [
  'creates, describes and deletes topics',
  'carries records with compression none',
  'carries records with compression gzip',
  'carries records with compression snappy',
  'carries records with compression lz4',
  'carries records with compression zstd',
  'shares partitions between two members and resumes where they committed',
  'lists and describes groups, and their offsets',
  'finds offsets by time',
  'produces in order and once with an idempotent producer',
  'moves records and offsets in transactions, and hides aborted ones',
  'fences a producer when another takes its transactional id',
  'deletes records, and starts again at the first that is left',
  'hears that a message is too large',
]);
