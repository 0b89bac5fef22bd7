/**
 * ALTER TABLE: columns are added, dropped, renamed and altered; the table is renamed, swapped, commented on. Clustering
 * is kept in mind and does nothing. All of it commits what is open.
 */
import { type Column, duckName, findTable, findView, storeTable, type Table, type TableName } from '../catalog.ts';
import { compilationError, unknownConstruct } from '../errors.ts';
import { type ResultSet, statusOf } from '../results.ts';
import { displayName, quoteName } from '../sql/names.ts';
import { isGroup, isName, isOperator, isWord, type Node, sourceOf, splitAt } from '../sql/tree.ts';
import { duckType } from '../types.ts';
import { alterColumns } from './alter-column.ts';
import { createIdentity, readColumn } from './column-definitions.ts';
import { displayTable, qualify, readName, requireTable, type StatementContext } from './context.ts';
import { requireSchema } from './create-table.ts';
import { defaultValue } from './store.ts';

const done = (): ResultSet => statusOf('Statement executed successfully.');

/** `nodes` begin after ALTER TABLE. */
export async function alterTable(context: StatementContext, nodes: readonly Node[]): Promise<ResultSet> {
  const { session, statement } = context;
  const ifExists = isWord(nodes[0], 'IF') && isWord(nodes[1], 'EXISTS');
  const { names, next } = readName(nodes, ifExists ? 2 : 0);
  const name = qualify(names, session.facts, 'ALTER TABLE');
  const contents = await session.contents();
  if (ifExists && !findTable(contents, name)) return done();
  const table = requireTable(contents, name);
  const action = nodes[next];
  const rest = nodes.slice(next + 1);
  if (isWord(action, 'ADD')) return addColumns(context, table, rest);
  if (isWord(action, 'DROP')) return dropColumns(context, table, rest);
  if (isWord(action, 'RENAME')) return rename(context, table, rest);
  if (isWord(action, 'ALTER', 'MODIFY')) return alterColumns(context, table, rest);
  if (isWord(action, 'SWAP') && isWord(rest[0], 'WITH')) return swap(context, table, rest.slice(1));
  if (isWord(action, 'CLUSTER') && isWord(rest[0], 'BY') && isGroup(rest[1])) {
    return keep(context, { ...table, clusterBy: sourceOf(statement.source, rest[1].children) });
  }
  if (isWord(action, 'SET') && isWord(rest[0], 'COMMENT') && isOperator(rest[1], '=') && rest[2]?.kind === 'string') {
    return keep(context, { ...table, comment: rest[2].value });
  }
  if (isWord(action, 'UNSET') && isWord(rest[0], 'COMMENT')) return keep(context, { ...table, comment: '' });
  if (
    isWord(action, 'SET', 'UNSET') &&
    isWord(rest[0], 'DATA_RETENTION_TIME_IN_DAYS', 'CHANGE_TRACKING', 'ENABLE_SCHEMA_EVOLUTION')
  )
    return done();
  throw unknownConstruct(`ALTER TABLE … ${sourceOf(statement.source, nodes.slice(next))}`);
}

async function keep(context: StatementContext, table: Table): Promise<ResultSet> {
  await context.session.define(table, [storeTable(table)], context.signal);
  return done();
}

