/**
 * Every statement of every session, by its query id: what runs, what ended how, and the results that can still be had.
 *
 * Any session may ask for any id, as all sessions of one user may. Bounded: the newest 2,000 statements are known, with
 * at most 10,000 characters of their text; small results stay as long as their statement, of large ones the newest that
 * take some 50 MB together (the newest of all is kept whatever its size).
 */
import type { SnowflakeError } from './errors.ts';
import type { QueryAnswer } from './session.ts';

export type QueryStatus = 'RUNNING' | 'SUCCESS' | 'FAILED_WITH_ERROR' | 'ABORTED';

export interface QueryStart {
  readonly queryId: string;
  readonly sessionId: string;
  readonly user: string;
  readonly role: string;
  readonly database: string | undefined;
  readonly schema: string | undefined;
  readonly warehouse: string | undefined;
  readonly tag: string;
  readonly text: string;
  readonly answer: Promise<QueryAnswer>;
  /** Ends it if it runs; it then fails with the reason. */
  cancel(reason: SnowflakeError): void;
  /** The result is not kept any more. */
  forget(): void;
}

export interface QueryRecord extends Omit<QueryStart, 'forget'> {
  readonly startedAt: Date;
  readonly endedAt: Date | undefined;
  readonly status: QueryStatus;
  readonly error: SnowflakeError | undefined;
  readonly rows: number | undefined;
  readonly statementType: number | undefined;
}

export interface Queries {
  start(query: QueryStart): void;
  succeeded(queryId: string, answer: QueryAnswer): void;
  failed(queryId: string, error: SnowflakeError, canceled: boolean): void;
  find(queryId: string): QueryRecord | undefined;
  /** All that are known, the newest first. */
  newest(): readonly QueryRecord[];
}

export interface QueryLimits {
  readonly statements: number;
  /** Of all large results together. */
  readonly bytes: number;
}

const LIMITS: QueryLimits = { statements: 2_000, bytes: 50_000_000 };
const TEXT_KEPT = 10_000;
/** A result of so many bytes is small: it goes with its statement only. */
const SMALL = 4_096;

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
type Entry = Mutable<QueryRecord> & Pick<QueryStart, 'forget'> & { size: number };

export function createQueries(limits: QueryLimits = LIMITS): Queries {
  const entries = new Map<string, Entry>();
  let bytes = 0;

  function drop(entry: Entry): void {
    entries.delete(entry.queryId);
    if (entry.size <= SMALL) return;
    bytes -= entry.size;
    entry.forget();
  }

  function dropOldest(newest: string): void {
    for (const entry of entries.values()) {
      const tooMany = entries.size > limits.statements;
      const tooLarge = bytes > limits.bytes;
      if (!tooMany && !tooLarge) return;
      if (entry.queryId === newest || entry.status === 'RUNNING') continue;
      if (tooMany || entry.size > SMALL) drop(entry);
    }
  }

  function end(queryId: string, change: Partial<Entry>): void {
    const entry = entries.get(queryId);
    if (!entry) return;
    Object.assign(entry, change, { endedAt: new Date() });
    if (entry.size > SMALL) bytes += entry.size;
    dropOldest(queryId);
  }

  return {
    start(query) {
      const text = query.text.slice(0, TEXT_KEPT);
      const nothing = { endedAt: undefined, error: undefined, rows: undefined, statementType: undefined };
      entries.set(query.queryId, { ...query, text, ...nothing, startedAt: new Date(), status: 'RUNNING', size: 0 });
    },
    succeeded(queryId, { result }) {
      const { rows, statementType } = result;
      end(queryId, { status: 'SUCCESS', rows: rows.length, statementType, size: sizeOf(rows) });
    },
    failed: (queryId, error, canceled) => end(queryId, { status: canceled ? 'ABORTED' : 'FAILED_WITH_ERROR', error }),
    find: (queryId) => entries.get(queryId),
    newest: () => [...entries.values()].reverse(),
  };
}

/** What a cell takes beside its text: a string's head and its place in the row. */
const CELL = 24;

function sizeOf(rows: QueryAnswer['result']['rows']): number {
  let size = 0;
  for (const row of rows) for (const cell of row) size += CELL + (cell?.length ?? 0);
  return size;
}
