/** Comparisons: `=` and its like, IS, LIKE and its family, IN, BETWEEN, with ANY and ALL. */
import { compilationError, unknownConstruct } from '../errors.ts';
import type { ColumnType } from '../types.ts';
import { cast, comparable, condition, joinTypes, textOf, withType } from './convert.ts';
import { type ExpressionReader, rewriteList, rewriteOperand } from './expression.ts';
import { isJson, isKind, type Operand, predicate } from './operand.ts';
import { rewriteQuery, startsQuery } from './query.ts';
import type { OutputColumn } from './scope.ts';
import { type Group, isGroup, isOperator, isWord, splitAt } from './tree.ts';

const COMPARISONS = ['=', '<>', '!=', '<', '>', '<=', '>='] as const;
const LIKES = ['LIKE', 'ILIKE', 'RLIKE', 'REGEXP'] as const;

/** What follows an operand as a comparison, if anything does. */
export function readPredicate(reader: ExpressionReader, left: Operand): Operand | undefined {
  const operator = reader.peek();
  if (isOperator(operator, ...COMPARISONS)) {
    reader.skip();
    const quantifier = reader.peek();
    if (isWord(quantifier, 'ANY', 'ALL', 'SOME')) return compareQuantified(reader, left, operator.value);
    return compare(operator.value, left, reader.sum());
  }
  if (reader.takeWord('IS')) return readIs(reader, left);
  const negated = isWord(operator, 'NOT');
  const word = reader.peek(negated ? 1 : 0);
  if (!isWord(word, ...LIKES, 'IN', 'BETWEEN')) return undefined;
  reader.skip(negated ? 2 : 1);
  const not = negated ? 'NOT ' : '';
  if (word.value === 'IN') return readIn(reader, left, not);
  if (word.value === 'BETWEEN') return readBetween(reader, left, not);
  return readLike(reader, left, not, word.value);
}

/** Two operands in the forms in which they compare. */
export function comparablePair(left: Operand, right: Operand): readonly [string, string] {
  if (!left.type || !right.type) return [comparable(left), comparable(right)];
  if (isJson(left) && isJson(right)) return [left.sql, right.sql];
  if (isJson(left)) return comparablePair(fromVariant(left, right), right);
  if (isJson(right)) return comparablePair(left, fromVariant(right, left));
  if (left.type.name === right.type.name) return [comparable(left), comparable(right)];
  const type = joinTypes(left.type, right.type);
  return [comparable(joined(left, type)), comparable(joined(right, type))];
}

/** DuckDB compares numbers of all sizes: only another kind of type needs a cast. */
function joined(operand: Operand, type: ColumnType): Operand {
  return operand.type?.name === type.name ? operand : withType(operand, type);
}

/** A VARIANT beside something else takes that one's type; beside a number it is one of any scale. */
function fromVariant(operand: Operand, opposite: Operand): Operand {
  if (isKind(opposite, 'NUMBER')) return cast(operand, { name: 'FLOAT' });
  return cast(
    operand,
    isKind(opposite, 'VARCHAR') ? { name: 'VARCHAR', length: 16_777_216 } : (opposite.type as ColumnType),
  );
}

export function compare(operator: string, left: Operand, right: Operand): Operand {
  const [a, b] = comparablePair(left, right);
  return predicate(`(${a} ${operator} ${b})`, left, right);
}

/** `= ANY (…)`, `<> ALL (…)`. */
function compareQuantified(reader: ExpressionReader, left: Operand, operator: string): Operand {
  const all = !reader.takeWord('ANY', 'SOME');
  if (all) reader.takeWord('ALL');
  const list = reader.peek();
  if (!isGroup(list) || !startsQuery(list.children))
    throw unknownConstruct(`${operator} ${all ? 'ALL' : 'ANY'} with anything but a subquery`);
  reader.skip();
  const { sql, columns } = rewriteQuery(list.children, reader.scope);
  const [a] = comparablePair(left, operandOf(columns[0]));
  return predicate(`(${a} ${operator} ${all ? 'ALL' : 'ANY'} (${sql}))`, left);
}

function operandOf(column: OutputColumn | undefined): Operand {
  return { sql: 'NULL', type: column?.type, nullable: true };
}

function readIs(reader: ExpressionReader, left: Operand): Operand {
  const not = reader.takeWord('NOT') ? 'NOT ' : '';
  const word = reader.takeWord('NULL', 'TRUE', 'FALSE', 'DISTINCT');
  if (word === 'NULL') return predicate(`(${left.sql} IS ${not}NULL)`);
  if (word === 'TRUE' || word === 'FALSE') return predicate(`(${condition(left)} IS ${not}${word})`);
  if (word !== 'DISTINCT' || !reader.takeWord('FROM')) throw reader.unexpected();
  const [a, b] = comparablePair(left, reader.sum());
  return predicate(`(${a} IS ${not}DISTINCT FROM ${b})`);
}

