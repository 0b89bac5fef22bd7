/**
 * Functions over BINARY and base64. DECOMPRESS_STRING knows constants only (`compressed.ts`): of a column of compressed
 * values it is an error that says so.
 */
import { compilationError } from '../errors.ts';
import { compressedConstant, decompress, decompressBind } from './compressed.ts';
import { type Call, type FunctionRule, renamed, wrongArguments } from './functions.ts';
import { asText, other } from './operand.ts';

const decompressString: FunctionRule = (call: Call) => {
  const constant = compressedConstant(call.nodes);
  if (!constant) {
    if (call.nodes.length !== 2) throw wrongArguments(call);
    throw compilationError(
      'unsupported',
      "The embedded warehouse knows DECOMPRESS_STRING(BASE64_DECODE_BINARY(<bind or literal>), 'ZSTD' | 'ZLIB') only.",
    );
  }
  const { token, method } = constant;
  const { binds } = call.scope;
  if (token.kind === 'string') return { sql: binds.parameter(decompress(token.value, method)), kind: 'string' };
  const bind = binds.take(token);
  if (bind.value === null) return other('CAST(NULL AS VARCHAR)');
  return { sql: binds.parameter(decompressBind(bind, method)), kind: 'string' };
};

export function binaryFunctions(): Readonly<Record<string, FunctionRule>> {
  return {
    BASE64_DECODE_BINARY: renamed('from_base64', asText),
    BASE64_DECODE_STRING: (call) => other(`decode(from_base64(${call.operands().map(asText).join(', ')}))`),
    BASE64_ENCODE: (call) => other(`to_base64(encode(${call.operands().map(asText).join(', ')}))`),
    DECOMPRESS_STRING: decompressString,
  };
}
