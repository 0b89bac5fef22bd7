/**
 * Rewrites queries: the clauses of each SELECT, its FROM, and names for the columns that have none
 * (Snowflake names them by their source text in upper case: `COUNT(*)`).
 */
import { compilationError, unknownConstruct } from '../errors.ts';
import { rewriteExpressions, rewriteOperand } from './expression.ts';
import { rewriteFrom } from './from.ts';
import { quoteName } from './names.ts';
import type { Scope } from './scope.ts';
import { isGroup, isName, isOperator, isWord, type Node, sourceOf, splitAt } from './tree.ts';

const CLAUSES = ['FROM', 'WHERE', 'GROUP', 'HAVING', 'QUALIFY', 'ORDER', 'LIMIT', 'OFFSET', 'FETCH'] as const;
const SET_OPERATORS = ['UNION', 'INTERSECT', 'EXCEPT', 'MINUS'] as const;
const UNKNOWN_CLAUSES = new Set(['CONNECT', 'START', 'PIVOT', 'UNPIVOT', 'MATCH_RECOGNIZE', 'FETCH', 'WINDOW']);

export function startsQuery(nodes: readonly Node[]): boolean {
  const [first] = nodes;
  return isWord(first, 'SELECT', 'WITH', 'VALUES') || (isGroup(first) && startsQuery(first.children));
}

/** A whole query, with WITH, set operators, ORDER BY and LIMIT. */
export function rewriteQuery(nodes: readonly Node[], scope: Scope): string {
  const { prefix, rest } = readWith(nodes, scope);
  return prefix + rewriteSet(rest, scope);
}

function readWith(nodes: readonly Node[], scope: Scope): { prefix: string; rest: readonly Node[] } {
  if (!isWord(nodes[0], 'WITH')) return { prefix: '', rest: nodes };
  let index = 1;
  const recursive = isWord(nodes[index], 'RECURSIVE');
  if (recursive) index++;
  const tables: string[] = [];
  for (;;) {
    const name = nodes[index++];
    if (!isName(name)) throw compilationError('syntax', 'syntax error: WITH needs a name.');
    if (recursive) scope.commonTables.add(name.value);
    const columns = nodes[index];
    let names = '';
    if (isGroup(columns)) {
      names = ` (${columnNames(columns.children)})`;
      index++;
    }
    const body = nodes[index + 1];
    if (!isWord(nodes[index], 'AS') || !isGroup(body))
      throw compilationError('syntax', 'syntax error: WITH name AS (…).');
    tables.push(`${quoteName(name.value)}${names} AS (${rewriteQuery(body.children, scope)})`);
    scope.commonTables.add(name.value);
    index += 2;
    if (!isOperator(nodes[index], ',')) break;
    index++;
  }
  return { prefix: `WITH ${recursive ? 'RECURSIVE ' : ''}${tables.join(', ')} `, rest: nodes.slice(index) };
}

export function columnNames(nodes: readonly Node[]): string {
  return splitAt(nodes)
    .map(([name, ...more]) => {
      if (!isName(name) || more.length > 0)
        throw compilationError('syntax', 'syntax error: a list of column names is expected.');
      return quoteName(name.value);
    })
    .join(', ');
}

function rewriteSet(nodes: readonly Node[], scope: Scope): string {
  const parts: string[] = [];
  let from = 0;
  for (let index = 0; index <= nodes.length; index++) {
    const node = nodes[index];
    if (node && !isWord(node, ...SET_OPERATORS)) continue;
    parts.push(rewriteCore(nodes.slice(from, index), scope));
    if (!node || !isWord(node)) break;
    const all = isWord(nodes[index + 1], 'ALL');
    parts.push(node.value === 'MINUS' ? 'EXCEPT' : `${node.value}${all ? ' ALL' : ''}`);
    if (all) index++;
    from = index + 1;
  }
  return parts.join(' ');
}

