/**
 * FLATTEN as a subquery of DuckDB: `unnest(CAST(j AS JSON[]))`. A correlated json_each is quadratic: 10,000 elements
 * took 27 s and 18 GB.
 *
 * Leaves out RECURSIVE. Elements of an object come in the order of their keys, as Snowflake stores them. SEQ is a
 * number of the input document: equal documents share it.
 */
import { compilationError, unknownConstruct } from '../errors.ts';
import { rewriteOperand } from './expression.ts';
import { FIELDS_COLUMN, type Fields } from './fields.ts';
import { quoteName, quoteText } from './names.ts';
import { asText, path, variant } from './operand.ts';
import type { Scope } from './scope.ts';
import { isGroup, isOperator, isWord, type Node, splitAt } from './tree.ts';

const COLUMNS = ['SEQ', 'KEY', 'PATH', 'INDEX', 'VALUE', 'THIS'] as const;
type Column = (typeof COLUMNS)[number];

interface Options {
  readonly input: readonly Node[];
  readonly path?: string;
  readonly outer: boolean;
}

function readOptions(nodes: readonly Node[]): Options {
  let input: readonly Node[] | undefined;
  let place: string | undefined;
  let outer = false;
  for (const part of splitAt(nodes)) {
    const [name, arrow, ...value] = part;
    if (!isWord(name) || !isOperator(arrow, '=>')) {
      input ??= part;
    } else if (name.value === 'INPUT') {
      input = value;
    } else if (name.value === 'PATH' && value[0]?.kind === 'string') {
      place = value[0].value;
    } else if (name.value === 'OUTER' && isWord(value[0], 'TRUE', 'FALSE')) {
      outer = value[0].value === 'TRUE';
    } else if (!(name.value === 'RECURSIVE' && isWord(value[0], 'FALSE'))) {
      throw unknownConstruct(`FLATTEN(${name.value} => …)`);
    }
  }
  if (!input) throw compilationError('invalidArguments', 'FLATTEN needs INPUT => a value.');
  return { input, outer, ...(place !== undefined && { path: place }) };
}

export function flatten(nodes: readonly Node[], scope: Scope): string {
  const options = readOptions(nodes);
  if (scope.fields) return flattenFields(options.input, scope.fields, scope);
  const asked = COLUMNS.filter((column) => scope.words.has('*') || scope.words.has(column));
  const operand = rewriteOperand(options.input, scope);
  const whole = operand.kind === 'variant' ? operand : variant(operand.sql);
  const input = options.path ? path(whole.sql, options.path.split('.')).sql : whole.sql;
  const columns: readonly Column[] = asked.length > 0 ? asked : ['VALUE'];
  const keyed = columns.some((column) => column === 'KEY' || column === 'PATH' || column === 'INDEX');
  const selected = columns.map((column) => `${columnSql(column)} AS "${column}"`).join(', ');
  const elements = keyed ? `${ITEMS} AS e, ${KEYS} AS k, ${POSITIONS} AS i` : `${ITEMS} AS e`;
  const unnested = `SELECT ${unnestOf(options.outer, keyed)}, j FROM (SELECT j, ${elements} FROM (SELECT ${input} AS j))`;
  return `(SELECT ${selected} FROM (${unnested}))`;
}

/** VALUE and its fields, in two lists that are unnested together. */
function flattenFields(input: readonly Node[], fields: Fields, scope: Scope): string {
  const bind = input.at(-1);
  const text = asText(rewriteOperand(isGroup(bind) ? bind.children : [], scope));
  const structure = quoteText(JSON.stringify([Object.fromEntries(fields)]));
  return `(SELECT unnest(from_json(t, '["JSON"]')) AS "VALUE", unnest(from_json(t, ${structure})) AS ${quoteName(FIELDS_COLUMN)} FROM (SELECT ${text} AS t))`;
}

const ITEMS = `CASE json_type(j)
  WHEN 'ARRAY' THEN CAST(j AS JSON[])
  WHEN 'OBJECT' THEN list_transform(list_sort(json_keys(j)), lambda k: j -> ('$."' || k || '"'))
  ELSE CAST([] AS JSON[]) END`;
const KEYS = `CASE json_type(j) WHEN 'OBJECT' THEN list_sort(json_keys(j)) ELSE CAST([] AS VARCHAR[]) END`;
const POSITIONS = `CASE json_type(j) WHEN 'ARRAY' THEN range(json_array_length(j)::BIGINT) ELSE CAST([] AS BIGINT[]) END`;

function unnestOf(outer: boolean, keyed: boolean): string {
  const items = outer ? 'CASE WHEN coalesce(len(e), 0) = 0 THEN [CAST(NULL AS JSON)] ELSE e END' : 'e';
  return keyed ? `unnest(${items}) AS e, unnest(k) AS k, unnest(i) AS i` : `unnest(${items}) AS e`;
}

function columnSql(column: Column): string {
  switch (column) {
    case 'SEQ':
      return 'CAST(hash(j) >> 1 AS BIGINT)';
    case 'KEY':
      return 'k';
    case 'INDEX':
      return 'i';
    case 'PATH':
      return `coalesce(k, '[' || i || ']')`;
    case 'VALUE':
      return 'e';
    case 'THIS':
      return 'j';
  }
}
