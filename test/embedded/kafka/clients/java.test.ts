/** Kafka's own clients: the admin client, the producer and the consumer of Java. */
import { fileURLToPath } from 'node:url';
import { compileJava, kafkaJars } from '../../../helpers/java.ts';
import { describeClient } from './client-program.ts';

const jars = kafkaJars();
const sources = fileURLToPath(new URL('java', import.meta.url));

const compile = (jarFolder: string) => (classes: string) =>
  compileJava(jarFolder, sources, classes, 'clients.CaseServer');

describeClient('java', 'missing' in jars ? jars : compile(jars.folder), [
  'creates, describes and deletes topics',
  'changes configs of a topic one by one',
  'describes the cluster, the broker, its features and its log folders',
  'finds offsets by time, and the newest record',
  'deletes records',
  'finds the leaders and the replicas where they must be',
  'hears that there are no ACLs',
  'carries records with compression none',
  'carries records with compression gzip',
  'carries records with compression snappy',
  'carries records with compression lz4',
  'carries records with compression zstd',
  'produces in order and once with an idempotent producer',
  "takes the broker's time where the topic says so",
  'hears that a compacted topic needs keys, whatever the compression',
  'pauses, resumes and seeks',
  'hears that a message is too large',
  'hears that a topic does not exist',
  'shares partitions by the RangeAssignor and resumes where members committed',
  'shares partitions by the RoundRobinAssignor and resumes where members committed',
  'shares partitions by the StickyAssignor and resumes where members committed',
  'moves only what must move when a member joins a cooperative group',
  "keeps a static member's partitions while it is restarted, until it is removed",
  'lists, describes and deletes groups, and moves and deletes their offsets',
  'hears that the group protocol of KIP-848 is not served',
  'moves records and offsets in transactions, and hides aborted ones',
  'fences a producer when another takes its transactional id',
  "refuses a transaction's offsets from a member that is none",
  'lists and describes transactions and their producers, and fences them',
  'writes many transactions one after another',
]);
