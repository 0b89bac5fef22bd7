/** What has become of all events of a plan, and whether any offset was ever too far. */
import { readAll } from '../../helpers/runtime/kafka.ts';
import { compare, type Expected } from '../check.ts';
import { canonical, type KnownEvent, knownEvents } from '../events.ts';
import { canonicalOf, misplacedIn, originOf, partitionOf, type Remains } from '../misplaced.ts';
import type { TopicRecord } from '../observe.ts';
import type { Ground } from './ground.ts';
import type { Sight } from './witness.ts';

export interface Expectation {
  readonly topic: string;
  readonly deadLetters: string;
  /** Whether the topic was deleted with some of the events, and made again. */
  readonly isRecreated: boolean;
  /** The generators that have run, one for each seed. */
  readonly generators: readonly { readonly seed: number; readonly events: number; readonly invalidRatio: number }[];
}

/** A line for each event that is not where it belongs, and for each offset that was ahead of its records. */
export async function findFaults(
  { topic, deadLetters, generators, isRecreated }: Expectation,
  ground: Ground,
  sights: readonly Sight[],
): Promise<readonly string[]> {
  const known = generators.flatMap(knownEvents);
  const sent = await recordsOf(ground, topic);
  const dead = await recordsOf(ground, deadLetters);
  const rows = await rowsOf(ground);
  const remains = { topic, deadLetters, sent, dead, rows };
  // Offsets from before mean another topic.
  if (isRecreated) return misplacedInNew(known, remains);
  return [...misplacedIn(known, remains), ...sightings({ known, sent, dead, sights })];
}

/**
 * Of a topic that was made again: what it holds is where it belongs, once. What went with the old one may be there or not,
 * and neither is there twice: an event is in one of the two topics.
 */
function misplacedInNew(known: readonly KnownEvent[], remains: Remains): readonly string[] {
  const { sent, dead, rows } = remains;
  const named = known.map(({ n, seed, text, valid }) => ({ name: `event ${n}`, text, valid, series: String(seed) }));
  const valid = named.filter((one) => one.valid);
  const faulty = named.filter((one) => !one.valid);
  const sentTexts = sent.map(({ value }) => canonicalOf(value));
  const deadTexts = dead.map(({ value }) => canonicalOf(value));
  const laneOf = (at: number) => partitionOf(sent[at]?.place ?? '');
  const inNew = new Set(sentTexts);
  const isOfOld = (finding: string) => finding.endsWith(' is lost');
  const missing = (place: string, from: readonly Expected[], came: readonly string[]) =>
    from
      .filter(({ text }) => inNew.has(text) && !came.includes(text))
      .map(({ name }) => `${place}: ${name}, which is in the new topic, is lost`);
  return [
    ...compare({ name: remains.topic, ordered: true, laneOf }, named, sentTexts).filter((one) => !isOfOld(one)),
    ...compare({ name: 'the table', ordered: false }, valid, rows).filter((one) => !isOfOld(one)),
    ...compare({ name: remains.deadLetters, ordered: false }, faulty, deadTexts).filter((one) => !isOfOld(one)),
    ...missing('the table', valid, rows),
    ...missing(remains.deadLetters, faulty, deadTexts),
  ];
}

/** Each sight against what is known at the end: which record lies at which offset. */
function sightings(seen: {
  readonly known: readonly KnownEvent[];
  readonly sent: readonly TopicRecord[];
  readonly dead: readonly TopicRecord[];
  readonly sights: readonly Sight[];
}): readonly string[] {
  const { known, sent, dead, sights } = seen;
  const faulty = new Set(known.filter(({ valid }) => !valid).map(({ text }) => text));
  const records = sent.map(({ place, value }) => {
    const text = canonicalOf(value);
    const [, partition, offset] = /-(\d+)@(\d+)$/.exec(place) ?? [];
    const valid = !faulty.has(text);
    return { place, partition: Number(partition), offset: Number(offset), id: valid ? idOf(value) : undefined };
  });
  const deadAt = new Map(dead.map((record) => [originOf(record), Number(/@(\d+)$/.exec(record.place)?.[1])]));
  const findings: string[] = [];
  for (const { partition, next, rows, deadLetters } of sights) {
    const passed = records.filter((record) => record.partition === partition && record.offset < next);
    const missing = passed.filter(({ id, place }) =>
      id === undefined ? !((deadAt.get(place) ?? Number.POSITIVE_INFINITY) < deadLetters) : !rows.has(id),
    );
    for (const { place } of missing)
      findings.push(`the group offset of ${partition} was ${next} before ${place} was settled`);
    for (const lane of Map.groupBy(records, (record) => record.partition).values()) {
      const valid = lane.filter(({ id }) => id !== undefined);
      const gap = valid.findIndex(({ id }) => !rows.has(id ?? ''));
      const after = gap < 0 ? undefined : valid.slice(gap).find(({ id }) => rows.has(id ?? ''));
      if (after !== undefined) findings.push(`the table had ${after.place} before ${valid[gap]?.place}`);
    }
  }
  return [...new Set(findings)];
}

const idOf = (value: string): string =>
  (JSON.parse(value) as { readonly event_metadata: { readonly event_id: string } }).event_metadata.event_id;

async function recordsOf({ client }: Ground, topic: string): Promise<readonly TopicRecord[]> {
  const messages = await readAll(client, topic);
  return messages.map(({ partition, offset, value, headers = {} }) => ({
    place: `${topic}-${partition}@${offset}`,
    value: String(value),
    headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, String(text)])),
  }));
}

async function rowsOf(ground: Ground): Promise<readonly string[]> {
  const columns = ['EVENT_TYPE', 'PRODUCT_ID', 'CUSTOMER_ID', 'EVENT_METADATA', 'EVENT_CONTENT'] as const;
  const rows = await ground.query(`SELECT ${columns.join(', ')} FROM WINE_SALES_DB.RAW_DATA.RAW_EVENTS_STREAM`);
  return rows.map((cells) =>
    canonical(
      Object.fromEntries(
        columns.flatMap((column, i) => {
          const cell = cells[i];
          if (cell === null || cell === undefined) return [];
          return [[column.toLowerCase(), column === 'EVENT_TYPE' ? cell : JSON.parse(cell)]];
        }),
      ),
    ),
  );
}
