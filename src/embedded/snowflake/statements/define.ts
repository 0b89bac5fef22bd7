/** CREATE, DROP and ALTER of databases, schemas and tables, and TRUNCATE. All of it commits what is open. */
import {
  type Column,
  DEFAULT_SCHEMA,
  duckName,
  findTable,
  storeTable,
  type Table,
  type TableName,
} from '../catalog.ts';
import { compilationError, SNOWFLAKE_ERRORS, SnowflakeError, unknownConstruct } from '../errors.ts';
import { type ResultSet, statusOf } from '../results.ts';
import { displayName, quoteName, quotePath } from '../sql/names.ts';
import { isName, isOperator, isWord, type Node, sourceOf, splitAt } from '../sql/tree.ts';
import { duckType, MAX_TEXT } from '../types.ts';
import { alterSession } from './alter-session.ts';
import {
  displayTable,
  noCurrent,
  qualify,
  readName,
  requireTable,
  type StatementContext,
  type StatementHandler,
  scopeOf,
} from './context.ts';
import { createStatement, createTable, readColumn } from './create-table.ts';

export const create: StatementHandler = async (context) => {
  const { nodes, source } = context.statement;
  let index = 1;
  const orReplace = isWord(nodes[index], 'OR') && isWord(nodes[index + 1], 'REPLACE');
  if (orReplace) index += 2;
  if (isWord(nodes[index], 'LOCAL', 'GLOBAL')) index++;
  const modifier = nodes[index];
  const kind = isWord(modifier, 'TEMPORARY', 'TEMP', 'VOLATILE')
    ? 'TEMPORARY'
    : isWord(modifier, 'TRANSIENT')
      ? 'TRANSIENT'
      : 'TABLE';
  if (kind !== 'TABLE') index++;
  const what = nodes[index++];
  const ifNotExists =
    isWord(nodes[index], 'IF') && isWord(nodes[index + 1], 'NOT') && isWord(nodes[index + 2], 'EXISTS');
  if (ifNotExists) index += 3;
  if (orReplace && ifNotExists)
    throw compilationError('syntax', 'syntax error: OR REPLACE and IF NOT EXISTS exclude each other.');
  const rest = nodes.slice(index);
  const attempt = (): Promise<ResultSet> => {
    if (isWord(what, 'TABLE')) return createTable(context, rest, { orReplace, ifNotExists, kind });
    if (isWord(what, 'DATABASE')) return createDatabase(context, rest, orReplace, ifNotExists);
    if (isWord(what, 'SCHEMA')) return createSchema(context, rest, orReplace, ifNotExists);
    throw unknownConstruct(`CREATE ${sourceOf(source, what ? [what] : [])}`);
  };
  if (!ifNotExists) return attempt();
  // Another session may make the same thing between our look and our attempt: look once more.
  return attempt().catch((error: unknown) => {
    if (error instanceof SnowflakeError && RACE_CODES.has(error.code)) return attempt();
    throw error;
  });
};

const RACE_CODES = new Set<string>([SNOWFLAKE_ERRORS.objectExists.code, SNOWFLAKE_ERRORS.lockTimeout.code]);

async function createDatabase(
  context: StatementContext,
  nodes: readonly Node[],
  orReplace: boolean,
  ifNotExists: boolean,
): Promise<ResultSet> {
  const { session } = context;
  const { names, next } = readName(nodes, 0);
  const [name] = names;
  if (name === undefined || names.length > 1)
    throw compilationError('syntax', 'syntax error: a database name has one part.');
  noOptions(context, nodes.slice(next));
  const contents = await session.contents();
  if (contents.databases.includes(name)) {
    if (ifNotExists) return statusOf(`${displayName(name)} already exists, statement succeeded.`);
    if (!orReplace) throw compilationError('objectExists', `Object '${displayName(name)}' already exists.`);
    await session.dropDatabase(name);
  }
  await session.createDatabase(name);
  await session.use({ database: name, schema: DEFAULT_SCHEMA });
  return statusOf(`Database ${displayName(name)} successfully created.`);
}

async function createSchema(
  context: StatementContext,
  nodes: readonly Node[],
  orReplace: boolean,
  ifNotExists: boolean,
): Promise<ResultSet> {
  const { session, signal } = context;
  const { names, next } = readName(nodes, 0);
  noOptions(context, nodes.slice(next));
  const { database, schema } = qualifySchema(names, context, 'CREATE SCHEMA');
  const contents = await session.contents();
  if (!contents.databases.includes(database)) {
    throw compilationError('schemaMissing', `Database '${displayName(database)}' does not exist or not authorized.`);
  }
  const exists = contents.schemas.some((each) => each.database === database && each.schema === schema);
  if (exists && ifNotExists) return statusOf(`${displayName(schema)} already exists, statement succeeded.`);
  if (exists && !orReplace) throw compilationError('objectExists', `Object '${displayName(schema)}' already exists.`);
  const drop = exists ? [`DROP SCHEMA ${quotePath(database, schema)} CASCADE`] : [];
  await session.define(undefined, [...drop, `CREATE SCHEMA ${quotePath(database, schema)}`], signal);
  await session.use({ database, schema });
  return statusOf(`Schema ${displayName(schema)} successfully created.`);
}

