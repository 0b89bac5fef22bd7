/** The scope in which a statement is rewritten: its session, its binds, and the catalog as of now. */
import {
  type Column,
  type Contents,
  duckName,
  findSequence,
  findTable,
  findView,
  pathOf,
  type TableName,
  type View,
} from '../catalog.ts';
import { compilationError } from '../errors.ts';
import { tableSqlOf } from '../result-table.ts';
import type { ResultSet } from '../results.ts';
import { BindWriter } from '../sql/binds.ts';
import { planFields } from '../sql/fields.ts';
import { displayName, quoteText } from '../sql/names.ts';
import { renamed, rewriteQuery } from '../sql/query.ts';
import type { OutputColumn, Query, Scope, SessionFacts, Source } from '../sql/scope.ts';
import { isName, isOperator, type Node, parseStatements } from '../sql/tree.ts';
import type { StatementContext } from './context.ts';
import { tableDefinition, viewDefinition } from './definitions.ts';
import { informationSchema } from './information-schema.ts';

/** Views within views deeper than this name each other in a circle. */
const DEEPEST_VIEW = 32;

/** A scope for rewriting this statement. */
export async function scopeOf(context: StatementContext): Promise<Scope> {
  const { session, statement, bindings, results } = context;
  const contents = await session.contents();
  const words = wordsOf(statement.nodes);
  const fields = words.has('FLATTEN') ? planFields(statement, bindings, words) : undefined;
  const binds = new BindWriter(bindings, statement.bindsBefore, statement.nodes);
  return makeScope({
    source: statement.source,
    binds,
    session: session.facts,
    contents,
    results,
    words,
    fields,
    depth: 0,
  });
}

/** A scope for an expression that stands in the catalog, such as a column's default. */
export function storedScope(source: string, session: SessionFacts, contents: Contents): Scope {
  const binds = new BindWriter({}, 0, []);
  return makeScope({ source, binds, session, contents, words: new Set(['*']), fields: undefined, depth: 0 });
}

interface ScopeParts extends Pick<Scope, 'source' | 'binds' | 'session' | 'words' | 'fields'> {
  readonly contents: Contents;
  /** Results that the statement names as tables. */
  readonly results?: StatementContext['results'];
  readonly depth: number;
}

function makeScope({ contents, results, depth, ...parts }: ScopeParts): Scope {
  const { session } = parts;
  const full = (names: readonly string[]) => {
    const [table = '', schema = session.schema, database = session.database] = [...names].reverse();
    return database === undefined || schema === undefined ? undefined : { database, schema, table };
  };
  return {
    ...parts,
    now: new Date(),
    commonTables: new Map(),
    columns: [],
    aliases: new Map(),
    outer: undefined,
    table(names) {
      if (names.at(-2) === 'INFORMATION_SCHEMA') {
        const query = informationSchema(contents, names.at(-3) ?? session.database, names.at(-1) as string);
        return { ...query, sql: `(${query.sql})`, names };
      }
      const result = names.length === 1 ? results?.get(names[0] as string) : undefined;
      if (result) return { sql: tableSqlOf(result, parts.binds), columns: columnsOf(result), names: ['RESULT_SCAN'] };
      const name = full(names);
      const table = name && findTable(contents, name);
      if (table)
        return {
          sql: duckName(table),
          columns: table.columns.map(outputOf),
          names: [table.database, table.schema, table.table],
        };
      const view = name && findView(contents, name);
      if (view) return expandView(view, contents, session, depth);
      if (names.length === 1 && names[0] === 'DUAL') return { sql: '(SELECT 1)', columns: [], names };
      if (name) requirePlace(contents, name, names.length);
      throw compilationError(
        'objectMissing',
        `Object '${names.map(displayName).join('.')}' does not exist or not authorized.`,
      );
    },
    nextValue(names) {
      const name = full(names);
      const sequence = name && findSequence(contents, name);
      return sequence && `nextval(${quoteText(pathOf(sequence))})`;
    },
    definition(kind, names) {
      const name = full(names);
      const table = name && kind === 'TABLE' ? findTable(contents, name) : undefined;
      const view = name && kind === 'VIEW' ? findView(contents, name) : undefined;
      return table ? tableDefinition(table) : view && viewDefinition(view);
    },
    tableFunction: () => undefined,
  };
}

