/** CREATE, DROP and ALTER, by what they define; databases and schemas themselves; TRUNCATE. All of it commits what is open. */
import { type Contents, DEFAULT_SCHEMA, duckName, findSequence, findTable, findView, pathOf } from '../catalog.ts';
import { compilationError, SNOWFLAKE_ERRORS, SnowflakeError, unknownConstruct } from '../errors.ts';
import { type ResultSet, statusOf } from '../results.ts';
import { displayName, quotePath } from '../sql/names.ts';
import { isOperator, isWord, type Node, sourceOf } from '../sql/tree.ts';
import { alterTable } from './alter-table.ts';
import { alterView } from './alter-view.ts';
import {
  displayTable,
  noCurrent,
  qualify,
  readName,
  requireTable,
  type StatementContext,
  type StatementHandler,
} from './context.ts';
import { createSequence } from './create-sequence.ts';
import { createTable, dropStatements } from './create-table.ts';
import { createView } from './create-view.ts';

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
  const secure = isWord(nodes[index], 'SECURE');
  if (secure) index++;
  const what = nodes[index++];
  const ifNotExists =
    isWord(nodes[index], 'IF') && isWord(nodes[index + 1], 'NOT') && isWord(nodes[index + 2], 'EXISTS');
  if (ifNotExists) index += 3;
  if (orReplace && ifNotExists)
    throw compilationError('syntax', 'syntax error: OR REPLACE and IF NOT EXISTS exclude each other.');
  const rest = nodes.slice(index);
  const attempt = (): Promise<ResultSet> => {
    if (isWord(what, 'TABLE')) return createTable(context, rest, { orReplace, ifNotExists, kind });
    if (isWord(what, 'VIEW') && kind === 'TABLE') return createView(context, rest, { orReplace, ifNotExists, secure });
    if (isWord(what, 'VIEW')) throw unknownConstruct(`CREATE ${kind} VIEW`);
    if (isWord(what, 'SEQUENCE')) return createSequence(context, rest, { orReplace, ifNotExists });
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
  const drop = exists ? dropSchema(contents, database, schema) : [];
  await session.define(undefined, [...drop, `CREATE SCHEMA ${quotePath(database, schema)}`], signal);
  await session.use({ database, schema });
  return statusOf(`Schema ${displayName(schema)} successfully created.`);
}

/** Temporary tables lie elsewhere in DuckDB, and go with their schema all the same. */
function dropSchema(contents: Contents, database: string, schema: string): string[] {
  return [...dropTemporary(contents, database, schema), `DROP SCHEMA ${quotePath(database, schema)} CASCADE`];
}

function dropTemporary(contents: Contents, database: string, schema?: string): string[] {
  return contents.tables
    .filter((table) => table.kind === 'TEMPORARY' && table.database === database)
    .filter((table) => schema === undefined || table.schema === schema)
    .flatMap(dropStatements);
}

function qualifySchema(names: readonly string[], context: StatementContext, action: string) {
  const [schema, database = context.session.facts.database] = [...names].reverse();
  if (database === undefined) throw noCurrent('noCurrentDatabase', 'database', action);
  return { database, schema: schema as string };
}

function noOptions(context: StatementContext, nodes: readonly Node[]): void {
  const [name, equals, value] = nodes;
  if (nodes.length === 0) return;
  if (
    isWord(name, 'COMMENT', 'DATA_RETENTION_TIME_IN_DAYS', 'MAX_DATA_EXTENSION_TIME_IN_DAYS') &&
    isOperator(equals, '=') &&
    value
  ) {
    noOptions(context, nodes.slice(3));
    return;
  }
  if (isWord(name, 'WITH') && isWord(equals, 'MANAGED') && isWord(value, 'ACCESS')) {
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
  const contents = await session.contents();
  if (nodes.length > next && !isWord(nodes[next], 'CASCADE', 'RESTRICT'))
    throw unknownConstruct(`DROP … ${sourceOf(source, nodes.slice(next))}`);
  const missing = (kind: string, name: string): ResultSet => {
    if (ifExists)
      return statusOf(`Drop statement executed successfully (${displayName(names.at(-1) ?? '')} already dropped).`);
    throw compilationError(
      kind === 'Table' || kind === 'View' || kind === 'Sequence' ? 'objectMissing' : 'schemaMissing',
      `${kind} '${name}' does not exist or not authorized.`,
    );
  };
  if (isWord(what, 'TABLE')) {
    const name = qualify(names, session.facts, 'DROP TABLE');
    const table = findTable(contents, name);
    if (!table && findView(contents, name)) throw wrongKind(name.table, 'VIEW', 'TABLE');
    if (!table) return missing('Table', displayTable(name));
    await session.define(name, dropStatements(table), signal);
    return statusOf(`${displayName(name.table)} successfully dropped.`);
  }
  if (isWord(what, 'VIEW')) {
    const name = qualify(names, session.facts, 'DROP VIEW');
    const view = findView(contents, name);
    if (!view && findTable(contents, name)) throw wrongKind(name.table, 'TABLE', 'VIEW');
    if (!view) return missing('View', displayTable(name));
    await session.define(name, [`DROP VIEW ${pathOf(view)}`], signal);
    return statusOf(`${displayName(name.table)} successfully dropped.`);
  }
  if (isWord(what, 'SEQUENCE')) {
    const name = qualify(names, session.facts, 'DROP SEQUENCE');
    const sequence = findSequence(contents, name);
    if (!sequence) return missing('Sequence', displayTable(name));
    await session.define(name, [`DROP SEQUENCE ${pathOf(sequence)}`], signal);
    return statusOf(`${displayName(name.table)} successfully dropped.`);
  }
  if (isWord(what, 'SCHEMA')) {
    const { database, schema } = qualifySchema(names, context, 'DROP SCHEMA');
    const exists = contents.schemas.some((each) => each.database === database && each.schema === schema);
    if (!exists) return missing('Schema', `${displayName(database)}.${displayName(schema)}`);
    await session.define(undefined, dropSchema(contents, database, schema), signal);
    return statusOf(`${displayName(schema)} successfully dropped.`);
  }
  if (isWord(what, 'DATABASE')) {
    const name = names[0] as string;
    if (!contents.databases.includes(name)) return missing('Database', displayName(name));
    const temporary = dropTemporary(contents, name);
    if (temporary.length > 0) await session.define(undefined, temporary, signal);
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

function wrongKind(name: string, is: string, expected: string): Error {
  return compilationError(
    'wrongKind',
    `Object found is of type '${is}' not specified type '${expected}': ${displayName(name)}.`,
  );
}

export const alter: StatementHandler = async (context) => {
  const { nodes, source } = context.statement;
  if (isWord(nodes[1], 'TABLE')) return alterTable(context, nodes.slice(2));
  if (isWord(nodes[1], 'VIEW')) return alterView(context, nodes.slice(2));
  throw unknownConstruct(`ALTER ${sourceOf(source, nodes.slice(1, 2))}`);
};
