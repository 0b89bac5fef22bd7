/** USE and transaction control. */
import { DEFAULT_SCHEMA } from '../catalog.ts';
import { compilationError, unknownConstruct } from '../errors.ts';
import { STATEMENT_TYPES, statusOf } from '../results.ts';
import { displayName } from '../sql/names.ts';
import { isName, isWord, type Statement, sourceOf } from '../sql/tree.ts';
import { noCurrent, readName, type StatementHandler } from './context.ts';

const done = (type: number) => statusOf('Statement executed successfully.', type);

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
  return done(STATEMENT_TYPES.use);
};

function missing(name: string): Error {
  return compilationError('objectMissingInUse', `Object does not exist, or operation cannot be performed: '${name}'.`);
}

/** `BEGIN [WORK | TRANSACTION] [NAME name]`; a block of Snowflake Scripting begins in the same way. */
export const begin: StatementHandler = async ({ session, statement }) => {
  const rest = statement.nodes.slice(isWord(statement.nodes[1], 'TRANSACTION', 'WORK') ? 2 : 1);
  const [word, name, ...more] = rest;
  const isNamed = isWord(word, 'NAME') && isName(name) && more.length === 0;
  if (rest.length > 0 && !isNamed) throw unknownConstruct('Snowflake Scripting (BEGIN … END)');
  await session.transaction.begin(isNamed ? name.value : undefined);
  return done(STATEMENT_TYPES.transaction);
};

export const start: StatementHandler = async (context) => {
  const { nodes, source } = context.statement;
  if (!isWord(nodes[1], 'TRANSACTION')) throw unknownConstruct(sourceOf(source, nodes));
  return begin(context);
};

export const commit: StatementHandler = async ({ session, statement }) => {
  wordAtMost(statement);
  await session.transaction.commit();
  return done(STATEMENT_TYPES.transaction);
};

export const rollback: StatementHandler = async ({ session, statement }) => {
  wordAtMost(statement);
  await session.transaction.rollback();
  return done(STATEMENT_TYPES.transaction);
};

/** `COMMIT [WORK]` */
function wordAtMost({ nodes, source }: Statement): void {
  const rest = nodes.slice(isWord(nodes[1], 'WORK') ? 2 : 1);
  if (rest.length > 0) throw compilationError('syntax', `syntax error: unexpected '${sourceOf(source, rest)}'.`);
}