/** @throws SnowflakeError 002003 where the name's database or schema is missing, if it was written */
function requirePlace(contents: Contents, { database, schema }: TableName, parts: number): void {
  const place = [database, schema].map(displayName).join('.');
  if (parts > 2 && !contents.databases.includes(database)) throw missingPlace('Database', displayName(database));
  const exists = contents.schemas.some((each) => each.database === database && each.schema === schema);
  if (parts > 1 && !exists) throw missingPlace('Schema', place);
}

function missingPlace(kind: string, name: string): Error {
  return compilationError('schemaMissing', `${kind} '${name}' does not exist or not authorized.`);
}

function columnsOf({ columns, rowType }: ResultSet): OutputColumn[] {
  return columns.map((type, index) => {
    const { name = '', nullable = true } = rowType[index] ?? {};
    return { name, as: name, type, nullable };
  });
}

function outputOf({ name, type, nullable }: Column): OutputColumn {
  return { name, as: name, type, nullable };
}

/** A view's query; names in it that are not qualified mean the view's own schema. */
function expandView(view: View, contents: Contents, facts: SessionFacts, depth: number): Source {
  if (depth > DEEPEST_VIEW)
    throw compilationError('viewColumns', `View '${displayName(view.table)}' refers to itself.`);
  const { database, schema, table } = view;
  const session = viewFacts(facts, database, schema);
  const query = compileText(view.text, { session, contents, depth: depth + 1 });
  if (query.columns.length !== view.columns.length) {
    throw compilationError(
      'viewColumns',
      `View definition for '${[database, schema, table].map(displayName).join('.')}' declared ${view.columns.length} column(s), but view query produces ${query.columns.length} column(s).`,
    );
  }
  const columns = renamed(
    query.columns,
    view.columns.map(({ name }) => name),
  );
  return { sql: `(${query.sql})`, columns: keepNames(query.columns, columns), names: [database, schema, table] };
}

/** The names that a view shows, over those that its query has in DuckDB. */
function keepNames(query: readonly OutputColumn[], shown: readonly OutputColumn[]): OutputColumn[] {
  return shown.map((column, index) => ({ ...column, as: query[index]?.as ?? column.as }));
}

function viewFacts(facts: SessionFacts, database: string, schema: string): SessionFacts {
  const { sessionId, user, role, account, warehouse } = facts;
  return { sessionId, user, role, account, warehouse, database, schema };
}

/** Compiles a query that stands in the catalog. */
export function compileText(
  text: string,
  options: { readonly session: SessionFacts; readonly contents: Contents; readonly depth: number },
): Query {
  const [statement] = parseStatements(text);
  if (!statement) throw compilationError('syntax', 'syntax error: a query is expected.');
  const scope = makeScope({
    source: statement.source,
    binds: new BindWriter({}, 0, []),
    words: wordsOf(statement.nodes),
    fields: undefined,
    ...options,
  });
  return rewriteQuery(statement.nodes, scope);
}

function wordsOf(nodes: readonly Node[], words = new Set<string>()): Set<string> {
  nodes.forEach((node, index) => {
    if (node.kind === 'group') wordsOf(node.children, words);
    else if (isName(node)) words.add(node.value);
    else if (isOperator(node, '$')) words.add('$');
    // A star of a SELECT list, not that of COUNT(*) and not a product.
    else if (isOperator(node, '*') && nodes.length > 1 && isStarPlace(nodes[index - 1])) words.add('*');
  });
  return words;
}

function isStarPlace(before: Node | undefined): boolean {
  return (
    before === undefined ||
    isOperator(before, ',', '.') ||
    (before.kind === 'word' && /^(SELECT|DISTINCT|ALL)$/.test(before.value))
  );
}
