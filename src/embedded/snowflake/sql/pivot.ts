/**
 * What may follow a table: PIVOT, UNPIVOT and SAMPLE. PIVOT becomes an aggregate for each value, grouped by the columns
 * that it does not name; a lone ANY, a subquery or DEFAULT ON NULL in it are not known.
 */
import { compilationError, unknownConstruct } from '../errors.ts';
import { TEXT } from '../types.ts';
import { textAt } from './column.ts';
import { commonType, withType } from './convert.ts';
import { rewriteOperand } from './expression.ts';
import { callFunction } from './functions.ts';
import { syntaxError } from './lexer.ts';
import { quoteName, quoteText } from './names.ts';
import { isKind, type Operand, typed } from './operand.ts';
import { compare } from './predicate.ts';
import { innerScope, type OutputColumn, type Scope } from './scope.ts';
import { isGroup, isName, isWord, type Node, sourceOf, splitAt } from './tree.ts';

export interface Table {
  readonly sql: string;
  readonly columns: readonly OutputColumn[];
}

const UNKNOWN = ['MATCH_RECOGNIZE', 'AT', 'BEFORE', 'CHANGES'];

export function readSuffixes(
  table: Table,
  nodes: readonly Node[],
  start: number,
  scope: Scope,
  names: readonly string[],
): { readonly table: Table; readonly sample: string; readonly next: number } {
  let current = table;
  let next = start;
  for (;;) {
    const [word, group] = [nodes[next], nodes[next + 1]];
    if (isWord(word) && UNKNOWN.includes(word.value) && isGroup(group))
      throw unknownConstruct(`${word.value} after a table`);
    if (isWord(word, 'PIVOT') && isGroup(group)) {
      current = pivot(current, group.children, scope);
      next += 2;
    } else if (isWord(word, 'UNPIVOT') && (isGroup(group) || isWord(group, 'INCLUDE', 'EXCLUDE'))) {
      const nulls = isWord(group, 'INCLUDE', 'EXCLUDE') ? group.value : 'EXCLUDE';
      const body = isGroup(group) ? group : nodes[next + 3];
      if (!isGroup(body)) throw syntaxError(scope.source, word.start, textAt(scope, word));
      current = unpivot(current, body.children, nulls === 'INCLUDE', scope);
      next += isGroup(group) ? 2 : 4;
    } else if (isWord(word, 'SAMPLE', 'TABLESAMPLE')) {
      const sample = readSample(nodes, next, scope);
      current = {
        sql: `(SELECT * FROM ${current.sql} AS ${quoteName(names.at(-1) ?? '?')} ${sample.sql})`,
        columns: current.columns,
      };
      next = sample.next;
    } else {
      return { table: current, sample: '', next };
    }
  }
}

/** `SAMPLE [BERNOULLI | ROW | SYSTEM | BLOCK] (p | n ROWS) [SEED (s)]`. */
function readSample(
  nodes: readonly Node[],
  start: number,
  scope: Scope,
): { readonly sql: string; readonly next: number } {
  let next = start + 1;
  const method = nodes[next];
  if (isWord(method, 'BERNOULLI', 'ROW', 'SYSTEM', 'BLOCK')) next++;
  const group = nodes[next];
  const [size, rows] = isGroup(group) ? group.children : [];
  if (size?.kind !== 'number')
    throw unknownConstruct(`SAMPLE ${sourceOf(scope.source, nodes.slice(start + 1, next + 1))}`);
  next++;
  let seed = '';
  if (isWord(nodes[next], 'SEED', 'REPEATABLE')) {
    const value = nodes[next + 1];
    seed = isGroup(value) ? ` REPEATABLE (${sourceOf(scope.source, value.children)})` : '';
    next += 2;
  }
  const sql = isWord(rows, 'ROWS')
    ? `TABLESAMPLE reservoir(${size.value} ROWS)`
    : `TABLESAMPLE bernoulli(${size.value} PERCENT)`;
  return { sql: `${sql}${seed}`, next };
}

