/**
 * The list of a SELECT: names for the columns that have none (Snowflake names them by their source text in upper case:
 * `COUNT(*)`), and `*` with ILIKE, EXCLUDE, REPLACE and RENAME.
 */
import { compilationError, unknownConstruct } from '../errors.ts';
import { columnOperand, invalidIdentifier, isQualifiedBy, textAt } from './column.ts';
import { rewriteOperand } from './expression.ts';
import { syntaxError, type Token } from './lexer.ts';
import { quoteName } from './names.ts';
import type { Operand } from './operand.ts';
import type { OutputColumn, Scope } from './scope.ts';
import { isGroup, isName, isOperator, isWord, type Node, sourceOf, splitAt } from './tree.ts';

export interface Items {
  readonly sql: string;
  readonly columns: readonly OutputColumn[];
  readonly aliases: ReadonlyMap<string, Operand>;
}

interface Item {
  readonly name: string;
  readonly operand: Operand;
  /** Given by AS, and so to be named by other expressions. */
  readonly alias: boolean;
}

export function readItems(nodes: readonly Node[], scope: Scope): Items {
  const aliases = new Map<string, Operand>();
  const inner: Scope = { ...scope, aliases };
  const items: Item[] = [];
  const parts = splitAt(nodes);
  if (parts.length === 0) throw compilationError('syntax', 'syntax error: SELECT without columns.');
  for (const part of parts) {
    if (part.length === 0) throw compilationError('syntax', "syntax error: unexpected ','.");
    for (const item of readItem(part, inner)) {
      items.push(item);
      if (item.alias && !aliases.has(item.name)) aliases.set(item.name, item.operand);
    }
  }
  const taken = new Map<string, number>();
  const columns = items.map(({ name, operand }) => {
    const before = taken.get(name) ?? 0;
    taken.set(name, before + 1);
    return { name, as: before === 0 ? name : `${name}:${before}`, type: operand.type, nullable: operand.nullable };
  });
  return {
    sql: items.map(({ operand }, index) => `${operand.sql} AS ${quoteName(columns[index]?.as ?? '')}`).join(', '),
    columns,
    aliases,
  };
}

/** Words before which no alias without AS can stand. */
const NO_ALIAS_AFTER = new Set(
  'AND OR NOT IS IN LIKE ILIKE RLIKE BETWEEN THEN ELSE WHEN CASE DISTINCT ESCAPE FROM'.split(' '),
);
const NEVER_ALIAS = new Set('END NULL TRUE FALSE NULLS'.split(' '));

function readItem(nodes: readonly Node[], scope: Scope): Item[] {
  const star = nodes.findIndex(
    (node, index) => isOperator(node, '*') && (index === 0 || isOperator(nodes[index - 1], '.')),
  );
  if (star >= 0 && nodes.slice(0, star).every((node) => isName(node) || isOperator(node, '.')))
    return readStar(nodes, star, scope);
  const { expression, alias } = splitAlias(nodes);
  const operand = rewriteOperand(expression, scope);
  if (operand.interval) throw unknownConstruct('an INTERVAL as a column');
  const plain = expression.every((node, index) => (index % 2 === 0 ? isName(node) : isOperator(node, '.')));
  const named = plain && !isWord(expression[0], 'NULL', 'TRUE', 'FALSE');
  const name = alias ?? (named ? (expression.at(-1) as Token).value : sourceOf(scope.source, expression).toUpperCase());
  return [{ name, operand, alias: alias !== undefined }];
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
    (NO_ALIAS_AFTER.has(before.value) || (before.value === 'DOUBLE' && isWord(last, 'PRECISION')))
  ) {
    return { expression: nodes };
  }
  return { expression: nodes.slice(0, -1), alias: last.value };
}

function readStar(nodes: readonly Node[], star: number, scope: Scope): Item[] {
  const qualifier = nodes.slice(0, star).flatMap((node) => (isName(node) ? [node.value] : []));
  const offered = scope.columns.filter((column) =>
    qualifier.length === 0 ? !column.merged : isQualifiedBy(column.qualifier, qualifier) && !column.name.endsWith(':'),
  );
  if (offered.length === 0) {
    if (qualifier.length > 0) throw invalidIdentifier(qualifier, scope, nodes[0]?.start ?? 0);
    if (scope.columns.length === 0) throw compilationError('syntax', 'SELECT with no columns');
  }
  let items = offered.map((column): Item => ({ name: column.name, operand: columnOperand(column), alias: false }));
  const require = (name: string): void => {
    if (!items.some((item) => item.name === name)) throw invalidIdentifier([name], scope, nodes[0]?.start ?? 0);
  };
  for (let index = star + 1; index < nodes.length; index += 2) {
    const [word, argument] = [nodes[index], nodes[index + 1]];
    const parts = isGroup(argument) ? splitAt(argument.children) : argument ? [nodes.slice(index + 1)] : [];
    if (isWord(word, 'ILIKE') && argument?.kind === 'string') {
      const pattern = likePattern(argument.value);
      items = items.filter((item) => pattern.test(item.name));
    } else if (isWord(word, 'EXCLUDE') && parts.length > 0) {
      const excluded = isGroup(argument) ? parts.map(([name]) => nameOf(name, scope)) : [nameOf(argument, scope)];
      excluded.forEach(require);
      items = items.filter((item) => !excluded.includes(item.name));
    } else if (isWord(word, 'RENAME') && parts.length > 0) {
      const renames = new Map(
        (isGroup(argument) ? parts : [nodes.slice(index + 1, index + 4)]).map(([from, , to]) => [
          nameOf(from, scope),
          nameOf(to, scope),
        ]),
      );
      [...renames.keys()].forEach(require);
      items = items.map((item) => ({ ...item, name: renames.get(item.name) ?? item.name }));
      if (!isGroup(argument)) index += 2;
    } else if (isWord(word, 'REPLACE') && isGroup(argument)) {
      for (const part of parts) {
        const name = nameOf(part.at(-1), scope);
        require(name);
        const operand = rewriteOperand(part.slice(0, -2), scope);
        items = items.map((item) => (item.name === name ? { ...item, operand } : item));
      }
    } else {
      throw syntaxError(scope.source, word?.start ?? 0, textAt(scope, word));
    }
  }
  return items;
}

function nameOf(node: Node | undefined, scope: Scope): string {
  if (!isName(node)) throw syntaxError(scope.source, node?.start ?? scope.source.length, textAt(scope, node));
  return node.value;
}

/** A LIKE pattern, without regard to case. */
export function likePattern(pattern: string): RegExp {
  const source = pattern
    .replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll(/(?<!\\)%/g, '.*')
    .replaceAll(/(?<!\\)_/g, '.')
    .replaceAll('\\\\_', '_')
    .replaceAll('\\\\%', '%');
  return new RegExp(`^${source}$`, 'is');
}
