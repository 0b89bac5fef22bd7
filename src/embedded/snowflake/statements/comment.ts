/** COMMENT ON … IS. */
import { findView, storeTable, storeView } from '../catalog.ts';
import { compilationError, unknownConstruct } from '../errors.ts';
import { statusOf } from '../results.ts';
import { displayName } from '../sql/names.ts';
import { isWord, sourceOf } from '../sql/tree.ts';
import { displayTable, qualify, readName, requireTable, type StatementHandler } from './context.ts';

/** COMMENT [IF EXISTS] ON TABLE | VIEW | COLUMN … IS '…'. */
export const comment: StatementHandler = async (context) => {
  const { session, signal } = context;
  const { nodes, source } = context.statement;
  const ifExists = isWord(nodes[1], 'IF') && isWord(nodes[2], 'EXISTS');
  const [on, what] = nodes.slice(ifExists ? 3 : 1);
  const text = nodes.at(-1);
  if (
    !isWord(on, 'ON') ||
    !isWord(what, 'TABLE', 'VIEW', 'COLUMN') ||
    !isWord(nodes.at(-2), 'IS') ||
    text?.kind !== 'string'
  ) {
    throw unknownConstruct(sourceOf(source, nodes.slice(0, ifExists ? 5 : 3)));
  }
  const { names } = readName(nodes, ifExists ? 5 : 3);
  const contents = await session.contents();
  const name = qualify(what.value === 'COLUMN' ? names.slice(0, -1) : names, session.facts, 'COMMENT');
  if (what.value === 'VIEW') {
    const view = findView(contents, name);
    if (!view)
      throw compilationError('objectMissing', `View '${displayTable(name)}' does not exist or not authorized.`);
    await session.define(name, [storeView({ ...view, comment: text.value })], signal);
  } else {
    const table = requireTable(contents, name);
    const column = names.at(-1);
    if (what.value === 'COLUMN' && !table.columns.some((each) => each.name === column)) {
      throw compilationError('invalidIdentifier', `invalid identifier '${displayName(column ?? '')}'`);
    }
    const columns = table.columns.map((each) =>
      what.value === 'COLUMN' && each.name === column ? { ...each, comment: text.value } : each,
    );
    const changed = what.value === 'COLUMN' ? { ...table, columns } : { ...table, comment: text.value };
    await session.define(name, [storeTable(changed)], signal);
  }
  return statusOf('Statement executed successfully.');
};
