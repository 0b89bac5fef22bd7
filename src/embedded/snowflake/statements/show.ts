/**
 * SHOW DATABASES, SCHEMAS, TABLES, VIEWS, OBJECTS, COLUMNS, SEQUENCES and PRIMARY KEYS, with LIKE, IN, STARTS WITH and
 * LIMIT. Sizes and row counts are not known. What belongs to the session is shown by others.
 */
import type { Contents } from '../catalog.ts';
import { unknownConstruct } from '../errors.ts';
import { type ResultSet, STATEMENT_TYPES, tableOf } from '../results.ts';
import { decodeName } from '../sql/names.ts';
import { likePattern } from '../sql/select-list.ts';
import { isWord, type Node, sourceOf } from '../sql/tree.ts';
import { type ColumnType, MAX_TEXT } from '../types.ts';
import {
  displayTable,
  qualify,
  readName,
  requireTable,
  type StatementContext,
  type StatementHandler,
} from './context.ts';
import { LISTINGS, type Listing, type Row } from './show-listings.ts';

const TEXT: ColumnType = { name: 'VARCHAR', length: MAX_TEXT };
const NUMBER: ColumnType = { name: 'NUMBER', precision: 18, scale: 0 };
const MOMENT: ColumnType = { name: 'TIMESTAMP_LTZ', scale: 3 };

export interface Filter {
  readonly like?: RegExp;
  readonly startsWith?: string;
  readonly limit?: number;
  readonly from?: string;
  readonly database?: string | undefined;
  readonly schema?: string | undefined;
  readonly table?: string | undefined;
  /** Of the sequences that have been used, by their full names. */
  readonly nextValues?: ReadonlyMap<string, number>;
}

export const show: StatementHandler = async (context) => {
  const { nodes, source } = context.statement;
  const terse = isWord(nodes[1], 'TERSE');
  const rest = nodes.slice(terse ? 2 : 1);
  const [what, second] = rest;
  const isKeys = isWord(what, 'PRIMARY', 'UNIQUE') && isWord(second, 'KEYS');
  const name = isKeys ? `${what.value} KEYS` : isWord(what) ? what.value : '';
  const listing = Object.hasOwn(LISTINGS, name) ? (LISTINGS[name] as Listing) : undefined;
  if (!listing) throw unknownConstruct(`SHOW ${sourceOf(source, what ? [what] : [])}`);
  const contents = await context.session.contents();
  const asked = await readFilter(context, rest.slice(isKeys ? 2 : 1), listing);
  const filter = name === 'SEQUENCES' ? { ...asked, nextValues: await nextValues(context, contents) } : asked;
  const found = listing.rows(contents, filter, context.session.facts);
  const nameAt = listing.columns.indexOf(listing.nameColumn ?? 'name');
  const kept = found.filter((row) => keeps(filter, String(row[nameAt])));
  const limited = filter.limit === undefined ? kept : kept.slice(0, filter.limit);
  return answer(listing.columns, limited, terse ? listing.terse : undefined);
};

async function nextValues({ session }: StatementContext, { sequences }: Contents): Promise<Map<string, number>> {
  const used = await session.connection.run(
    'SELECT database_name, schema_name, sequence_name, last_value FROM duckdb_sequences() WHERE last_value IS NOT NULL',
  );
  const last = new Map<string, number>();
  for (let row = 0; row < used.rowCount; row++) {
    const [database = '', schema = '', table = ''] = used.columns
      .slice(0, 3)
      .map((column) => decodeName(String(column[row])));
    last.set(displayTable({ database, schema, table }), Number(used.columns[3]?.[row]));
  }
  return new Map(
    sequences.flatMap((sequence) => {
      const value = last.get(displayTable(sequence));
      return value === undefined ? [] : [[displayTable(sequence), value + sequence.increment] as const];
    }),
  );
}

function keeps({ like, startsWith, from }: Filter, name: string): boolean {
  if (like && !like.test(name)) return false;
  if (startsWith !== undefined && !name.startsWith(startsWith)) return false;
  return from === undefined || name > from;
}

