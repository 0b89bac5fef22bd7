/** ALTER TABLE … ALTER [COLUMN]: types become wider, NOT NULL, DEFAULT and COMMENT come and go. */
import { type Column, duckName, storeTable, type Table } from '../catalog.ts';
import { compilationError, unknownConstruct } from '../errors.ts';
import { type ResultSet, statusOf } from '../results.ts';
import { displayName, quoteName } from '../sql/names.ts';
import { isGroup, isName, isWord, type Node, sourceOf, splitAt } from '../sql/tree.ts';
import { type ColumnType, describeType, duckType, readType } from '../types.ts';
import { requireColumn } from './alter-table.ts';
import type { StatementContext } from './context.ts';

interface Change {
  readonly column: Column;
  /** DuckDB's part of it. */
  readonly statements: readonly string[];
}

/** `nodes` begin after ALTER or MODIFY; several changes stand between commas, in brackets or not. */
export async function alterColumns(
  context: StatementContext,
  table: Table,
  nodes: readonly Node[],
): Promise<ResultSet> {
  const list = isGroup(nodes[0]) && nodes.length === 1 ? nodes[0].children : nodes;
  let columns = table.columns;
  const statements: string[] = [];
  for (const part of splitAt(list)) {
    const rest = isWord(part[0], 'COLUMN') ? part.slice(1) : part;
    const [name] = rest;
    if (!isName(name)) throw compilationError('syntax', 'syntax error: a column name is expected.');
    const column = requireColumn({ ...table, columns }, name.value);
    const change = readChange(table, column, rest.slice(1), context.statement.source);
    statements.push(...change.statements);
    columns = columns.map((each) => (each === column ? change.column : each));
  }
  await context.session.define(table, [...statements, storeTable({ ...table, columns })], context.signal);
  return statusOf('Statement executed successfully.');
}

function readChange(table: Table, column: Column, nodes: readonly Node[], source: string): Change {
  const place = `ALTER TABLE ${duckName(table)} ALTER COLUMN ${quoteName(column.name)}`;
  const set = isWord(nodes[0], 'SET');
  const rest = set || isWord(nodes[0], 'DROP', 'UNSET') ? nodes.slice(1) : nodes;
  const drop = isWord(nodes[0], 'DROP', 'UNSET');
  if (isWord(rest[0], 'NOT') && isWord(rest[1], 'NULL')) {
    return { column: { ...column, nullable: drop }, statements: [`${place} ${drop ? 'DROP' : 'SET'} NOT NULL`] };
  }
  if (isWord(rest[0], 'COMMENT')) {
    const text = rest[1]?.kind === 'string' ? rest[1].value : undefined;
    return { column: { ...column, comment: drop ? undefined : text }, statements: [] };
  }
  if (isWord(rest[0], 'DEFAULT')) {
    const text = sourceOf(source, rest.slice(1));
    if (drop) return { column: { ...column, default: undefined }, statements: [] };
    if (column.default?.toUpperCase().endsWith('.NEXTVAL') && /\.nextval$/i.test(text))
      return { column: { ...column, default: text }, statements: [] };
    throw compilationError(
      'unsupported',
      'Unsupported feature: SET DEFAULT on an existing column (Snowflake allows it for another sequence only).',
    );
  }
  const typed = isWord(rest[0], 'DATA')
    ? rest.slice(isWord(rest[1], 'TYPE') ? 2 : 1)
    : isWord(rest[0], 'TYPE')
      ? rest.slice(1)
      : rest;
  if (drop || typed.length === 0) throw unknownConstruct(`ALTER COLUMN … ${sourceOf(source, nodes)}`);
  const { type, length } = readType(typed);
  if (typed.length > length) throw unknownConstruct(`ALTER COLUMN … ${sourceOf(source, typed.slice(length))}`);
  if (!isWider(column.type, type)) throw notWider(column, type);
  const same = duckType(column.type) === duckType(type);
  return { column: { ...column, type }, statements: same ? [] : [`${place} SET DATA TYPE ${duckType(type)}`] };
}

/** Text may become longer, a NUMBER of the same scale more precise. (Snowflake also shortens where all values fit.) */
function isWider(from: ColumnType, to: ColumnType): boolean {
  if (from.name !== to.name) return false;
  if (from.name === 'NUMBER') return from.scale === to.scale && (to.precision ?? 38) >= (from.precision ?? 38);
  return (to.length ?? 0) >= (from.length ?? 0) && (to.scale ?? 0) === (from.scale ?? 0);
}

function notWider(column: Column, type: ColumnType): Error {
  return compilationError(
    'cannotChange',
    `cannot change column ${displayName(column.name)} from type ${describeType(column.type)} to ${describeType(type)}`,
  );
}
