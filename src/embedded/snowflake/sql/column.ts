/** Columns and the paths into them: `t.a`, `v:a.b[0]`, `v['key']`. */
import { compilationError, unknownConstruct } from '../errors.ts';
import { FIELDS_COLUMN } from './fields.ts';
import { quotePath, quoteText } from './names.ts';
import { type Operand, other, type PathStep, path, variant } from './operand.ts';
import type { Scope } from './scope.ts';
import { isGroup, isName, isOperator, type Node } from './tree.ts';

/** Reads `a`, `t.a`, `db.schema.t.a` or `t.*` from a place on. */
export function readColumn(
  nodes: readonly Node[],
  start: number,
  scope: Scope,
): { readonly operand: Operand; readonly next: number } {
  const names: string[] = [];
  for (let next = start; ; next++) {
    const name = nodes[next];
    if (isOperator(name, '*') && names.length > 0)
      return { operand: other(`${quotePath(...names)}.*`), next: next + 1 };
    if (!isName(name)) throw compilationError('syntax', 'syntax error: a name is expected.');
    names.push(name.value);
    next++;
    if (isOperator(nodes[next], '.')) continue;
    const sql = quotePath(...names);
    const operand = scope.variantColumns.has(name.value) ? variant(sql) : other(sql);
    return { operand: { ...operand, column: names }, next };
  }
}

/** Reads `:a.b[0]['c']` from a place on. */
export function readPath(
  nodes: readonly Node[],
  start: number,
  scope: Scope,
): { readonly steps: readonly PathStep[]; readonly next: number } {
  const steps: PathStep[] = [];
  let next = start;
  for (;;) {
    const node = nodes[next];
    if (isGroup(node, '[')) {
      const subscript = node.children[0];
      if (node.children.length !== 1 || !(subscript?.kind === 'number' || subscript?.kind === 'string')) {
        throw unknownConstruct('a computed subscript [ … ]; use GET(value, key)');
      }
      steps.push(subscript.kind === 'number' ? Number(subscript.value) : subscript.value);
      next++;
    } else if (isOperator(node, ':', '.')) {
      const key = nodes[next + 1];
      if (!isName(key)) throw compilationError('syntax', "syntax error: a path needs a name after ':' or '.'.");
      // Keys of a path are case-sensitive: they count as they were written.
      steps.push(key.kind === 'quoted' ? key.value : scope.source.slice(key.start, key.end));
      next += 2;
    } else {
      return { steps, next };
    }
  }
}

/** What a path finds in an operand; FLATTEN's VALUE may have it at hand already. */
export function stepInto(operand: Operand, steps: readonly PathStep[], scope: Scope): Operand {
  const [key, ...deeper] = steps;
  const type = typeof key === 'string' ? scope.fields?.get(key) : undefined;
  if (!type || operand.column?.at(-1) !== 'VALUE') return path(operand.sql, steps);
  const struct = quotePath(...operand.column.slice(0, -1), FIELDS_COLUMN);
  const field = `struct_extract(${struct}, ${quoteText(key as string)})`;
  if (type === 'VARCHAR') return { sql: path(operand.sql, steps).sql, kind: 'variant', text: field };
  // A JSON null gives no field: only the element itself tells it from a key that is not there.
  if (deeper.length === 0) return variant(`coalesce(${field}, ${path(operand.sql, steps).sql})`, `(${field} ->> '$')`);
  return path(field, deeper);
}