/** One SELECT, or a bracketed query, with whatever clauses follow. */
function rewriteCore(nodes: readonly Node[], scope: Scope): string {
  const [first] = nodes;
  if (isWord(first, 'VALUES')) return `SELECT * FROM ${rewriteFrom(nodes, scope)}`;
  const clauses = splitClauses(nodes);
  const head = clauses[0]?.nodes ?? [];
  const parts: string[] = [];
  if (isGroup(first) && startsQuery(first.children)) {
    if (head.length > 1) throw compilationError('syntax', 'syntax error after a query in brackets.');
    parts.push(`(${rewriteQuery(first.children, scope)})`);
  } else if (isWord(first, 'SELECT')) {
    parts.push(
      ...rewriteSelect(
        head.slice(1),
        scope,
        clauses.some((clause) => clause.word === 'LIMIT'),
      ),
    );
  } else {
    throw compilationError('syntax', `syntax error: unexpected '${sourceOf(scope.source, nodes.slice(0, 1))}'.`);
  }
  const top = parts.length > 1 ? parts.pop() : undefined;
  for (const { word, nodes: body } of clauses.slice(1)) parts.push(rewriteClause(word, body, scope));
  if (top) parts.push(top);
  return parts.join(' ');
}

interface Clause {
  readonly word: string;
  readonly nodes: readonly Node[];
}

function splitClauses(nodes: readonly Node[]): Clause[] {
  const clauses: { word: string; nodes: Node[] }[] = [{ word: '', nodes: [] }];
  nodes.forEach((node, index) => {
    const current = clauses.at(-1) as { word: string; nodes: Node[] };
    if (isWord(node) && UNKNOWN_CLAUSES.has(node.value) && startsUnknownClause(nodes, index)) {
      throw unknownConstruct(
        node.value === 'CONNECT' || node.value === 'START' ? 'CONNECT BY' : `the clause ${node.value}`,
      );
    }
    // ORDER follows WITHIN GROUP or OVER inside brackets only, so here it is always the query's own.
    const before = nodes[index - 1];
    // A column may be called OFFSET; the clause stands after LIMIT only.
    const isColumn = isWord(node, 'OFFSET') && current.word !== 'LIMIT';
    if (isWord(node, ...CLAUSES) && !isColumn && !isOperator(before, '.', ':') && !isWord(before, 'WITHIN'))
      clauses.push({ word: node.value, nodes: [] });
    else current.nodes.push(node);
  });
  return clauses;
}

function startsUnknownClause(nodes: readonly Node[], index: number): boolean {
  const next = nodes[index + 1];
  return (
    isGroup(next) || isWord(next, 'BY', 'WITH', 'FIRST', 'NEXT') || (isName(next) && isWord(nodes[index], 'WINDOW'))
  );
}

function rewriteClause(word: string, nodes: readonly Node[], scope: Scope): string {
  if (word === 'FROM') return `FROM ${rewriteFrom(nodes, scope)}`;
  if (word === 'GROUP' && isWord(nodes[1], 'ALL')) return 'GROUP BY ALL';
  if (word === 'GROUP' || word === 'ORDER') {
    if (!isWord(nodes[0], 'BY')) throw compilationError('syntax', `syntax error: ${word} without BY.`);
    const body = nodes.slice(1);
    if (word === 'GROUP') return `GROUP BY ${rewriteExpressions(body, scope)}`;
    return `ORDER BY ${splitAt(body)
      .map((item) => rewriteOrdering(item, scope))
      .join(', ')}`;
  }
  return `${word} ${rewriteExpressions(nodes, scope)}`;
}

/** `expr [ASC | DESC] [NULLS FIRST | LAST]`; NULL is the largest value unless it is said otherwise. */
export function rewriteOrdering(nodes: readonly Node[], scope: Scope): string {
  let end = nodes.length;
  let suffix = '';
  if (isWord(nodes[end - 2], 'NULLS') && isWord(nodes[end - 1], 'FIRST', 'LAST')) {
    suffix = ` NULLS ${(nodes[end - 1] as { value: string }).value}`;
    end -= 2;
  }
  const direction = nodes[end - 1];
  if (isWord(direction, 'ASC', 'DESC')) {
    suffix = ` ${direction.value}${suffix}`;
    end -= 1;
  }
  const operand = rewriteOperand(nodes.slice(0, end), scope);
  if (operand.kind !== 'variant') return `${operand.sql}${suffix}`;
  // Numbers in a VARIANT sort as numbers, before text.
  return `TRY_CAST(${operand.text} AS DOUBLE)${suffix}, ${operand.text}${suffix}`;
}

