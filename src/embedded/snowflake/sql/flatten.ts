/**
 * FLATTEN as a subquery of DuckDB: `unnest(CAST(j AS JSON[]))`. A correlated json_each is quadratic: 10,000 elements
 * took 27 s and 18 GB. RECURSIVE alone goes through json_tree, and takes keys that are identifiers only.
 *
 * Elements of an object come in the order of their keys, as Snowflake stores them. SEQ is a number of the input
 * document: equal documents share it.
 *
 * Snowflake promises no order, and gives elements in theirs. DuckDB makes a join of a lateral one, which finds what was
 * put in last first: it gets them in reverse.
 */
import { compilationError, unknownConstruct } from '../errors.ts';
import { type ColumnType, INTEGER, TEXT, VARIANT } from '../types.ts';
import { textOf, toVariant } from './convert.ts';
import { rewriteOperand } from './expression.ts';
import { FIELDS_COLUMN, type Fields } from './fields.ts';
import { quoteName, quoteText } from './names.ts';
import { isJson, path } from './operand.ts';
import { parsePath } from './path.ts';
import type { Scope, VisibleColumn } from './scope.ts';
import { isGroup, isOperator, isWord, type Node, splitAt } from './tree.ts';

const COLUMNS = ['SEQ', 'KEY', 'PATH', 'INDEX', 'VALUE', 'THIS'] as const;
type Column = (typeof COLUMNS)[number];
const TYPES: Readonly<Record<Column, ColumnType>> = {
  SEQ: INTEGER,
  KEY: TEXT,
  PATH: TEXT,
  INDEX: INTEGER,
  VALUE: VARIANT,
  THIS: VARIANT,
};

interface Options {
  readonly input: readonly Node[];
  readonly path: string;
  readonly outer: boolean;
  readonly recursive: boolean;
  readonly mode: string;
}

function readOptions(nodes: readonly Node[]): Options {
  let input: readonly Node[] | undefined;
  let place = '';
  const flags = { OUTER: false, RECURSIVE: false };
  let mode = 'BOTH';
  for (const part of splitAt(nodes)) {
    const [name, arrow, ...value] = part;
    const [first] = value;
    if (!isWord(name) || !isOperator(arrow, '=>')) input ??= part;
    else if (name.value === 'INPUT') input = value;
    else if (name.value === 'PATH' && first?.kind === 'string') place = first.value;
    else if (isWord(name, 'OUTER', 'RECURSIVE') && isWord(first, 'TRUE', 'FALSE'))
      flags[name.value as 'OUTER'] = first.value === 'TRUE';
    else if (name.value === 'MODE' && first?.kind === 'string' && /^(OBJECT|ARRAY|BOTH)$/i.test(first.value))
      mode = first.value.toUpperCase();
    else throw unknownConstruct(`FLATTEN(${name.value} => …)`);
  }
  if (!input) throw compilationError('invalidArguments', 'FLATTEN needs INPUT => a value.');
  return { input, path: place, outer: flags.OUTER, recursive: flags.RECURSIVE, mode };
}

export function flatten(
  nodes: readonly Node[],
  scope: Scope,
): { readonly sql: string; readonly columns: readonly VisibleColumn[] } {
  const options = readOptions(nodes);
  if (scope.fields)
    return { sql: flattenFields(options.input, scope.fields, scope), columns: visible(['VALUE'], true) };
  const operand = rewriteOperand(options.input, scope);
  if (operand.type && !isJson(operand)) {
    throw compilationError(
      'invalidArguments',
      `Invalid argument types for table function 'FLATTEN': INPUT => ${operand.type.name}`,
    );
  }
  const steps = parsePath(options.path);
  const input = steps.length > 0 ? path(operand.sql, steps).sql : toVariant(operand).sql;
  if (options.recursive) return { sql: flattenTree(input, options), columns: visible(COLUMNS, false) };
  const asked = COLUMNS.filter((column) => scope.words.has('*') || scope.words.has(column) || scope.words.has('$'));
  const columns: readonly Column[] = asked.length > 0 ? asked : ['VALUE'];
  const isLateral = /"\./.test(input);
  // A constant is the first input document, and the only one.
  const number = isLateral ? 'CAST(hash(j) >> 1 AS BIGINT)' : '1';
  const keyed = columns.some((column) => column === 'KEY' || column === 'PATH' || column === 'INDEX');
  const selected = columns
    .map((column) => `${column === 'SEQ' ? number : columnSql(column, quoteText(options.path))} AS "${column}"`)
    .join(', ');
  const ordered = (list: string) => (isLateral ? `list_reverse(${list})` : list);
  const elements = keyed
    ? `${ordered(itemsOf(options.mode))} AS e, ${ordered(KEYS)} AS k, ${ordered(POSITIONS)} AS i`
    : `${ordered(itemsOf(options.mode))} AS e`;
  const unnested = `SELECT ${unnestOf(options.outer, keyed)}, j FROM (SELECT j, ${elements} FROM (SELECT ${input} AS j))`;
  return { sql: `(SELECT ${selected} FROM (${unnested}))`, columns: visible(columns, false) };
}