function qualifySchema(names: readonly string[], context: StatementContext, action: string) {
  const [schema, database = context.session.facts.database] = [...names].reverse();
  if (database === undefined) throw noCurrent('noCurrentDatabase', 'database', action);
  return { database, schema: schema as string };
}

function noOptions(context: StatementContext, nodes: readonly Node[]): void {
  const [name, equals, value] = nodes;
  if (nodes.length === 0) return;
  if (isWord(name, 'COMMENT', 'DATA_RETENTION_TIME_IN_DAYS') && isOperator(equals, '=') && value) {
    noOptions(context, nodes.slice(3));
    return;
  }
  throw unknownConstruct(`the option ${sourceOf(context.statement.source, nodes)}`);
}

export const drop: StatementHandler = async (context) => {
  const { session, signal } = context;
  const { nodes, source } = context.statement;
  const what = nodes[1];
  const ifExists = isWord(nodes[2], 'IF') && isWord(nodes[3], 'EXISTS');
  const { names, next } = readName(nodes, ifExists ? 4 : 2);
  if (nodes.length > next && !isWord(nodes[next], 'CASCADE'))
    throw unknownConstruct(`DROP … ${sourceOf(source, nodes.slice(next))}`);
  const contents = await session.contents();
  const missing = (kind: string, name: string): ResultSet => {
    if (ifExists) return statusOf('Drop statement executed successfully (object already dropped).');
    throw compilationError(
      kind === 'Table' ? 'objectMissing' : 'schemaMissing',
      `${kind} '${name}' does not exist or not authorized.`,
    );
  };
  if (isWord(what, 'TABLE')) {
    const name = qualify(names, session.facts, 'DROP TABLE');
    const table = findTable(contents, name);
    if (!table) return missing('Table', displayTable(name));
    await session.define(name, [`DROP TABLE ${duckName(table)}`], signal);
    return statusOf(`${displayName(name.table)} successfully dropped.`);
  }
  if (isWord(what, 'SCHEMA')) {
    const { database, schema } = qualifySchema(names, context, 'DROP SCHEMA');
    const exists = contents.schemas.some((each) => each.database === database && each.schema === schema);
    if (!exists) return missing('Schema', `${displayName(database)}.${displayName(schema)}`);
    await session.define(undefined, [`DROP SCHEMA ${quotePath(database, schema)} CASCADE`], signal);
    return statusOf(`${displayName(schema)} successfully dropped.`);
  }
  if (isWord(what, 'DATABASE')) {
    const name = names[0] as string;
    if (!contents.databases.includes(name)) return missing('Database', displayName(name));
    await session.dropDatabase(name);
    return statusOf(`${displayName(name)} successfully dropped.`);
  }
  throw unknownConstruct(`DROP ${sourceOf(source, what ? [what] : [])}`);
};

export const truncate: StatementHandler = async (context) => {
  const { session, signal } = context;
  const { nodes } = context.statement;
  let index = isWord(nodes[1], 'TABLE') ? 2 : 1;
  const ifExists = isWord(nodes[index], 'IF') && isWord(nodes[index + 1], 'EXISTS');
  if (ifExists) index += 2;
  const name = qualify(readName(nodes, index).names, session.facts, 'TRUNCATE');
  const table = findTable(await session.contents(), name);
  if (!table && ifExists) return statusOf('Statement executed successfully.');
  await session.define(name, [`DELETE FROM ${duckName(requireTable(await session.contents(), name))}`], signal);
  return statusOf('Statement executed successfully.');
};

