/**
 * Looks for every event of a pipeline where it belongs: all of them once and in order in the topic, the valid ones once
 * in the table, the invalid ones once in the dead letter queue, byte for byte, with where they came from and why.
 */
import { compare } from './check.ts';
import { canonical, type KnownEvent } from './events.ts';
import { readTable, readTopic, type TopicRecord } from './observe.ts';

export interface Pipeline {
  readonly brokers: string;
  /** Its dead letter queue is `<topic>.dlq`. */
  readonly topic: string;
  /** The YAML file that names the table. */
  readonly file: string;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A line for each event that is lost, doubled or reordered. The pipeline must have come to its end. */
export async function findMisplaced(known: readonly KnownEvent[], pipeline: Pipeline): Promise<readonly string[]> {
  const { brokers, topic, file, folder, env } = pipeline;
  const deadLetters = `${topic}.dlq`;
  const sent = await readTopic(brokers, topic);
  const dead = await readTopic(brokers, deadLetters);
  const rows = await readTable(file, { cwd: folder, env });
  return misplacedIn(known, { topic, deadLetters, sent, dead, rows });
}

/** What is there when a pipeline has come to its end. */
export interface Remains {
  readonly topic: string;
  readonly deadLetters: string;
  /** The records of the topic, and of the dead letter queue, in order per partition. */
  readonly sent: readonly TopicRecord[];
  readonly dead: readonly TopicRecord[];
  /** The events of the table in canonical form. */
  readonly rows: readonly string[];
}

/** As {@link findMisplaced}, for what was read already. Order counts per partition, and per source of events. */
export function misplacedIn(known: readonly KnownEvent[], remains: Remains): readonly string[] {
  const { topic, deadLetters, sent, dead, rows } = remains;
  const named = known.map(({ n, seed, valid, text }) => ({ name: `event ${n}`, text, valid, series: String(seed) }));
  // Rejects are looked for by where they lie in the topic, so that a lost event there does not hide others here.
  const faulty = new Set(known.filter(({ valid }) => !valid).map(({ text }) => text));
  const rejects = sent.filter(({ value }) => faulty.has(canonicalOf(value)));
  return [
    ...compare(
      { name: topic, ordered: true, laneOf: (at) => partitionOf(sent[at]?.place ?? '') },
      named,
      sent.map(({ value }) => canonicalOf(value)),
    ),
    ...compare(
      { name: 'the table', ordered: false },
      named.filter(({ valid }) => valid),
      rows,
    ),
    ...compare(
      { name: deadLetters, ordered: true, laneOf: (at) => partitionOf(dead[at] ? originOf(dead[at]) : '') },
      rejects.map(({ place, value }) => ({ name: `the record ${place}`, text: `${place} ${value}` })),
      dead.map((record) => `${originOf(record)} ${record.value}`),
    ),
    ...dead.filter((record) => !saysWhy(record)).map(({ place }) => `${place} does not say why it was rejected`),
  ];
}

/** `topic-partition` of a place in it. */
export const partitionOf = (place: string) => place.slice(0, place.indexOf('@'));

export const canonicalOf = (value: string) => canonical(JSON.parse(value));

const errorHeader = ({ headers }: TopicRecord, name: string) => headers[`__connect.errors.${name}`];

/** Where a dead letter came from, as a place. */
export function originOf(record: TopicRecord): string {
  const [topic, partition, offset] = ['topic', 'partition', 'offset'].map((name) => errorHeader(record, name));
  return `${topic}-${partition}@${offset}`;
}

function saysWhy(record: TopicRecord): boolean {
  return Boolean(errorHeader(record, 'exception.message') && errorHeader(record, 'stage'));
}
