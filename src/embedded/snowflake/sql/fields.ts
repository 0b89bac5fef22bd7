/**
 * The fast way of a batch: `… FROM TABLE(FLATTEN(INPUT => PARSE_JSON(?)))` where the bind is an array, plain or
 * compressed (`PARSE_JSON(DECOMPRESS_STRING(BASE64_DECODE_BINARY(?), 'ZSTD'))`).
 *
 * Each `VALUE:key` would parse its element again. Since the keys are known before the statement runs, DuckDB reads them
 * all in one pass, into a struct beside VALUE: three times as fast. Any other shape goes the general way; both give the
 * same values.
 */
import type { Bindings } from './binds.ts';
import { compressedConstant, decompressBind } from './compressed.ts';
import { isGroup, isName, isOperator, isWord, type Node, type Statement, splitAt } from './tree.ts';

/** DuckDB type of each key's field. JSON keeps what has paths below it; text is enough for a key that is cast. */
export type Fields = ReadonlyMap<string, 'VARCHAR' | 'JSON'>;

/** The column of the struct, beside VALUE. No Snowflake name contains a lone colon unless it is quoted. */
export const FIELDS_COLUMN = 'VALUE:';

const SEMI_STRUCTURED = ['VARIANT', 'OBJECT', 'ARRAY'] as const;

interface Scan {
  readonly source: string;
  readonly bindings: Bindings;
  binds: number;
  flattens: number;
  suits: boolean;
  alias: string | undefined;
  readonly uses: { readonly key: string; readonly qualifier: string | undefined; readonly asText: boolean }[];
}

/** Where one of these is asked for as well, the general way is taken. */
const OTHER_COLUMNS = ['*', 'SEQ', 'KEY', 'PATH', 'INDEX', 'THIS'] as const;

export function planFields(statement: Statement, bindings: Bindings, words: ReadonlySet<string>): Fields | undefined {
  if (OTHER_COLUMNS.some((column) => words.has(column))) return undefined;
  const { nodes, source, bindsBefore } = statement;
  const scan: Scan = { source, bindings, binds: bindsBefore, flattens: 0, suits: false, alias: undefined, uses: [] };
  scanNodes(nodes, scan);
  if (scan.flattens !== 1 || !scan.suits) return undefined;
  const fields = new Map<string, 'VARCHAR' | 'JSON'>();
  for (const { key, qualifier, asText } of scan.uses) {
    if (qualifier !== undefined && qualifier !== scan.alias) return undefined;
    fields.set(key, asText && fields.get(key) !== 'JSON' ? 'VARCHAR' : 'JSON');
  }
  // DuckDB's fields do not tell `a` from `A`.
  const folded = new Set([...fields.keys()].map((key) => key.toLowerCase()));
  return fields.size > 0 && folded.size === fields.size ? fields : undefined;
}

function scanNodes(nodes: readonly Node[], scan: Scan): void {
  nodes.forEach((node, index) => {
    if (isWord(node, 'FLATTEN')) scan.flattens++;
    if (isWord(node, 'TABLE') && isArrayFlatten(nodes[index + 1], scan)) {
      scan.suits = true;
      const following = nodes[isWord(nodes[index + 2], 'AS') ? index + 3 : index + 2];
      scan.alias = isName(following) ? following.value : undefined;
    }
    if (isWord(node, 'VALUE') && isOperator(nodes[index + 1], ':')) scanUse(nodes, index, scan);
    if (node.kind === 'bind') scan.binds++;
    if (node.kind === 'group') scanNodes(node.children, scan);
  });
}

function scanUse(nodes: readonly Node[], index: number, scan: Scan): void {
  const key = nodes[index + 2];
  if (!isName(key)) return;
  const before = nodes[index - 2];
  scan.uses.push({
    key: key.kind === 'quoted' ? key.value : scan.source.slice(key.start, key.end),
    qualifier: isOperator(nodes[index - 1], '.') && isName(before) ? before.value : undefined,
    asText: isOperator(nodes[index + 3], '::') && !isWord(nodes[index + 4], ...SEMI_STRUCTURED),
  });
}

/** `(FLATTEN([INPUT =>] PARSE_JSON(?)))` with an array as text. */
function isArrayFlatten(node: Node | undefined, scan: Scan): boolean {
  if (!isGroup(node)) return false;
  const [flatten, arguments_] = node.children;
  if (!isWord(flatten, 'FLATTEN') || !isGroup(arguments_)) return false;
  const named = isWord(arguments_.children[0], 'INPUT') && isOperator(arguments_.children[1], '=>');
  const [parse, group, ...more] = arguments_.children.slice(named ? 2 : 0);
  if (!isWord(parse, 'PARSE_JSON') || !isGroup(group) || more.length > 0) return false;
  return boundText(group.children, scan)?.trimStart().startsWith('[') ?? false;
}

/** The text of a bind that stands alone, or compressed within DECOMPRESS_STRING. */
function boundText(nodes: readonly Node[], scan: Scan): string | undefined {
  const bindOf = (token: Node | undefined) =>
    token?.kind === 'bind' ? scan.bindings[token.value === '' ? String(scan.binds + 1) : token.value] : undefined;
  const [first, group, ...more] = nodes;
  if (group === undefined) {
    const value = bindOf(first)?.value;
    return typeof value === 'string' ? value : undefined;
  }
  if (!isWord(first, 'DECOMPRESS_STRING') || !isGroup(group) || more.length > 0) return undefined;
  const constant = compressedConstant(splitAt(group.children));
  const bind = bindOf(constant?.token);
  return bind && constant && decompressBind(bind, constant.method);
}
