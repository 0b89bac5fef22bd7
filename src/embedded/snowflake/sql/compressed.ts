/**
 * Compressed text that stands in the statement or comes by a bind, `DECOMPRESS_STRING(BASE64_DECODE_BINARY(?), 'ZSTD')`:
 * opened here, before DuckDB sees the statement, since it has no decompression. SNAPPY and BZ2 are errors that say so.
 */
import { inflateSync, zstdDecompressSync } from 'node:zlib';
import { compilationError } from '../errors.ts';
import type { Bind } from './binds.ts';
import type { Token } from './lexer.ts';
import { isGroup, isWord, type Node } from './tree.ts';

/** The most that a VARCHAR holds: what grows beyond it is refused while it grows. */
const longestText = 16 * 1024 * 1024;

const methods: Readonly<Record<string, (compressed: Buffer) => Buffer>> = {
  ZLIB: (compressed) => inflateSync(compressed, { maxOutputLength: longestText }),
  ZSTD: (compressed) => zstdDecompressSync(compressed, { maxOutputLength: longestText }),
};

/** A bind is asked for more than once while its statement is rewritten, and may hold a whole batch. */
const opened = new WeakMap<Bind, { readonly method: string; readonly text: string }>();

/** The bind or literal and the method in the arguments of DECOMPRESS_STRING; undefined for any other shape. */
export function compressedConstant(
  argumentNodes: readonly (readonly Node[])[],
): { readonly token: Token; readonly method: string } | undefined {
  const [input = [], method = [], ...more] = argumentNodes;
  const [decode, group, ...rest] = input;
  if (more.length > 0 || rest.length > 0 || !isWord(decode, 'BASE64_DECODE_BINARY') || !isGroup(group))
    return undefined;
  const [token, ...others] = group.children;
  if (others.length > 0 || method.length !== 1 || method[0]?.kind !== 'string') return undefined;
  if (token?.kind !== 'bind' && token?.kind !== 'string') return undefined;
  return { token, method: method[0].value };
}

/**
 * The text that a bind holds compressed, in base64.
 * @throws SnowflakeError 001044 for what cannot be opened, 000002 for a method that is not known here
 */
export function decompressBind(bind: Bind, method: string): string {
  const known = opened.get(bind);
  if (known?.method === method) return known.text;
  const text = decompress(typeof bind.value === 'string' ? bind.value : '', method);
  opened.set(bind, { method, text });
  return text;
}

/** As {@link decompressBind}, of a literal. */
export function decompress(base64: string, method: string): string {
  // A level may stand behind the method: `zlib(1)`.
  const name = method.toUpperCase().replace(/\(\d+\)$/, '');
  const open = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (!open) {
    throw compilationError(
      'unsupported',
      `The embedded warehouse decompresses ${Object.keys(methods).join(' and ')}, not '${method.slice(0, 40)}'.`,
    );
  }
  try {
    return open(Buffer.from(base64, 'base64')).toString('utf8');
  } catch (error) {
    throw compilationError('invalidArguments', `The data is no ${name} within base64: ${(error as Error).message}.`);
  }
}
