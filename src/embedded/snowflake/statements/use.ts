/** USE and transaction control. */
import { DEFAULT_SCHEMA } from '../catalog.ts';
import { compilationError, unknownConstruct } from '../errors.ts';
import { STATEMENT_TYPES, statusOf } from '../results.ts';
import { displayName } from '../sql/names.ts';
import { isWord, sourceOf } from '../sql/tree.ts';
import { noCurrent, readName, type StatementHandler } from './context.ts';

const done = () => statusOf('Statement executed successfully.', STATEMENT_TYPES.use);

export const use: StatementHandler = async ({ session, statement }) => {
  const { nodes } = statement;
  const what =
    isWord(nodes[1], 'DATABASE', 'SCHEMA', 'WAREHOUSE', 'ROLE') && nodes.length > 2 ? nodes[1].value : undefined;
  const { names } = readName(nodes, what ? 2 : 1);
  const [first = '', second] = names;
  if (what === 'WAREHOUSE') {
    if (!session.hasWarehouse(first)) throw missing(displayName(first));
    await session.use({ warehouse: first });
  } else if (what === 'ROLE') await session.use({ role: first });
  else {
    const isSchema = what === 'SCHEMA' || second !== undefined;
    const database = isSchema ? (second === undefined ? session.facts.database : first) : first;
    const schema = isSchema ? (second ?? first) : undefined;
    if (database === undefined) throw noCurrent('noCurrentDatabase', 'database', 'USE SCHEMA');
    const contents = await session.contents();
    if (!contents.databases.includes(database)) throw missing(displayName(database));
    const has = (name: string) => contents.schemas.some((each) => each.database === database && each.schema === name);
    if (schema !== undefined && !has(schema)) throw missing(`${displayName(database)}.${displayName(schema)}`);
    await session.use({ database, ...((schema ?? has(DEFAULT_SCHEMA)) && { schema: schema ?? DEFAULT_SCHEMA }) });
  }
  return done();
};

function missing(name: string): Error {
  return compilationError('objectMissingInUse', `Object does not exist, or operation cannot be performed: '${name}'.`);
}

/** BEGIN; a block of Snowflake Scripting begins in the same way. */
export const begin: StatementHandler = async ({ session, statement }) => {
  const rest = statement.nodes.slice(1);
  if (rest.length > 0 && !isWord(rest[0], 'TRANSACTION', 'WORK', 'NAME'))
    throw unknownConstruct('Snowflake Scripting (BEGIN … END)');
  await session.transaction.begin();
  return statusOf('Statement executed successfully.', STATEMENT_TYPES.transaction);
};

export const start: StatementHandler = async (context) => {
  if (!isWord(context.statement.nodes[1], 'TRANSACTION'))
    throw unknownConstruct(sourceOf(context.statement.source, context.statement.nodes));
  return begin({ ...context, statement: { ...context.statement, nodes: context.statement.nodes.slice(1) } });
};

export const commit: StatementHandler = async ({ session }) => {
  await session.transaction.commit();
  return statusOf('Statement executed successfully.', STATEMENT_TYPES.transaction);
};

export const rollback: StatementHandler = async ({ session }) => {
  await session.transaction.rollback();
  return statusOf('Statement executed successfully.', STATEMENT_TYPES.transaction);
};