/** ALTER TABLE … ADD, DROP or RENAME COLUMN and RENAME TO; ALTER SESSION. */
export const alter: StatementHandler = async (context) => {
  const { nodes, source } = context.statement;
  if (isWord(nodes[1], 'SESSION')) return alterSession(context);
  if (!isWord(nodes[1], 'TABLE')) throw unknownConstruct(`ALTER ${sourceOf(source, nodes.slice(1, 2))}`);
  const ifExists = isWord(nodes[2], 'IF') && isWord(nodes[3], 'EXISTS');
  const { names, next } = readName(nodes, ifExists ? 4 : 2);
  const name = qualify(names, context.session.facts, 'ALTER TABLE');
  const contents = await context.session.contents();
  if (ifExists && !findTable(contents, name)) return statusOf('Statement executed successfully.');
  const table = requireTable(contents, name);
  const action = nodes[next];
  const rest = nodes.slice(next + 1);
  if (isWord(action, 'ADD')) return addColumns(context, name, rest);
  if (isWord(action, 'DROP') && isWord(rest[0], 'COLUMN')) {
    const dropped = splitAt(rest.slice(1)).map(([column]) => (isName(column) ? column.value : ''));
    const unknown = dropped.find((column) => !table.columns.some((each) => each.name === column));
    if (unknown !== undefined) throw compilationError('invalidIdentifier', `invalid identifier '${unknown}'`);
    const columns = table.columns.filter((column) => !dropped.includes(column.name));
    await rebuild(context, table, columns, columns);
  } else if (
    isWord(action, 'RENAME') &&
    isWord(rest[0], 'COLUMN') &&
    isName(rest[1]) &&
    isWord(rest[2], 'TO') &&
    isName(rest[3])
  ) {
    const [from, to] = [rest[1].value, rest[3].value];
    if (!table.columns.some((column) => column.name === from))
      throw compilationError('invalidIdentifier', `invalid identifier '${from}'`);
    const columns = table.columns.map((column) => (column.name === from ? { ...column, name: to } : column));
    await rebuild(context, table, columns, table.columns);
  } else if (isWord(action, 'RENAME') && isWord(rest[0], 'TO')) {
    const target = { ...table, ...qualify(readName(rest, 1).names, context.session.facts, 'ALTER TABLE') };
    if (findTable(contents, target))
      throw compilationError('objectExists', `Object '${displayTable(target)}' already exists.`);
    if (target.database !== table.database || target.schema !== table.schema)
      throw unknownConstruct('RENAME TO another schema');
    const rename = `ALTER TABLE ${duckName(table)} RENAME TO ${quoteName(target.table)}`;
    await context.session.define(name, [rename, storeTable(target)], context.signal);
  } else {
    throw unknownConstruct(`ALTER TABLE … ${sourceOf(source, nodes.slice(next))}`);
  }
  return statusOf('Statement executed successfully.');
};

async function addColumns(context: StatementContext, name: TableName, nodes: readonly Node[]): Promise<ResultSet> {
  const table = requireTable(await context.session.contents(), name);
  const scope = await scopeOf(context);
  let rest = isWord(nodes[0], 'COLUMN') ? nodes.slice(1) : nodes;
  const ifNotExists = isWord(rest[0], 'IF') && isWord(rest[1], 'NOT') && isWord(rest[2], 'EXISTS');
  if (ifNotExists) rest = rest.slice(3);
  const added = splitAt(rest).map((part) => readColumn(part, scope));
  const fresh = added.filter((column) => !table.columns.some((each) => each.name === column.name));
  const taken = added.find((column) => !fresh.includes(column));
  if (taken && !ifNotExists) throw compilationError('columnExists', `column '${taken.name}' already exists`);
  const blocked = fresh.find((column) => !column.nullable && column.default === undefined);
  if (blocked)
    throw compilationError('unsupported', `Non-nullable column '${blocked.name}' cannot be added to non-empty table.`);
  const columns: Column[] = [...table.columns, ...fresh];
  const limited = fresh.some(
    ({ type, nullable }) => !nullable || (type.name === 'VARCHAR' && type.length !== MAX_TEXT),
  );
  if (limited) {
    await rebuild(context, table, columns, table.columns);
  } else if (fresh.length > 0) {
    const alters = fresh.map(({ name: column, type, defaultSql }) => {
      const value = defaultSql === undefined ? '' : ` DEFAULT ${defaultSql}`;
      return `ALTER TABLE ${duckName(table)} ADD COLUMN ${quoteName(column)} ${duckType(type)}${value}`;
    });
    await context.session.define(name, [...alters, storeTable({ ...table, columns })], context.signal);
  }
  return statusOf('Statement executed successfully.');
}

/**
 * DuckDB adds no CHECK to a table that exists, and lets no column go that one names: make the table anew. The first
 * columns take the values of `from`, the others their defaults.
 */
async function rebuild(
  context: StatementContext,
  table: Table,
  columns: readonly Column[],
  from: readonly Column[],
): Promise<void> {
  const next = { ...table, columns };
  const building = { ...next, table: `${table.table} (being altered)` };
  const list = (names: readonly Column[]): string => names.map((column) => quoteName(column.name)).join(', ');
  await context.session.define(
    table,
    [
      createStatement(building),
      `INSERT INTO ${duckName(building)} (${list(columns.slice(0, from.length))}) SELECT ${list(from)} FROM ${duckName(table)}`,
      `DROP TABLE ${duckName(table)}`,
      `ALTER TABLE ${duckName(building)} RENAME TO ${quoteName(table.table)}`,
      storeTable(next),
    ],
    context.signal,
  );
}
