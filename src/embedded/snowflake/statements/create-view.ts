/**
 * CREATE VIEW and DROP VIEW. A view's query is compiled where it is used; here it is compiled once, for its columns and
 * to refuse what does not compile. Materialized, temporary and recursive views are not known.
 */
import { type Column, findTable, findView, pathOf, storeView, type View } from '../catalog.ts';
import { compilationError, unknownConstruct } from '../errors.ts';
import { type ResultSet, statusOf } from '../results.ts';
import { displayName } from '../sql/names.ts';
import { startsQuery } from '../sql/query.ts';
import { isGroup, isName, isOperator, isWord, type Node, sourceOf, splitAt } from '../sql/tree.ts';
import { TEXT } from '../types.ts';
import { displayTable, qualify, readName, type StatementContext } from './context.ts';
import type { CreateOptions } from './create-table.ts';
import { requireSchema } from './create-table.ts';
import { compileText } from './scope.ts';

/** `nodes` begin with the view's name. */
export async function createView(
  context: StatementContext,
  nodes: readonly Node[],
  options: Omit<CreateOptions, 'kind'> & { readonly secure: boolean },
): Promise<ResultSet> {
  const { session, statement, signal } = context;
  const contents = await session.contents();
  const { names, next } = readName(nodes, 0);
  const name = qualify(names, session.facts, 'CREATE VIEW');
  requireSchema(contents.schemas, name);
  const existing = findView(contents, name);
  if (findTable(contents, name))
    throw compilationError('objectExists', `Object '${displayTable(name)}' already exists as TABLE`);
  if (existing && !options.orReplace) {
    if (options.ifNotExists) return statusOf(`${displayName(name.table)} already exists, statement succeeded.`);
    throw compilationError('objectExists', `Object '${displayTable(name)}' already exists.`);
  }
  const list = nodes[next];
  const columnList = isGroup(list) ? splitAt(list.children).map(readColumnName) : undefined;
  const { rest, comment } = readOptions(nodes.slice(columnList ? next + 1 : next), statement.source);
  const query = rest.slice(1);
  if (!isWord(rest[0], 'AS') || !startsQuery(query))
    throw compilationError('syntax', 'syntax error: CREATE VIEW needs AS a query.');
  if (hasBind(query)) throw compilationError('unsupported', 'Bind variables are not allowed in view definitions.');
  const text = sourceOf(statement.source, query);
  const facts = { ...session.facts, database: name.database, schema: name.schema };
  const compiled = compileText(text, { session: facts, contents, depth: 1 });
  if (columnList && columnList.length !== compiled.columns.length) {
    throw compilationError(
      'viewColumns',
      `Invalid view definition: ${columnList.length} column(s) declared, but view query produces ${compiled.columns.length} column(s).`,
    );
  }
  const columns = compiled.columns.map((column, index): Column => {
    const given = columnList?.[index];
    return {
      name: given?.name ?? column.name,
      type: column.type ?? TEXT,
      nullable: column.nullable,
      ...(given?.comment !== undefined && { comment: given.comment }),
    };
  });
  const twice = columns.find(({ name: column }, index) => columns.findIndex((each) => each.name === column) < index);
  if (twice) throw compilationError('duplicateColumn', `duplicate column name '${displayName(twice.name)}'`);
  const view: View = {
    ...name,
    createdAt: new Date(),
    comment,
    text,
    statement: statement.text,
    secure: options.secure,
    columns,
  };
  const replaced = existing ? [`DROP VIEW ${pathOf(existing)}`] : [];
  await session.define(
    name,
    [...replaced, `CREATE VIEW ${pathOf(view)} AS SELECT 1 AS "view"`, storeView(view)],
    signal,
  );
  return statusOf(`View ${displayName(name.table)} successfully created.`);
}

function readColumnName(part: readonly Node[]): { readonly name: string; readonly comment?: string } {
  const [name, word, text, ...more] = part;
  if (!isName(name) || more.length > 0)
    throw compilationError('syntax', 'syntax error: a list of column names is expected.');
  if (word === undefined) return { name: name.value };
  if (isWord(word, 'COMMENT') && text?.kind === 'string') return { name: name.value, comment: text.value };
  throw compilationError('syntax', 'syntax error: a list of column names is expected.');
}

function hasBind(nodes: readonly Node[]): boolean {
  return nodes.some((node) => node.kind === 'bind' || (node.kind === 'group' && hasBind(node.children)));
}

function readOptions(
  nodes: readonly Node[],
  source: string,
): { readonly rest: readonly Node[]; readonly comment: string } {
  let rest = nodes;
  let comment = '';
  for (;;) {
    const [name, equals, value] = rest;
    if (isWord(name, 'COMMENT') && isOperator(equals, '=') && value?.kind === 'string') {
      comment = value.value;
      rest = rest.slice(3);
    } else if (isWord(name, 'COPY') && isWord(equals, 'GRANTS')) {
      rest = rest.slice(2);
    } else if (isWord(name, 'AS') || rest.length === 0) {
      return { rest, comment };
    } else {
      throw unknownConstruct(`CREATE VIEW … ${sourceOf(source, rest.slice(0, 2))}`);
    }
  }
}