/** `AGG(x) FOR y IN (v [AS name], …)`. */
function pivot(table: Table, nodes: readonly Node[], scope: Scope): Table {
  const [aggregate, argument, word, by, , list, ...more] = nodes;
  if (
    !isWord(aggregate) ||
    !isGroup(argument) ||
    !isWord(word, 'FOR') ||
    !isName(by) ||
    !isGroup(list) ||
    more.length > 0
  ) {
    throw unknownConstruct(`PIVOT (${sourceOf(scope.source, nodes)})`);
  }
  const inner = within(table, scope);
  const [valueNodes = [], ...others] = splitAt(argument.children);
  if (others.length > 0) throw unknownConstruct('PIVOT with an aggregate of several arguments');
  const value = rewriteOperand(valueNodes, inner);
  const key = rewriteOperand([by], inner);
  if (list.children.some((node) => isWord(node, 'ANY', 'SELECT', 'DEFAULT')))
    throw unknownConstruct('PIVOT … IN (ANY | SELECT)');
  const kept = table.columns.filter((column) => column.name !== by.value && column.name !== value.column?.at(-1));
  const made = splitAt(list.children).map((item) => {
    const as = item.findIndex((node) => isWord(node, 'AS'));
    const expression = as < 0 ? item : item.slice(0, as);
    const named = as < 0 ? undefined : item[as + 1];
    const condition = compare('=', key, rewriteOperand(expression, inner)).sql;
    const chosen = { ...typed(`CASE WHEN ${condition} THEN ${value.sql} END`, value.type ?? TEXT) };
    const result = callFunction(aggregate.value, [], inner, argument, { given: [chosen] });
    const name = isName(named) ? named.value : sourceOf(scope.source, expression);
    return { column: { name, as: name, type: result.type, nullable: true }, sql: finish(result) };
  });
  const groups = kept.map((column) => `${quoteName('?')}.${quoteName(column.as)}`);
  const selected = [
    ...kept.map((column) => quoteName(column.as)),
    ...made.map(({ column, sql }) => `${sql} AS ${quoteName(column.as)}`),
  ];
  const grouping = groups.length > 0 ? ` GROUP BY ${groups.join(', ')} ORDER BY ${groups.join(', ')}` : '';
  return {
    sql: `(SELECT ${selected.join(', ')} FROM ${table.sql} AS "?"${grouping})`,
    columns: [...kept, ...made.map(({ column }) => column)],
  };
}

function finish(operand: Operand): string {
  return operand.finish ? operand.finish(operand.sql) : operand.sql;
}

function within(table: Table, scope: Scope): Scope {
  const columns = table.columns.map((column) => ({ ...column, qualifier: [], sql: `"?".${quoteName(column.as)}` }));
  return innerScope(scope, { columns });
}

/** `value FOR name IN (a [AS 'x'], b, …)`: a row for each of the columns. */
function unpivot(table: Table, nodes: readonly Node[], includeNulls: boolean, scope: Scope): Table {
  const [value, word, name, , list, ...more] = nodes;
  if (!isName(value) || !isWord(word, 'FOR') || !isName(name) || !isGroup(list) || more.length > 0) {
    throw unknownConstruct(`UNPIVOT (${sourceOf(scope.source, nodes)})`);
  }
  const inner = within(table, scope);
  const parts = splitAt(list.children).map(([column, as, label]) => {
    if (!isName(column)) throw syntaxError(scope.source, column?.start ?? list.start, textAt(scope, column));
    const written = isWord(as, 'AS') ? label : undefined;
    return {
      column: column.value,
      operand: rewriteOperand([column], inner),
      label: written && 'value' in written ? written.value : column.value,
    };
  });
  const type = commonType(parts.map(({ operand }) => operand)) ?? TEXT;
  if (
    parts.some(({ operand }) => operand.type?.name !== type.name) &&
    !isKind(parts[0]?.operand ?? typed('', TEXT), 'NUMBER')
  ) {
    throw compilationError('invalidType', 'UNPIVOT needs columns of one type.');
  }
  const kept = table.columns.filter((column) => !parts.some((part) => part.column === column.name));
  const rows = parts.map(({ operand, label }) => `(${quoteText(label)}, ${withType(operand, type).sql})`).join(', ');
  const selected = [...kept.map((column) => `"?".${quoteName(column.as)}`), '"?u"."n"', '"?u"."v"'];
  const columns: OutputColumn[] = [
    ...kept,
    { name: name.value, as: name.value, type: TEXT, nullable: false },
    { name: value.value, as: value.value, type, nullable: includeNulls },
  ];
  const where = includeNulls ? '' : ' WHERE "?u"."v" IS NOT NULL';
  const list_ = selected.map((sql, index) => `${sql} AS ${quoteName(columns[index]?.as ?? '')}`).join(', ');
  return {
    sql: `(SELECT ${list_} FROM ${table.sql} AS "?", LATERAL (VALUES ${rows}) AS "?u" ("n", "v")${where})`,
    columns,
  };
}