function visible(columns: readonly Column[], hasFields: boolean): VisibleColumn[] {
  return columns.map((name) => ({
    name,
    as: name,
    type: TYPES[name],
    nullable: name !== 'SEQ',
    qualifier: [],
    sql: '',
    ...(hasFields && { hasFields }),
  }));
}

/** VALUE and its fields, in two lists that are unnested together. */
function flattenFields(input: readonly Node[], fields: Fields, scope: Scope): string {
  const bind = input.at(-1);
  const text = textOf(rewriteOperand(isGroup(bind) ? bind.children : [], scope));
  const structure = quoteText(JSON.stringify([Object.fromEntries(fields)]));
  return `(SELECT unnest(from_json(t, '["JSON"]')) AS "VALUE", unnest(from_json(t, ${structure})) AS ${quoteName(FIELDS_COLUMN)} FROM (SELECT ${text} AS t))`;
}

function itemsOf(mode: string): string {
  const array =
    mode === 'OBJECT'
      ? ''
      : `WHEN 'ARRAY' THEN list_transform(CAST(j AS JSON[]), lambda e: coalesce(e, CAST('null' AS JSON)))`;
  const object =
    mode === 'ARRAY'
      ? ''
      : `WHEN 'OBJECT' THEN list_transform(list_sort(json_keys(j)), lambda k: j -> ('$."' || k || '"'))`;
  return `CASE json_type(j) ${array} ${object} ELSE CAST([] AS JSON[]) END`;
}
const KEYS = `CASE json_type(j) WHEN 'OBJECT' THEN list_sort(json_keys(j)) ELSE CAST([] AS VARCHAR[]) END`;
const POSITIONS = `CASE json_type(j) WHEN 'ARRAY' THEN range(json_array_length(j)::BIGINT) ELSE CAST([] AS BIGINT[]) END`;

function unnestOf(outer: boolean, keyed: boolean): string {
  const items = outer ? 'CASE WHEN coalesce(len(e), 0) = 0 THEN [CAST(NULL AS JSON)] ELSE e END' : 'e';
  return keyed ? `unnest(${items}) AS e, unnest(k) AS k, unnest(i) AS i` : `unnest(${items}) AS e`;
}

/** `a`, `a['b c']` and `[0]`, below the path that was asked for. */
const PLACE = `CASE WHEN k IS NULL THEN '[' || i || ']' WHEN regexp_full_match(k, '[A-Za-z_][A-Za-z0-9_]*') THEN k ELSE '[''' || k || ''']' END`;

function columnSql(column: Exclude<Column, 'SEQ'>, base: string): string {
  switch (column) {
    case 'KEY':
      return 'k';
    case 'INDEX':
      return 'i';
    case 'PATH':
      return base === "''"
        ? PLACE
        : `(${base} || CASE WHEN k IS NULL OR ${PLACE} LIKE '[%' THEN '' ELSE '.' END || ${PLACE})`;
    case 'VALUE':
      return 'e';
    case 'THIS':
      return 'j';
  }
}

/** Every element at every depth, a parent before its children. */
function flattenTree(input: string, { path: base, outer, mode }: Options): string {
  if (base !== '') throw unknownConstruct('FLATTEN with RECURSIVE and PATH together');
  const parent = 'j -> t.path';
  const kinds = mode === 'BOTH' ? '' : ` AND json_type(${parent}) = '${mode}'`;
  const isIndex = `json_type(${parent}) = 'ARRAY'`;
  const place = `substring(t.fullkey, CASE WHEN starts_with(t.fullkey, '$.') THEN 3 ELSE 2 END)`;
  // json_tree's paths do not quote such keys, and would lead elsewhere.
  const odd =
    "error('@unsupported@Unsupported feature: the embedded warehouse does not know FLATTEN with RECURSIVE over the key ' || t.key)";
  const isPlain = `CASE WHEN ${isIndex} OR regexp_full_match(t.key, '[A-Za-z_][A-Za-z0-9_]*') THEN true ELSE CAST(${odd} AS BOOLEAN) END`;
  const rows = `SELECT CAST(hash(j) >> 1 AS BIGINT) AS "SEQ",
    CASE WHEN ${isIndex} THEN NULL ELSE t.key END AS "KEY", ${place} AS "PATH",
    CASE WHEN ${isIndex} THEN TRY_CAST(t.key AS BIGINT) END AS "INDEX",
    j -> t.fullkey AS "VALUE", ${parent} AS "THIS"
    FROM (SELECT ${input} AS j), json_tree(j) AS t WHERE t.key IS NOT NULL AND ${isPlain}${kinds}`;
  if (!outer) return `(${rows})`;
  throw unknownConstruct('FLATTEN with RECURSIVE and OUTER together');
}
