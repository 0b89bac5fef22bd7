/**
 * Columns as CREATE TABLE and ALTER TABLE … ADD define them: type, NOT NULL, DEFAULT, AUTOINCREMENT, keys, comment.
 * PRIMARY KEY, UNIQUE and FOREIGN KEY are kept in mind and not enforced, as in Snowflake; CHECK is not known.
 */
import type { Column, Identity, TableName } from '../catalog.ts';
import { compilationError, unknownConstruct } from '../errors.ts';
import { displayName, quotePath } from '../sql/names.ts';
import { isGroup, isName, isOperator, isWord, type Node, sourceOf, splitAt } from '../sql/tree.ts';
import { isSemiStructured, readType } from '../types.ts';

const CONSTRAINTS = ['PRIMARY', 'UNIQUE', 'FOREIGN', 'CONSTRAINT'] as const;
const AFTER_DEFAULT = ['NOT', 'NULL', 'UNIQUE', 'PRIMARY', 'COMMENT', 'CONSTRAINT', 'REFERENCES', 'COLLATE'];

export function readDefinitions(nodes: readonly Node[], source: string, table: TableName): Column[] {
  const parts = splitAt(nodes);
  const isConstraint = (part: readonly Node[]): boolean =>
    isWord(part[0], ...CONSTRAINTS) && (isGroup(part[1]) || isWord(part[1]) || isName(part[1])) && namesKey(part);
  const constraints = parts.filter(isConstraint);
  const primary = new Set(constraints.flatMap((part) => keyColumns(part, 'PRIMARY')));
  const unique = new Set(constraints.flatMap((part) => keyColumns(part, 'UNIQUE')));
  const definitions = parts
    .filter((part) => !isConstraint(part))
    .map((part) => readColumn(part, source, table))
    .map((column) => ({
      ...column,
      ...(primary.has(column.name) && { nullable: false, primaryKey: true }),
      ...(unique.has(column.name) && { uniqueKey: true }),
    }));
  const names = definitions.map((column) => column.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw compilationError('duplicateColumn', `duplicate column name '${displayName(twice)}'`);
  const stranger = [...primary, ...unique].find((name) => !names.includes(name));
  if (stranger !== undefined)
    throw compilationError('invalidIdentifier', `invalid identifier '${displayName(stranger)}'`);
  if (names.length === 0) throw compilationError('syntax', 'syntax error: CREATE TABLE without columns.');
  return definitions;
}

function namesKey(part: readonly Node[]): boolean {
  return part.some((node, index) => isWord(node, 'KEY') || (isWord(node, 'UNIQUE') && isGroup(part[index + 1])));
}

function keyColumns(part: readonly Node[], kind: 'PRIMARY' | 'UNIQUE'): string[] {
  const at = part.findIndex((node) => isWord(node, kind));
  const list = at < 0 ? undefined : part[at + (kind === 'PRIMARY' ? 2 : 1)];
  return isGroup(list) ? splitAt(list.children).map(([column]) => (isName(column) ? column.value : '')) : [];
}

/** `NAME TYPE [NOT NULL] [DEFAULT x | AUTOINCREMENT …] [PRIMARY KEY] [UNIQUE] [COMMENT 'x']`. */
export function readColumn(part: readonly Node[], source: string, table: TableName): Column {
  const [name] = part;
  if (!isName(name)) throw compilationError('syntax', 'syntax error: a column name is expected.');
  const { type, length } = readType(part.slice(1));
  const found: { -readonly [Key in keyof Column]?: Column[Key] } = {};
  let nullable = true;
  let index = 1 + length;
  while (index < part.length) {
    const [node, following] = [part[index], part[index + 1]];
    if (isWord(node, 'NOT') && isWord(following, 'NULL')) {
      nullable = false;
      index += 2;
    } else if (isWord(node, 'NULL')) {
      index += 1;
    } else if (isWord(node, 'CONSTRAINT') && isName(following)) {
      index += 2;
    } else if (isWord(node, 'UNIQUE')) {
      found.uniqueKey = true;
      index += 1;
    } else if (isWord(node, 'PRIMARY') && isWord(following, 'KEY')) {
      found.primaryKey = true;
      nullable = false;
      index += 2;
    } else if (isWord(node, 'FOREIGN', 'REFERENCES')) {
      index = part.length;
    } else if (isWord(node, 'ENFORCED', 'RELY', 'NORELY', 'ENABLE', 'VALIDATE', 'NOVALIDATE')) {
      index += 1;
    } else if (isWord(node, 'COMMENT') && following?.kind === 'string') {
      found.comment = following.value;
      index += 2;
    } else if (isWord(node, 'AUTOINCREMENT', 'IDENTITY')) {
      const identity = readIdentity(part, index + 1, table, name.value);
      if (type.name !== 'NUMBER')
        throw compilationError('invalidExpression', `${node.value} needs a NUMBER, not ${type.name}.`);
      found.identity = identity.identity;
      nullable = false;
      index = identity.next;
    } else if (isWord(node, 'DEFAULT')) {
      const end = endOfDefault(part, index + 1);
      found.default = sourceOf(source, part.slice(index + 1, end));
      if (isSemiStructured(type) && found.default.toUpperCase() !== 'NULL') {
        throw compilationError('unsupported', `Unsupported feature: a default of a ${type.name} column.`);
      }
      index = end;
    } else {
      throw unknownConstruct(`the column property ${sourceOf(source, part.slice(index))}`);
    }
  }
  return { name: name.value, type, nullable, ...found };
}

/** `[(start, step)]`, `[START n] [INCREMENT [BY] m] [ORDER | NOORDER]`. */
function readIdentity(
  part: readonly Node[],
  start: number,
  table: TableName,
  column: string,
): { readonly identity: Identity; readonly next: number } {
  let next = start;
  const numbers = { START: 1, INCREMENT: 1 };
  const numberAt = (at: number): number => {
    const minus = isOperator(part[at], '-');
    const node = part[minus ? at + 1 : at];
    if (node?.kind !== 'number') throw compilationError('syntax', 'syntax error: AUTOINCREMENT needs numbers.');
    next = at + (minus ? 2 : 1);
    return (minus ? -1 : 1) * Number(node.value);
  };
  const group = part[next];
  if (isGroup(group)) {
    const [first, second] = splitAt(group.children).map(([node]) =>
      node?.kind === 'number' ? Number(node.value) : Number.NaN,
    );
    numbers.START = first ?? 1;
    numbers.INCREMENT = second ?? 1;
    next++;
  }
  for (let word = part[next]; isWord(word, 'START', 'INCREMENT', 'ORDER', 'NOORDER'); word = part[next]) {
    if (word.value === 'ORDER' || word.value === 'NOORDER') next++;
    else numbers[word.value as 'START'] = numberAt(next + (isWord(part[next + 1], 'WITH', 'BY') ? 2 : 1));
  }
  const { START, INCREMENT } = numbers;
  if (!Number.isInteger(START) || !Number.isInteger(INCREMENT) || INCREMENT === 0) {
    throw compilationError('invalidExpression', 'AUTOINCREMENT needs whole numbers, and a step that is not 0.');
  }
  return { identity: { sequence: identitySequence(table, column), start: START, increment: INCREMENT }, next };
}

/** A name for the sequence behind a column, in DuckDB's text; new for each table that is made. */
export function identitySequence({ database, schema, table }: TableName, column: string): string {
  return quotePath(
    database,
    schema,
    `${table}.${column} ${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}`,
  );
}

export function createIdentity({ sequence, start, increment }: Identity): string {
  const limits =
    increment < 0
      ? ' MINVALUE -9223372036854775807 MAXVALUE 9223372036854775806'
      : start < 1
        ? ` MINVALUE ${start}`
        : '';
  return `CREATE SEQUENCE ${sequence} INCREMENT BY ${increment}${limits} START WITH ${start}`;
}

function endOfDefault(part: readonly Node[], start: number): number {
  const end = part.findIndex(
    (node, index) => index > start && isWord(node, ...AFTER_DEFAULT) && !isOperator(part[index - 1], '::', '.'),
  );
  return end < 0 ? part.length : end;
}