async function addColumns(context: StatementContext, table: Table, nodes: readonly Node[]): Promise<ResultSet> {
  const { session, statement, signal } = context;
  const contents = await session.contents();
  if (isWord(nodes[0], 'CONSTRAINT', 'PRIMARY', 'UNIQUE', 'FOREIGN') && !isWord(nodes[0], 'COLUMN'))
    return addConstraint(context, table, nodes);
  let rest = isWord(nodes[0], 'COLUMN') ? nodes.slice(1) : nodes;
  const ifNotExists = isWord(rest[0], 'IF') && isWord(rest[1], 'NOT') && isWord(rest[2], 'EXISTS');
  if (ifNotExists) rest = rest.slice(3);
  const parts = splitAt(rest).map((part) => (isWord(part[0], 'COLUMN') && part.length > 2 ? part.slice(1) : part));
  const added = parts.map((part) => readColumn(part, statement.source, table));
  const fresh = added.filter((column) => !table.columns.some((each) => each.name === column.name));
  const taken = added.find((column) => !fresh.includes(column));
  if (taken && !ifNotExists)
    throw compilationError('columnExists', `column '${displayName(taken.name)}' already exists`);
  if (fresh.length === 0) return done();
  const rows = await session.connection.run(`SELECT count(*) FROM (SELECT 1 FROM ${duckName(table)} LIMIT 1)`);
  const empty = Number(rows.columns[0]?.[0]) === 0;
  const blocked = fresh.find(
    (column) => !empty && (column.identity || (!column.nullable && column.default === undefined)),
  );
  if (blocked)
    throw compilationError(
      'unsupported',
      `Non-nullable column '${displayName(blocked.name)}' cannot be added to non-empty table '${displayName(table.table)}' unless it has a non-null default value.`,
    );
  const place = duckName(table);
  const statements = fresh.flatMap((column) => [
    ...(column.identity ? [createIdentity(column.identity)] : []),
    `ALTER TABLE ${place} ADD COLUMN ${quoteName(column.name)} ${duckType(column.type)}`,
    // Rows that are there get the default of now; DuckDB keeps none.
    ...(column.default === undefined
      ? []
      : [
          `UPDATE ${place} SET ${quoteName(column.name)} = ${defaultValue(column, column.default, session.facts, contents)}`,
        ]),
  ]);
  await session.define(table, [...statements, storeTable({ ...table, columns: [...table.columns, ...fresh] })], signal);
  const strict = fresh.filter((column) => !column.nullable);
  if (strict.length > 0) {
    await session.define(
      table,
      strict.map((column) => `ALTER TABLE ${place} ALTER COLUMN ${quoteName(column.name)} SET NOT NULL`),
      signal,
    );
  }
  return done();
}

/** Keys are kept in mind; nothing holds them. */
async function addConstraint(context: StatementContext, table: Table, nodes: readonly Node[]): Promise<ResultSet> {
  const at = nodes.findIndex((node) => isWord(node, 'PRIMARY', 'UNIQUE', 'FOREIGN'));
  const kind = nodes[at];
  const list = nodes.slice(at).find((node) => isGroup(node));
  if (!isWord(kind) || !isGroup(list)) throw unknownConstruct('this constraint');
  const names = splitAt(list.children).map(([column]) => (isName(column) ? column.value : ''));
  for (const name of names) requireColumn(table, name);
  if (kind.value === 'FOREIGN') return done();
  const key = kind.value === 'PRIMARY' ? { primaryKey: true } : { uniqueKey: true };
  return keep(context, {
    ...table,
    columns: table.columns.map((column) => (names.includes(column.name) ? { ...column, ...key } : column)),
  });
}

export function requireColumn(table: Table, name: string): Column {
  const column = table.columns.find((each) => each.name === name);
  if (!column) throw compilationError('invalidIdentifier', `invalid identifier '${displayName(name)}'`);
  return column;
}

async function dropColumns(context: StatementContext, table: Table, nodes: readonly Node[]): Promise<ResultSet> {
  if (isWord(nodes[0], 'PRIMARY') || isWord(nodes[0], 'CONSTRAINT', 'UNIQUE')) {
    return keep(context, { ...table, columns: table.columns.map(({ primaryKey, uniqueKey, ...column }) => column) });
  }
  if (isWord(nodes[0], 'CLUSTERING') && isWord(nodes[1], 'KEY')) {
    const { clusterBy, ...rest } = table;
    return keep(context, rest);
  }
  let rest = isWord(nodes[0], 'COLUMN') ? nodes.slice(1) : nodes;
  const ifExists = isWord(rest[0], 'IF') && isWord(rest[1], 'EXISTS');
  if (ifExists) rest = rest.slice(2);
  const names = splitAt(rest).map((part) => (isName(part.at(-1)) ? (part.at(-1) as { value: string }).value : ''));
  const dropped = names.filter((name) => !ifExists || table.columns.some((column) => column.name === name));
  for (const name of dropped) requireColumn(table, name);
  if (dropped.length === 0) return done();
  const columns = table.columns.filter((column) => !dropped.includes(column.name));
  if (columns.length === 0)
    throw compilationError('unsupported', `Cannot drop the only column of table '${displayName(table.table)}'.`);
  const statements = dropped.map((name) => `ALTER TABLE ${duckName(table)} DROP COLUMN ${quoteName(name)}`);
  await context.session.define(table, [...statements, storeTable({ ...table, columns })], context.signal);
  return done();
}

