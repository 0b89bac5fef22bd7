/**
 * The SQL of the sink, as text. Names are identifiers from `names.ts`; topics and offsets stand in the text as literals,
 * rows come by one bind (a JSON array), since a request of several statements takes text binds only.
 */
import type { LastRecord, TopicPartition } from 'caves-connect/sdk';
import { literal, type Names } from './names.ts';

/** A step of one position. */
export interface Move extends TopicPartition {
  /** Where the position is; {@link nowhere} when it is nowhere yet. */
  readonly previous: bigint;
  readonly next: bigint;
  /** By which the topic is known again. */
  readonly last?: LastRecord | undefined;
}

/** Stands for "no position yet": the CAS compares it like any other, which it could not do with NULL. */
export const nowhere = -1n;

const eventColumns = `
  EVENT_TYPE VARCHAR(50),
  PRODUCT_ID INTEGER,
  CUSTOMER_ID INTEGER,
  EVENT_METADATA OBJECT,
  EVENT_CONTENT VARIANT`;

/** The statements that make what is missing, in order. */
export function createObjects(names: Names): readonly string[] {
  return [
    `CREATE DATABASE IF NOT EXISTS ${names.database}`,
    `CREATE SCHEMA IF NOT EXISTS ${names.schema}`,
    `CREATE TABLE IF NOT EXISTS ${names.table} (${eventColumns},\n  INGESTION_TIME TIMESTAMP_LTZ\n)`,
    `CREATE TABLE IF NOT EXISTS ${names.staging} (${eventColumns}\n)`,
    createPositions(names),
  ];
}

/** The columns that a table of positions did not always have. */
const laterColumns = { LAST_OFFSET: 'INTEGER', LAST_TIMESTAMP: 'INTEGER' } as const;

/** The statements that give a table of positions, made by an older version, what it lacks. */
export function addColumns(names: Names, present: readonly string[]): readonly string[] {
  return Object.entries(laterColumns)
    .filter(([column]) => !present.includes(column))
    .map(([column, type]) => `ALTER TABLE ${names.positions} ADD COLUMN IF NOT EXISTS ${column} ${type}`);
}

/**
 * One row for each partition. OWNER is the task that asked for the position last, ATTEMPT the transaction that moved it
 * last: by it a task finds out whether a commit without an answer took place. LAST_OFFSET and LAST_TIMESTAMP (ms) are of
 * the last record before NEXT_OFFSET: by them the runtime finds out whether it is still the same topic.
 */
export function createPositions(names: Names): string {
  return `CREATE TABLE IF NOT EXISTS ${names.positions} (
  KAFKA_TOPIC VARCHAR,
  KAFKA_PARTITION INTEGER,
  NEXT_OFFSET INTEGER,
  OWNER VARCHAR,
  ATTEMPT VARCHAR,
  MOVED_AT TIMESTAMP_LTZ,
  ${Object.entries(laterColumns)
    .map(([column, type]) => `${column} ${type}`)
    .join(',\n  ')}
)`;
}

/**
 * Makes `owner` the owner of partitions; rows that are missing are made. MERGE, because Snowflake keeps no key unique: of
 * two tasks that do this at once the second waits for the first and finds its rows.
 */
export function claimPositions(names: Names, partitions: readonly TopicPartition[], owner: string): string {
  const rows = partitions.map((partition) => ({ ...partition, next: nowhere }));
  return mergePositions(names, rows, owner, 'OWNER = asked.OWNER');
}

/** Sets positions by hand, and takes them from whoever owns them. */
export function setPositions(
  names: Names,
  positions: readonly (TopicPartition & { readonly next: bigint })[],
  owner: string,
): string {
  const set =
    'OWNER = asked.OWNER, NEXT_OFFSET = asked.NEXT_OFFSET, MOVED_AT = CURRENT_TIMESTAMP(), ' +
    'LAST_OFFSET = NULL, LAST_TIMESTAMP = NULL';
  return mergePositions(names, positions, owner, set);
}

