/** Functions that stand in FROM: FLATTEN, GENERATOR, SPLIT_TO_TABLE, and those that the scope knows. */
import { compilationError, unknownConstruct } from '../errors.ts';
import { INTEGER, TEXT } from '../types.ts';
import { textOf } from './convert.ts';
import { rewriteOperand } from './expression.ts';
import { flatten } from './flatten.ts';
import type { OutputColumn, Scope, VisibleColumn } from './scope.ts';
import { isOperator, isWord, type Node, splitAt } from './tree.ts';

/** The numbers of GENERATOR's rows, for SEQ4() and its like; no name that can be written. */
export const ROW_COLUMN = 'SEQ:';

interface TableFunction {
  readonly sql: string;
  readonly columns: readonly VisibleColumn[];
}

export function tableFunction(name: string, nodes: readonly Node[], scope: Scope): TableFunction {
  if (name === 'FLATTEN') return flatten(nodes, scope);
  if (name === 'GENERATOR') return generator(nodes, scope);
  if (name === 'SPLIT_TO_TABLE' || name === 'STRTOK_SPLIT_TO_TABLE') return splitToTable(name, nodes, scope);
  const known = scope.tableFunction(name, splitAt(nodes));
  if (known) return { sql: `(${known.sql})`, columns: known.columns.map(hidden) };
  throw unknownConstruct(`the table function ${name}`);
}

/** A column before its table has an alias. */
export function hidden(column: OutputColumn): VisibleColumn {
  return { ...column, qualifier: [], sql: '' };
}

function generator(nodes: readonly Node[], scope: Scope): TableFunction {
  const [part = [], ...more] = splitAt(nodes);
  const [name, arrow, ...count] = part;
  if (!isWord(name, 'ROWCOUNT') || !isOperator(arrow, '=>') || more.length > 0) {
    throw unknownConstruct('GENERATOR with anything but ROWCOUNT => <number>');
  }
  const rows = rewriteOperand(count, scope);
  if (!rows.literal) throw compilationError('invalidArguments', 'ROWCOUNT of GENERATOR has to be a constant.');
  const column = { name: ROW_COLUMN, as: ROW_COLUMN, type: INTEGER, nullable: false };
  return {
    sql: `(SELECT range AS "${ROW_COLUMN}" FROM range(CAST(${rows.sql} AS BIGINT)))`,
    columns: [{ ...hidden(column), merged: true }],
  };
}

function splitToTable(name: string, nodes: readonly Node[], scope: Scope): TableFunction {
  const [text, separator, ...more] = splitAt(nodes).map((part) => rewriteOperand(part, scope));
  if (!text || !separator || more.length > 0)
    throw compilationError('invalidArguments', `${name} takes a text and a separator.`);
  const parts =
    name === 'SPLIT_TO_TABLE'
      ? `string_split(${textOf(text)}, ${textOf(separator)})`
      : `list_filter(string_split_regex(${textOf(text)}, '[' || regexp_escape(${textOf(separator)}) || ']'), lambda w: w <> '')`;
  // For the order of lateral ones see flatten.ts.
  const [index, value] = /"\./.test(parts)
    ? ['unnest(list_reverse(range(1, len(w) + 1)))', 'unnest(list_reverse(w))']
    : ['generate_subscripts(w, 1)', 'unnest(w)'];
  const sql = `(SELECT 1 AS "SEQ", ${index} AS "INDEX", ${value} AS "VALUE" FROM (SELECT ${parts} AS w))`;
  const columns = (['SEQ', 'INDEX', 'VALUE'] as const).map((each) =>
    hidden({ name: each, as: each, type: each === 'VALUE' ? TEXT : INTEGER, nullable: false }),
  );
  return { sql, columns };
}
