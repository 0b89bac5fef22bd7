/** Columns and the paths into them: `t.a`, `v:a.b[0]`, `v['key']`, `$1`. */
import { compilationError, SnowflakeError, unknownConstruct } from '../errors.ts';
import { rewriteOperand } from './expression.ts';
import { FIELDS_COLUMN } from './fields.ts';
import { placeOf, syntaxError } from './lexer.ts';
import { displayName, quoteName, quotePath, quoteText } from './names.ts';
import { isJson, isKind, macro, type Operand, type PathStep, path, typed, variant } from './operand.ts';
import type { Scope, VisibleColumn } from './scope.ts';
import { isGroup, isName, isOperator, type Node } from './tree.ts';

/** Reads `a`, `t.a` or `db.schema.t.a` from a place on. */
export function readColumn(
  nodes: readonly Node[],
  start: number,
  scope: Scope,
): { readonly operand: Operand; readonly next: number } {
  const names: string[] = [];
  for (let next = start; ; next++) {
    const name = nodes[next];
    if (!isName(name)) throw syntaxError(scope.source, name?.start ?? scope.source.length, textAt(scope, name));
    names.push(name.value);
    next++;
    if (isOperator(nodes[next], '.')) continue;
    return { operand: resolve(names, scope, nodes[start]?.start ?? 0), next };
  }
}

export function textAt(scope: Scope, node: Node | undefined): string {
  return node ? `'${scope.source.slice(node.start, node.end)}'` : "'<EOF>'";
}

/**
 * The column that a name means: of FROM first, then a name of the SELECT list, then of the SELECT around.
 * @throws SnowflakeError 000904, 002028
 */
export function resolve(names: readonly string[], scope: Scope, offset: number): Operand {
  for (let current: Scope | undefined = scope; current; current = current.outer) {
    const found = findColumn(names, current.columns);
    if (found) return columnOperand(found);
    const alias = names.length === 1 ? current.aliases.get(names[0] as string) : undefined;
    if (alias) return { ...alias, sql: quoteName(names[0] as string), column: names };
  }
  const sequence = names.at(-1) === 'NEXTVAL' && names.length > 1 ? scope.nextValue(names.slice(0, -1)) : undefined;
  if (sequence) return typed(sequence, { name: 'NUMBER', precision: 38, scale: 0 }, false);
  throw invalidIdentifier(names, scope, offset);
}

export function invalidIdentifier(names: readonly string[], scope: Scope, offset: number): SnowflakeError {
  const { line, position } = placeOf(scope.source, offset);
  return new SnowflakeError(
    'invalidIdentifier',
    `SQL compilation error: error line ${line} at position ${position}\ninvalid identifier '${names.map(displayName).join('.')}'`,
    { line, position },
  );
}

export function findColumn(names: readonly string[], columns: readonly VisibleColumn[]): VisibleColumn | undefined {
  const name = names.at(-1);
  const qualifier = names.slice(0, -1);
  const found = columns.filter(
    (column) =>
      column.name === name && (qualifier.length === 0 ? !column.merged : isQualifiedBy(column.qualifier, qualifier)),
  );
  if (found.length > 1)
    throw compilationError('ambiguousColumn', `ambiguous column name '${displayName(name as string)}'`);
  return found[0];
}

/** Whether `table`, `schema.table` or `database.schema.table` means the column's table. */
export function isQualifiedBy(names: readonly string[], written: readonly string[]): boolean {
  return (
    written.length <= names.length &&
    written.every((name, index) => names[names.length - written.length + index] === name)
  );
}

export function columnOperand(column: VisibleColumn): Operand {
  const operand = column.type
    ? typed(column.sql, column.type, column.nullable)
    : { sql: column.sql, type: undefined, nullable: true };
  return { ...operand, column: column.hasFields ? [...column.qualifier, 'VALUE'] : [column.name] };
}

/** Reads `:a.b[0]['c']` from a place on, and steps into the operand. */
export function readPath(
  operand: Operand,
  nodes: readonly Node[],
  start: number,
  scope: Scope,
): { readonly operand: Operand; readonly next: number } {
  if (operand.type && !isJson(operand)) {
    throw compilationError(
      'invalidArguments',
      `Invalid argument types for function 'GET': (${operand.type.name}, VARCHAR)`,
    );
  }
  const steps: PathStep[] = [];
  let current = operand;
  const finish = (): void => {
    if (steps.length > 0) current = stepInto(current, steps, scope);
    steps.length = 0;
  };
  let next = start;
  for (;;) {
    const node = nodes[next];
    if (isGroup(node, '[')) {
      const [subscript, ...more] = node.children;
      if (more.length === 0 && (subscript?.kind === 'number' || subscript?.kind === 'string')) {
        steps.push(subscript.kind === 'number' ? Number(subscript.value) : subscript.value);
      } else {
        finish();
        current = elementAt(current, rewriteOperand(node.children, scope));
      }
      next++;
    } else if (isOperator(node, ':', '.')) {
      const key = nodes[next + 1];
      if (!isName(key)) throw compilationError('syntax', "syntax error: a path needs a name after ':' or '.'.");
      // Keys of a path are case-sensitive: they count as they were written.
      steps.push(key.kind === 'quoted' ? key.value : scope.source.slice(key.start, key.end));
      next += 2;
    } else {
      finish();
      return { operand: current, next };
    }
  }
}

/** GET(value, key), and a subscript that is computed. */
export function elementAt(base: Operand, key: Operand): Operand {
  if (isKind(key, 'NUMBER')) return variant(macro('element', base.sql, `CAST(${key.sql} AS BIGINT)`));
  if (isKind(key, 'VARCHAR')) return variant(macro('field', base.sql, key.sql));
  throw unknownConstruct('a subscript that is neither a number nor text');
}

/** What a path finds in an operand; FLATTEN's VALUE may have it at hand already. */
function stepInto(operand: Operand, steps: readonly PathStep[], scope: Scope): Operand {
  const [key, ...deeper] = steps;
  const type = typeof key === 'string' ? scope.fields?.get(key) : undefined;
  if (!type || operand.column?.length !== 2) return path(operand.sql, steps);
  const struct = quotePath(...operand.column.slice(0, -1), FIELDS_COLUMN);
  const field = `struct_extract(${struct}, ${quoteText(key as string)})`;
  if (type === 'VARCHAR') return variant(path(operand.sql, steps).sql, field);
  // A JSON null gives no field: only the element itself tells it from a key that is not there.
  if (deeper.length === 0) return variant(`coalesce(${field}, ${path(operand.sql, steps).sql})`, `(${field} ->> '$')`);
  return path(field, deeper);
}