function mergePositions(
  names: Names,
  rows: readonly (TopicPartition & { readonly next: bigint })[],
  owner: string,
  set: string,
): string {
  const values = rows.map((row) => `(${literal(row.topic)}, ${row.partition}, ${row.next}, ${literal(owner)})`);
  return `MERGE INTO ${names.positions} AS kept
USING (
  SELECT COLUMN1 AS KAFKA_TOPIC, COLUMN2 AS KAFKA_PARTITION, COLUMN3 AS NEXT_OFFSET, COLUMN4 AS OWNER
  FROM VALUES ${values.join(', ')}
) AS asked
ON kept.KAFKA_TOPIC = asked.KAFKA_TOPIC AND kept.KAFKA_PARTITION = asked.KAFKA_PARTITION
WHEN MATCHED THEN UPDATE SET ${set}
WHEN NOT MATCHED THEN INSERT (KAFKA_TOPIC, KAFKA_PARTITION, NEXT_OFFSET, OWNER, MOVED_AT)
  VALUES (asked.KAFKA_TOPIC, asked.KAFKA_PARTITION, asked.NEXT_OFFSET, asked.OWNER, CURRENT_TIMESTAMP())`;
}

export function readPositions(names: Names, partitions: readonly TopicPartition[]): string {
  return `SELECT KAFKA_TOPIC, KAFKA_PARTITION, NEXT_OFFSET, OWNER, ATTEMPT, LAST_OFFSET, LAST_TIMESTAMP
FROM ${names.positions}
WHERE ${partitions.map(ofPartition).join(' OR ')}`;
}

/** Who had positions of partitions last. */
export function readOwners(names: Names, partitions: readonly TopicPartition[]): string {
  return `SELECT DISTINCT OWNER FROM ${names.positions} WHERE ${partitions.map(ofPartition).join(' OR ')}`;
}

/**
 * Moves positions by compare-and-set: all of them or, where one is not as expected or has another owner, none. The count
 * and the update read the same version of the table.
 */
export function movePositions(names: Names, moves: readonly Move[], owner: string, attempt: string): string {
  const to = (value: (move: Move) => bigint | number | undefined) =>
    `CASE ${moves.map((move) => `WHEN ${ofPartition(move)} THEN ${value(move) ?? 'NULL'}`).join(' ')} END`;
  const expected = moves.map((move) => `(${ofPartition(move)} AND NEXT_OFFSET = ${move.previous})`).join(' OR ');
  const where = `OWNER = ${literal(owner)} AND (${expected})`;
  return `UPDATE ${names.positions}
SET NEXT_OFFSET = ${to(({ next }) => next)}, LAST_OFFSET = ${to(({ last }) => last?.offset)},
  LAST_TIMESTAMP = ${to(({ last }) => last?.timestamp)}, ATTEMPT = ${literal(attempt)}, MOVED_AT = CURRENT_TIMESTAMP()
WHERE ${where} AND (SELECT COUNT(*) FROM ${names.positions} WHERE ${where}) = ${moves.length}`;
}

/**
 * Inserts the rows of one JSON array, if `attempt` has moved its `positions` in number; else nothing. `array` is the
 * expression of the array's text, with the one bind that carries it.
 */
export function insertRows(names: Names, positions: number, attempt: string, array: string): string {
  return `INSERT INTO ${names.table} (EVENT_TYPE, PRODUCT_ID, CUSTOMER_ID, EVENT_METADATA, EVENT_CONTENT, INGESTION_TIME)
SELECT value:event_type::VARCHAR, value:product_id::INTEGER, value:customer_id::INTEGER, value:event_metadata::OBJECT,
  value:event_content, CURRENT_TIMESTAMP()
FROM TABLE(FLATTEN(INPUT => PARSE_JSON(${array})))
WHERE (SELECT COUNT(*) FROM ${names.positions} WHERE ATTEMPT = ${literal(attempt)}) = ${positions}`;
}

export function countStaging(names: Names): string {
  return `SELECT COUNT(*) FROM ${names.staging}`;
}

function ofPartition({ topic, partition }: TopicPartition): string {
  return `KAFKA_TOPIC = ${literal(topic)} AND KAFKA_PARTITION = ${partition}`;
}