/** The SELECT list; TOP n comes back as a LIMIT for the end of the query. */
function rewriteSelect(nodes: readonly Node[], scope: Scope, hasLimit: boolean): string[] {
  let items = nodes;
  let quantifier = '';
  let top: string | undefined;
  if (isWord(items[0], 'DISTINCT', 'ALL')) {
    quantifier = items[0].value === 'DISTINCT' ? 'DISTINCT ' : '';
    items = items.slice(1);
  }
  if (isWord(items[0], 'TOP') && items[1]?.kind === 'number') {
    if (hasLimit) throw compilationError('syntax', 'syntax error: TOP and LIMIT in one query.');
    top = `LIMIT ${items[1].value}`;
    items = items.slice(2);
  }
  const list = splitAt(items).map((item) => rewriteItem(item, scope));
  if (list.length === 0) throw compilationError('syntax', 'syntax error: SELECT without columns.');
  const select = `SELECT ${quantifier}${list.join(', ')}`;
  return top ? [select, top] : [select];
}

/** Words before which no alias without AS can stand. */
const NO_ALIAS_AFTER = new Set(
  'AND OR NOT IS IN LIKE ILIKE RLIKE BETWEEN THEN ELSE WHEN CASE DISTINCT ESCAPE FROM'.split(' '),
);
const NEVER_ALIAS = new Set('END NULL TRUE FALSE'.split(' '));

function rewriteItem(nodes: readonly Node[], scope: Scope): string {
  if (nodes.length === 0) throw compilationError('syntax', "syntax error: unexpected ','.");
  const star = nodes.findIndex(
    (node, index) => isOperator(node, '*') && (index === 0 || isOperator(nodes[index - 1], '.')),
  );
  if (star >= 0 && (star === 0 || nodes.slice(0, star).every((node) => isName(node) || isOperator(node, '.')))) {
    return rewriteStar(nodes, star, scope);
  }
  const { expression, alias } = splitAlias(nodes);
  const sql = rewriteExpressions(expression, scope);
  const plain = expression.every((node, index) => (index % 2 === 0 ? isName(node) : isOperator(node, '.')));
  const name =
    alias ??
    (plain ? (expression.at(-1) as { value: string }).value : sourceOf(scope.source, expression).toUpperCase());
  return `${sql} AS ${quoteName(name)}`;
}

function splitAlias(nodes: readonly Node[]): { expression: readonly Node[]; alias?: string } {
  const last = nodes.at(-1);
  const before = nodes.at(-2);
  if (!isName(last) || !before) return { expression: nodes };
  if (isWord(before, 'AS')) return { expression: nodes.slice(0, -2), alias: last.value };
  if (last.kind === 'word' && NEVER_ALIAS.has(last.value)) return { expression: nodes };
  if (before.kind === 'operator') return { expression: nodes };
  if (
    isWord(before) &&
    (NO_ALIAS_AFTER.has(before.value) || (before.value === 'DOUBLE' && last.value === 'PRECISION'))
  ) {
    return { expression: nodes };
  }
  return { expression: nodes.slice(0, -1), alias: last.value };
}

/** `*`, `t.*`, `* EXCLUDE (…)`; Snowflake's RENAME, REPLACE and ILIKE are not known. */
function rewriteStar(nodes: readonly Node[], star: number, scope: Scope): string {
  const prefix = nodes
    .slice(0, star + 1)
    .map((node) => (isName(node) ? quoteName(node.value) : isOperator(node, '.') ? '.' : '*'));
  const rest = nodes.slice(star + 1);
  if (rest.length === 0) return prefix.join('');
  const excluded = rest[1];
  if (!isWord(rest[0], 'EXCLUDE') || rest.length !== 2 || !excluded) {
    throw unknownConstruct(`SELECT * ${sourceOf(scope.source, rest)}`);
  }
  const names = isGroup(excluded) ? columnNames(excluded.children) : columnNames([excluded]);
  return `${prefix.join('')} EXCLUDE (${names})`;
}
