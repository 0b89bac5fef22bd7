/**
 * Rewrites queries: WITH, set operators, and ORDER BY and LIMIT of the whole. `select.ts` has one SELECT.
 */
import { compilationError, type SnowflakeError } from '../errors.ts';
import { type ColumnType, numberType, TEXT } from '../types.ts';
import { joinTypes, withType } from './convert.ts';
import { readValues } from './from.ts';
import { quoteName } from './names.ts';
import { type Operand, typed } from './operand.ts';
import { innerScope, type OutputColumn, type Query, type Scope } from './scope.ts';
import { type Clause, rewriteSelect, rewriteTail, splitClauses } from './select.ts';
import { isGroup, isName, isOperator, isWord, type Node, sourceOf, splitAt } from './tree.ts';

const SET_OPERATORS = ['UNION', 'INTERSECT', 'EXCEPT', 'MINUS'] as const;
const TAIL = ['ORDER', 'LIMIT', 'OFFSET', 'FETCH'];

export function startsQuery(nodes: readonly Node[]): boolean {
  const [first] = nodes;
  return isWord(first, 'SELECT', 'WITH', 'VALUES') || (isGroup(first) && startsQuery(first.children));
}

/** A whole query within a scope. */
export function rewriteQuery(nodes: readonly Node[], scope: Scope): Query {
  const { prefix, rest, commonTables } = readWith(nodes, scope);
  const query = rewriteSet(rest, innerScope(scope, { commonTables }));
  return { ...query, sql: prefix + query.sql };
}

function readWith(nodes: readonly Node[], scope: Scope) {
  const commonTables = new Map(scope.commonTables);
  if (!isWord(nodes[0], 'WITH')) return { prefix: '', rest: nodes, commonTables };
  let index = isWord(nodes[1], 'RECURSIVE') && !isWord(nodes[2], 'AS') && !isGroup(nodes[2]) ? 2 : 1;
  const tables: string[] = [];
  for (;;) {
    const name = nodes[index++];
    if (!isName(name)) throw compilationError('syntax', 'syntax error: WITH needs a name.');
    const list = isGroup(nodes[index]) ? nodes[index++] : undefined;
    const body = nodes[index + 1];
    if (!isWord(nodes[index], 'AS') || !isGroup(body))
      throw compilationError('syntax', 'syntax error: WITH name AS (…).');
    const names = isGroup(list) ? readNames(list.children) : undefined;
    const within = innerScope(scope, { commonTables });
    const anchor = recursiveAnchor(name.value, body.children);
    if (anchor) commonTables.set(name.value, widened(renamed(rewriteQuery(anchor, within).columns, names)));
    const query = anchor
      ? rewriteRecursive(body.children, anchor.length, within, commonTables.get(name.value) ?? [])
      : rewriteQuery(body.children, within);
    const columns = renamed(query.columns, names);
    commonTables.set(name.value, columns);
    tables.push(
      `${quoteName(name.value)} (${columns.map((column) => quoteName(column.as)).join(', ')}) AS (${query.sql})`,
    );
    index += 2;
    if (!isOperator(nodes[index], ',')) break;
    index++;
  }
  return { prefix: `WITH RECURSIVE ${tables.join(', ')} `, rest: nodes.slice(index), commonTables };
}

/** What stands before UNION ALL in a table that names itself behind it. */
function recursiveAnchor(name: string, body: readonly Node[]): readonly Node[] | undefined {
  const union = body.findIndex((node, index) => isWord(node, 'UNION') && isWord(body[index + 1], 'ALL'));
  return union > 0 && names(body.slice(union), name) ? body.slice(0, union) : undefined;
}

function names(nodes: readonly Node[], name: string): boolean {
  return nodes.some((node, index) =>
    node.kind === 'group'
      ? names(node.children, name)
      : isName(node) &&
        node.value === name &&
        (isWord(nodes[index - 1], 'FROM', 'JOIN') || isOperator(nodes[index - 1], ',')),
  );
}

/** A recursive column keeps the type of its first rows, which must have room for the others. */
function widened(columns: readonly OutputColumn[]): OutputColumn[] {
  return columns.map((column) => {
    const { type = TEXT } = column;
    if (type.name === 'NUMBER') return { ...column, type: numberType(38, type.scale) };
    return { ...column, type: type.name === 'VARCHAR' ? TEXT : type };
  });
}

function rewriteRecursive(body: readonly Node[], union: number, scope: Scope, columns: readonly OutputColumn[]): Query {
  const cast = (query: Query): string =>
    castTo(
      query,
      columns.map((column) => column.type),
    );
  const first = rewriteQuery(body.slice(0, union), scope);
  const second = rewriteQuery(body.slice(union + 2), scope);
  if (first.columns.length !== second.columns.length) throw wrongBranch(first.columns.length, second.columns.length, 2);
  return {
    sql: `${cast(first)} UNION ALL ${cast(second)}`,
    columns: columns.map((column) => ({ ...column, nullable: true })),
  };
}

export function readNames(nodes: readonly Node[]): string[] {
  return splitAt(nodes).map(([name, ...more]) => {
    if (!isName(name) || more.length > 0)
      throw compilationError('syntax', 'syntax error: a list of column names is expected.');
    return name.value;
  });
}

export function columnNames(nodes: readonly Node[]): string {
  return readNames(nodes).map(quoteName).join(', ');
}

