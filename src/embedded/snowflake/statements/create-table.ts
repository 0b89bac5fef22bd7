/**
 * CREATE TABLE with columns, AS a query, LIKE or CLONE of another table. CLONE copies the rows; AT and BEFORE (time
 * travel) are not known.
 */
import {
  type Column,
  duckName,
  findTable,
  findView,
  storeTable,
  type Table,
  type TableKind,
  type TableName,
} from '../catalog.ts';
import { compilationError, unknownConstruct } from '../errors.ts';
import { type ResultSet, statusOf } from '../results.ts';
import { displayName, quoteName } from '../sql/names.ts';
import { rewriteQuery } from '../sql/query.ts';
import type { Query } from '../sql/scope.ts';
import { isGroup, isName, isOperator, isWord, type Node, sourceOf, splitAt } from '../sql/tree.ts';
import { duckType, INTEGER, TEXT } from '../types.ts';
import { createIdentity, identitySequence, readDefinitions } from './column-definitions.ts';
import { displayTable, qualify, readName, requireTable, type StatementContext } from './context.ts';
import { scopeOf } from './scope.ts';
import { defaultValue, outputOperand, storedValue } from './store.ts';

export interface CreateOptions {
  readonly orReplace: boolean;
  readonly ifNotExists: boolean;
  readonly kind: TableKind;
}

/** `nodes` begin with the table's name. */
export async function createTable(
  context: StatementContext,
  nodes: readonly Node[],
  options: CreateOptions,
): Promise<ResultSet> {
  const { session, statement, signal } = context;
  const contents = await session.contents();
  const { names, next } = readName(nodes, 0);
  const name = qualify(names, session.facts, 'CREATE TABLE');
  requireSchema(contents.schemas, name);
  const existing = findTable(contents, name);
  const hides = options.kind === 'TEMPORARY' && existing?.kind !== 'TEMPORARY';
  if (findView(contents, name) && !hides)
    throw compilationError('objectExists', `Object '${displayTable(name)}' already exists as VIEW`);
  if (existing && !options.orReplace && !hides) {
    if (options.ifNotExists) return statusOf(`${displayName(name.table)} already exists, statement succeeded.`);
    throw compilationError('objectExists', `Object '${displayTable(name)}' already exists.`);
  }
  // CLUSTER BY may stand before the columns, as GET_DDL has it.
  const before = isWord(nodes[next], 'CLUSTER') ? nodes.slice(next, next + 3) : [];
  const start = next + before.length;
  const body = nodes[start];
  const defined = isGroup(body) ? body : undefined;
  const clauses = [...before, ...nodes.slice(defined ? start + 1 : start)];
  const { rest, comment, clusterBy } = readOptions(clauses, statement.source);
  const base = {
    ...name,
    kind: options.kind,
    createdAt: new Date(),
    comment,
    ...(clusterBy !== undefined && { clusterBy }),
  };
  const made = await makeTable(context, base, defined?.children, rest);
  // Beside a permanent table a temporary one is made; it replaces only its like.
  const replaced = existing && options.orReplace && !hides ? dropStatements(existing) : [];
  await session.define(name, [...replaced, ...made.statements, storeTable(made.table)], signal);
  return statusOf(`Table ${displayName(name.table)} successfully created.`);
}

export function requireSchema(
  schemas: readonly { readonly database: string; readonly schema: string }[],
  name: TableName,
): void {
  if (schemas.some((schema) => schema.database === name.database && schema.schema === name.schema)) return;
  throw compilationError(
    'schemaMissing',
    `Schema '${displayName(name.database)}.${displayName(name.schema)}' does not exist or not authorized.`,
  );
}

interface Made {
  readonly table: Table;
  readonly statements: readonly string[];
}

async function makeTable(
  context: StatementContext,
  base: Omit<Table, 'columns'>,
  definitions: readonly Node[] | undefined,
  rest: readonly Node[],
): Promise<Made> {
  const { session, statement } = context;
  const contents = await session.contents();
  if (isWord(rest[0], 'AS')) {
    const scope = await scopeOf(context);
    const query = rewriteQuery(rest.slice(1), scope);
    if (scope.binds.parameters.length > 0) throw unknownConstruct('long binds in CREATE TABLE AS');
    const table = {
      ...base,
      columns: definitions ? namedOrDefined(definitions, query, statement.source, base) : columnsOf(query),
    };
    return { table, statements: [...createStatements(table), fillStatement(table, query)] };
  }
  if (isWord(rest[0], 'LIKE', 'CLONE') && !definitions) {
    const { names, next } = readName(rest, 1);
    if (rest.length > next) throw unknownConstruct(`CREATE TABLE … ${sourceOf(statement.source, rest.slice(next))}`);
    const model = requireTable(contents, qualify(names, session.facts, 'CREATE TABLE'));
    const columns = model.columns.map((column) =>
      column.identity
        ? { ...column, identity: { ...column.identity, sequence: identitySequence(base, column.name) } }
        : column,
    );
    const table = { ...base, comment: model.comment, columns };
    const list = columns.map((column) => quoteName(column.name)).join(', ');
    const copy =
      rest[0].value === 'CLONE'
        ? [`INSERT INTO ${duckName(table)} (${list}) SELECT ${list} FROM ${duckName(model)}`]
        : [];
    return { table, statements: [...createStatements(table), ...copy] };
  }
  if (!definitions) throw compilationError('syntax', 'syntax error: CREATE TABLE needs columns or AS a query.');
  if (rest.length > 0) throw unknownConstruct(`CREATE TABLE … ${sourceOf(statement.source, rest)}`);
  const table = { ...base, columns: readDefinitions(definitions, statement.source, base) };
  // A default that does not compile is an error now, not at the first INSERT.
  for (const column of table.columns)
    if (column.default !== undefined) defaultValue(column, column.default, session.facts, contents);
  return { table, statements: createStatements(table) };
}

