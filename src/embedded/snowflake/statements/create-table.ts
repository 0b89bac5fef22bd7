/**
 * CREATE TABLE with columns, AS a query, or LIKE another table. VARCHAR(n) becomes a CHECK; PRIMARY KEY, UNIQUE and
 * FOREIGN KEY are kept in mind and not enforced, as in Snowflake.
 */
import { type Column, duckName, findTable, storeTable, type Table, type TableKind } from '../catalog.ts';
import { compilationError, unknownConstruct } from '../errors.ts';
import { columnTypeOf, type ResultSet, statusOf } from '../results.ts';
import { rewriteExpressions } from '../sql/expression.ts';
import { decodeName, displayName, quoteName } from '../sql/names.ts';
import { rewriteQuery } from '../sql/query.ts';
import type { Scope } from '../sql/scope.ts';
import { isGroup, isName, isOperator, isWord, type Node, sourceOf, splitAt } from '../sql/tree.ts';
import { duckType, MAX_TEXT, readType } from '../types.ts';
import { displayTable, qualify, readName, requireTable, type StatementContext, scopeOf } from './context.ts';

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
  if (!contents.schemas.some((schema) => schema.database === name.database && schema.schema === name.schema)) {
    throw compilationError(
      'schemaMissing',
      `Schema '${displayName(name.database)}.${displayName(name.schema)}' does not exist or not authorized.`,
    );
  }
  const existing = findTable(contents, name);
  const shadows = options.kind === 'TEMPORARY' && existing?.kind !== 'TEMPORARY';
  if (existing && !options.orReplace && !shadows) {
    if (options.ifNotExists) return statusOf(`${displayName(name.table)} already exists, statement succeeded.`);
    throw compilationError('objectExists', `Object '${displayTable(name)}' already exists.`);
  }
  const scope = await scopeOf(context);
  const body = nodes[next];
  const base = { ...name, kind: options.kind, createdAt: new Date(), comment: '' };
  const drop = existing && options.orReplace ? [`DROP TABLE ${duckName(existing)}`] : [];
  const { rest, comment } = readOptions(nodes.slice(isGroup(body) ? next + 1 : next), statement.source);

  let table: Table;
  let statements: string[];
  if (isWord(rest[0], 'AS')) {
    if (isGroup(body)) throw unknownConstruct('CREATE TABLE with columns and AS SELECT');
    const query = rewriteQuery(rest.slice(1), scope);
    table = { ...base, columns: await columnsOfQuery(context, query) };
    statements = [`CREATE ${duckKind(table)} ${duckName(table)} AS ${query}`];
    if (scope.binds.parameters.length > 0) throw unknownConstruct('long binds in CREATE TABLE AS');
  } else if (isWord(rest[0], 'LIKE') && !isGroup(body)) {
    const model = requireTable(contents, qualify(readName(rest, 1).names, session.facts, 'CREATE TABLE'));
    table = { ...base, columns: model.columns };
    statements = [createStatement(table)];
  } else if (isGroup(body)) {
    if (rest.length > 0) throw unknownConstruct(`CREATE TABLE … ${sourceOf(statement.source, rest)}`);
    table = { ...base, comment, columns: readDefinitions(body.children, scope) };
    statements = [createStatement(table)];
  } else {
    throw compilationError('syntax', 'syntax error: CREATE TABLE needs columns or AS a query.');
  }
  await session.define(name, [...drop, ...statements, storeTable(table)], signal);
  return statusOf(`Table ${displayName(name.table)} successfully created.`);
}

function duckKind(table: Table): string {
  return table.kind === 'TEMPORARY' ? 'TEMP TABLE' : 'TABLE';
}

/** The DuckDB statement for a table; also how ALTER TABLE builds its successor. */
export function createStatement(table: Table): string {
  const columns = table.columns.map((column) => {
    const limited = column.type.name === 'VARCHAR' && (column.type.length ?? MAX_TEXT) < MAX_TEXT;
    return [
      quoteName(column.name),
      duckType(column.type),
      column.nullable ? '' : 'NOT NULL',
      column.defaultSql === undefined ? '' : `DEFAULT ${column.defaultSql}`,
      limited ? `CHECK (length(${quoteName(column.name)}) <= ${column.type.length})` : '',
    ]
      .filter(Boolean)
      .join(' ');
  });
  return `CREATE ${duckKind(table)} ${duckName(table)} (${columns.join(', ')})`;
}