/** Columns under other names. */
export function renamed(columns: readonly OutputColumn[], names: readonly string[] | undefined): OutputColumn[] {
  if (!names) return [...columns];
  if (names.length > columns.length) {
    throw compilationError('columnCount', `${names.length} names are given to ${columns.length} columns.`);
  }
  return columns.map((column, index) => {
    const name = names[index] ?? column.name;
    return { ...column, name, as: names[index] === undefined ? column.as : name };
  });
}

function rewriteSet(nodes: readonly Node[], scope: Scope): Query {
  const parts: (readonly Node[])[] = [];
  const operators: string[] = [];
  let from = 0;
  nodes.forEach((node, index) => {
    if (!isWord(node, ...SET_OPERATORS)) return;
    const all = isWord(nodes[index + 1], 'ALL');
    parts.push(nodes.slice(from, index));
    operators.push(`${node.value === 'MINUS' ? 'EXCEPT' : node.value}${all ? ' ALL' : ''}`);
    from = index + (all || isWord(nodes[index + 1], 'DISTINCT') ? 2 : 1);
  });
  const last = nodes.slice(from);
  if (operators.length === 0) return rewriteCore(last, scope);
  const clauses = splitClauses(last);
  const tail = clauses.findIndex((clause, index) => index > 0 && TAIL.includes(clause.word));
  const tailStart = tail < 0 ? undefined : clauses[tail]?.start;
  parts.push(tailStart === undefined ? last : last.slice(0, tailStart));
  const combined = combine(
    parts.map((part) => rewriteCore(part, scope)),
    operators,
  );
  return tail < 0 ? combined : withTail(combined, clauses.slice(tail), scope);
}

/** Set operators over branches, whose columns take the type that they have together. */
function combine(branches: readonly Query[], operators: readonly string[]): Query {
  const [first, ...more] = branches;
  if (!first) throw compilationError('syntax', 'syntax error: a query is expected.');
  more.forEach(({ columns }, index) => {
    if (columns.length !== first.columns.length) throw wrongBranch(first.columns.length, columns.length, index + 2);
  });
  const columns = first.columns.map((column, index) => {
    const same = branches.map((branch) => branch.columns[index] as OutputColumn);
    const types = same.flatMap(({ type }) => type ?? []);
    return {
      ...column,
      type: types.length === 0 ? undefined : types.reduce(joinTypes),
      nullable: same.some(({ nullable }) => nullable),
    };
  });
  const types = columns.map((column) => column.type);
  const sql = branches.map((branch) => castTo(branch, types));
  return { sql: sql.reduce((all, next, index) => `${all} ${operators[index - 1]} ${next}`), columns };
}

function castTo(query: Query, types: readonly (ColumnType | undefined)[]): string {
  const differs = query.columns.some(
    ({ type }, index) => types[index] && JSON.stringify(type) !== JSON.stringify(types[index]),
  );
  if (!differs) return `(${query.sql})`;
  const list = query.columns.map((column, index) => {
    const type = types[index];
    const operand: Operand = column.type
      ? typed(quoteName(column.as), column.type)
      : { sql: quoteName(column.as), type: undefined, nullable: true };
    return `${type ? withType(operand, type).sql : operand.sql} AS ${quoteName(column.as)}`;
  });
  return `(SELECT ${list.join(', ')} FROM (${query.sql}))`;
}

function wrongBranch(expected: number, got: number, branch: number): SnowflakeError {
  return compilationError(
    'setBranches',
    `invalid number of result columns for set operator input branches, expected ${expected}, got ${got} in branch {${branch}}`,
  );
}

/** One SELECT, a bracketed query or VALUES, with whatever clauses follow. */
function rewriteCore(nodes: readonly Node[], scope: Scope): Query {
  const [first] = nodes;
  if (isWord(first, 'SELECT')) return rewriteSelect(nodes, scope);
  const clauses = splitClauses(nodes);
  const head = clauses[0]?.nodes ?? [];
  if (isWord(first, 'VALUES')) {
    const { sql, columns, next } = readValues(head, 1, scope);
    if (next < head.length) throw compilationError('syntax', 'syntax error after VALUES.');
    const query = {
      sql: `SELECT * FROM ${sql}`,
      columns: columns.map(({ name, type, nullable }) => ({ name, as: name, type, nullable })),
    };
    return withTail(query, clauses.slice(1), scope);
  }
  if (isGroup(first) && startsQuery(first.children)) {
    if (head.length > 1) throw compilationError('syntax', 'syntax error after a query in brackets.');
    return withTail(rewriteQuery(first.children, scope), clauses.slice(1), scope);
  }
  throw compilationError(
    'syntax',
    `syntax error: unexpected '${sourceOf(scope.source, nodes.slice(0, 1)) || '<EOF>'}'.`,
  );
}

/** ORDER BY and LIMIT of a query that is no plain SELECT: they see its columns. */
function withTail(query: Query, clauses: readonly Clause[], scope: Scope): Query {
  if (clauses.length === 0) return query;
  const columns = query.columns.map((column) => ({ ...column, qualifier: [], sql: quoteName(column.as) }));
  const tail = clauses.map((clause) => rewriteTail(clause, innerScope(scope, { columns }), query.columns));
  return { ...query, sql: `(${query.sql}) ${tail.join(' ')}` };
}