/** RENAME COLUMN a TO b, RENAME TO t. */
async function rename(context: StatementContext, table: Table, nodes: readonly Node[]): Promise<ResultSet> {
  const { session, signal } = context;
  const [word, from, to, name] = nodes;
  if (isWord(word, 'COLUMN') && isName(from) && isWord(to, 'TO') && isName(name)) {
    requireColumn(table, from.value);
    if (table.columns.some((column) => column.name === name.value))
      throw compilationError('columnExists', `column '${displayName(name.value)}' already exists`);
    const columns = table.columns.map((column) =>
      column.name === from.value ? { ...column, name: name.value } : column,
    );
    await session.define(
      table,
      [
        `ALTER TABLE ${duckName(table)} RENAME COLUMN ${quoteName(from.value)} TO ${quoteName(name.value)}`,
        storeTable({ ...table, columns }),
      ],
      signal,
    );
    return done();
  }
  if (!isWord(word, 'TO')) throw unknownConstruct(`ALTER TABLE … RENAME ${sourceOf(context.statement.source, nodes)}`);
  const contents = await session.contents();
  const target: Table = { ...table, ...qualify(readName(nodes, 1).names, session.facts, 'ALTER TABLE') };
  requireSchema(contents.schemas, target);
  if (findTable(contents, target) || findView(contents, target))
    throw compilationError('objectExists', `Object '${displayTable(target)}' already exists.`);
  await session.define(table, [...moveStatements(table, target), storeTable(target)], signal);
  return done();
}

/** Within its schema a table is renamed; into another one it is copied, since DuckDB moves none. */
function moveStatements(from: Table, to: TableName & { readonly kind: Table['kind'] }): string[] {
  const [source, target] = [duckName(from), duckName(to)];
  if (from.kind !== 'TEMPORARY' && from.database === to.database && from.schema === to.schema)
    return [`ALTER TABLE ${source} RENAME TO ${quoteName(to.table)}`];
  if (from.kind === 'TEMPORARY')
    return [`ALTER TABLE ${source} RENAME TO ${quoteName([to.database, to.schema, to.table].join('.'))}`];
  const strict = from.columns
    .filter((column) => !column.nullable)
    .map((column) => `ALTER TABLE ${target} ALTER COLUMN ${quoteName(column.name)} SET NOT NULL`);
  if (from.database !== to.database) throw unknownConstruct('RENAME TO another database');
  return [`CREATE TABLE ${target} AS FROM ${source}`, ...strict, `DROP TABLE ${source}`];
}

async function swap(context: StatementContext, table: Table, nodes: readonly Node[]): Promise<ResultSet> {
  const { session, signal } = context;
  const other = requireTable(await session.contents(), qualify(readName(nodes, 0).names, session.facts, 'ALTER TABLE'));
  if (other.database !== table.database || other.schema !== table.schema)
    throw unknownConstruct('SWAP WITH a table of another schema');
  if ((other.kind === 'TEMPORARY') !== (table.kind === 'TEMPORARY'))
    throw compilationError('unsupported', 'A temporary table and a permanent one cannot be swapped.');
  const aside = { ...table, table: `${table.table} (being swapped)` };
  await session.define(
    table,
    [
      ...moveStatements(table, aside),
      ...moveStatements(other, table),
      ...moveStatements(aside, other),
      storeTable({ ...table, table: other.table }),
      storeTable({ ...other, table: table.table }),
    ],
    signal,
  );
  return done();
}
