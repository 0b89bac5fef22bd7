/**
 * RESULT_SCAN, DESCRIBE RESULT, and INFORMATION_SCHEMA.QUERY_HISTORY with its forms by session and by user. Of their
 * arguments RESULT_LIMIT, SESSION_ID and USER_NAME are known.
 */
import { compilationError, SnowflakeError, unknownConstruct } from '../errors.ts';
import type { QueryRecord } from '../queries.ts';
import { type ResultSet, STATEMENT_TYPES, tableOf } from '../results.ts';
import { isOperator, isWord, type Node } from '../sql/tree.ts';
import { type ColumnType, describeType, MAX_TEXT } from '../types.ts';
import type { StatementContext, StatementHandler } from './context.ts';

const TEXT: ColumnType = { name: 'VARCHAR', length: MAX_TEXT };
const NUMBER: ColumnType = { name: 'NUMBER', precision: 38, scale: 0 };
const TIME: ColumnType = { name: 'TIMESTAMP_LTZ', scale: 3 };

/** The result of a statement of any session. @throws SnowflakeError 000709 where there is none any more */
export async function resultOfQuery({ session }: StatementContext, queryId: string): Promise<ResultSet> {
  const query = session.account.queries.find(queryId);
  if (!query) throw new SnowflakeError('unknownResult', `Statement ${queryId} not found`);
  if (query.status !== 'SUCCESS')
    throw new SnowflakeError('unknownResult', `Statement ${queryId} has no result: it is ${query.status}.`);
  return (await query.answer).result;
}

/** `DESCRIBE RESULT 'id'` and `DESCRIBE RESULT LAST_QUERY_ID()`, which is a text by now. */
export const describeResult: StatementHandler = async (context) => {
  const [, , id, ...more] = context.statement.nodes;
  if (id?.kind !== 'string' || more.length > 0)
    throw compilationError('syntax', "syntax error: DESCRIBE RESULT 'query id'.");
  const { columns, rowType } = await resultOfQuery(context, id.value);
  const names = ['name', 'type', 'kind', 'null?', 'default', 'primary key', 'unique key', 'check', 'expression'];
  return tableOf(
    [...names, 'comment'].map((name) => [name, TEXT] as const),
    columns.map((type, index) => {
      const { name = '', nullable = true } = rowType[index] ?? {};
      return [name, describeType(type), 'COLUMN', nullable ? 'Y' : 'N', null, 'N', 'N', null, null, null];
    }),
    STATEMENT_TYPES.use,
  );
};

const COLUMNS: readonly (readonly [
  name: string,
  type: ColumnType,
  read: (query: QueryRecord) => string | number | Date | null,
])[] = [
  ['QUERY_ID', TEXT, (query) => query.queryId],
  ['QUERY_TEXT', TEXT, (query) => query.text],
  ['DATABASE_NAME', TEXT, (query) => query.database ?? null],
  ['SCHEMA_NAME', TEXT, (query) => query.schema ?? null],
  ['QUERY_TYPE', TEXT, (query) => /^\s*([A-Za-z]+)/.exec(query.text)?.[1]?.toUpperCase() ?? null],
  ['SESSION_ID', NUMBER, (query) => query.sessionId],
  ['USER_NAME', TEXT, (query) => query.user],
  ['ROLE_NAME', TEXT, (query) => query.role],
  ['WAREHOUSE_NAME', TEXT, (query) => query.warehouse ?? null],
  ['QUERY_TAG', TEXT, (query) => query.tag],
  ['EXECUTION_STATUS', TEXT, (query) => (query.status === 'ABORTED' ? 'FAILED_WITH_ERROR' : query.status)],
  ['ERROR_CODE', NUMBER, (query) => query.error?.code ?? null],
  ['ERROR_MESSAGE', TEXT, (query) => query.error?.message ?? null],
  ['START_TIME', TIME, (query) => query.startedAt],
  ['END_TIME', TIME, (query) => query.endedAt ?? null],
  ['TOTAL_ELAPSED_TIME', NUMBER, (query) => (query.endedAt ?? new Date()).getTime() - query.startedAt.getTime()],
  ['ROWS_PRODUCED', NUMBER, (query) => query.rows ?? null],
];
const MOST_ROWS = 10_000;

export function queryHistory(
  { session }: StatementContext,
  name: string,
  arguments_: readonly (readonly Node[])[],
): ResultSet {
  const given = new Map(arguments_.map((nodes) => namedArgument(name, nodes)));
  const limit = Number(given.get('RESULT_LIMIT') ?? 100);
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_ROWS)
    throw compilationError('invalidArguments', `RESULT_LIMIT of ${name} is a number from 1 to ${MOST_ROWS}.`);
  const sessionId = name.endsWith('_BY_SESSION') ? (given.get('SESSION_ID') ?? session.facts.sessionId) : undefined;
  const user = name.endsWith('_BY_USER') ? (given.get('USER_NAME') ?? session.facts.user) : undefined;
  const queries = session.account.queries
    .newest()
    .filter((query) => (sessionId ?? query.sessionId) === query.sessionId && (user ?? query.user) === query.user)
    .slice(0, limit);
  return tableOf(
    COLUMNS.map(([column, type]) => [column, type] as const),
    queries.map((query) => COLUMNS.map(([, , read]) => read(query))),
    STATEMENT_TYPES.select,
  );
}

const KNOWN_ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  QUERY_HISTORY: ['RESULT_LIMIT'],
  QUERY_HISTORY_BY_SESSION: ['RESULT_LIMIT', 'SESSION_ID'],
  QUERY_HISTORY_BY_USER: ['RESULT_LIMIT', 'USER_NAME'],
};

/** `NAME => literal` */
function namedArgument(name: string, nodes: readonly Node[]): readonly [string, string] {
  const [argument, arrow, value, ...more] = nodes;
  const known = KNOWN_ARGUMENTS[name];
  const isLiteral = value?.kind === 'string' || value?.kind === 'number';
  if (!known || !isWord(argument, ...known) || !isOperator(arrow, '=>') || !isLiteral || more.length > 0)
    throw unknownConstruct(`${name} with anything but ${known?.join(', ') ?? 'its own arguments'} => a constant`);
  return [argument.value, value.value];
}