function columnsOf({ columns }: Query): Column[] {
  const twice = columns.find(({ name }, index) => columns.findIndex((column) => column.name === name) < index);
  if (twice) throw compilationError('duplicateColumn', `duplicate column name '${displayName(twice.name)}'`);
  return columns.map(({ name, type = TEXT, nullable }) => ({
    name,
    type: type.name === 'NUMBER' && type.precision === undefined ? INTEGER : type,
    nullable,
  }));
}

/** `(a, b) AS SELECT …` gives names, `(a INT, b TEXT) AS SELECT …` gives types as well. */
function namedOrDefined(nodes: readonly Node[], query: Query, source: string, table: TableName): Column[] {
  const parts = splitAt(nodes);
  const columns = parts.every((part) => part.length === 1)
    ? parts.map(([name], index) => {
        const { type = TEXT, nullable = true } = query.columns[index] ?? {};
        return { name: isName(name) ? name.value : '', type, nullable };
      })
    : readDefinitions(nodes, source, table);
  if (columns.length !== query.columns.length) {
    throw compilationError(
      'columnCount',
      `Invalid column definition list: ${columns.length} columns are defined, the query has ${query.columns.length}.`,
    );
  }
  return columns;
}

function fillStatement(table: Table, query: Query): string {
  const values = query.columns.map((column, index) =>
    storedValue(outputOperand(column, quoteName(column.as)), table.columns[index] as Column),
  );
  return `INSERT INTO ${duckName(table)} SELECT ${values.join(', ')} FROM (${query.sql})`;
}

/** The DuckDB statements for an empty table and the sequences behind its columns. */
export function createStatements(table: Table): string[] {
  const columns = table.columns.map(
    ({ name, type, nullable }) => `${quoteName(name)} ${duckType(type)}${nullable ? '' : ' NOT NULL'}`,
  );
  const kind = table.kind === 'TEMPORARY' ? 'TEMP TABLE' : 'TABLE';
  const sequences = table.columns.flatMap(({ identity }) => (identity ? [createIdentity(identity)] : []));
  return [...sequences, `CREATE ${kind} ${duckName(table)} (${columns.join(', ')})`];
}

export function dropStatements(table: Table): string[] {
  const sequences = table.columns.flatMap(({ identity }) =>
    identity ? [`DROP SEQUENCE IF EXISTS ${identity.sequence}`] : [],
  );
  return [`DROP TABLE ${duckName(table)}`, ...sequences];
}

const WITHOUT_EFFECT = [
  'CHANGE_TRACKING',
  'DATA_RETENTION_TIME_IN_DAYS',
  'DEFAULT_DDL_COLLATION',
  'ENABLE_SCHEMA_EVOLUTION',
  'MAX_DATA_EXTENSION_TIME_IN_DAYS',
] as const;

/** Clauses around the columns that mean nothing here and do no harm, and those that are kept. */
function readOptions(nodes: readonly Node[], source: string) {
  let rest = nodes;
  let comment = '';
  let clusterBy: string | undefined;
  for (;;) {
    const [name, equals, value] = rest;
    if (isWord(name, 'CLUSTER') && isWord(equals, 'BY') && isGroup(value)) {
      clusterBy = sourceOf(source, value.children);
      rest = rest.slice(3);
    } else if (isWord(name, 'COMMENT') && isOperator(equals, '=') && value?.kind === 'string') {
      comment = value.value;
      rest = rest.slice(3);
    } else if (isWord(name, ...WITHOUT_EFFECT) && isOperator(equals, '=')) {
      rest = rest.slice(3);
    } else if (isWord(name, 'COPY') && isWord(equals, 'GRANTS')) {
      rest = rest.slice(2);
    } else if (isOperator(equals, '=')) {
      throw unknownConstruct(`the table option ${sourceOf(source, rest.slice(0, 1))}`);
    } else {
      return { rest, comment, clusterBy };
    }
  }
}
