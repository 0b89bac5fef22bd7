/**
 * Functions over BINARY, base64 and hex. DECOMPRESS_STRING knows constants only (`compressed.ts`): of a column of
 * compressed values it is an error that says so.
 */
import { BINARY, numberType, TEXT } from '../types.ts';
import { compressedConstant, decompress, decompressBind } from './compressed.ts';
import { type Call, type FunctionRule, unknownForm } from './functions.ts';
import { isKind, macro, NULL, typed } from './operand.ts';
import { checkCount, scalar } from './signature.ts';

const decompressString: FunctionRule = (call: Call) => {
  const constant = compressedConstant(call.nodes);
  if (!constant) {
    checkCount(call, call.nodes.length, 2);
    throw unknownForm(call, "of anything but BASE64_DECODE_BINARY(<bind or literal>), with 'ZSTD' or 'ZLIB'");
  }
  const { token, method } = constant;
  const { binds } = call.scope;
  if (token.kind === 'string') return typed(binds.parameter(decompress(token.value, method)), TEXT, false);
  const bind = binds.take(token);
  if (bind.value === null) return typed('CAST(NULL AS VARCHAR)', TEXT);
  return typed(binds.parameter(decompressBind(bind, method)), TEXT, false);
};

/** A hash of any values, the same for the same values; not Snowflake's number. */
const hash: FunctionRule = (call) => {
  const operands = call.operands();
  checkCount(call, operands.length, 1, Number.POSITIVE_INFINITY);
  return typed(`CAST(hash(${operands.map(({ sql }) => sql).join(', ')}) >> 1 AS BIGINT)`, numberType(19), false);
};

const hexEncode: FunctionRule = (call) => {
  const [value = NULL] = call.operands();
  if (call.nodes.length > 1) throw unknownForm(call, 'with a case');
  return isKind(value, 'BINARY')
    ? scalar('binary', TEXT, (x) => `hex(${x})`)(call)
    : scalar('text', TEXT, (x) => `hex(encode(${x}))`)(call);
};

export function binaryFunctions(): Readonly<Record<string, FunctionRule>> {
  return {
    BASE64_DECODE_BINARY: scalar('text', BINARY, (x) => `from_base64(${x})`),
    BASE64_DECODE_STRING: scalar('text', TEXT, (x) => `decode(from_base64(${x}))`),
    BASE64_ENCODE: scalar('binary', TEXT, (x) => `to_base64(${x})`),
    DECOMPRESS_STRING: decompressString,
    HASH: hash,
    HEX_DECODE_BINARY: scalar('text', BINARY, (x = '') => macro('unhex', x)),
    HEX_DECODE_STRING: scalar('text', TEXT, (x = '') => `decode(${macro('unhex', x)})`),
    HEX_ENCODE: hexEncode,
    TRY_BASE64_DECODE_STRING: scalar(
      'text',
      TEXT,
      (x) =>
        `CASE WHEN regexp_full_match(${x}, '([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?') THEN TRY(decode(from_base64(${x}))) END`,
      { nullable: true },
    ),
    TRY_HEX_DECODE_STRING: scalar('text', TEXT, (x = '') => `TRY(decode(${macro('try_unhex', x)}))`, {
      nullable: true,
    }),
  };
}
