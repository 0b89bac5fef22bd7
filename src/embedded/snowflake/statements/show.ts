/** SHOW DATABASES, SCHEMAS and TABLES, and DESCRIBE TABLE. */
import type { Contents } from '../catalog.ts';
import { compilationError, unknownConstruct } from '../errors.ts';
import { type ResultSet, STATEMENT_TYPES, tableOf } from '../results.ts';
import { isName, isOperator, isWord, type Node, sourceOf } from '../sql/tree.ts';
import { type ColumnType, describeType, MAX_TEXT } from '../types.ts';
import { qualify, readName, requireTable, type StatementContext, type StatementHandler } from './context.ts';

const TEXT: ColumnType = { name: 'VARCHAR', length: MAX_TEXT };
const NUMBER: ColumnType = { name: 'NUMBER', precision: 18, scale: 0 };
const TIME: ColumnType = { name: 'TIMESTAMP_LTZ', scale: 3 };

type Row = (string | number | Date | null)[];

interface Filter {
  readonly like?: RegExp;
  readonly database?: string | undefined;
  readonly schema?: string | undefined;
}

export const show: StatementHandler = async (context) => {
  const { nodes, source } = context.statement;
  const rest = nodes.filter((node, index) => !(index > 0 && index < 3 && isWord(node, 'TERSE')));
  const what = rest[1];
  const contents = await context.session.contents();
  const filter = readFilter(context, rest.slice(2), isWord(what, 'SCHEMAS'));
  if (isWord(what, 'DATABASES')) return showDatabases(contents, filter, context);
  if (isWord(what, 'SCHEMAS')) return showSchemas(contents, filter, context);
  if (isWord(what, 'TABLES')) return showTables(contents, filter);
  throw unknownConstruct(`SHOW ${sourceOf(source, what ? [what] : [])}`);
};

/** `[LIKE 'pattern'] [IN { ACCOUNT | DATABASE d | SCHEMA s }]`; without IN what the session uses. */
function readFilter(context: StatementContext, nodes: readonly Node[], schemas: boolean): Filter {
  const { facts } = context.session;
  let rest = nodes;
  let like: RegExp | undefined;
  const [word, pattern] = rest;
  if (isWord(word, 'LIKE') && pattern?.kind === 'string') {
    const source = pattern.value
      .replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
      .replaceAll('%', '.*')
      .replaceAll('_', '.');
    like = new RegExp(`^${source}$`, 'is');
    rest = rest.slice(2);
  }
  const base = like ? { like } : {};
  if (rest.length === 0) return { ...base, database: facts.database, schema: schemas ? undefined : facts.schema };
  if (!isWord(rest[0], 'IN')) throw unknownConstruct(`SHOW … ${sourceOf(context.statement.source, rest)}`);
  const scope = rest[1];
  if (isWord(scope, 'ACCOUNT')) return base;
  const explicit = isWord(scope, 'DATABASE', 'SCHEMA') && rest.length > 2;
  if (isWord(scope, 'DATABASE', 'SCHEMA') && rest.length === 2) {
    return { ...base, database: facts.database, schema: scope.value === 'SCHEMA' ? facts.schema : undefined };
  }
  const { names } = readName(rest, explicit ? 2 : 1);
  const [first, second] = names;
  if (schemas || (explicit && isWord(scope, 'DATABASE'))) return { ...base, database: first };
  return second === undefined
    ? { ...base, database: facts.database, schema: first }
    : { ...base, database: first, schema: second };
}

const keeps = (filter: Filter, name: string): boolean => filter.like?.test(name) ?? true;

function showDatabases(contents: Contents, filter: Filter, context: StatementContext): ResultSet {
  const rows: Row[] = contents.databases
    .filter((name) => keeps(filter, name))
    .map((name) => [
      new Date(0),
      name,
      'N',
      name === context.session.facts.database ? 'Y' : 'N',
      '',
      'SYSADMIN',
      '',
      '',
      '1',
      'STANDARD',
    ]);
  const names = ['name', 'is_default', 'is_current', 'origin', 'owner', 'comment', 'options', 'retention_time', 'kind'];
  return tableOf([['created_on', TIME], ...names.map((name) => [name, TEXT] as const)], rows, STATEMENT_TYPES.use);
}

function showSchemas(contents: Contents, filter: Filter, context: StatementContext): ResultSet {
  const { facts } = context.session;
  const rows: Row[] = contents.schemas
    .filter(
      ({ database, schema }) =>
        (filter.database === undefined || database === filter.database) && keeps(filter, schema),
    )
    .map(({ database, schema }) => {
      const current = database === facts.database && schema === facts.schema;
      return [new Date(0), schema, 'N', current ? 'Y' : 'N', database, 'SYSADMIN', '', '', '1'];
    });
  const names = ['name', 'is_default', 'is_current', 'database_name', 'owner', 'comment', 'options', 'retention_time'];
  return tableOf([['created_on', TIME], ...names.map((name) => [name, TEXT] as const)], rows, STATEMENT_TYPES.use);
}

function showTables(contents: Contents, filter: Filter): ResultSet {
  const rows: Row[] = contents.tables
    .filter((table) => filter.database === undefined || table.database === filter.database)
    .filter((table) => filter.schema === undefined || table.schema === filter.schema)
    .filter((table) => keeps(filter, table.table))
    .map((table) => [
      table.createdAt,
      table.table,
      table.database,
      table.schema,
      table.kind,
      table.comment,
      '',
      null,
      null,
      'SYSADMIN',
      '1',
    ]);
  return tableOf(
    [
      ['created_on', TIME],
      ['name', TEXT],
      ['database_name', TEXT],
      ['schema_name', TEXT],
      ['kind', TEXT],
      ['comment', TEXT],
      ['cluster_by', TEXT],
      ['rows', NUMBER],
      ['bytes', NUMBER],
      ['owner', TEXT],
      ['retention_time', TEXT],
    ],
    rows,
    STATEMENT_TYPES.use,
  );
}

export const describe: StatementHandler = async (context) => {
  const { nodes, source } = context.statement;
  const explicit = isWord(nodes[1], 'TABLE') && isName(nodes[2]);
  if (!explicit && !isName(nodes[1])) throw unknownConstruct(sourceOf(source, nodes));
  if (isWord(nodes[1], 'VIEW', 'SCHEMA', 'DATABASE', 'RESULT', 'STAGE', 'WAREHOUSE', 'FUNCTION') && isName(nodes[2])) {
    throw unknownConstruct(`DESCRIBE ${nodes[1].value}`);
  }
  const { names, next } = readName(nodes, explicit ? 2 : 1);
  if (nodes.length > next) throw unknownConstruct(`DESCRIBE TABLE … ${sourceOf(source, nodes.slice(next))}`);
  const name = qualify(names, context.session.facts, 'DESCRIBE TABLE');
  if (isOperator(nodes[next])) throw compilationError('syntax', 'syntax error in DESCRIBE.');
  const table = requireTable(await context.session.contents(), name);
  const rows: Row[] = table.columns.map((column) => [
    column.name,
    describeType(column.type),
    'COLUMN',
    column.nullable ? 'Y' : 'N',
    column.default ?? null,
    column.primaryKey ? 'Y' : 'N',
    'N',
    null,
    null,
    null,
    null,
  ]);
  const headings = [
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
  return tableOf(
    headings.map((heading) => [heading, TEXT] as const),
    rows,
    STATEMENT_TYPES.use,
  );
};
