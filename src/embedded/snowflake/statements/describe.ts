/** DESCRIBE TABLE and VIEW, with the columns of Snowflake's answer. */
import { findTable, findView } from '../catalog.ts';
import { compilationError, unknownConstruct } from '../errors.ts';
import { STATEMENT_TYPES, tableOf } from '../results.ts';
import { isName, isWord, sourceOf } from '../sql/tree.ts';
import { describeType, TEXT } from '../types.ts';
import { displayTable, qualify, readName, type StatementHandler } from './context.ts';

const HEADINGS = [
  'name',
  'type',
  'kind',
  'null?',
  'default',
  'primary key',
  'unique key',
  'check',
  'expression',
  'comment',
  'policy name',
];
const OTHERS = [
  'SCHEMA',
  'DATABASE',
  'RESULT',
  'STAGE',
  'WAREHOUSE',
  'FUNCTION',
  'PROCEDURE',
  'USER',
  'PIPE',
  'TASK',
  'STREAM',
  'SEQUENCE',
];

export const describe: StatementHandler = async (context) => {
  const { nodes, source } = context.statement;
  const explicit = isWord(nodes[1], 'TABLE', 'VIEW') && isName(nodes[2]);
  if (isWord(nodes[1], ...OTHERS) && isName(nodes[2])) throw unknownConstruct(`DESCRIBE ${nodes[1].value}`);
  if (!explicit && !isName(nodes[1])) throw unknownConstruct(sourceOf(source, nodes));
  const { names, next } = readName(nodes, explicit ? 2 : 1);
  const rest = nodes.slice(next);
  const columnsOnly = isWord(rest[0], 'TYPE') && isWord(rest.at(-1), 'COLUMNS');
  if (rest.length > 0 && !columnsOnly) throw unknownConstruct(`DESCRIBE … ${sourceOf(source, rest)}`);
  const contents = await context.session.contents();
  const name = qualify(names, context.session.facts, 'DESCRIBE');
  const described = findTable(contents, name) ?? findView(contents, name);
  if (!described)
    throw compilationError('objectMissingHere', `Table '${displayTable(name)}' does not exist or not authorized.`);
  const rows = described.columns.map((column) => [
    column.name,
    describeType(column.type),
    'COLUMN',
    column.nullable ? 'Y' : 'N',
    column.identity
      ? `IDENTITY START ${column.identity.start} INCREMENT ${column.identity.increment} NOORDER`
      : (column.default ?? null),
    column.primaryKey ? 'Y' : 'N',
    column.uniqueKey ? 'Y' : 'N',
    null,
    null,
    column.comment ?? null,
    null,
  ]);
  return tableOf(
    HEADINGS.map((heading) => [heading, TEXT] as const),
    rows,
    STATEMENT_TYPES.use,
  );
};
