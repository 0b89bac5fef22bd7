/** One SELECT: FROM first, since the rest depends on its columns, then the list, then the other clauses. */
import { compilationError, unknownConstruct } from '../errors.ts';
import { rewriteCondition, rewriteList, rewriteOperand } from './expression.ts';
import { rewriteFrom } from './from.ts';
import { quoteName } from './names.ts';
import { isJson, type Operand, typed } from './operand.ts';
import type { OutputColumn, Query, Scope } from './scope.ts';
import { readItems } from './select-list.ts';
import { isGroup, isName, isOperator, isWord, type Node, sourceOf, splitAt } from './tree.ts';
import { rewriteOrdering } from './window.ts';

const CLAUSES = ['FROM', 'WHERE', 'GROUP', 'HAVING', 'QUALIFY', 'ORDER', 'LIMIT', 'OFFSET', 'FETCH'] as const;
/** The order in which clauses stand, for DuckDB and for Snowflake. */
const RANK: Readonly<Record<string, number>> = {
  FROM: 1,
  WHERE: 2,
  GROUP: 3,
  HAVING: 4,
  QUALIFY: 5,
  ORDER: 6,
  LIMIT: 7,
  OFFSET: 8,
  FETCH: 9,
};
const UNKNOWN_CLAUSES = new Set(['CONNECT', 'START', 'WINDOW', 'FOR']);

export interface Clause {
  readonly word: string;
  readonly nodes: readonly Node[];
  /** Where its word stands among the nodes. */
  readonly start: number;
}

export function splitClauses(nodes: readonly Node[]): Clause[] {
  const clauses: { word: string; nodes: Node[]; start: number }[] = [{ word: '', nodes: [], start: 0 }];
  nodes.forEach((node, index) => {
    const current = clauses.at(-1) as { word: string; nodes: Node[] };
    if (isWord(node) && UNKNOWN_CLAUSES.has(node.value) && startsUnknownClause(nodes, index)) {
      throw unknownConstruct(
        node.value === 'CONNECT' || node.value === 'START' ? 'CONNECT BY' : `the clause ${node.value}`,
      );
    }
    if (isWord(node, ...CLAUSES) && startsClause(nodes, index, current.word))
      clauses.push({ word: node.value, nodes: [], start: index });
    else current.nodes.push(node);
  });
  return clauses;
}

function startsClause(nodes: readonly Node[], index: number, current: string): boolean {
  const node = nodes[index];
  const before = nodes[index - 1];
  if (isOperator(before, '.', ':') || isWord(before, 'WITHIN', 'AS')) return false;
  // A column may be called OFFSET or FETCH; the clauses stand after others, and before a number.
  if (isWord(node, 'OFFSET') && current !== 'LIMIT')
    return nodes[index + 1]?.kind === 'number' && isWord(nodes[index + 2], 'ROW', 'ROWS');
  if (isWord(node, 'FETCH')) return isWord(nodes[index + 1], 'FIRST', 'NEXT') || nodes[index + 1]?.kind === 'number';
  return !(isWord(node, 'FROM') && isWord(before, 'DISTINCT') && isWord(nodes[index - 2], 'IS', 'NOT'));
}

function startsUnknownClause(nodes: readonly Node[], index: number): boolean {
  const next = nodes[index + 1];
  return (
    isWord(next, 'BY', 'WITH', 'UPDATE') ||
    (isName(next) && isWord(nodes[index], 'WINDOW') && isWord(nodes[index + 2], 'AS'))
  );
}

/** `scope` is fresh: it has no columns yet. */
export function rewriteSelect(nodes: readonly Node[], scope: Scope): Query {
  const clauses = splitClauses(nodes);
  clauses.slice(1).forEach(({ word }, index) => {
    if (index > 0 && (RANK[word] ?? 0) <= (RANK[clauses[index]?.word ?? ''] ?? 0)) {
      throw compilationError('syntax', `syntax error: unexpected '${word}'.`);
    }
  });
  const from = clauses.find((clause) => clause.word === 'FROM');
  const source = from && rewriteFrom(from.nodes, scope);
  const { quantifier, top, items } = readHead(clauses[0]?.nodes.slice(1) ?? []);
  if (top !== undefined && clauses.some((clause) => clause.word === 'LIMIT')) {
    throw compilationError('syntax', 'syntax error: TOP and LIMIT in one query.');
  }
  const list = readItems(items, { ...scope, columns: source?.columns ?? [] });
  const inner: Scope = { ...scope, columns: source?.columns ?? [], aliases: list.aliases };
  const parts = [`SELECT ${quantifier}${list.sql}`];
  if (source) parts.push(`FROM ${source.sql}`);
  for (const clause of clauses.slice(1)) {
    if (clause.word !== 'FROM') parts.push(rewriteTail(clause, inner, list.columns));
  }
  if (top !== undefined) parts.push(`LIMIT ${top}`);
  return { sql: parts.join(' '), columns: list.columns };
}