function answer(columns: readonly string[], rows: readonly Row[], only: readonly string[] | undefined): ResultSet {
  const shown = only ?? columns;
  const places = shown.map((column) => columns.indexOf(column));
  return tableOf(
    shown.map((column) => [column, typeOf(column)] as const),
    rows.map((row) => places.map((place) => row[place] ?? null)),
    STATEMENT_TYPES.use,
  );
}

function typeOf(column: string): ColumnType {
  if (column === 'created_on' || column === 'dropped_on') return MOMENT;
  return ['rows', 'bytes', 'interval', 'next_value', 'key_sequence'].includes(column) ? NUMBER : TEXT;
}

/** `[LIKE 'pattern'] [IN { ACCOUNT | [DATABASE] d | [SCHEMA] s | [TABLE] t }] [STARTS WITH 'x'] [LIMIT n [FROM 'x']]`. */
async function readFilter(context: StatementContext, nodes: readonly Node[], listing: Listing): Promise<Filter> {
  const { facts } = context.session;
  let filter: Filter = { database: facts.database, schema: listing.within === 'schema' ? facts.schema : undefined };
  let at = 0;
  while (at < nodes.length) {
    const [word, next] = [nodes[at], nodes[at + 1]];
    if (isWord(word, 'HISTORY')) {
      at++;
    } else if (isWord(word, 'LIKE') && next?.kind === 'string') {
      filter = { ...filter, like: likePattern(next.value) };
      at += 2;
    } else if (isWord(word, 'STARTS') && isWord(next, 'WITH') && nodes[at + 2]?.kind === 'string') {
      filter = { ...filter, startsWith: (nodes[at + 2] as { value: string }).value };
      at += 3;
    } else if (isWord(word, 'LIMIT') && next?.kind === 'number') {
      filter = { ...filter, limit: Number(next.value) };
      at += 2;
    } else if (isWord(word, 'FROM') && next?.kind === 'string') {
      filter = { ...filter, from: next.value };
      at += 2;
    } else if (isWord(word, 'IN')) {
      const place = await readPlace(context, nodes, at + 1, listing);
      filter = { ...filter, ...place.filter };
      at = place.next;
    } else {
      throw unknownConstruct(`SHOW … ${sourceOf(context.statement.source, nodes.slice(at))}`);
    }
  }
  return filter;
}

async function readPlace(context: StatementContext, nodes: readonly Node[], start: number, listing: Listing) {
  const { facts } = context.session;
  const word = nodes[start];
  const ends = (node: Node | undefined): boolean => node === undefined || isWord(node, 'LIKE', 'STARTS', 'LIMIT');
  if (isWord(word, 'ACCOUNT') && ends(nodes[start + 1]))
    return { filter: { database: undefined, schema: undefined }, next: start + 1 };
  const kind = isWord(word, 'DATABASE', 'SCHEMA', 'TABLE', 'VIEW') ? word.value : undefined;
  if (kind && ends(nodes[start + 1])) {
    return {
      filter: { database: facts.database, schema: kind === 'SCHEMA' ? facts.schema : undefined },
      next: start + 1,
    };
  }
  const { names, next } = readName(nodes, kind ? start + 1 : start);
  const [first, second] = names;
  if (kind === 'TABLE' || kind === 'VIEW' || (listing.within === 'table' && kind === undefined)) {
    const contents = await context.session.contents();
    const name = qualify(names, facts, 'SHOW');
    const isView = contents.views.some((view) => displayTable(view) === displayTable(name));
    const { database, schema, table } = isView ? name : requireTable(contents, name);
    return { filter: { database, schema, table }, next };
  }
  if (listing.within === 'database' || kind === 'DATABASE')
    return { filter: { database: first, schema: undefined }, next };
  const filter =
    second === undefined ? { database: facts.database, schema: first } : { database: first, schema: second };
  return { filter, next };
}