function readBetween(reader: ExpressionReader, left: Operand, not: string): Operand {
  const low = reader.sum();
  if (!reader.takeWord('AND')) throw reader.unexpected();
  const high = reader.sum();
  const between = `(${compare('>=', left, low).sql} AND ${compare('<=', left, high).sql})`;
  return predicate(not ? `(NOT ${between})` : between, left, low, high);
}

function readLike(reader: ExpressionReader, left: Operand, not: string, word: string): Operand {
  const quantifier = reader.takeWord('ANY', 'ALL');
  const patterns = quantifier ? readPatterns(reader) : [reader.sum()];
  const escaping = reader.takeWord('ESCAPE') ? reader.sum() : undefined;
  const matches = patterns.map((pattern) => likeSql(left, pattern, word, escaping));
  const joinedSql = `(${matches.join(quantifier === 'ALL' ? ' AND ' : ' OR ')})`;
  return predicate(not ? `(NOT ${joinedSql})` : joinedSql, left, ...patterns);
}

function readPatterns(reader: ExpressionReader): Operand[] {
  const list = reader.peek();
  if (!isGroup(list) || startsQuery(list.children))
    throw unknownConstruct('LIKE ANY with anything but a list of patterns');
  reader.skip();
  return rewriteList(list.children, reader.scope);
}

function likeSql(left: Operand, pattern: Operand, word: string, escaping: Operand | undefined): string {
  const [text, against] = [textOf(left), textOf(pattern)];
  if (word === 'RLIKE' || word === 'REGEXP') return `regexp_full_match(${text}, ${against}, 's')`;
  return `${text} ${word} ${against}${escaping ? ` ESCAPE ${escaping.sql}` : ''}`;
}

function readIn(reader: ExpressionReader, left: Operand, not: string): Operand {
  const list = reader.peek();
  if (!isGroup(list)) throw reader.unexpected();
  reader.skip();
  if (startsQuery(list.children)) return inQuery(reader, left, list, not);
  if (splitAt(list.children).length === 0) throw reader.unexpected();
  const items = rewriteList(list.children, reader.scope);
  const equal = items.map((item) => comparablePair(left, item));
  const sides = new Set(equal.map(([a]) => a));
  const sql =
    sides.size === 1
      ? `(${equal[0]?.[0]} IN (${equal.map(([, b]) => b).join(', ')}))`
      : `(${equal.map(([a, b]) => `${a} = ${b}`).join(' OR ')})`;
  return predicate(not ? `(NOT ${sql})` : sql, left, ...items);
}

function inQuery(reader: ExpressionReader, left: Operand, list: Group, not: string): Operand {
  const { sql, columns } = rewriteQuery(list.children, reader.scope);
  if (columns.length !== 1)
    throw compilationError('syntax', `The subquery of IN has one column, not ${columns.length}.`);
  const right = operandOf(columns[0]);
  const [a] = comparablePair(left, right);
  const needsCast = right.type && left.type && isJson(right) && !isJson(left);
  if (needsCast) throw unknownConstruct('IN (SELECT <variant>); cast the column of the subquery');
  return predicate(`(${a} ${not}IN (${sql}))`, left);
}

/** `(a, b) IN ((1, 2), …)` and `(a, b) IN (SELECT …)`, `(a, b) = (c, d)`. */
export function compareRows(reader: ExpressionReader, row: Group): Operand {
  const left = rewriteList(row.children, reader.scope);
  const not = reader.takeWord('NOT') ? 'NOT ' : '';
  const list = reader.peek(1);
  if (isOperator(reader.peek(), '=') && isGroup(list)) {
    reader.skip(2);
    return predicate(rowsEqual(left, rewriteList(list.children, reader.scope)), ...left);
  }
  if (!isWord(reader.peek(), 'IN') || !isGroup(list)) throw reader.unexpected();
  reader.skip(2);
  if (startsQuery(list.children)) {
    const { sql } = rewriteQuery(list.children, reader.scope);
    return predicate(`((${left.map((item) => item.sql).join(', ')}) ${not}IN (${sql}))`, ...left);
  }
  const rows = splitAt(list.children).map((part) => {
    const [group, ...more] = part;
    if (!isGroup(group) || more.length > 0) throw reader.unexpected();
    return rowsEqual(
      left,
      splitAt(group.children).map((item) => rewriteOperand(item, reader.scope)),
    );
  });
  return predicate(`(${not}(${rows.join(' OR ')}))`, ...left);
}

function rowsEqual(left: readonly Operand[], right: readonly Operand[]): string {
  if (left.length !== right.length)
    throw compilationError('syntax', `A row of ${left.length} values is compared with one of ${right.length}.`);
  return `(${left.map((item, index) => compare('=', item, right[index] as Operand).sql).join(' AND ')})`;
}