function readHead(nodes: readonly Node[]) {
  let items = nodes;
  let quantifier = '';
  if (isWord(items[0], 'DISTINCT', 'ALL')) {
    quantifier = items[0].value === 'DISTINCT' ? 'DISTINCT ' : '';
    items = items.slice(1);
  }
  const top = isWord(items[0], 'TOP') && items[1]?.kind === 'number' ? items[1].value : undefined;
  return { quantifier, top, items: top === undefined ? items : items.slice(2) };
}

/** A clause after FROM. `output` is what ORDER BY may name before anything else. */
export function rewriteTail({ word, nodes }: Clause, scope: Scope, output: readonly OutputColumn[]): string {
  switch (word) {
    case 'GROUP':
      return `GROUP BY ${rewriteGrouping(afterBy(nodes, word), scope, output)}`;
    case 'ORDER':
      return `ORDER BY ${splitAt(afterBy(nodes, word))
        .map((item) => rewriteOrdering(item, (part) => orderingOperand(part, scope, output)))
        .join(', ')}`;
    case 'LIMIT':
      return isWord(nodes[0], 'NULL') ? '' : `LIMIT ${rowCount(nodes, scope)}`;
    case 'OFFSET':
      return isWord(nodes[0], 'NULL')
        ? ''
        : `OFFSET ${rowCount(isWord(nodes.at(-1), 'ROW', 'ROWS') ? nodes.slice(0, -1) : nodes, scope)}`;
    case 'FETCH': {
      const words = isWord(nodes[0], 'FIRST', 'NEXT') ? nodes.slice(1) : nodes;
      const count = words.filter((node) => !isWord(node, 'ROW', 'ROWS', 'ONLY'));
      return `LIMIT ${rowCount(count, scope)}`;
    }
    default:
      if (nodes.length === 0) throw compilationError('syntax', `syntax error: ${word} without a condition.`);
      return `${word} ${rewriteCondition(nodes, scope)}`;
  }
}

function rowCount(nodes: readonly Node[], scope: Scope): string {
  const [count, ...more] = nodes;
  if (more.length > 0 || !(count?.kind === 'number' || count?.kind === 'bind')) {
    throw compilationError(
      'syntax',
      `syntax error: a number of rows is expected, not '${sourceOf(scope.source, nodes)}'.`,
    );
  }
  return count.kind === 'bind' ? `CAST(${scope.binds.write(count).sql} AS BIGINT)` : count.value;
}

function afterBy(nodes: readonly Node[], word: string): readonly Node[] {
  if (!isWord(nodes[0], 'BY') || nodes.length < 2)
    throw compilationError('syntax', `syntax error: ${word} without BY.`);
  return nodes.slice(1);
}

function orderingOperand(nodes: readonly Node[], scope: Scope, output: readonly OutputColumn[]): Operand {
  const [only, ...more] = nodes;
  const named = isName(only) && more.length === 0 ? output.filter((column) => column.name === only.value) : [];
  const [column] = named;
  if (column && (named.length === 1 || !scope.columns.some((each) => each.name === column.name))) {
    return column.type
      ? typed(quoteName(column.as), column.type)
      : { sql: quoteName(column.as), type: undefined, nullable: true };
  }
  if (more.length === 0 && only?.kind === 'number') {
    const chosen = requirePosition(only.value, output);
    if (chosen.type && isJson(typed('', chosen.type))) return typed(quoteName(chosen.as), chosen.type);
    return { sql: only.value, type: undefined, nullable: true };
  }
  return rewriteOperand(nodes, scope);
}

/** The column of the list that a number means. */
function requirePosition(position: string, output: readonly OutputColumn[]): OutputColumn {
  const column = output[Number(position) - 1];
  if (column) return column;
  throw compilationError(
    'invalidExpression',
    `the position ${position} is not in the select list (size = ${output.length})`,
  );
}

/** Expressions, ALL, ROLLUP (…), CUBE (…) and GROUPING SETS (…). */
function rewriteGrouping(nodes: readonly Node[], scope: Scope, output: readonly OutputColumn[]): string {
  if (isWord(nodes[0], 'ALL') && nodes.length === 1) return 'ALL';
  return splitAt(nodes)
    .map((item) => {
      const [word, group] = item;
      if (isWord(word, 'ROLLUP', 'CUBE') && isGroup(group))
        return `${word.value} (${groupingList(group.children, scope)})`;
      if (isWord(word, 'GROUPING') && isWord(group, 'SETS') && isGroup(item[2]))
        return `GROUPING SETS (${groupingList(item[2].children, scope)})`;
      if (isGroup(word) && item.length === 1) return `(${groupingList(word.children, scope)})`;
      if (word?.kind === 'number' && item.length === 1) requirePosition(word.value, output);
      return rewriteOperand(item, scope).sql;
    })
    .join(', ');
}

function groupingList(nodes: readonly Node[], scope: Scope): string {
  return splitAt(nodes)
    .map((item) => {
      const [group] = item;
      if (isGroup(group) && item.length === 1)
        return `(${rewriteList(group.children, scope)
          .map((each) => each.sql)
          .join(', ')})`;
      return rewriteOperand(item, scope).sql;
    })
    .join(', ');
}
