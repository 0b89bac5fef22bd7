/** ALTER VIEW: a view is renamed or commented on. */
import { findTable, findView, pathOf, storeView } from '../catalog.ts';
import { compilationError, unknownConstruct } from '../errors.ts';
import { type ResultSet, statusOf } from '../results.ts';
import { isOperator, isWord, type Node, sourceOf } from '../sql/tree.ts';
import { displayTable, qualify, readName, type StatementContext } from './context.ts';

/** `nodes` begin after ALTER VIEW. */
export async function alterView(context: StatementContext, nodes: readonly Node[]): Promise<ResultSet> {
  const { session, signal } = context;
  const ifExists = isWord(nodes[0], 'IF') && isWord(nodes[1], 'EXISTS');
  const { names, next } = readName(nodes, ifExists ? 2 : 0);
  const contents = await session.contents();
  const name = qualify(names, session.facts, 'ALTER VIEW');
  const view = findView(contents, name);
  if (!view && ifExists) return statusOf('Statement executed successfully.');
  if (!view) throw compilationError('objectMissing', `View '${displayTable(name)}' does not exist or not authorized.`);
  const [action, word, equals, text] = nodes.slice(next);
  if (isWord(action, 'RENAME') && isWord(word, 'TO')) {
    const target = { ...view, ...qualify(readName(nodes, next + 2).names, session.facts, 'ALTER VIEW') };
    if (findView(contents, target) || findTable(contents, target))
      throw compilationError('objectExists', `Object '${displayTable(target)}' already exists.`);
    await session.define(
      view,
      [`DROP VIEW ${pathOf(view)}`, `CREATE VIEW ${pathOf(target)} AS SELECT 1 AS "view"`, storeView(target)],
      signal,
    );
  } else if (isWord(action, 'SET') && isWord(word, 'COMMENT') && isOperator(equals, '=') && text?.kind === 'string') {
    await session.define(view, [storeView({ ...view, comment: text.value })], signal);
  } else if (isWord(action, 'UNSET') && isWord(word, 'COMMENT')) {
    await session.define(view, [storeView({ ...view, comment: '' })], signal);
  } else {
    throw unknownConstruct(`ALTER VIEW … ${sourceOf(context.statement.source, nodes.slice(next))}`);
  }
  return statusOf('Statement executed successfully.');
}