/** Clauses after the columns that mean nothing here and do no harm. */
function readOptions(
  nodes: readonly Node[],
  source: string,
): { readonly rest: readonly Node[]; readonly comment: string } {
  let rest = nodes;
  let comment = '';
  for (;;) {
    const [name, equals, value] = rest;
    if (isWord(name, 'CLUSTER') && isWord(equals, 'BY') && isGroup(value)) {
      rest = rest.slice(3);
    } else if (isWord(name, 'COMMENT') && isOperator(equals, '=') && value?.kind === 'string') {
      comment = value.value;
      rest = rest.slice(3);
    } else if (
      isWord(
        name,
        'DATA_RETENTION_TIME_IN_DAYS',
        'CHANGE_TRACKING',
        'ENABLE_SCHEMA_EVOLUTION',
        'MAX_DATA_EXTENSION_TIME_IN_DAYS',
      ) &&
      isOperator(equals, '=')
    ) {
      rest = rest.slice(3);
    } else if (isOperator(equals, '=')) {
      throw unknownConstruct(`the table option ${sourceOf(source, rest.slice(0, 1))}`);
    } else {
      return { rest, comment };
    }
  }
}

const CONSTRAINTS = ['PRIMARY', 'UNIQUE', 'FOREIGN', 'CONSTRAINT'] as const;

function readDefinitions(nodes: readonly Node[], scope: Scope): Column[] {
  const parts = splitAt(nodes);
  const keys = new Set(parts.filter((part) => isWord(part[0], ...CONSTRAINTS)).flatMap(primaryKeyColumns));
  const definitions = parts
    .filter((part) => !(isWord(part[0], ...CONSTRAINTS) && (isGroup(part[1]) || isWord(part[1]))))
    .map((part) => readColumn(part, scope))
    .map((column) => (keys.has(column.name) ? { ...column, nullable: false, primaryKey: true } : column));
  const names = definitions.map((column) => column.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw compilationError('duplicateColumn', `duplicate column name '${twice}'`);
  if (names.length === 0) throw compilationError('syntax', 'syntax error: CREATE TABLE without columns.');
  return definitions;
}

function primaryKeyColumns(part: readonly Node[]): string[] {
  const key = part.findIndex((node, index) => isWord(node, 'PRIMARY') && isWord(part[index + 1], 'KEY'));
  const columns = part[key + 2];
  if (key < 0 || !isGroup(columns)) return [];
  return splitAt(columns.children).map((column) => (isName(column[0]) ? column[0].value : ''));
}

/** `NAME TYPE [NOT NULL] [DEFAULT x] [PRIMARY KEY] [UNIQUE] [COMMENT 'x']`. */
export function readColumn(part: readonly Node[], scope: Scope): Column {
  const [name] = part;
  if (!isName(name)) throw compilationError('syntax', 'syntax error: a column name is expected.');
  const { type, length } = readType(part.slice(1));
  let nullable = true;
  let primaryKey = false;
  let written: string | undefined;
  let value: string | undefined;
  let index = 1 + length;
  while (index < part.length) {
    const node = part[index];
    const following = part[index + 1];
    if (isWord(node, 'NOT') && isWord(following, 'NULL')) {
      nullable = false;
      index += 2;
    } else if (isWord(node, 'NULL', 'UNIQUE')) {
      index += 1;
    } else if (isWord(node, 'PRIMARY') && isWord(following, 'KEY')) {
      primaryKey = true;
      nullable = false;
      index += 2;
    } else if (isWord(node, 'COMMENT', 'COLLATE') && following?.kind === 'string') {
      if (node.value === 'COLLATE') throw unknownConstruct('COLLATE');
      index += 2;
    } else if (isWord(node, 'DEFAULT')) {
      const end = endOfDefault(part, index + 1);
      const expression = part.slice(index + 1, end);
      written = sourceOf(scope.source, expression);
      value = defaultSql(expression, scope);
      index = end;
    } else {
      throw unknownConstruct(`the column property ${sourceOf(scope.source, part.slice(index))}`);
    }
  }
  return { name: name.value, type, nullable, default: written, defaultSql: value, primaryKey };
}

function endOfDefault(part: readonly Node[], start: number): number {
  const end = part.findIndex(
    (node, index) =>
      index > start &&
      isWord(node, 'NOT', 'NULL', 'UNIQUE', 'PRIMARY', 'COMMENT') &&
      !isOperator(part[index - 1], '::'),
  );
  return end < 0 ? part.length : end;
}

/** A default is evaluated for each INSERT: the clock must not be read when the table is made. */
function defaultSql(nodes: readonly Node[], scope: Scope): string {
  const [first] = nodes;
  if (isWord(first, 'CURRENT_TIMESTAMP', 'SYSDATE', 'GETDATE')) return 'get_current_timestamp()';
  if (isWord(first, 'CURRENT_DATE')) return 'current_date()';
  return `(${rewriteExpressions(nodes, scope)})`;
}

async function columnsOfQuery(context: StatementContext, query: string): Promise<Column[]> {
  const { names, types } = await context.session.connection.describe(query);
  return names.map((name, index) => ({
    name: decodeName(name),
    type: columnTypeOf(types[index] as Parameters<typeof columnTypeOf>[0]),
    nullable: true,
  }));
}
